"""A modal dialog: the browser's own, so that focus, Esc and the page behind are taken care of."""

import json
from typing import Any

import reflex as rx

from components.icon_button import icon_button
from components.library import Part, script


class _ModalDialog(rx.Component):
    library = script("dialog.jsx")
    lib_dependencies: list[str] = Part.lib_dependencies
    tag = "ModalDialog"
    opening: rx.Var[int]
    on_close: rx.EventHandler[rx.event.no_args_event_spec]


def modal_dialog(
    *children: rx.Component, opening: rx.Var[int] | int, on_close: rx.event.EventType[()], **attributes: Any
) -> rx.Component:
    """Show `children` over the page; `on_close` is called when it has been closed.

    `opening` is 0 for a closed dialog. Each other number opens it anew, also when the reader has closed it before the
    page knew of that.
    """
    return _ModalDialog.create(*children, opening=opening, on_close=on_close, **attributes)


def close_button(dialog_id: str, label: str) -> rx.Component:
    """Close a dialog, without asking the server."""
    return icon_button("x", label, rx.run_script(f"document.getElementById({json.dumps(dialog_id)}).close()"), "close")


def leave_address(path: str) -> rx.event.EventSpec:
    """Go back from the address of a dialog to what was shown before.

    The router numbers the places of a visit; the first has nothing of ours to go back to. Who went back, or on to
    another address, is away already.
    """
    return rx.run_script(
        f"location.pathname === {json.dumps(path)} && (history.state?.idx ? history.back() : location.replace('/'))"
    )
