"""All the fragments of the user, and the search through them."""

import reflex as rx

from app import runtime
from app.persistence.errors import DatabaseError
from app.persistence.fragments import Cursor
from app.states.panel import Panel
from app.states.tab_memory import Remembered
from app.states.views import FragmentView, fragment_view

PAGE = 40
LONGEST_WORDS_CHARS = 300


class Gallery(rx.State):
    """The fragments that are named by `words`, the last changed first, as far down as they have been asked for.

    `opening` counts the times that it was opened; 0 is closed. The field keeps what is typed into it; another
    `fields_version` makes it show `words` again.
    """

    opening: int = 0
    fields_version: int = 0
    words: str = ""
    found: list[FragmentView] = []
    has_more: bool = False
    trouble: str = ""

    _openings: int = 0
    _end: Cursor | None = None

    @rx.event
    async def search(self, words: str):
        """Show the fragments that are named so."""
        self.words = words[:LONGEST_WORDS_CHARS]
        await search(self)

    @rx.event
    async def show_more(self):
        """Show the next ones below."""
        if self.has_more:
            await _find(self, self.found)

    @rx.event
    def open_fragment(self, fragment_id: str, conversation_id: str):
        """Show one of them beside its chat."""
        return [Panel.open(fragment_id, 0), rx.redirect(f"/c/{conversation_id}")]


async def show(gallery: Gallery, *, is_open: bool) -> None:
    """Show what there is now, or nothing any more."""
    if is_open:
        if not gallery.opening:
            gallery.words, gallery.found = "", []
            gallery.fields_version += 1
        gallery._openings += 1
        gallery.opening = gallery._openings
        await _look_again(gallery)
    elif gallery.opening:
        gallery.opening, gallery.found = 0, []


async def open_again(gallery: Gallery, remembered: Remembered) -> None:
    """Take what was looked for, and as far down as it was shown; the page keeps its field."""
    if remembered.gallery:
        gallery.opening = gallery._openings = remembered.gallery
        gallery.fields_version = remembered.gallery_version
        gallery.words = remembered.gallery_words
        await _look_again(gallery, remembered.gallery_lines)


async def search(gallery: Gallery) -> None:
    """Begin anew with the newest fragments that are named by the words."""
    gallery._end = None
    await _find(gallery, [])


async def _look_again(gallery: Gallery, count: int = 0) -> None:
    """Show what there is now, as far down as before."""
    gallery._end = None
    await _find(gallery, [], max(PAGE, count, len(gallery.found)))


async def _find(gallery: Gallery, known: list[FragmentView], count: int = PAGE) -> None:
    services = runtime.current()
    try:
        found = await services.fragments.search(services.local_user_id, gallery.words, count + 1, gallery._end)
    except DatabaseError as error:
        gallery.trouble = error.sentence
        return
    shown = found[:count]
    gallery.found, gallery.trouble = [*known, *map(fragment_view, shown)], ""
    gallery.has_more = len(found) > count
    gallery._end = shown[-1].cursor if shown else gallery._end
