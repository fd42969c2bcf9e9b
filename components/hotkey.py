"""A key that works wherever the focus is."""

import reflex as rx

from components.library import Part


class Hotkey(Part):
    """Calls `on_press` when the key of this name (as in `KeyboardEvent.key`) goes down."""

    tag = "Hotkey"
    name: rx.Var[str]
    on_press: rx.EventHandler[rx.event.no_args_event_spec]


hotkey = Hotkey.create
