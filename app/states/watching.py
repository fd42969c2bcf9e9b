"""The watch that every open tab keeps on the user's conversations and preferences."""

from contextlib import aclosing

import reflex as rx

from app import runtime
from app.services.feed import PREFERENCES
from app.states import sidebar
from app.states.opening import Opening
from app.states.preferences import Preferred
from app.states.sidebar import Sidebar
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
                watcher = self._watcher
                token = self.router.session.client_token
                self._look_at_storage()
                await self._catch_up()
            async with aclosing(watching.changes(HEARTBEAT_SECONDS)) as changes:
                async for changed in changes:
                    if not is_connected(token):
                        return
                    async with self:
                        if self._watcher != watcher:
                            return
                        self._look_at_storage()
                        open_id = (await self.get_state(Transcript)).id
                        await self._catch_up()
                    if open_id in changed:
                        yield Opening.refresh
                    if PREFERENCES in changed:
                        yield Preferred.load

    async def _catch_up(self) -> None:
        """Bring the list up to date with all that has changed since it was last read, by whichever watcher."""
        services = runtime.current()
        lines, open_id = await self.get_state(Sidebar), (await self.get_state(Transcript)).id
        changes, socket_id = services.feed.changes, self.router.session.session_id
        changed = services.feed.changed_since(services.local_user_id, self._seen)
        if changed is None or self._socket_id != socket_id or not sidebar.is_listed(lines, open_id, changed):
            is_read = await sidebar.load(lines, open_id)
        else:
            is_read = await sidebar.take(lines, changed - {PREFERENCES}, open_id)
        if is_read:  # what could not be read is read with the next change or heartbeat
            self._seen, self._socket_id = changes, socket_id

    def _look_at_storage(self) -> None:
        is_in_trouble = bool(runtime.current().manager.unsaved)
        if self.is_storage_in_trouble != is_in_trouble:
            self.is_storage_in_trouble = is_in_trouble
