"""An empty chat: what can be asked, and who answers."""

import reflex as rx

from app.states.models import Models
from app.states.sending import Sending

SUGGESTIONS = (
    ("Explain", "Explain how a river shapes a valley, in three short paragraphs."),
    ("Code", "Write a Python function that checks whether a word is a palindrome, with two tests."),
    ("Compare", "Compare tea and coffee in a small table."),
    ("Write", "Write a short, warm thank-you note to a colleague."),
)
# What a model of 135 million parameters can do.
SMALL_SUGGESTIONS = (
    ("Ask", "What is the capital of France?"),
    ("Imagine", "Write a short story about a fox who finds a river."),
    ("List", "List five animals that live in a forest."),
    ("Write", "Write a short thank-you note to a friend."),
)


def welcome() -> rx.Component:
    """Show what can be asked, where nothing has been."""
    return rx.el.section(
        rx.el.h1("Rivulet", class_name="welcome-name"),
        rx.el.p("Ask, and watch the answer being written.", class_name="welcome-sentence"),
        rx.cond(Models.is_embedded, _suggestions(SMALL_SUGGESTIONS), _suggestions(SUGGESTIONS)),
        rx.cond(Models.is_embedded, _embedded_note()),
        class_name="welcome",
    )


def _suggestions(suggestions: tuple[tuple[str, str], ...]) -> rx.Component:
    return rx.el.ul(
        *[
            rx.el.li(
                rx.el.button(
                    rx.el.span(name, class_name="suggestion-name"),
                    rx.el.span(text, class_name="suggestion-text"),
                    type="button",
                    on_click=Sending.begin(text),
                    class_name="suggestion",
                )
            )
            for name, text in suggestions
        ],
        class_name="suggestions",
    )


def _embedded_note() -> rx.Component:
    """Say what the model inside is, and the two ways to a real one."""
    return rx.el.p(
        Models.name,
        " is the tiny model that comes with Rivulet. It runs on this computer and shows how the page works, but it "
        "often errs. For a real one, start Rivulet with ",
        rx.el.code("ANTHROPIC_API_KEY"),
        " set, or start Ollama on this computer or name a server in ",
        rx.el.code("OPENAI_BASE_URL"),
        ".",
        class_name="welcome-note",
        data_testid="embedded-note",
    )
