"""Sending, answering again and continuing: what a click or the composer begins in this tab."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import reflex as rx

from app import runtime
from app.errors import AnswerInProgressError, ConversationNotFoundError, EmptyMessageError, RivuletError
from app.persistence.errors import DatabaseError
from app.services.chat import BegunAnswer, Turn
from app.states import live_answer, models, opening, transcript
from app.states.live_answer import LiveAnswer
from app.states.models import Models
from app.states.notices import Notices
from app.states.opening import WRITING, Opening
from app.states.transcript import Transcript
from components.composer import NEW_CONVERSATION, focus, hold, restore
from providers.errors import ProviderError

_KEY = re.compile(r"[0-9a-f]{32}")


class Sending(rx.State):
    """`answered_key` names the last text of the composer that has been dealt with."""

    answered_key: str = ""

    _sent_id: str = ""  # the new chat that this tab shows already, while its address changes
    _sent_socket_id: str = ""  # the page on which that was, which may have been loaded anew meanwhile
    _begun_id: str = ""  # the new chat that was begun on this page, until another is opened

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
        return None if (await self.get_state(Transcript)).id else await self._send(text, "", "")

    @rx.event
    async def ask(self, text: str):
        """Ask in the open conversation about something that the page shows."""
        return await self._send(text, (await self.get_state(Transcript)).id, "")

    @rx.event
    async def answer_again(self, message_id: str):
        """Ask for another answer to the last question, in place of the one shown; a second click finds it replaced.

        One on an attempt that has just come to less than the answer before it means that answer.
        """
        shown = await self.get_state(Transcript)
        if opening.is_stale(await self.get_state(Opening), shown.id):
            await opening.show_again(self)
        last = transcript.last_shown(shown)
        if message_id != shown.last_id and not (last and last.attempt):
            return None
        return await self._begin_anew(shown.last_id, runtime.current().chat.answer_again)

    @rx.event
    async def continue_answer(self, message_id: str):
        """Go on with the last answer, in its own message, where it stopped; a second click finds it going on."""
        return await self._begin_anew(message_id, runtime.current().chat.continue_answer)

    async def _send(self, text: str, conversation_id: str, key: str) -> Any:
        services, chosen = runtime.current(), await self.get_state(Models)
        notices = await self.get_state(Notices)
        is_stale = opening.is_stale(await self.get_state(Opening), conversation_id)
        try:
            model = chosen.key or await services.chat.default_model(services.local_user_id)
            turn = await services.chat.send(services.local_user_id, conversation_id, text, model, key, chosen.thinking)
        except EmptyMessageError:
            return None
        except (AnswerInProgressError, ConversationNotFoundError) as error:
            if key and isinstance(error, AnswerInProgressError):  # of another chat, or one that another tab has begun
                self.answered_key = ""
                return [hold(key), Opening.refresh]
            notices.notice, self.answered_key = error.sentence, ""
            return [restore(text, key), Opening.refresh]
        except (RivuletError, ProviderError, DatabaseError) as error:
            notices.notice, self.answered_key = error.sentence, ""
            return restore(text, key)
        models.prefer(chosen, turn.model, chosen.thinking)
        is_behind = bool((await self.get_state(LiveAnswer)).run_id)  # with the answer before
        if turn.is_repeat or conversation_id != (await self.get_state(Transcript)).id or is_behind:
            return None if await self._is_elsewhere(conversation_id) else await self._show_stored(turn)
        if not is_stale:  # it is read again only for what others do
            opening.note_shown(await self.get_state(Opening), turn.conversation_id)
        return await self._show_turn(turn)

    async def _is_elsewhere(self, conversation_id: str) -> bool:
        """Say whether a text belongs to a chat that this tab does not show any more."""
        shown_id = (await self.get_state(Transcript)).id
        return bool(conversation_id and shown_id) and conversation_id != shown_id

    async def _begin_anew(self, message_id: str, begin: Callable[..., Awaitable[BegunAnswer]]) -> Any:
        services, chosen = runtime.current(), await self.get_state(Models)
        shown, notices = await self.get_state(Transcript), await self.get_state(Notices)
        try:
            model = chosen.key or await services.chat.default_model(services.local_user_id)
            begun = await begin(services.local_user_id, shown.id, message_id, model, chosen.thinking)
        except (AnswerInProgressError, ConversationNotFoundError):
            return Opening.refresh  # another tab or click was quicker: what it began is shown
        except (RivuletError, ProviderError, DatabaseError) as error:
            notices.notice = error.sentence
            return Opening.refresh
        services.usage.used(services.local_user_id, "continue" if begun.prefix.text else "answer again")
        live_answer.begin(await self.get_state(LiveAnswer), begun.run_id, begun.message_id, begun.prefix)
        notices.notice, notices.announcement = "", WRITING
        transcript.replace(shown, message_id, transcript.pending(begun.message_id))
        shown.last_id = begun.message_id
        return [focus(), LiveAnswer.follow]

    async def _show_turn(self, turn: Turn) -> Any:
        shown, notices = await self.get_state(Transcript), await self.get_state(Notices)
        new_id = turn.conversation_id if turn.is_new_conversation else ""
        live_answer.begin(await self.get_state(LiveAnswer), turn.run_id, turn.message_id, new_conversation=new_id)
        notices.notice, notices.announcement = "", WRITING
        if turn.is_new_conversation:
            transcript.turn_to(shown, turn.conversation_id)
            self._begun_id = self._sent_id = turn.conversation_id
            self._sent_socket_id = self.router.session.session_id
            shown.title = turn.title
        else:
            shown.scroll_signal += 1
        transcript.add_turn(shown, turn)
        return LiveAnswer.follow

    async def _show_stored(self, turn: Turn) -> Any:
        """Show a turn that this page does not know to be its own: an earlier try's, or one of another conversation."""
        shown = await self.get_state(Transcript)
        if turn.conversation_id != shown.id:
            return rx.redirect(f"/c/{turn.conversation_id}")
        if transcript.find(shown, turn.user_message_id):
            return None
        await opening.show_again(self)
        return LiveAnswer.follow


def is_same_page(sending: Sending, socket_id: str) -> bool:
    """Say whether the page with this socket is the one that has begun the new chat."""
    return sending._sent_socket_id == socket_id


def forget_page(sending: Sending) -> None:
    """Take the page for another than the one that has begun the new chat: all that it shows has to be opened yet."""
    sending._sent_socket_id = ""


def connect(sending: Sending, shown_id: str, *, has_lost_address: bool) -> None:
    """Forget the new chat without an address, if the page that connects does not show it.

    What a page shows that `has_lost_address` is such a chat, whenever it was begun.
    """
    if has_lost_address:
        sending._sent_id = shown_id
    elif sending._sent_id != shown_id:
        sending._sent_id = ""


def without_address(sending: Sending) -> str:
    """Give the new chat that has not got its address, if there is one."""
    return sending._sent_id


def takes_address(sending: Sending, conversation_id: str) -> bool:
    """Say whether this address is that of the new chat which the tab shows already, and has just got its own."""
    sent_id, sending._sent_id = sending._sent_id, ""
    if sent_id != conversation_id or not sent_id:
        sending._begun_id = ""
    return bool(sent_id) and sent_id == conversation_id
