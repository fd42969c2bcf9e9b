"""A key that works wherever the focus is."""

import reflex as rx

from components.library import Part


class Hotkey(Part):
    """Calls `on_press` when the key of this name (as in `KeyboardEvent.key` or `.code`) goes down.

    With `alt`, together with Alt alone; a code names a key by its place, for Alt changes what letters are called.
    """

    tag = "Hotkey"
    name: rx.Var[str]
    alt: rx.Var[bool]
    on_press: rx.EventHandler[rx.event.no_args_event_spec]


hotkey = Hotkey.create
