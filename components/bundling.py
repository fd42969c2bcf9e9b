"""How the page is put into files: hand `Bundling()` to the plugins in `rxconfig.py`."""

import reflex as rx
from reflex_base.plugins.base import PreCompileContext
from typing_extensions import Unpack

_CONFIG = "vite.config.js"
# A worker fetches what it needs when it needs it: as one file the highlighter's would have 10 MB.
_WORKERS = ("  build: {\n", '  worker: { format: "es" },\n  build: {\n')
# What every page needs comes as one file, not as ten of a few hundred bytes, each of which costs a request.
_NAMES = "react|react-dom|scheduler|react-router|@emotion|use-stick-to-bottom"
_PACKAGES = (
    "          groups: [\n",
    rf"""          groups: [
            {{
              test: /node_modules[\\/]({_NAMES})[\\/](?!.*[.]development[.])/,
              name: "packages",
            }},
            {{
              test: /node_modules[\\/]lucide-react[\\/]/,
              name: "icons",
              minShareCount: 2,
            }},
""",
)


class Bundling(rx.plugins.Plugin):
    """Says in Vite's configuration what becomes a file of its own."""

    def pre_compile(self, **context: Unpack[PreCompileContext]) -> None:
        """Change Vite's configuration before the page is built."""
        context["add_modify_task"](_CONFIG, bundled)


def bundled(config: str) -> str:
    """Give Vite's configuration with our files; raises `ValueError` when Reflex writes it in another form."""
    for anchor, wanted in (_WORKERS, _PACKAGES):
        if wanted in config:
            continue
        if anchor not in config:
            raise ValueError(f"Vite's configuration has no {anchor.strip()!r}: Reflex has changed it.")
        config = config.replace(anchor, wanted, 1)
    return config
