"""Stored preferences of any shape give valid preferences."""

import logging
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadPreferenceError
from app.services.preferences import (
    KEYS,
    LONGEST_SYSTEM_PROMPT,
    CursorStyle,
    Mode,
    PaceChoice,
    Preferences,
    Theme,
    checked,
    parse,
)

VALID: dict[str, list[Any]] = {
    "mode": ["streaming", "traditional"],
    "pace": ["as_it_comes", "natural", "typewriter", "by_sentence"],
    "characters_per_second": [5, 60, 500],
    "cursor": ["block", "bar", "none"],
    "highlight_while_streaming": [True, False],
    "follow_scrolling": [True, False],
    "automatic_fragments": [True, False],
    "opens_fragments": [True, False],
    "tells_fragments": [True, False],
    "thinking": ["folded", "shown"],
    "thinking_amount": ["off", "brief", "long"],
    "send_key": ["enter", "mod_enter"],
    "model": ["", "local/smollm2-135m", "openai/meta-llama/Llama-3.1:8b"],
    "system_prompt": ["", "Answer in Welsh.", "x" * LONGEST_SYSTEM_PROMPT],
    "theme": ["system", "light", "dark"],
    "motion": ["system", "reduced", "full"],
    "notify": [True, False],
}
BAD: list[tuple[str, Any]] = [
    ("mode", "Streaming"),
    ("mode", ["streaming"]),
    ("pace", 3),
    ("characters_per_second", 4),
    ("characters_per_second", 501),
    ("characters_per_second", 60.5),
    ("characters_per_second", "60"),
    ("characters_per_second", True),
    ("notify", 1),
    ("notify", "true"),
    ("model", "no-slash"),
    ("model", "a/" + "x" * 300),
    ("system_prompt", None),
    ("system_prompt", "x" * (LONGEST_SYSTEM_PROMPT + 1)),
    ("theme", {}),
    ("colour", "red"),
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
nearly_valid = st.sampled_from([value for values in VALID.values() for value in values])


def test_nothing_stored_gives_the_defaults() -> None:
    assert parse({}) == Preferences()
    assert Preferences().mode is Mode.STREAMING
    assert Preferences().characters_per_second == 60


def test_every_preference_has_valid_values_here() -> None:
    assert tuple(VALID) == KEYS


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in VALID.items() for value in values])
def test_a_valid_value_is_read_as_it_was_stored(key: str, value: Any) -> None:
    assert asdict(parse({key: value})) == asdict(Preferences()) | {key: value}


@pytest.mark.parametrize(("key", "value"), BAD)
def test_a_bad_value_is_refused_in_a_sentence(key: str, value: Any) -> None:
    with pytest.raises(BadPreferenceError, match=r"^[A-Z].*\.$"):
        checked(key, value)


def test_a_bad_value_gives_its_default_and_one_line_without_the_value(caplog: pytest.LogCaptureFixture) -> None:
    stored = {"system_prompt": "secret" * LONGEST_SYSTEM_PROMPT, "theme": "dark", "pace": "sluggish", "older": 1}
    with caplog.at_level(logging.INFO):
        assert parse(stored) == Preferences(theme=Theme.DARK)
    assert [record.getMessage().split("”")[0] for record in caplog.records] == [
        "The stored preference “pace",
        "The stored preference “system_prompt",
    ]
    assert "secret" not in caplog.text
    assert "sluggish" not in caplog.text


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(), json_values | nearly_valid))
def test_whatever_is_stored_gives_valid_preferences(stored: dict[str, Any]) -> None:
    preferences = parse(stored)
    assert isinstance(preferences.pace, PaceChoice)
    assert isinstance(preferences.cursor, CursorStyle)
    assert parse(asdict(preferences)) == preferences
    preferences.system_prompt.encode()


def test_a_system_prompt_is_made_fit_for_every_database() -> None:
    assert checked("system_prompt", "a\0b\ud800") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
