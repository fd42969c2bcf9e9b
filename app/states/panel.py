"""What stands beside the transcript: a fragment, or the list of the conversation's."""

from collections.abc import Awaitable

import reflex as rx

from app import runtime
from app.errors import FragmentChangedError, RivuletError
from app.persistence.errors import DatabaseError
from app.persistence.fragments import StoredFragment
from app.states.notices import Notices
from app.states.tab_memory import Remembered
from app.states.transcript import Transcript
from app.states.views import FragmentView, VersionView, fragment_view, version_view


class Panel(rx.State):
    """A fragment in one of its versions, or the list of them.

    `opening` counts the times that something was opened, so that the page knows one from the next; 0 is closed. `saves`
    counts the versions that were written here. What a version holds the page asks the HTTP API for.
    """

    opening: int = 0
    is_automatic: bool = False
    is_editing: bool = False
    fragment_id: str = ""
    conversation_id: str = ""
    name: str = ""
    language: str = ""
    kind: str = ""
    number: int = 0
    versions: list[VersionView] = []
    lines: list[FragmentView] = []
    trouble: str = ""
    saves: int = 0

    _openings: int = 0
    _told: tuple[str, int] = ("", 0)  # the fragment, and the version of it, that kept an edit from being saved

    @rx.event
    async def open(self, fragment_id: str, number: int):
        """Show a version of a fragment; 0 stands for its newest."""
        services = runtime.current()
        services.usage.used(services.local_user_id, "open a fragment")
        await self._open(fragment_id, number, is_automatic=False)

    @rx.event
    def close(self):
        """Show nothing beside the transcript."""
        close(self)

    @rx.event
    def step(self, number: int):
        """Show another version."""
        if any(version.number == number for version in self.versions):
            self.number = number

    @rx.event
    def edit(self, is_editing: bool):
        """Note that the user has begun to edit what is shown, or has ended."""
        self.is_editing = is_editing

    @rx.event
    async def rename(self, name: str):
        """Give the fragment another name."""
        services = runtime.current()
        renaming = services.fragments.rename(services.local_user_id, self.fragment_id, name)
        if await self._is_done(renaming):
            await self._read(self.fragment_id, self.number)

    @rx.event
    async def save(self, content: str, after: int):
        """Store a version of the user's own, which follows number `after`, and show it.

        Who was told of a newer one, and saves again, means it to follow that one.
        """
        services = runtime.current()
        told_of, number = self._told
        if told_of == self.fragment_id:
            after = max(after, number)
        writing = services.fragments.write(services.local_user_id, self.fragment_id, content, after)
        if await self._is_done(writing):
            services.usage.used(services.local_user_id, "edit a fragment")
            self.is_editing = False
            self.saves += 1
            await self._read(self.fragment_id, 0)

    @rx.event
    async def restore(self, number: int):
        """Make an older version the newest again."""
        services = runtime.current()
        restoring = services.fragments.restore(services.local_user_id, self.fragment_id, number)
        if await self._is_done(restoring):
            await self._read(self.fragment_id, 0)

    @rx.event
    async def list_all(self):
        """Show the list of the conversation's fragments."""
        if await self._list((await self.get_state(Transcript)).id):
            self._begin(is_automatic=False)

    async def _list(self, conversation_id: str) -> bool:
        services = runtime.current()
        try:
            found = await services.fragments.of_conversation(services.local_user_id, conversation_id)
        except (RivuletError, DatabaseError) as error:
            (await self.get_state(Notices)).notice = error.sentence
            return False
        self.lines = [fragment_view(one) for one in found]
        self.conversation_id = conversation_id
        self.fragment_id, self.is_editing = "", False
        return True

    async def _open(self, fragment_id: str, number: int, *, is_automatic: bool) -> None:
        if await self._read(fragment_id, number):
            self._begin(is_automatic=is_automatic)

    def _begin(self, *, is_automatic: bool) -> None:
        self._openings += 1
        self.opening, self.is_automatic, self.trouble = self._openings, is_automatic, ""

    async def _read(self, fragment_id: str, number: int) -> bool:
        services = runtime.current()
        try:
            fragment = await services.fragments.get(services.local_user_id, fragment_id)
        except (RivuletError, DatabaseError) as error:
            (await self.get_state(Notices)).notice = error.sentence
            return False
        self._take(fragment, number)
        return True

    def _take(self, fragment: StoredFragment, number: int) -> None:
        if self.fragment_id != fragment.id:
            self.is_editing = False
        self.fragment_id, self.conversation_id = fragment.id, fragment.conversation_id
        self.name, self.language, self.kind = fragment.name, fragment.language, fragment.kind
        self.versions = [version_view(version) for version in fragment.versions]
        self.number = number or fragment.versions[-1].number

    async def _is_done(self, changing: Awaitable[object]) -> bool:
        """Wait for a change; when it is refused the panel says why, and shows what is newer."""
        try:
            await changing
        except (RivuletError, DatabaseError) as error:
            if isinstance(error, FragmentChangedError):
                await refresh(self)
                self._told = (self.fragment_id, self.versions[-1].number)
            self.trouble = error.sentence
            return False
        self.trouble = ""
        return True


async def show_written(panel: Panel, fragment_id: str, number: int) -> None:
    """Show the first fragment of an answer that is being written, unless the user is editing another."""
    if panel.opening and panel.is_editing:
        await refresh(panel)
    else:
        await panel._open(fragment_id, number, is_automatic=True)


async def open_again(panel: Panel, conversation_id: str, remembered: Remembered) -> None:
    """Show what stood beside this conversation; the page notices nothing of it where it is there still."""
    if not remembered.panel or not conversation_id:
        return
    if remembered.fragment_id:
        is_there = await panel._read(remembered.fragment_id, remembered.number)
    else:
        is_there = await panel._list(conversation_id)
    if is_there and panel.conversation_id == conversation_id:
        panel.opening = panel._openings = remembered.panel
        panel.is_automatic, panel.is_editing = remembered.is_automatic, remembered.is_editing


async def refresh(panel: Panel) -> bool:
    """Read again what is shown, and say whether that could be done.

    A newest version that was shown gives way to a newer one, unless the user is editing it.
    """
    if not panel.opening:
        return True
    if not panel.fragment_id:
        return await panel._list(panel.conversation_id)
    is_newest = not panel.versions or panel.number == panel.versions[-1].number
    gives_way = is_newest and not panel.is_editing
    return await panel._read(panel.fragment_id, 0 if gives_way else panel.number)


def close(panel: Panel) -> None:
    """Show nothing beside the transcript."""
    panel.is_editing = False
    if panel.opening:
        panel.opening = 0


def leave(panel: Panel, conversation_id: str) -> None:
    """Close what belongs to another conversation than the one that is about to be shown."""
    if panel.conversation_id != conversation_id:
        close(panel)
