"""Parts of a list (`ul`) that is loaded page by page."""

import reflex as rx

from components.library import Part, script

_LIBRARY = script("long_list.jsx")


class LoadMore(Part):
    """A button at the end of a list; calls `on_reach` when pressed, or when the reader nears it, once for a `count`."""

    library = _LIBRARY
    tag = "LoadMore"
    label: rx.Var[str]
    count: rx.Var[int]
    on_reach: rx.EventHandler[rx.event.no_args_event_spec]


class CurrentInView(Part):
    """Scrolls the list around it to the line that is `aria-current`, once each time that `current` is another."""

    library = _LIBRARY
    tag = "CurrentInView"
    current: rx.Var[str]
    count: rx.Var[int]


load_more = LoadMore.create
current_in_view = CurrentInView.create
