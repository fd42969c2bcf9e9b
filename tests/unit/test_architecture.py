"""Imports flow one way; a wrong arrow fails here."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("app", "components", "providers")

# Who may import whom, by the longest prefix; what is not named may import nothing of ours.
ALLOWED: dict[str, tuple[str, ...]] = {
    "providers": ("providers",),
    "components": ("components",),
    "app.errors": (),
    "app.ids": (),
    "app.settings": ("app.errors", "app.persistence.address", "app.persistence.errors", "providers.addresses"),
    "app.feed": (),
    "app.titles": ("app.streaming",),
    "app.sources": (
        "app.ids",
        "app.persistence.turns",
        "app.preference_book",
        "app.preferences",
        "app.streaming",
        "providers",
    ),
    "app.streaming": ("app.streaming", "app.errors", "providers"),
    "app.persistence": ("app.persistence", "app.streaming.store"),
    "app.preferences": ("app.errors", "app.streaming.wellformed"),
    "app.preference_book": (
        "app.feed",
        "app.persistence.errors",
        "app.persistence.preferences",
        "app.preferences",
    ),
    "app.chat": (
        "app.errors",
        "app.feed",
        "app.ids",
        "app.persistence",
        "app.sources",
        "app.streaming",
        "app.titles",
        "providers.base",
    ),
    "app.runtime": (
        "app.chat",
        "app.feed",
        "app.persistence",
        "app.preference_book",
        "app.settings",
        "app.sources",
        "app.streaming",
        "providers",
    ),
    "app.api": (
        "app.api",
        "app.chat",
        "app.errors",
        "app.persistence.errors",
        "app.runtime",
        "app.streaming",
        "providers.errors",
    ),
    "app.states": (
        "app.runtime",
        "app.states",
        "app.chat",
        "app.errors",
        "app.feed",
        "app.persistence",
        "app.preferences",
        "app.streaming",
        "components.composer",
        "providers",
    ),
    "app.pages": ("app.pages", "app.preferences", "app.states", "components"),
    "app.static_cache": (),
    "app.same_origin": (),
    "app.app": (
        "components.page_fault",
        "components.theme",
        "app.api",
        "app.runtime",
        "app.pages",
        "app.states",
        "app.settings",
        "app.static_cache",
        "app.same_origin",
    ),
    "app.preflight": ("app.errors", "app.persistence", "app.runtime", "app.settings"),
    "app.frontend": ("app.errors",),
    "app.__main__": (
        "app.errors",
        "app.frontend",
        "app.persistence",
        "app.preflight",
        "app.runtime",
        "app.settings",
        "providers",
    ),
}
KNOW_REFLEX = ("app.states", "app.pages", "app.app", "app.__main__", "components")
KNOW_THE_DATABASE = ("app.persistence",)
KNOW_VENDORS = ("providers",)
KNOW_TENACITY = ("app.streaming.keeper",)
KNOW_HTTP = ("app.api",)


def modules() -> list[tuple[str, Path]]:
    found: list[tuple[str, Path]] = []
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found.append((".".join(parts).removesuffix(".__init__"), path))
    return found


def imports(path: Path) -> Iterator[str]:
    """Every module that is imported anywhere in the file, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            module = node.module or ""
            submodules = [f"{module}.{alias.name}" for alias in node.names]
            folder = ROOT / Path(*module.split("."))
            yield from (name for name in submodules if (folder / f"{name.rsplit('.', 1)[1]}.py").exists())
            if not folder.is_dir() or any(not (folder / f"{alias.name}.py").exists() for alias in node.names):
                yield module


def is_under(module: str, prefixes: tuple[str, ...]) -> bool:
    return any(module == prefix or module.startswith(prefix + ".") for prefix in prefixes)


def allowed_for(module: str) -> tuple[str, ...]:
    rules = [prefix for prefix in ALLOWED if is_under(module, (prefix,))]
    return ALLOWED[max(rules, key=len)] if rules else ()


@pytest.mark.parametrize(("module", "path"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_imports_follow_the_arrows(module: str, path: Path) -> None:
    wrong = [name for name in imports(path) if is_under(name, FOLDERS) and not is_under(name, allowed_for(module))]
    assert not wrong, f"{module} must not import {wrong}"


@pytest.mark.parametrize(
    ("libraries", "knowing"),
    [
        (("reflex", "reflex_base", "reflex_components_core"), KNOW_REFLEX),
        (("sqlmodel", "sqlalchemy", "alembic", "aiosqlite", "asyncpg"), KNOW_THE_DATABASE),
        (("anthropic", "openai", "httpx2", "httpx", "xllamacpp"), KNOW_VENDORS),
        (("fastapi", "starlette"), KNOW_HTTP),
        (("tenacity",), KNOW_TENACITY),
    ],
    ids=["reflex", "database", "vendors", "http", "tenacity"],
)
def test_only_some_folders_know_a_library(libraries: tuple[str, ...], knowing: tuple[str, ...]) -> None:
    wrong = {
        f"{module} → {name}"
        for module, path in modules()
        if not is_under(module, knowing)
        for name in imports(path)
        if is_under(name, libraries)
    }
    assert not wrong


def test_the_alembic_folder_does_not_shadow_the_library() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()
