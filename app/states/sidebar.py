"""The list of conversations, kept fresh in every open tab."""

from contextlib import aclosing

import reflex as rx

from app import runtime
from app.feed import PREFERENCES
from app.persistence.errors import DatabaseError
from app.states.conversation import Conversation
from app.states.preferences import Preferred
from app.states.tabs import is_connected
from app.states.views import ConversationView, conversation_view
from components.composer import focus

SHOWN = 200
HEARTBEAT_SECONDS = 20.0
SHOW_SHEET_ID = "show-sheet"
CLOSE_SHEET_ID = "close-sheet"
SHEET_MS = 50  # until the sheet is there, and can have the keyboard


class Sidebar(rx.State):
    """The user's conversations, the last used first."""

    conversations: list[ConversationView] = []
    is_loaded: bool = False
    is_open: bool = False
    deleting_id: str = ""
    is_storage_in_trouble: bool = False
    is_collapsed: str = rx.LocalStorage("", name="rivulet.sidebar", sync=True)

    _watcher: int = 0

    @rx.event
    def toggle(self):
        """Open or close the sheet on a phone, and take the keyboard there or back."""
        self.is_open = not self.is_open
        button = CLOSE_SHEET_ID if self.is_open else SHOW_SHEET_ID
        return rx.run_script(f"setTimeout(() => document.getElementById('{button}')?.focus(), {SHEET_MS})")

    @rx.event
    def close(self):
        """Close the sheet on a phone."""
        self.is_open = False

    @rx.event
    def collapse(self):
        """Hide or show the sidebar on a wide screen; the browser remembers it."""
        self.is_collapsed = "" if self.is_collapsed else "collapsed"

    @rx.event
    def ask_delete(self, conversation_id: str):
        """Ask whether to delete this conversation."""
        self.deleting_id = conversation_id

    @rx.event
    def keep(self):
        """Ask no more."""
        self.deleting_id = ""
        return focus()

    @rx.event
    async def delete(self, conversation_id: str):
        """Delete a conversation; the feed tells every tab."""
        self.deleting_id = ""
        services = runtime.current()
        await services.chat.delete(services.local_user_id, conversation_id)
        return focus()

    @rx.event(background=True)
    async def watch(self):
        """Keep the list as stored until the tab goes or another watcher takes over."""
        services = runtime.current()
        with services.feed.watcher(services.local_user_id) as watching:
            async with self:
                self._watcher += 1
                watcher = self._watcher
                token = self.router.session.client_token
                self._look_at_storage()
                await self._load()
            async with aclosing(watching.changes(HEARTBEAT_SECONDS)) as changes:
                async for changed in changes:
                    if not is_connected(token):
                        return
                    async with self:
                        if self._watcher != watcher:
                            return
                        shows_changed = await self._take(changed)
                    if shows_changed:
                        yield Conversation.refresh
                    if PREFERENCES in changed:
                        yield Preferred.load

    async def _take(self, changed: frozenset[str]) -> bool:
        """Bring the list up to date; say whether the conversation on this page has changed."""
        self._look_at_storage()
        if changed - {PREFERENCES}:
            await self._load()
        return (await self.get_state(Conversation)).id in changed

    def _look_at_storage(self) -> None:
        is_in_trouble = bool(runtime.current().manager.unsaved)
        if self.is_storage_in_trouble != is_in_trouble:
            self.is_storage_in_trouble = is_in_trouble

    async def _load(self) -> None:
        services = runtime.current()
        try:
            summaries = await services.chat.newest(services.local_user_id, SHOWN)
        except DatabaseError:
            return  # the list stays as it was
        self.conversations = [conversation_view(summary) for summary in summaries]
        self.is_loaded = True
