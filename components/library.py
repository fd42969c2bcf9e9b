"""The React packages that the components stand on, each at one exact version."""

from contextlib import suppress
from pathlib import Path

import reflex as rx
from reflex_base.components.component import MemoizationLeaf

PACKAGES = (
    "streamdown@2.7.1",
    "@streamdown/code@2.0.0",
    "@streamdown/cjk@1.0.3",
    "katex@0.16.47",
    "lucide-react@1.26.0",
    "dompurify@3.4.18",
    "mermaid@11.17.2",
    "remark-math@6.0.0",
    "tinykeys@4.0.0",
    "diff@9.0.0",
    "pyodide@314.0.7",
    "sucrase@3.35.1",
    "@tailwindcss/browser@4.3.4",
    "codemirror@6.0.2",
    "@codemirror/commands@6.11.1",
    "@codemirror/lang-css@6.3.1",
    "@codemirror/lang-html@6.4.12",
    "@codemirror/lang-javascript@6.2.5",
    "@codemirror/language@6.13.1",
    "@codemirror/lang-markdown@6.5.2",
    "@codemirror/lang-python@6.2.1",
    "@codemirror/state@6.7.6",
    "@codemirror/view@6.43.15",
    "@lezer/highlight@1.2.5",
    "use-stick-to-bottom@1.1.6",
    "@fontsource-variable/inter@5.3.0",
    "@fontsource-variable/jetbrains-mono@5.3.0",
)

_FOLDER = Path(__file__).parent
_BESIDE = sorted(file.name for file in _FOLDER.iterdir() if file.suffix in (".js", ".jsx", ".css"))


def _laid_out() -> str:
    """Lay all scripts where Reflex builds from, and give the address of their folder in imports.

    Reflex is asked for one of them only: it walks through all that is being imported each time, 60 ms for a file.
    """
    first, *others = _BESIDE
    address = rx.asset(first, shared=True).importable_path
    folder = Path(rx.constants.Dirs.APP_ASSETS, address.removeprefix("$/public/")).parent
    for name in others:
        link = folder / name
        if not link.exists():
            link.unlink(missing_ok=True)  # one that led to a folder that has moved
            with suppress(FileExistsError):  # another process was quicker
                link.symlink_to(_FOLDER / name)
    return address.removesuffix(first)


_ADDRESS = _laid_out()


def script(name: str) -> str:
    """Give the library of a component whose script of this name lies beside it.

    Each script comes from this one module: what two of them share is one thing only where they lie in one folder.
    """
    if name not in _BESIDE:
        raise FileNotFoundError(name)
    return _ADDRESS + name


class Part(MemoizationLeaf):
    """A component out of a script of ours; a leaf, so that its text stays a plain string prop."""

    lib_dependencies: list[str] = list(PACKAGES)


def text_and_number(text: rx.Var[str], number: rx.Var[int]) -> tuple[rx.Var[str], rx.Var[int]]:
    """Say that an event brings a text and a number."""
    return (text, number)
