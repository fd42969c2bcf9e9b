"""A button that is only an icon."""

from typing import Any

import reflex as rx


def icon_button(icon: str, label: str, on_click: rx.event.EventType[()], name: str, **attributes: Any) -> rx.Component:
    """Show an icon that does something, with its name for those who cannot see it; `name` becomes a class."""
    return rx.el.button(
        rx.icon(icon, size=18, stroke_width=1.75, aria_hidden="true"),
        type="button",
        aria_label=label,
        title=label,
        on_click=on_click,
        class_name=f"icon-button {name}",
        **attributes,
    )
