"""A key that works wherever the focus is."""

import reflex as rx

from components.library import Part, script


class Hotkey(Part):
    """Calls `on_press` when `keys` go down together, such as "Escape" or "Alt+KeyP".

    A key is named as in `KeyboardEvent.key` or `.code`; with Alt by its code, for Alt changes what letters are called.
    """

    library = script("hotkey.jsx")
    tag = "Hotkey"
    keys: rx.Var[str]
    on_press: rx.EventHandler[rx.event.no_args_event_spec]


hotkey = Hotkey.create
