"""The list of conversations, kept fresh in every open tab."""

from collections.abc import Sequence
from contextlib import aclosing, suppress

import reflex as rx

from app import runtime
from app.feed import PREFERENCES
from app.persistence.conversations import ConversationSummary, Cursor
from app.persistence.errors import DatabaseError
from app.states.conversation import Conversation
from app.states.preferences import Preferred
from app.states.tabs import is_connected
from app.states.views import ConversationView, conversation_view
from components.composer import focus

PAGE = 50
LONGEST_TOP = 3 * PAGE
MOST_AT_ONCE = 5000
HEARTBEAT_SECONDS = 20.0
SHOW_SHEET_ID = "show-sheet"
CLOSE_SHEET_ID = "close-sheet"
SHEET_MS = 50  # until the sheet is there, and can have the keyboard


class Sidebar(rx.State):
    """The user's conversations, the last used first.

    A list var is sent whole when it changes. What is used moves to the top, so the page shows `top + lower`, and an
    answer costs a change of `top` alone, however many pages have been loaded below.
    """

    top: list[ConversationView] = []
    lower: list[ConversationView] = []
    has_more: bool = False
    is_loaded: bool = False
    is_open: bool = False
    deleting_id: str = ""
    is_storage_in_trouble: bool = False
    is_collapsed: str = rx.LocalStorage("", name="rivulet.sidebar", sync=True)

    _watcher: int = 0
    _top_end: Cursor | None = None  # where `top` ends and `lower` begins
    _end: Cursor | None = None

    @rx.event
    async def show_more(self):
        """Load as many lines as there are, below them."""
        if not self.has_more:
            return
        services = runtime.current()
        count = len(self.top) + len(self.lower)
        try:
            found = await services.chat.newest(services.local_user_id, count + 1, self._end)
        except DatabaseError:
            return
        self.lower = [*self.lower, *map(conversation_view, found[:count])]
        self._note_end(found, count)

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
        (await self.get_state(Conversation))._deleted_id = conversation_id
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
            with suppress(DatabaseError):  # the list stays as it was
                await self._load_changed(changed)
        return (await self.get_state(Conversation)).id in changed

    def _look_at_storage(self) -> None:
        is_in_trouble = bool(runtime.current().manager.unsaved)
        if self.is_storage_in_trouble != is_in_trouble:
            self.is_storage_in_trouble = is_in_trouble

    async def _load_changed(self, changed: frozenset[str]) -> None:
        if any(line.id in changed for line in self.lower):  # it has moved to the top, or is gone
            return await self._load()
        services = runtime.current()
        found = await services.chat.newest(services.local_user_id, LONGEST_TOP, down_to=self._top_end)
        if len(found) == LONGEST_TOP:
            return await self._load()
        return self._show([conversation_view(line) for line in found], self.lower)

    async def _load(self) -> None:
        """Read again what has been loaded, and as far down as the conversation that is open."""
        services = runtime.current()
        count = max(PAGE, len(self.top) + len(self.lower))
        open_id = (await self.get_state(Conversation)).id
        try:
            found = await services.chat.newest_with(services.local_user_id, count + 1, open_id, MOST_AT_ONCE)
        except DatabaseError:
            return  # the list stays as it was
        shown = count if len(found) <= count + 1 else len(found)
        lines = [conversation_view(line) for line in found[:shown]]
        # What has come to the top stays there, so that what lies below need not be sent again.
        end = len(self.top) if PAGE <= len(self.top) < LONGEST_TOP else PAGE
        self._show(lines[:end], lines[end:])
        self._note_end(found, shown)
        self.has_more |= shown > count  # nobody has looked below the open one
        self._top_end = found[end - 1].cursor if len(found) > end else None
        self.is_loaded = True

    def _show(self, top: list[ConversationView], lower: list[ConversationView]) -> None:
        """Assign what is different: Reflex sends whatever is assigned."""
        for name, lines in (("top", top), ("lower", lower)):
            if getattr(self, name) != lines:
                setattr(self, name, lines)

    def _note_end(self, found: Sequence[ConversationSummary], shown: int) -> None:
        """Remember the last line that is shown; one more than that was looked for."""
        self.has_more = len(found) > shown
        self._end = found[:shown][-1].cursor if found else self._end
