"""A scroll area that follows its end while the reader is there, and lets go the moment they scroll up."""

import reflex as rx

from components.library import Part, script


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
    library = script("transcript.jsx")
    tag = "ScrollToEnd"
    label: rx.Var[str]
    signal: rx.Var[int]
    follows: rx.Var[bool]
    is_writing: rx.Var[bool]
    place: rx.Var[str]


def transcript(
    *children: rx.Component,
    scroll_signal: rx.Var[int] | int = 0,
    follows: rx.Var[bool] | bool = True,
    is_writing: rx.Var[bool] | bool = False,
    place: rx.Var[str] | str = "",
) -> rx.Component:
    """Lay out messages from the top; the view goes to the end whenever `scroll_signal` changes.

    When `place` has changed as well and the reader has come back to it, the view goes to where they were. Without
    `follows` it stays where it is while messages grow, and so it does when words are selected while `is_writing`.
    """
    return _Area.create(
        _Content.create(*children, class_name="transcript", scroll_class_name="transcript-scroll"),
        _ScrollToEnd.create(
            label="Go to the end", signal=scroll_signal, follows=follows, is_writing=is_writing, place=place
        ),
        resize="instant",
        initial="instant",
        class_name="transcript-area",
    )
