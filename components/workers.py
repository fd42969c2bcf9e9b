"""How the page's workers are built: hand `SplitWorkers()` to the plugins in `rxconfig.py`."""

import reflex as rx
from reflex_base.plugins.base import PreCompileContext
from typing_extensions import Unpack

_CONFIG = "vite.config.js"
_ANCHOR = "  build: {\n"
_SPLIT = '  worker: { format: "es" },\n'


class SplitWorkers(rx.plugins.Plugin):
    """Let a worker fetch what it needs when it needs it: as one file the highlighter's would have 10 MB."""

    def pre_compile(self, **context: Unpack[PreCompileContext]) -> None:
        """Add the format of workers to Vite's configuration."""
        context["add_modify_task"](_CONFIG, with_split_workers)


def with_split_workers(config: str) -> str:
    """Give Vite's configuration with workers as modules; raises `ValueError` when Reflex writes it in another form."""
    if _SPLIT in config:
        return config
    if _ANCHOR not in config:
        raise ValueError("Vite's configuration has no place for the format of workers: Reflex has changed it.")
    return config.replace(_ANCHOR, _SPLIT + _ANCHOR, 1)
