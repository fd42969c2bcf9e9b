"""Seconds that pass."""

import reflex as rx

from components.library import Part, script


class Elapsed(Part):
    """Whole seconds, counted in the browser from an age on; nothing in the first second, or with an age below 0."""

    library = script("elapsed.jsx")
    tag = "Elapsed"
    age_ms: rx.Var[int]


elapsed = Elapsed.create
