"""A plain text that is folded when it is long."""

import reflex as rx

from components.library import Part, script


class Folded(Part):
    """Shows a text as it is; a long one is folded to a height, with a button that unfolds it and folds it again."""

    library = script("folded.jsx")
    tag = "Folded"
    text: rx.Var[str]


folded = Folded.create
