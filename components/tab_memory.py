"""TabMemory: what a tab shows beyond its address, kept by its browser for a server that is started anew."""

from typing import Any

import reflex as rx

from components.library import Part, script


class TabMemory(Part):
    """Keeps `facts` in the session storage under a name once the page `is_ready`, beside others; shows nothing."""

    library = script("tab_memory.jsx")
    tag = "TabMemory"
    facts: rx.Var[dict[str, Any]]
    is_ready: rx.Var[bool]
    name: rx.Var[str]


tab_memory = TabMemory.create
