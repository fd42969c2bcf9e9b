"""The model picker: a native select, so that it works with every keyboard, screen reader and phone."""

from typing import Any

import reflex as rx

from components.library import Part, script


class ModelPicker(Part):
    """Chooses which model answers next: one of `models` (`key` and `label`), or one whose name is typed.

    It shows `value` whatever has been picked, also where that is not listed.
    """

    library = script("model_picker.jsx")
    tag = "ModelPicker"
    models: rx.Var[list[Any]]
    value: rx.Var[str]
    on_pick: rx.EventHandler[rx.event.passthrough_event_spec(str)]


model_picker = ModelPicker.create
