"""The conversation that this tab shows: its finished messages, and sending."""

import dataclasses
import re
from collections.abc import Awaitable, Callable
from typing import Any

import reflex as rx

from app import runtime
from app.chat import BegunAnswer, OpenedConversation, Turn
from app.errors import AnswerInProgressError, ConversationNotFoundError, EmptyMessageError, RivuletError
from app.persistence.errors import DatabaseError
from app.states.live_answer import LiveAnswer
from app.states.models import Models
from app.states.preferences import Preferred
from app.states.views import MessageView, message_view
from app.streaming.store import StreamingStatus
from components.composer import NEW_CONVERSATION, focus, restore
from providers.errors import ProviderError

WINDOW_MESSAGES = 100
LARGEST_WINDOW = 3200
NEWER_MESSAGES = 40
NEWER_CHARS = 32_000
ANNOUNCEMENTS = {
    StreamingStatus.COMPLETE: "The answer is complete.",
    StreamingStatus.INTERRUPTED: "The answer has been stopped.",
    StreamingStatus.FAILED: "The answer has failed.",
}
DELETED = "This conversation has been deleted. What you had not sent is in the field."
NOTHING_THERE = "There is nothing at that address. Here you can begin a new chat."
WRITING = "The answer is being written."
_KEY = re.compile(r"[0-9a-f]{32}")


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
    last_id: str = ""
    has_earlier: bool = False
    announcement: str = ""
    scroll_signal: int = 0
    answered_key: str = ""
    gone_id: str = ""

    _limit: int = WINDOW_MESSAGES
    _sent_id: str = ""
    _begun_id: str = ""  # the new chat that was begun on this page, until another is opened
    _parting_notice: str = ""
    _deleted_id: str = ""  # by this tab

    @rx.event
    async def open(self):
        """Show what the address names: a conversation, or an empty page for a new one."""
        from app.states.sidebar import Sidebar

        section, open_id = self._address_parts()
        following = [LiveAnswer.follow, Sidebar.watch, Models.load, Preferred.load]
        opens_settings = section == "settings" and not open_id
        (await self.get_state(Preferred))._open(opens_settings)
        if opens_settings:
            return following  # the chat stays behind them as it is
        if section not in ("", "c") or bool(section) != bool(open_id):
            self._parting_notice = NOTHING_THERE
            return rx.redirect("/", replace=True)
        self.notice, self._parting_notice = self._parting_notice, ""
        sent_id, self._sent_id = self._sent_id, ""
        is_shown_already = bool(sent_id) and sent_id == open_id == self.id
        try:
            is_found = is_shown_already or await self._load(open_id)
        except DatabaseError as error:
            is_found, self.notice = True, error.sentence
        if not is_found:
            self._parting_notice = ConversationNotFoundError().sentence
            return rx.redirect("/", replace=True)
        return following

    @rx.event
    def say_fault(self):
        """Tell that a handler of ours has failed."""
        self.notice = "Rivulet had a fault of its own. Nothing is lost; load the page again if something looks wrong."

    @rx.event
    def dismiss(self):
        """Take the notice away."""
        self.notice = ""
        return focus()

    @rx.event
    async def show_earlier(self):
        """Load twice as many messages."""
        if self.has_earlier:
            self._limit = min(self._limit * 2, LARGEST_WINDOW)
            await self._load(self.id)

    @rx.event
    async def refresh(self):
        """Read the conversation again if somebody else has added to it or ended its answer unseen."""
        services = runtime.current()
        try:
            opened = await services.chat.open(services.local_user_id, self.id, 1)
        except DatabaseError:
            return None
        except ConversationNotFoundError:
            return self._part()
        if self.title != opened.conversation.title:
            self.title = opened.conversation.title
        if await self._is_current(opened):
            return None
        await self._load(self.id)
        return LiveAnswer.follow

    def _part(self) -> Any:
        """Leave a deleted conversation with its unsent text, and with a word unless it was deleted here."""
        if not self.id:
            return None
        self._parting_notice = "" if self._deleted_id == self.id else DELETED
        self.gone_id = self.id
        return rx.redirect("/", replace=True)

    @rx.event
    async def send(self, form: dict[str, str]):
        """Send the composer's text; when it is refused it comes back, and the notice says why.

        A text that comes again with its `key`, because the page had no answer, is not sent twice.
        """
        key = form.get("key", "")
        key = key if _KEY.fullmatch(key) else ""
        if key:
            self.answered_key = key
        # A form that was quicker than the answer to its first message does not know yet that its new chat has begun.
        conversation_id = form.get("conversation_id") or self._begun_id
        conversation_id = "" if conversation_id == NEW_CONVERSATION else conversation_id
        return await self._send(form.get("text", ""), conversation_id, key)

    @rx.event
    async def begin(self, text: str):
        """Begin a conversation with a suggestion; a second click finds it begun."""
        return None if self.id else await self._send(text, "", "")

    async def _send(self, text: str, conversation_id: str, key: str) -> Any:
        services = runtime.current()
        models = await self.get_state(Models)
        try:
            model = models.key or await services.chat.default_model(services.local_user_id)
            turn = await services.chat.send(services.local_user_id, conversation_id, text, model, key, models.thinking)
        except EmptyMessageError:
            return None
        except (AnswerInProgressError, ConversationNotFoundError) as error:
            self.notice = error.sentence
            return [restore(text), Conversation.refresh]
        except (RivuletError, ProviderError, DatabaseError) as error:
            self.notice = error.sentence
            return restore(text)
        models._prefer(turn.model, models.thinking)
        is_behind = bool((await self.get_state(LiveAnswer)).run_id)  # with the answer before
        if turn.is_repeat or conversation_id != self.id or is_behind:
            return await self._show_stored(turn)
        await self._show_turn(turn)
        return self._after_send(turn)

    @rx.event
    async def answer_again(self, message_id: str):
        """Ask for another answer to the last question, in place of the one shown; a second click finds it replaced."""
        if message_id != self.last_id:
            return None
        return await self._begin_anew(message_id, runtime.current().chat.answer_again)

    @rx.event
    async def continue_answer(self, message_id: str):
        """Go on with the last answer, in its own message, where it stopped; a second click finds it going on."""
        return await self._begin_anew(message_id, runtime.current().chat.continue_answer)

    @rx.event
    async def show_rest(self):
        """Show what had come of a stopped answer, too."""
        await self._load(self.id)

    @rx.event
    async def show_version(self, message_id: str):
        """Show another version of an answer; beyond the first and the last there is none."""
        if not message_id:
            return None
        services = runtime.current()
        try:
            await services.chat.show_version(services.local_user_id, self.id, message_id)
            await self._load(self.id)
        except RivuletError:
            return Conversation.refresh  # another tab was quicker
        except DatabaseError as error:
            self.notice = error.sentence
        shown = next((view for view in [*self.older, *self.newer] if view.id == message_id), None)
        if shown:
            self.announcement = f"Version {shown.place} of {shown.version_count}."
        return None

    async def _begin_anew(self, message_id: str, begin: Callable[..., Awaitable[BegunAnswer]]) -> Any:
        services = runtime.current()
        models = await self.get_state(Models)
        try:
            model = models.key or await services.chat.default_model(services.local_user_id)
            begun = await begin(services.local_user_id, self.id, message_id, model, models.thinking)
        except (AnswerInProgressError, ConversationNotFoundError):
            return Conversation.refresh  # another tab or click was quicker: what it began is shown
        except (RivuletError, ProviderError, DatabaseError) as error:
            self.notice = error.sentence
            return Conversation.refresh
        live = await self.get_state(LiveAnswer)
        live._begin(begun.run_id, begun.message_id, begun.prefix)
        self.notice, self.announcement = "", WRITING
        self._replace(message_id, _pending(begun.message_id))
        self.last_id = begun.message_id
        return [focus(), LiveAnswer.follow]

    def _address_parts(self) -> tuple[str, str]:
        """Give the optional parts of the address, which Reflex keeps as vars of the root state."""
        return str(getattr(self, "section", "")), str(getattr(self, "open_id", ""))

    def _settle(self, message: MessageView) -> None:
        """Put a finished answer in its place."""
        self.announcement = " ".join(filter(None, [ANNOUNCEMENTS[StreamingStatus(message.status)], message.error]))
        self._replace(message.id, message)

    async def _settle_attempt(self) -> None:
        """Show what is stored when a new attempt has ended: if it came to less, that is the answer before."""
        services = runtime.current()
        try:
            opened = await services.chat.open(services.local_user_id, self.id, self._limit + 1)
        except (ConversationNotFoundError, DatabaseError):
            return  # the feed tells the rest
        if opened.active is None:
            self._show(opened, await self.get_state(LiveAnswer))

    def _replace(self, message_id: str, message: MessageView) -> None:
        """Put a message in the place of another, sending only the list that holds it."""
        for name in ("older", "newer"):
            known: list[MessageView] = getattr(self, name)
            if any(view.id == message_id for view in known):
                shown = [
                    dataclasses.replace(message, key=view.key) if view.id == message_id else view for view in known
                ]
                setattr(self, name, shown)

    def _is_attempt(self, message_id: str) -> bool:
        """Say whether an answer is a new one to a question that had one."""
        return any(view.id == message_id != view.key for view in [*self.older, *self.newer])

    def _after_send(self, turn: Turn) -> list[Any]:
        if not turn.is_new_conversation:
            return [LiveAnswer.follow]
        self._sent_id = turn.conversation_id
        return [LiveAnswer.follow, rx.redirect(f"/c/{turn.conversation_id}")]

    async def _show_turn(self, turn: Turn) -> None:
        live = await self.get_state(LiveAnswer)
        live._begin(turn.run_id, turn.message_id)
        self.notice, self.announcement = "", WRITING
        self.scroll_signal += 1
        if turn.is_new_conversation:
            self._clear(turn.conversation_id)
            self._begun_id = turn.conversation_id
            self.title = turn.title
        self._make_room()
        question = MessageView(turn.user_message_id, turn.user_message_id, "user", turn.user_text)
        self._drop_attempt()
        self.newer = [*self.newer, question, _pending(turn.message_id)]
        self.last_id = turn.message_id

    async def _show_stored(self, turn: Turn) -> Any:
        """Show a turn that this page does not know to be its own: an earlier try's, or one of another conversation."""
        if turn.conversation_id != self.id:
            return rx.redirect(f"/c/{turn.conversation_id}")
        if any(view.id == turn.user_message_id for view in [*self.older, *self.newer]):
            return None
        await self._load(self.id)
        return LiveAnswer.follow

    def _drop_attempt(self) -> None:
        """Say no more of an attempt once the conversation goes on."""
        for view in [*self.older, *self.newer][-1:]:
            if view.attempt:
                self._replace(view.id, dataclasses.replace(view, attempt=""))

    def _make_room(self) -> None:
        if len(self.newer) < NEWER_MESSAGES and sum(len(view.text) for view in self.newer) < NEWER_CHARS:
            return
        merged = [*self.older, *self.newer]
        self.older, self.newer = merged[-self._limit :], []
        self.has_earlier = self.has_earlier or len(merged) > self._limit

    def _clear(self, conversation_id: str) -> None:
        self.id, self.title, self._begun_id = conversation_id, "", ""
        self.older, self.newer, self.has_earlier = [], [], False
        self._limit = WINDOW_MESSAGES

    async def _is_current(self, opened: OpenedConversation) -> bool:
        """Say whether this tab shows the newest message, and follows it if it is being written."""
        live = await self.get_state(LiveAnswer)
        shown, stored = [*self.older, *self.newer][-1:], opened.messages[-1:]
        if not shown or not stored or shown[0].id != stored[0].id:
            return not shown and not stored
        if live.message_id == stored[0].id:
            return True  # its follower brings the ending, too
        is_same = shown[0].status == stored[0].status
        return is_same and opened.active is None and shown[0].version_count == len(opened.versions_of(stored[0]))

    async def _load(self, conversation_id: str) -> bool:
        live = await self.get_state(LiveAnswer)
        if self.id and not conversation_id:
            (await self.get_state(Models))._begin((await self.get_state(Preferred)).model)
        if conversation_id != self.id or not conversation_id:
            self.scroll_signal += 1
            self._clear(conversation_id)
        if not conversation_id:
            live._leave()
            return True
        services = runtime.current()
        try:
            opened = await services.chat.open(services.local_user_id, conversation_id, self._limit + 1)
        except ConversationNotFoundError:
            self._clear("")
            live._leave()
            return False
        self._show(opened, live)
        (await self.get_state(Models))._prefer(opened.conversation.model, opened.conversation.thinking)
        return True

    def _show(self, opened: OpenedConversation, live: LiveAnswer) -> None:
        last = opened.messages[-1:]
        messages = [
            message_view(message, opened.versions_of(message), opened.attempt if (message,) == last else None)
            for message in opened.messages
        ]
        if opened.active is None:
            live._leave()
        else:
            live._show(opened.active.run_id, opened.active.message_id)
            messages = [_emptied(view) if view.id == opened.active.message_id else view for view in messages]
            self.announcement = WRITING
        self.title = opened.conversation.title
        self.has_earlier = len(messages) > self._limit
        self.older, self.newer = messages[-self._limit :], []
        self.last_id = messages[-1].id if messages else ""


def _pending(message_id: str) -> MessageView:
    return MessageView(message_id, message_id, "assistant", "", StreamingStatus.PENDING.value)


def _emptied(message: MessageView) -> MessageView:
    """Leave the text of the live message to `LiveAnswer`."""
    return dataclasses.replace(message, text="", thinking="")
