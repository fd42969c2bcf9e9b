"""The settings: a dialog over the chat page at an address of its own, which nothing behind it notices."""

import reflex as rx

from app.services.preferences import FASTEST_CHARS_PER_SECOND, SLOWEST_CHARS_PER_SECOND
from app.states.models import Models
from app.states.preferences import Preferred
from app.states.views import ModelView
from components.dialog import close_button, leave_address, modal_dialog
from components.lost_note import lost_note
from components.settings_form import WIDE, Choices, choice, group, long_text, number, options, switch

PAUSE_MS = 800  # a text is stored when typing pauses so long, or when its field is left


def settings() -> rx.Component:
    """Let the user set everything that can be preferred; each change is stored at once."""
    return modal_dialog(
        rx.el.header(
            rx.el.h2("Settings", id="settings-title"),
            rx.el.p(_saved(), role="status", data_testid="saved"),
            close_button("settings", "Close the settings"),
            class_name="settings-head",
        ),
        rx.el.p(Preferred.trouble, role="alert", class_name="settings-trouble", data_testid="settings-trouble"),
        lost_note(meanwhile="What you choose now holds when the connection is back."),
        rx.el.div(_answers(), _fragments(), _writing(), _page(), class_name="settings-body"),
        opening=Preferred.opening,
        on_close=leave_address("/settings"),
        id="settings",
        class_name="settings",
        aria_labelledby="settings-title",
        data_testid="settings-dialog",
    )


def _saved() -> rx.Component:
    """Say it anew with each change: a new key makes a new element, which fades and is announced by itself."""
    return rx.cond(Preferred.saved_count, rx.el.span("Saved", key=f"saved-{Preferred.saved_count}", class_name="saved"))


def _answers() -> rx.Component:
    return group(
        "Answers",
        _choice(
            "mode",
            "Delivery",
            "See an answer while it is written, or when it is whole.",
            (("streaming", "Streaming"), ("traditional", "Whole answer")),
        ),
        _choice(
            "pace",
            "Pace",
            "How the characters of a streaming answer come.",
            (
                ("as_it_comes", "As it comes"),
                ("natural", "Natural"),
                ("typewriter", "Typewriter"),
                ("by_sentence", "By sentence"),
            ),
        ),
        _speed(),
        _choice(
            "cursor",
            "Cursor",
            "What stands at the end of the text while it is written.",
            (("block", "Block"), ("bar", "Bar"), ("none", "None")),
        ),
        _switch("highlight_while_streaming", "Highlight code while it is written", "Off: only when it is complete."),
        _switch("follow_scrolling", "Follow the text", "Scroll along while an answer is written."),
        _choice(
            "thinking",
            "Thinking",
            "What becomes of a model’s thoughts once its answer begins.",
            (("folded", "Folded"), ("shown", "Shown")),
        ),
    )


def _fragments() -> rx.Component:
    return group(
        "Fragments",
        _switch(
            "automatic_fragments",
            "Make fragments by themselves",
            "Of code with a name, and of long code. Any other block becomes one by the button in its header.",
        ),
        _switch("opens_fragments", "Open them while they are written", "The first one of an answer, beside the chat."),
        _switch(
            "tells_fragments",
            "Tell the model about them",
            "Adds to the system prompt how to write and change fragments, and which there are.",
        ),
    )


def _writing() -> rx.Component:
    return group(
        "Asking",
        _choice(
            "send_key",
            "Send with",
            "The other key breaks the line.",
            (("enter", "Enter"), ("mod_enter", "Ctrl+Enter or ⌘+Enter")),
        ),
        choice(
            "model",
            "Model for new chats",
            "A chat keeps the model it was last asked with.",
            rx.el.option("The server’s choice", value=""),
            rx.foreach(Models.offered, _model_option),
            # The stored model may not be on offer now; the first option that fits is the one shown.
            rx.el.option(Preferred.model, value=Preferred.model, hidden=True),
            value=Preferred.model,
            on_change=lambda value: Preferred.change("model", value),
            class_name=WIDE,
        ),
        _choice(
            "thinking_amount",
            "Think first",
            "Whether a model that can thinks before it answers. A chat may say otherwise.",
            (("off", "Off"), ("brief", "Briefly"), ("long", "At length")),
        ),
        _system_prompt(),
    )


def _page() -> rx.Component:
    return group(
        "Page",
        _choice(
            "theme", "Theme", "The colours of the page.", (("system", "System"), ("light", "Light"), ("dark", "Dark"))
        ),
        _choice(
            "motion",
            "Motion",
            "Whether the cursor breathes and things fade in.",
            (("system", "System"), ("reduced", "Reduced"), ("full", "Full")),
        ),
        switch(
            "notify",
            "Notify me",
            "When an answer that took long ends while this tab is hidden.",
            is_on=Preferred.notify,
            on_change=Preferred.switch_notify,
        ),
    )


def _choice(key: str, label: str, description: str, choices: Choices) -> rx.Component:
    return choice(
        key,
        label,
        description,
        *options(choices),
        value=getattr(Preferred, key),
        on_change=lambda value: Preferred.change(key, value),
    )


def _switch(key: str, label: str, description: str) -> rx.Component:
    return switch(
        key,
        label,
        description,
        is_on=getattr(Preferred, key),
        on_change=lambda value: Preferred.change(key, value),
    )


def _speed() -> rx.Component:
    return number(
        "characters_per_second",
        "Typewriter speed",
        f"Characters per second, {SLOWEST_CHARS_PER_SECOND} to {FASTEST_CHARS_PER_SECOND}.",
        value=Preferred.characters_per_second,
        version=Preferred.fields_version,
        on_blur=lambda value: Preferred.change("characters_per_second", value),
        min=SLOWEST_CHARS_PER_SECOND,
        max=FASTEST_CHARS_PER_SECOND,
    )


def _system_prompt() -> rx.Component:
    return long_text(
        "system_prompt",
        "System prompt",
        "Told to the model before every conversation.",
        value=Preferred.system_prompt,
        version=Preferred.fields_version,
        on_change=Preferred.change_prompt.debounce(PAUSE_MS),
        on_blur=Preferred.change_prompt,
        rows="4",
        placeholder="For example: Answer briefly, and in plain words.",
    )


def _model_option(model: rx.vars.ObjectVar[ModelView]) -> rx.Component:
    return rx.el.option(model.label, value=model.key)
