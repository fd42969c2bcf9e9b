"""Opening a conversation in this tab, and showing it again when it has changed."""

from contextlib import suppress
from typing import Any

import reflex as rx

from app import runtime
from app.errors import ConversationNotFoundError, RivuletError
from app.persistence.errors import DatabaseError
from app.services.chat import OpenedConversation
from app.services.feed import fragments_of
from app.states import live_answer, models, panel, transcript
from app.states.live_answer import LiveAnswer
from app.states.models import Models
from app.states.notices import Notices
from app.states.panel import Panel
from app.states.preferences import Preferred
from app.states.transcript import Transcript
from components.composer import focus_if_lost

DELETED = "This conversation has been deleted. Anything you had not sent is in the field."
WRITING = "The answer is being written."


class Opening(rx.State):
    """Handlers that read the open conversation; `gone_id` names one that was deleted while it was open."""

    gone_id: str = ""

    _parting_notice: str = ""
    _deleted_id: str = ""  # by this tab
    _read: tuple[str, int] = ("", 0)  # the conversation that was read last, and its version in the feed by then
    _fragments_seen: int = 0  # how many changes of the feed the fragments that are shown know

    @rx.event
    async def refresh(self):
        """Read the conversation again if somebody else has added to it or ended its answer unseen."""
        shown = await self.get_state(Transcript)
        try:
            opened = await _read(self, shown.id, 1)
        except DatabaseError:
            return None
        except ConversationNotFoundError:
            return self._part(shown.id)
        if shown.title != opened.conversation.title:
            shown.title = opened.conversation.title
        live = await self.get_state(LiveAnswer)
        if is_current(shown, live, opened):
            if live_answer.has_made_more(live):
                await live_answer.show_fragments(self)
            return None
        await show_again(self)
        await live_answer.show_fragments(self)
        return [LiveAnswer.follow, focus_if_lost()]  # an answer that was written here may have ended

    @rx.event
    async def refresh_fragments(self):
        """Show what has been done to the fragments by hand."""
        changes = runtime.current().feed.changes
        with suppress(DatabaseError, ConversationNotFoundError):
            await _name_cards(self)
            if await panel.refresh(await self.get_state(Panel)):
                self._fragments_seen = changes

    @rx.event
    async def show_earlier(self):
        """Load twice as many messages."""
        shown = await self.get_state(Transcript)
        if shown.has_earlier:
            transcript.widen(shown)
            await show_again(self)

    @rx.event
    async def show_rest(self):
        """Show what had come of a stopped answer, too."""
        await show_again(self)

    @rx.event
    async def show_version(self, message_id: str):
        """Show another version of an answer; beyond the first and the last there is none."""
        if not message_id:
            return None
        services, shown, notices = runtime.current(), await self.get_state(Transcript), await self.get_state(Notices)
        try:
            await services.chat.show_version(services.local_user_id, shown.id, message_id)
        except ConversationNotFoundError:
            return Opening.refresh  # another tab was quicker
        except (RivuletError, DatabaseError) as error:
            notices.notice = error.sentence
            return None
        await show_again(self)
        if view := transcript.find(shown, message_id):
            notices.announcement = f"Version {view.place} of {view.version_count}."
        return None

    def _part(self, conversation_id: str) -> Any:
        """Leave a deleted conversation with its unsent text, and with a word unless it was deleted here."""
        if conversation_id in ("", self.gone_id):
            return None  # it is on its way
        self._parting_notice = "" if self._deleted_id == conversation_id else DELETED
        self.gone_id = conversation_id
        return rx.redirect("/", replace=True)


async def load(state: rx.State, conversation_id: str, least: int = 0) -> None:
    """Open a conversation, or an empty page for a new one; the page changes when all has been read.

    Of one that this tab does not show yet, at least so many messages are shown.

    Raises `ConversationNotFoundError` or a `DatabaseError`, and changes nothing then.
    """
    shown = await state.get_state(Transcript)
    if not conversation_id:
        if shown.id:
            models.begin(await state.get_state(Models), (await state.get_state(Preferred)).model)
        transcript.turn_to(shown, "")
        live_answer.leave(await state.get_state(LiveAnswer))
        return
    is_other = shown.id != conversation_id
    limit = max(transcript.WINDOW_MESSAGES, least) if is_other else transcript.limit_of(shown)
    changes = runtime.current().feed.changes
    opened = await _read(state, conversation_id, limit + 1)
    if is_other:
        transcript.turn_to(shown, conversation_id, limit)
        (await state.get_state(Opening))._fragments_seen = changes
    await _show(state, opened)
    chosen = await state.get_state(Models)
    if is_other or not chosen.is_chosen:
        models.prefer(chosen, opened.conversation.model, opened.conversation.thinking)


async def show_again(state: rx.State) -> None:
    """Read the open conversation again; a notice says why when that cannot be."""
    shown, notices = await state.get_state(Transcript), await state.get_state(Notices)
    try:
        await load(state, shown.id)
    except (DatabaseError, ConversationNotFoundError) as error:
        notices.notice = error.sentence


def note_deletion(opening: Opening, conversation_id: str) -> None:
    """Remember that this tab deletes a conversation, so that nobody need be told."""
    opening._deleted_id = conversation_id


def part_with(opening: Opening, notice: str) -> None:
    """Say something on the page to which this one is about to lead."""
    opening._parting_notice = notice


def parting_notice(opening: Opening) -> str:
    """Take what is to be said on this page, once."""
    notice, opening._parting_notice = opening._parting_notice, ""
    return notice


def is_stale(opening: Opening, conversation_id: str) -> bool:
    """Say whether a conversation has changed since this tab read it, whoever was told."""
    services = runtime.current()
    version = services.feed.version(services.local_user_id, conversation_id)
    return bool(conversation_id) and opening._read != (conversation_id, version)


def has_stale_fragments(opening: Opening, conversation_id: str) -> bool:
    """Say whether something has been done to a conversation's fragments by hand since this tab read them."""
    services = runtime.current()
    version = services.feed.version(services.local_user_id, fragments_of(conversation_id))
    return version > opening._fragments_seen


def note_shown(opening: Opening, conversation_id: str) -> None:
    """Take a conversation as it is now for read: the tab shows what it has itself added."""
    services = runtime.current()
    opening._read = (conversation_id, services.feed.version(services.local_user_id, conversation_id))


def is_current(shown: Transcript, live: LiveAnswer, opened: OpenedConversation) -> bool:
    """Say whether this tab shows the newest message, and follows it if it is being written."""
    last, stored = transcript.last_shown(shown), next(iter(opened.messages[-1:]), None)
    if last is None or stored is None or last.id != stored.id:
        return last is None and stored is None
    if live.message_id == stored.id:  # its follower brings the ending, too
        return opened.active is None or opened.active.run_id == live.run_id
    # What is shown may be less by what a stop has kept back, and more than could be stored.
    is_same = bool(last.kept_back) or len(last.text) >= len(stored.text)
    is_same &= last.status == stored.status and len(last.fragments) == len(opened.cards.get(stored.id, ()))
    return is_same and opened.active is None and last.version_count == len(opened.versions_of(stored))


async def _read(state: rx.State, conversation_id: str, limit: int) -> OpenedConversation:
    """Read a conversation, and note which of its versions that is; what the database refuses is read again later."""
    services, opening = runtime.current(), await state.get_state(Opening)
    version = services.feed.version(services.local_user_id, conversation_id)
    try:
        opened = await services.chat.open(services.local_user_id, conversation_id, limit)
    except ConversationNotFoundError:
        opening._read = (conversation_id, version)
        raise
    opening._read = (conversation_id, version)
    return opened


async def _name_cards(state: rx.State) -> None:
    """Read the names of the fragments whose cards are shown."""
    services = runtime.current()
    shown, live = await state.get_state(Transcript), await state.get_state(LiveAnswer)
    if live.fragments or transcript.has_cards(shown):
        found = await services.fragments.of_conversation(services.local_user_id, shown.id)
        names = {fragment.id: fragment.name for fragment in found}
        transcript.name_cards(shown, names)
        live_answer.name_cards(live, names)


async def _show(state: rx.State, opened: OpenedConversation) -> None:
    live = await state.get_state(LiveAnswer)
    if opened.active is None:
        live_answer.leave(live)
    else:
        live_answer.turn_to(live, opened.active.run_id, opened.active.message_id)
        (await state.get_state(Notices)).announcement = WRITING
    transcript.show(await state.get_state(Transcript), opened)
