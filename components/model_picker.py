"""The model picker: a native select, so that it works with every keyboard, screen reader and phone."""

import reflex as rx


def model_picker(
    *, key: rx.Var[str], options: rx.Var[list], option: rx.EventHandler | object, on_change: rx.EventHandler
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
