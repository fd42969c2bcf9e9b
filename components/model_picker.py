"""The model picker: a native select, so that it works with every keyboard, screen reader and phone."""

from collections.abc import Callable
from typing import Any

import reflex as rx


def model_picker(
    *,
    key: rx.Var[str] | str,
    options: rx.Var[list[Any]] | list[Any],
    option: Callable[[Any], rx.Component],
    on_change: rx.event.EventType[str],
) -> rx.Component:
    """Choose which model answers next; `option` renders one entry."""
    return rx.el.label(
        rx.el.span("Model", class_name="sr-only"),
        rx.el.select(
            rx.foreach(options, option),
            value=key,
            on_change=on_change,
            class_name="model-picker",
            data_testid="model-picker",
        ),
        rx.icon("chevron-down", size=14, stroke_width=1.75, aria_hidden="true"),
        class_name="model-picker-frame",
    )
