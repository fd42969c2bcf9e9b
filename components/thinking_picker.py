"""How much the model thinks before it answers, in this conversation: a native select beside the model picker."""

import reflex as rx

# A form that is reset would put a select of its own back to its first option: this one belongs to none.
NO_FORM = "no-form"
AMOUNTS = (("", "as in settings"), ("off", "off"), ("brief", "brief"), ("long", "long"))


def thinking_picker(*, value: rx.Var[str] | str, on_pick: rx.event.EventType[str]) -> rx.Component:
    """Choose how much of it the next answers want; an empty `value` leaves it to the settings."""
    return rx.el.span(
        rx.icon("brain", size=14, stroke_width=1.75, aria_hidden="true"),
        rx.el.select(
            *[rx.el.option(f"Thinking {words}", value=amount) for amount, words in AMOUNTS],
            value=value,
            on_change=on_pick,
            aria_label="Thinking",
            title="How much the model thinks before it answers in this chat",
            class_name="model-picker thinking-picker",
            custom_attrs={"form": NO_FORM},
            data_testid="thinking-picker",
        ),
        class_name="model-picker-frame thinking-picker-frame",
        custom_attrs={"data-chosen": value},
    )
