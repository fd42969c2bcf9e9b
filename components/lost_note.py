"""LostNote: what a dialog says while the server is lost."""

import reflex as rx

from components.library import Part, script


class LostNote(Part):
    """Says that the server is lost, and what that means for what is done `meanwhile`; a `Connection` finds out."""

    library = script("lost_note.jsx")
    tag = "LostNote"
    meanwhile: rx.Var[str]


lost_note = LostNote.create
