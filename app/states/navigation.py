"""What the address of the page shows: a conversation, a new one, or the settings or all fragments before either."""

import asyncio
from contextlib import suppress
from typing import Any

import reflex as rx

from app.errors import ConversationNotFoundError
from app.persistence.errors import DatabaseError
from app.states import gallery, opening, panel, preferences, sending, watching
from app.states.details import ADDRESSED, Details
from app.states.gallery import Gallery
from app.states.live_answer import LiveAnswer
from app.states.models import Models
from app.states.notices import Notices
from app.states.opening import Opening
from app.states.panel import Panel
from app.states.preferences import Preferred
from app.states.sending import Sending
from app.states.transcript import Transcript
from app.states.watching import Watching

ARRIVAL_SECONDS = 2.0
NOTHING_THERE = "There is nothing at that address. Here you can begin a new chat."


class Navigation(rx.State):
    """Follows the address."""

    _arrived: tuple[str, str] = ("", "")  # the page that got what its address names at once, and the conversation

    @rx.event
    async def open(self):
        """Show what the address names."""
        section, open_id = self._address_parts()
        following: list[Any] = [LiveAnswer.follow, Watching.watch, Models.load, Preferred.load]
        if message_id := self.router.url.query_parameters.get(ADDRESSED, ""):
            following.append(Details.show(message_id))
        opens_settings = section == "settings" and not open_id
        preferences.show_settings(await self.get_state(Preferred), is_open=opens_settings)
        opens_gallery = section == "fragments" and not open_id
        await gallery.show(await self.get_state(Gallery), is_open=opens_gallery)
        if opens_settings or opens_gallery:
            return following  # the chat stays behind them as it is
        if section not in ("", "c") or bool(section) != bool(open_id):
            return await self._lead_home(NOTHING_THERE)
        notices = await self.get_state(Notices)
        notices.notice = opening.parting_notice(await self.get_state(Opening))
        is_shown = (await self.get_state(Transcript)).id == open_id
        panel.leave(await self.get_state(Panel), open_id)
        sent = await self.get_state(Sending)
        is_same_page = sending.is_same_page(sent, self.router.session.session_id)
        if sending.takes_address(sent, open_id) and is_shown:
            # All that this page follows already goes on, but for the watch: Reflex ends what a page load has begun.
            return Watching.watch if is_same_page else following
        if self._has_arrived(open_id):
            return following
        try:
            await opening.load(self, open_id)
        except DatabaseError as error:
            notices.notice = error.sentence  # the page stays as it was
        except ConversationNotFoundError as error:
            await opening.load(self, "")
            return await self._lead_home(error.sentence)
        return following

    def _has_arrived(self, conversation_id: str) -> bool:
        """Say, once, whether this page has been given the conversation already."""
        arrived, self._arrived = self._arrived, ("", "")
        return arrived == (self.router.session.session_id, conversation_id)

    async def _lead_home(self, notice: str):
        opening.part_with(await self.get_state(Opening), notice)
        return rx.redirect("/", replace=True)

    def _address_parts(self) -> tuple[str, str]:
        """Give the optional parts of the address, which Reflex keeps as vars of the root state."""
        return str(getattr(self, "section", "")), str(getattr(self, "open_id", ""))


async def arrive(navigation: Navigation) -> None:
    """Load what the address names into a state that knows nothing yet, before its page is told anything.

    A page whose server has been started anew would be empty for a moment otherwise. What cannot be read, or not soon,
    is left to `Navigation.open`, which says why.
    """
    preferred = await navigation.get_state(Preferred)
    if preferred.is_loaded:
        return
    section, open_id = navigation._address_parts()
    with suppress(DatabaseError, ConversationNotFoundError, TimeoutError):
        async with asyncio.timeout(ARRIVAL_SECONDS):
            await preferences.take(preferred)
            if section in ("", "c") and bool(section) == bool(open_id):
                await opening.load(navigation, open_id)
                navigation._arrived = (navigation.router.session.session_id, open_id)
            await watching.begin(await navigation.get_state(Watching))
