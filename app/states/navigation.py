"""What the address of the page shows: a conversation, a new one, or the settings or all fragments before either."""

import asyncio
from contextlib import suppress
from typing import Any, NamedTuple

import reflex as rx

from app.errors import ConversationNotFoundError
from app.persistence.errors import DatabaseError
from app.states import (
    analytics,
    details,
    gallery,
    live_answer,
    models,
    opening,
    panel,
    preferences,
    sending,
    sidebar,
    watching,
)
from app.states.analytics import Analytics
from app.states.details import ADDRESSED, Details
from app.states.gallery import Gallery
from app.states.live_answer import LiveAnswer
from app.states.models import Models
from app.states.notices import Notices
from app.states.opening import Opening
from app.states.panel import Panel
from app.states.preferences import Preferred
from app.states.sending import Sending
from app.states.sidebar import Sidebar
from app.states.tab_memory import Remembered
from app.states.transcript import Transcript
from app.states.watching import Watching

ARRIVAL_SECONDS = 2.0
SETTINGS, GALLERY = "settings", "fragments"
NOTHING_THERE = "There is nothing at that address. Here you can begin a new chat."


class Address(NamedTuple):
    """The optional parts of the page's address."""

    section: str
    open_id: str

    @property
    def is_chat(self) -> bool:
        """Say whether it names a conversation or a new one."""
        return self.section in ("", "c") and bool(self.section) == bool(self.open_id)

    def is_over(self, section: str) -> bool:
        """Say whether it names this dialog, which lies over the chat that was there before."""
        return (self.section, self.open_id) == (section, "")


class Navigation(rx.State):
    """Follows the address."""

    _arrived: tuple[str, str] = ("", "")  # the page that got what its address names at once, and the conversation
    _opened_socket_id: str = ""  # the page whose address has been looked at

    @rx.event
    async def open(self):
        """Show what the address names."""
        address = self._address()
        open_id = address.open_id
        await self._note_opened()
        following: list[Any] = [LiveAnswer.follow, Watching.watch, Models.load, Preferred.load]
        if message_id := self.router.url.query_parameters.get(ADDRESSED, ""):
            following.append(Details.show(message_id))
        await self._show_dialogs(address)
        if address.is_over(SETTINGS) or address.is_over(GALLERY):
            return following  # the chat stays behind them as it is
        if leading := await self._leading(address):
            return leading
        live_answer.lead_nowhere(await self.get_state(LiveAnswer))
        notices = await self.get_state(Notices)
        notices.notice = opening.parting_notice(await self.get_state(Opening))
        is_shown = (await self.get_state(Transcript)).id == open_id
        panel.leave(await self.get_state(Panel), open_id)
        if not is_shown:
            details.leave(await self.get_state(Details))
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

    async def _leading(self, address: Address) -> Any:
        """Lead away from an address of nothing, and to the new chat of a page that was cut off from its address."""
        if not address.is_chat:
            return await self._lead_home(NOTHING_THERE)
        sent = await self.get_state(Sending)
        begun_id = sending.without_address(sent)
        if not begun_id or address.open_id or sending.is_same_page(sent, self.router.session.session_id):
            return None
        live_answer.lead_nowhere(await self.get_state(LiveAnswer))
        return rx.redirect(f"/c/{begun_id}", replace=True)

    async def _note_opened(self) -> None:
        """Note that this page's address is looked at.

        A page that comes back may have sent a text before that; then it has to be led to its new chat, and to get
        what every page gets, as if another had sent it.
        """
        socket_id = self.router.session.session_id
        if self._opened_socket_id != socket_id:
            self._opened_socket_id = socket_id
            sending.forget_page(await self.get_state(Sending))

    def _has_arrived(self, conversation_id: str) -> bool:
        """Say, once, whether this page has been given the conversation already."""
        arrived, self._arrived = self._arrived, ("", "")
        return arrived == (self.router.session.session_id, conversation_id)

    async def _lead_home(self, notice: str):
        opening.part_with(await self.get_state(Opening), notice)
        return rx.redirect("/", replace=True)

    async def _show_dialogs(self, address: Address) -> None:
        preferences.show_settings(await self.get_state(Preferred), is_open=address.is_over(SETTINGS))
        await gallery.show(await self.get_state(Gallery), is_open=address.is_over(GALLERY))

    def _address(self) -> Address:
        """Give the address, whose parts Reflex keeps as vars of the root state."""
        return Address(str(getattr(self, "section", "")), str(getattr(self, "open_id", "")))

    async def _arrive(self, remembered: Remembered) -> None:
        """Show what the address names, and what the tab had opened there."""
        address = self._address()
        open_id = address.open_id if address.is_chat else remembered.conversation_id
        is_same = open_id == remembered.conversation_id
        with suppress(ConversationNotFoundError):
            await opening.load(self, open_id, remembered.messages if is_same else 0)
            if address.is_chat:
                self._arrived = (self.router.session.session_id, open_id)
            if is_same:
                models.choose_again(await self.get_state(Models), remembered)
                await panel.open_again(await self.get_state(Panel), open_id, remembered)
                await details.open_again(await self.get_state(Details), remembered)
        await gallery.open_again(await self.get_state(Gallery), remembered)
        await self._show_dialogs(address)


async def arrive(navigation: Navigation, remembered: Remembered) -> None:
    """Load what the page shows into a state that knows nothing yet, before the page is told anything.

    That is what its address names, and what else its browser remembers. A page whose server has been started anew would
    be empty for a moment otherwise, and what was open there would be closed. What cannot be read, or not soon, is left
    to `Navigation.open`, which says why.
    """
    shown_id = "" if remembered.is_of_page_before else remembered.conversation_id
    # Who loads a page again while it gets the address of its new chat loads the one before.
    has_lost_address = remembered.is_reloaded and navigation._address() == Address("", "")
    sent = await navigation.get_state(Sending)
    sending.connect(sent, shown_id, has_lost_address=has_lost_address)
    if not sending.without_address(sent):
        live_answer.lead_nowhere(await navigation.get_state(LiveAnswer))
    preferred = await navigation.get_state(Preferred)
    if preferred.is_loaded:
        return
    loading = asyncio.create_task(_load(navigation, remembered))
    try:
        # Not by a time-out: a transaction is not broken off, so that one which hangs would be waited for.
        await asyncio.wait({loading}, timeout=ARRIVAL_SECONDS)
    finally:
        loading.cancel()  # what it reads later changes nothing any more
    if loading.done() and not loading.cancelled():
        loading.result()


async def _load(navigation: Navigation, remembered: Remembered) -> None:
    with suppress(DatabaseError):
        await preferences.arrive(await navigation.get_state(Preferred), remembered)
        if navigation.router.url.path.startswith(analytics.ADDRESS):
            await analytics.open_again(await navigation.get_state(Analytics), remembered)
            return
        await navigation._arrive(remembered)
        sidebar.open_again(await navigation.get_state(Sidebar), remembered)
        await watching.begin(await navigation.get_state(Watching))
