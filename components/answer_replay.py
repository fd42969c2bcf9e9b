"""AnswerReplay: the curve of an answer's characters over time, and the answer played at its real pace."""

from typing import Any

import reflex as rx

from components.library import Part, script


class AnswerReplay(Part):
    """Shows `text` as it stood at any moment of its `timeline`, a list of `[ms, characters]` points.

    Two of them are at least `step` milliseconds apart, whatever came between.
    """

    library = script("late_replay.jsx")
    tag = "AnswerReplay"
    text: rx.Var[str]
    timeline: rx.Var[list[Any]]
    step: rx.Var[int]


answer_replay = AnswerReplay.create
