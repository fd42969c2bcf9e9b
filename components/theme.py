"""The page's colours: light, dark, or as the system has them."""

import reflex as rx
from reflex.style import LiteralColorMode, set_color_mode

THEMES: tuple[LiteralColorMode, ...] = ("system", "light", "dark")
# Before the first paint, what Reflex's own color mode does after it; the browser has kept the name under "theme".
_FIRST_PAINT = """{
  const kept = localStorage.getItem("theme");
  const isDark = kept === "dark" || (kept !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.add(isDark ? "dark" : "light");
}"""


def first_paint() -> rx.Component:
    """Give the page its colours before it is drawn; belongs into the head."""
    return rx.el.script(_FIRST_PAINT)


def theme_keeper(theme: rx.Var[str] | str) -> rx.Component:
    """Turn the page to `theme` (light, dark, system) whenever that changes."""
    return rx.fragment(*(rx.cond(rx.Var.create(theme) == name, _turned_to(name)) for name in THEMES))


def _turned_to(name: LiteralColorMode) -> rx.Component:
    return rx.el.span(hidden=True, on_mount=set_color_mode(name), data_theme=name)
