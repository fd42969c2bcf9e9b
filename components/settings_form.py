"""The controls of a settings page: native ones, each with its label and one line that says what it does."""

from typing import Any

import reflex as rx

Choices = tuple[tuple[str, str], ...]
WIDE = "setting setting-wide"


def group(title: str, *settings: rx.Component) -> rx.Component:
    """Put settings that belong together under a title."""
    return rx.el.fieldset(rx.el.legend(title), *settings, class_name="setting-group")


def choice(
    key: str,
    label: str,
    description: str,
    *options: rx.Component,
    value: rx.Var[str] | str,
    on_change: rx.event.EventType[str],
    class_name: str = "setting",
) -> rx.Component:
    """Choose one of a few."""
    control = rx.el.select(*options, value=value, on_change=on_change, class_name="setting-control", **_named(key))
    return _setting(key, label, description, rx.el.span(control, _chevron(), class_name="select-frame"), class_name)


def options(choices: Choices) -> list[rx.Component]:
    """Name the choices of a `choice`."""
    return [rx.el.option(label, value=value) for value, label in choices]


def switch(
    key: str, label: str, description: str, *, is_on: rx.Var[bool] | bool, on_change: rx.event.EventType[Any]
) -> rx.Component:
    """Switch something on or off."""
    control = rx.el.input(
        type="checkbox", role="switch", checked=is_on, on_change=on_change, class_name="switch", **_named(key)
    )
    return _setting(key, label, description, control)


def number(
    key: str,
    label: str,
    description: str,
    *,
    value: rx.Var[int] | int,
    version: rx.Var[int] | int,
    on_blur: rx.event.EventType[Any],
    **limits: Any,
) -> rx.Component:
    """Type a number; it counts when the field is left, and shows `value` again when `version` changes."""
    control = rx.el.input(
        type="number",
        default_value=value,
        key=rx.Var.create(version).to_string(),
        on_blur=on_blur,
        class_name="setting-control setting-number",
        **_named(key),
        **limits,
    )
    return _setting(key, label, description, control)


def long_text(
    key: str,
    label: str,
    description: str,
    *,
    value: rx.Var[str] | str,
    version: rx.Var[int] | int,
    on_change: rx.event.EventType[str],
    on_blur: rx.event.EventType[str],
    **attributes: Any,
) -> rx.Component:
    """Write a text of some lines; it keeps what is typed, and shows `value` again when `version` changes."""
    control = rx.el.textarea(
        default_value=value,
        key=rx.Var.create(version).to_string(),
        on_change=on_change,
        on_blur=on_blur,
        class_name="setting-control setting-text",
        **_named(key),
        **attributes,
    )
    return _setting(key, label, description, control, WIDE)


def _named(key: str) -> dict[str, Any]:
    name = f"preference-{key}"
    return {"id": name, "data_testid": name, "aria_describedby": f"{name}-description"}


def _setting(
    key: str, label: str, description: str, control: rx.Component, class_name: str = "setting"
) -> rx.Component:
    name = f"preference-{key}"
    return rx.el.div(
        rx.el.div(
            rx.el.label(label, html_for=name, class_name="setting-label"),
            rx.el.p(description, id=f"{name}-description", class_name="setting-description"),
        ),
        control,
        class_name=class_name,
    )


def _chevron() -> rx.Component:
    return rx.icon("chevron-down", size=14, stroke_width=1.75, aria_hidden="true")
