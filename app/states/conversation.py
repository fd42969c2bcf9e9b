"""The conversation that this tab shows: its finished messages, and sending."""

import dataclasses

import reflex as rx

from app import runtime
from app.chat import OpenedConversation, Turn
from app.errors import AnswerInProgressError, ConversationNotFoundError, EmptyMessageError, RivuletError
from app.states.live_answer import LiveAnswer
from app.states.models import Models
from app.states.sidebar import Sidebar
from app.states.views import MessageView, message_view
from app.streaming.store import StreamingStatus
from components.composer import FIELD_ID
from providers.errors import ProviderError

WINDOW_MESSAGES = 100
NEWER_MESSAGES = 12
ANNOUNCEMENTS = {
    StreamingStatus.COMPLETE: "The answer is complete.",
    StreamingStatus.INTERRUPTED: "The answer has been stopped.",
    StreamingStatus.FAILED: "The answer has failed.",
}


class Conversation(rx.State):
    """The messages of one conversation.

    A list var is sent whole when it changes, so the messages of this visit grow in `newer`, which moves to `older` when
    it is full; the page shows `older + newer`. The last one may be live: its text is then in `LiveAnswer`.
    """

    id: str = ""
    title: str = ""
    notice: str = ""
    older: list[MessageView] = []
    newer: list[MessageView] = []
    has_earlier: bool = False
    announcement: str = ""
    scroll_signal: int = 0

    _limit: int = WINDOW_MESSAGES
    _is_just_sent: bool = False
    _parting_notice: str = ""

    @rx.event
    async def open(self):
        """Show what the address names: a conversation, or an empty page for a new one."""
        section, open_id = self._address_parts()
        if section not in ("", "c") or bool(section) != bool(open_id):
            return rx.redirect("/", replace=True)
        self.notice, self._parting_notice = self._parting_notice, ""
        if self._is_just_sent and open_id == self.id:
            self._is_just_sent = False
        elif not await self._load(open_id):
            self._parting_notice = ConversationNotFoundError().sentence
            return rx.redirect("/", replace=True)
        return [LiveAnswer.follow, Sidebar.watch, Models.load]

    @rx.event
    def dismiss(self):
        """Take the notice away."""
        self.notice = ""

    @rx.event
    async def show_earlier(self):
        """Load twice as many messages."""
        self._limit *= 2
        await self._load(self.id)

    @rx.event
    async def refresh(self):
        """Read the conversation again if another tab has added to it."""
        shown = [*self.older, *self.newer]
        services = runtime.current()
        try:
            opened = await services.chat.open(services.local_user_id, self.id, 1)
        except RivuletError:
            return rx.redirect("/", replace=True)
        self.title = opened.conversation.title
        if shown and opened.messages and shown[-1].id == opened.messages[-1].id:
            return None
        await self._load(self.id)
        return LiveAnswer.follow

    @rx.event
    async def send(self, form: dict[str, str]):
        """Send the composer's text; on a refusal it stays where it is, and the notice says why."""
        services = runtime.current()
        models = await self.get_state(Models)
        text = form.get("text", "")
        try:
            model = models.key or await services.registry.default_model()
            turn = await services.chat.send(services.local_user_id, self.id, text, model)
        except EmptyMessageError:
            return None
        except AnswerInProgressError as error:
            self.notice = error.sentence
            return [rx.set_value(FIELD_ID, text), Conversation.refresh]
        except (RivuletError, ProviderError) as error:
            self.notice = error.sentence
            return rx.set_value(FIELD_ID, text)
        await self._show_turn(turn)
        return self._after_send(turn)

    def _address_parts(self) -> tuple[str, str]:
        """Give the optional parts of the address, which Reflex keeps as vars of the root state."""
        return str(getattr(self, "section", "")), str(getattr(self, "open_id", ""))

    def _settle(self, message: MessageView) -> None:
        """Put a finished answer in its place."""
        self.announcement = ANNOUNCEMENTS[StreamingStatus(message.status)]
        self.older = [message if known.id == message.id else known for known in self.older]
        self.newer = [message if known.id == message.id else known for known in self.newer]

    def _after_send(self, turn: Turn) -> list[rx.event.EventSpec | rx.event.EventCallback[()]]:
        events: list[rx.event.EventSpec | rx.event.EventCallback[()]] = [LiveAnswer.follow]
        if turn.is_new_conversation:
            self._is_just_sent = True
            events.append(rx.redirect(f"/c/{turn.conversation_id}", replace=False))
        return events

    async def _show_turn(self, turn: Turn) -> None:
        live = await self.get_state(LiveAnswer)
        live._show(turn.run_id, turn.message_id)
        self.notice = ""
        self.announcement = "The answer is being written."
        self.scroll_signal += 1
        if turn.is_new_conversation:
            self._clear(turn.conversation_id)
            self.title = turn.title
        if len(self.newer) >= NEWER_MESSAGES:
            self.older, self.newer = [*self.older, *self.newer], []
        question = MessageView(turn.user_message_id, "user", turn.user_text)
        answer = MessageView(turn.message_id, "assistant", "", StreamingStatus.PENDING.value)
        self.newer = [*self.newer, question, answer]

    def _clear(self, conversation_id: str) -> None:
        self.id, self.title = conversation_id, ""
        self.older, self.newer, self.has_earlier = [], [], False
        self._limit = WINDOW_MESSAGES

    async def _load(self, conversation_id: str) -> bool:
        live = await self.get_state(LiveAnswer)
        self.scroll_signal += conversation_id != self.id
        if conversation_id != self.id or not conversation_id:
            self._clear(conversation_id)
        if not conversation_id:
            live._leave()
            return True
        services = runtime.current()
        try:
            opened = await services.chat.open(services.local_user_id, conversation_id, self._limit + 1)
        except RivuletError:
            self._clear("")
            live._leave()
            return False
        self._show(opened, live)
        (await self.get_state(Models))._prefer(opened.conversation.model)
        return True

    def _show(self, opened: OpenedConversation, live: LiveAnswer) -> None:
        messages = [message_view(message) for message in opened.messages]
        if opened.active is None:
            live._leave()
        else:
            live._show(opened.active.run_id, opened.active.message_id)
            messages = [_emptied(view) if view.id == opened.active.message_id else view for view in messages]
        self.title = opened.conversation.title
        self.has_earlier = len(messages) > self._limit
        self.older, self.newer = messages[-self._limit :], []


def _emptied(message: MessageView) -> MessageView:
    """Leave the text of the live message to `LiveAnswer`."""
    return dataclasses.replace(message, text="", thinking="")
