"""A scroll area that follows its end while the reader is there, and lets go the moment they scroll up."""

import reflex as rx

from components.library import Part


class _Area(rx.Component):
    library = "use-stick-to-bottom@1.1.6"
    tag = "StickToBottom"
    resize: rx.Var[str]
    initial: rx.Var[str]


class _Content(rx.Component):
    library = "use-stick-to-bottom@1.1.6"
    tag = "StickToBottom.Content"
    scroll_class_name: rx.Var[str]


class _ScrollToEnd(Part):
    tag = "ScrollToEnd"
    label: rx.Var[str]
    signal: rx.Var[int]
    follows: rx.Var[bool]


def transcript(
    *children: rx.Component, scroll_signal: rx.Var[int] | int = 0, follows: rx.Var[bool] | bool = True
) -> rx.Component:
    """Lay out messages from the top; the view goes to the end whenever `scroll_signal` changes.

    Without `follows` it stays where it is while they grow.
    """
    return _Area.create(
        _Content.create(*children, class_name="transcript", scroll_class_name="transcript-scroll"),
        _ScrollToEnd.create(label="Go to the end", signal=scroll_signal, follows=follows),
        resize="instant",
        initial="instant",
        class_name="transcript-area",
    )
