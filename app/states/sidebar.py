"""The list of conversations."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from app import runtime
from app.persistence.conversations import ConversationSummary, Cursor
from app.persistence.errors import DatabaseError
from app.states.notices import Notices
from app.states.opening import Opening, note_deletion
from app.states.tab_memory import Remembered
from app.states.views import ConversationView, conversation_view
from components.composer import focus

PAGE = 50
LONGEST_TOP = 3 * PAGE
MOST_FRESH = 24
MOST_AT_ONCE = 5000
SHOW_SHEET_ID = "show-sheet"
CLOSE_SHEET_ID = "close-sheet"
SHOWN_MS = 50  # until what takes the keyboard is there


class Sidebar(rx.State):
    """The user's conversations, the last used first.

    A list var is sent whole when it changes, so what has changed since the lists were loaded stands in `fresh`, which
    moves to `top` when it is full: a change costs these few, however long the list. The page shows
    `fresh + top + lower`, each conversation where it stands first, and none that is `gone`.
    """

    fresh: list[ConversationView] = []
    gone: list[str] = []
    top: list[ConversationView] = []
    lower: list[ConversationView] = []
    has_more: bool = False
    is_loaded: bool = False
    is_open: bool = False
    deleting_id: str = ""
    is_collapsed: str = rx.LocalStorage("", name="rivulet.sidebar", sync=True)

    _end: Cursor | None = None
    _least: int = PAGE  # of lines, when all are read

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
        _note_end(self, found, count)

    @rx.event
    def toggle(self):
        """Open or close the sheet on a phone, and take the keyboard there or back."""
        self.is_open = not self.is_open
        button = CLOSE_SHEET_ID if self.is_open else SHOW_SHEET_ID
        return rx.run_script(f"setTimeout(() => document.getElementById('{button}')?.focus(), {SHOWN_MS})")

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
        """Ask no more, and take the keyboard back to where it was asked from."""
        line = f"[data-conversation-id={json.dumps(self.deleting_id)}] + .conversation-delete"
        self.deleting_id = ""
        return rx.run_script(f"setTimeout(() => document.querySelector({json.dumps(line)})?.focus(), {SHOWN_MS})")

    @rx.event
    async def delete(self, conversation_id: str):
        """Delete a conversation; the feed tells every tab."""
        self.deleting_id = ""
        services = runtime.current()
        note_deletion(await self.get_state(Opening), conversation_id)
        try:
            await services.chat.delete(services.local_user_id, conversation_id)
        except DatabaseError as error:
            (await self.get_state(Notices)).notice = error.sentence
        return focus()


def is_listed(sidebar: Sidebar, conversation_id: str, changed: frozenset[str]) -> bool:
    """Say whether the list has been loaded, and as far down as this conversation."""
    known = (line.id for line in _all(sidebar))
    return sidebar.is_loaded and (not conversation_id or conversation_id in changed or conversation_id in known)


def open_again(sidebar: Sidebar, remembered: Remembered) -> None:
    """Read as many lines as the page had, and ask and open what it asked and had opened."""
    sidebar._least = min(max(PAGE, remembered.lines), MOST_AT_ONCE)
    sidebar.deleting_id, sidebar.is_open = remembered.deleting_id, remembered.is_sheet_open


@dataclass(frozen=True, slots=True)
class ListReading:
    """What is to be read of the list: lines by their ids, or, without `ids`, all that has been loaded.

    That goes at least `count` lines down, and as far as the open one.
    """

    ids: tuple[str, ...] | None
    count: int
    open_id: str

    @property
    def is_needless(self) -> bool:
        """Say whether nothing has changed."""
        return self.ids == ()


def to_read(sidebar: Sidebar, changed: frozenset[str] | None, open_id: str) -> ListReading:
    """Say what is to be read after such changes; None stands for those that nobody knows."""
    count = max(sidebar._least, len({line.id for line in _all(sidebar)}))
    if not changed:
        return ListReading(None if changed is None else (), count, open_id)
    ids = tuple(dict.fromkeys([*(line.id for line in sidebar.fresh), *changed]))
    if len(ids) > MOST_FRESH:
        ids = tuple(changed)  # what has been fresh so far moves to the top
    is_whole = len(sidebar.top) + len(ids) + len(sidebar.gone) > LONGEST_TOP
    return ListReading(None if is_whole else ids, count, open_id)


async def read(reading: ListReading) -> Sequence[ConversationSummary]:
    """Read it; raises a `DatabaseError`."""
    services = runtime.current()
    if reading.ids is not None:
        return await services.chat.lines(services.local_user_id, reading.ids)
    return await services.chat.newest_with(services.local_user_id, reading.count + 1, reading.open_id, MOST_AT_ONCE)


def show(sidebar: Sidebar, reading: ListReading, found: Sequence[ConversationSummary]) -> None:
    """Show what has been read."""
    if reading.ids is None:
        _show_all(sidebar, reading.count, found)
        return
    if any(line.id not in reading.ids for line in sidebar.fresh):
        _fold(sidebar)
    missing = set(reading.ids) - {line.id for line in found}
    _assign(sidebar, fresh=[conversation_view(line) for line in found], gone=sorted({*sidebar.gone, *missing}))


def _show_all(sidebar: Sidebar, count: int, found: Sequence[ConversationSummary]) -> None:
    shown = count if len(found) <= count + 1 else len(found)
    lines = [conversation_view(line) for line in found[:shown]]
    _assign(sidebar, top=lines[:PAGE], lower=lines[PAGE:], fresh=[], gone=[])
    _note_end(sidebar, found, shown)
    sidebar.has_more |= shown > count  # nobody has looked below the open one
    sidebar.is_loaded = True


def _all(sidebar: Sidebar) -> list[ConversationView]:
    return [*sidebar.fresh, *sidebar.top, *sidebar.lower]


def _fold(sidebar: Sidebar) -> None:
    """Move what is fresh to the top, where it stands first."""
    moved = {line.id for line in sidebar.fresh}
    sidebar.top = [*sidebar.fresh, *(line for line in sidebar.top if line.id not in moved)]
    sidebar.fresh = []


def _assign(sidebar: Sidebar, **lists: list[Any]) -> None:
    """Assign what is different: Reflex sends whatever is assigned."""
    for name, value in lists.items():
        if getattr(sidebar, name) != value:
            setattr(sidebar, name, value)


def _note_end(sidebar: Sidebar, found: Sequence[ConversationSummary], shown: int) -> None:
    """Remember the last line that is shown; one more than that was looked for."""
    sidebar.has_more = len(found) > shown
    sidebar._end = found[:shown][-1].cursor if found else sidebar._end
