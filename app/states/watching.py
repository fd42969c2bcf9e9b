"""The watch that every open tab keeps on the user's conversations and preferences."""

from collections.abc import Sequence
from contextlib import aclosing
from typing import Any, NamedTuple

import reflex as rx

from app import runtime
from app.persistence.conversations import ConversationSummary
from app.persistence.errors import DatabaseError
from app.services.feed import PREFERENCES, conversations_among
from app.states import sidebar
from app.states.live_answer import LiveAnswer, has_made_more
from app.states.opening import Opening, has_stale_fragments, is_stale
from app.states.preferences import Preferred
from app.states.sidebar import ListReading, Sidebar
from app.states.tabs import is_connected
from app.states.transcript import Transcript

HEARTBEAT_SECONDS = 20.0


class Watching(rx.State):
    """One watcher a tab: a new page load takes over from the one before."""

    is_storage_in_trouble: bool = False

    _watcher: int = 0
    _seen: int = 0  # how many changes of the feed the list knows
    _socket_id: str = ""  # another one when the page has been loaded, not only its address changed

    @rx.event(background=True)
    async def watch(self):
        """Tell the parts of the page what has changed, until the tab goes or another watcher takes over."""
        services = runtime.current()
        with services.feed.watcher(services.local_user_id) as watching:
            async with self:
                self._watcher += 1
                watcher, token = self._watcher, self.router.session.client_token
                looked = await self._look()
            if news := await _catch_up(self, looked):  # it changed while one watcher took over from another
                yield news
            async with aclosing(watching.changes(HEARTBEAT_SECONDS)) as changes:
                async for changed in changes:
                    if not is_connected(token):
                        return
                    async with self:
                        if self._watcher != watcher:
                            return
                        looked = await self._look()
                    if news := await _catch_up(self, looked):
                        yield news
                    if PREFERENCES in changed:
                        yield Preferred.load

    async def _look(self) -> "_Looked":
        self._look_at_storage()
        services = runtime.current()
        lines, open_id = await self.get_state(Sidebar), (await self.get_state(Transcript)).id
        changes, changed = services.feed.changes, services.feed.changed_since(services.local_user_id, self._seen)
        is_other_page = self._socket_id != self.router.session.session_id
        if changed is None or is_other_page or not sidebar.is_listed(lines, open_id, changed):
            reading = sidebar.to_read(lines, None, open_id)
        else:
            reading = sidebar.to_read(lines, conversations_among(changed), open_id)
        if reading.is_needless:
            self._seen = changes
        return _Looked(self._watcher, changes, reading, await self._news())

    async def _news(self) -> list[Any]:
        """Say what is to be done where the open conversation has changed; the characters of an answer wait for it."""
        opening, open_id = await self.get_state(Opening), (await self.get_state(Transcript)).id
        news: list[Any] = []
        if is_stale(opening, open_id):
            news.append(Opening.refresh)
        elif has_made_more(await self.get_state(LiveAnswer)):
            news.append(LiveAnswer.note_fragments)
        if has_stale_fragments(opening, open_id):
            news.append(Opening.refresh_fragments)
        return news

    def _look_at_storage(self) -> None:
        is_in_trouble = bool(runtime.current().manager.unsaved)
        if self.is_storage_in_trouble != is_in_trouble:
            self.is_storage_in_trouble = is_in_trouble


async def begin(watching: Watching) -> None:
    """Read the list for a page that has none yet; raises a `DatabaseError`."""
    looked = await watching._look()
    _show(watching, await watching.get_state(Sidebar), looked, await sidebar.read(looked.reading))


class _Looked(NamedTuple):
    """What a watcher has found when there were so many changes."""

    watcher: int
    changes: int
    reading: ListReading
    news: list[Any]


async def _catch_up(watching: Watching, looked: _Looked) -> list[Any]:
    """Bring the list up to date, and say what is to be done for the open conversation.

    The database is asked while the tab does other things; what it refuses is asked again with the next change.
    """
    if looked.reading.is_needless:
        return looked.news
    try:
        found = await sidebar.read(looked.reading)
    except DatabaseError:
        return looked.news
    async with watching:
        if watching._watcher == looked.watcher:
            _show(watching, await watching.get_state(Sidebar), looked, found)
        return await watching._news()


def _show(watching: Watching, lines: Sidebar, looked: _Looked, found: Sequence[ConversationSummary]) -> None:
    sidebar.show(lines, looked.reading, found)
    watching._seen, watching._socket_id = looked.changes, watching.router.session.session_id
