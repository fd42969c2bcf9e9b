"""A button that copies a text."""

import reflex as rx

from components.library import Part, script


class CopyButton(Part):
    """Copies a text and says what came of it."""

    library = script("copy_button.jsx")
    tag = "CopyButton"
    label: rx.Var[str]
    text: rx.Var[str]


def copy_button(text: rx.Var[str], label: str, name: str) -> rx.Component:
    """Copy `text`, and show what came of it; `name` becomes a class and the test id."""
    return CopyButton.create(label=label, text=text, class_name=f"icon-button {name}", data_testid=name)
