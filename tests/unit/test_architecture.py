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
    "app.log_context": (),
    "app.serving.logs": ("app.log_context",),
    "app.settings": ("app.errors", "app.persistence.address", "app.persistence.errors", "providers.addresses"),
    "app.services.feed": (),
    "app.services.lines": ("app.persistence.conversations", "app.services.feed"),
    "app.services.titles": ("app.streaming",),
    "app.services.sources": (
        "app.fragments.telling",
        "app.ids",
        "app.persistence.turns",
        "app.services.preference_book",
        "app.services.preferences",
        "app.streaming",
        "providers",
    ),
    "app.streaming": ("app.streaming", "app.errors", "app.log_context", "providers"),
    "app.fragments": ("app.fragments",),
    "app.monitoring": ("app.errors", "app.monitoring", "app.streaming.store"),
    "app.persistence": ("app.persistence", "app.fragments", "app.ids", "app.monitoring", "app.streaming.store"),
    "app.services.usage": ("app.monitoring", "app.persistence"),
    "app.services.analytics": ("app.monitoring", "app.persistence", "app.services.usage"),
    "app.services.preferences": ("app.errors", "app.streaming.wellformed"),
    "app.services.preference_book": (
        "app.services.feed",
        "app.persistence.errors",
        "app.persistence.preferences",
        "app.services.preferences",
    ),
    "app.services.whole_conversation": ("app.errors", "app.persistence", "app.streaming.store"),
    "app.services.fragments": (
        "app.errors",
        "app.fragments",
        "app.persistence",
        "app.services.feed",
        "app.services.preference_book",
        "app.streaming",
    ),
    "app.services.chat": (
        "app.errors",
        "app.fragments.telling",
        "app.services.fragments",
        "app.services.whole_conversation",
        "app.services.feed",
        "app.services.lines",
        "app.ids",
        "app.persistence",
        "app.services.sources",
        "app.streaming",
        "app.services.titles",
        "providers.base",
        "providers.errors",
    ),
    "app.runtime": (
        "app.services.chat",
        "app.services.fragments",
        "app.services.feed",
        "app.monitoring",
        "app.persistence",
        "app.services.preference_book",
        "app.settings",
        "app.services.sources",
        "app.services.analytics",
        "app.services.usage",
        "app.streaming",
        "providers",
    ),
    "app.api": (
        "app.api",
        "app.services.analytics",
        "app.services.chat",
        "app.services.whole_conversation",
        "app.errors",
        "app.fragments",
        "app.monitoring",
        "app.persistence.errors",
        "app.persistence.fragments",
        "app.persistence.usage",
        "app.runtime",
        "app.settings",
        "app.streaming",
        "providers.errors",
    ),
    "app.states": (
        "app.runtime",
        "app.states",
        "app.services.analytics",
        "app.services.chat",
        "app.errors",
        "app.services.feed",
        "app.fragments.naming",
        "app.monitoring",
        "app.persistence",
        "app.services.preferences",
        "app.serving.socket",
        "app.streaming",
        "components.composer",
        "providers",
    ),
    "app.pages": ("app.pages", "app.monitoring.report", "app.services.preferences", "app.states", "components"),
    "app.serving.answer_headers": (),
    "app.serving.static_cache": ("app.serving.answer_headers",),
    "app.serving.same_origin": (),
    "app.serving.page_policy": ("app.serving.answer_headers",),
    "app.app": (
        "components.page_fault",
        "components.theme",
        "app.api",
        "app.runtime",
        "app.pages",
        "app.states",
        "app.settings",
        "app.serving.static_cache",
        "app.serving.page_policy",
        "app.serving.same_origin",
    ),
    "app.serving.preflight": ("app.errors", "app.persistence", "app.runtime", "app.settings"),
    "app.serving.frontend": ("app.errors",),
    "app.__main__": (
        "app.errors",
        "app.serving.frontend",
        "app.persistence",
        "app.serving.logs",
        "app.serving.preflight",
        "app.runtime",
        "app.settings",
        "providers",
    ),
}
# A vendor's SDK takes a second to load, and only those that are configured are.
LOADS_WHAT_IS_CONFIGURED = ("providers.registry", "app.monitoring.exporters")
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
        (("sqlmodel", "sqlalchemy", "alembic", "asyncpg"), KNOW_THE_DATABASE),
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


def graph() -> dict[str, set[str]]:
    """Who imports whom, module by module, of our own."""
    found = dict(modules())
    return {module: {name for name in imports(path) if name in found} for module, path in found.items()}


def test_no_module_imports_itself_by_whatever_way() -> None:
    arrows = graph()
    reached = {module: set(names) for module, names in arrows.items()}
    for middle in arrows:  # transitive closure (Warshall, 1962)
        for module in arrows:
            if middle in reached[module]:
                reached[module] |= reached[middle]
    assert {module for module in arrows if module in reached[module]} == set()


def local_imports(path: Path) -> Iterator[str]:
    """The modules of ours that are imported within a function."""
    for function in ast.walk(ast.parse(path.read_text())):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.ImportFrom) and is_under(node.module or "", FOLDERS):
                    yield node.module or ""
                elif isinstance(node, ast.Import):
                    yield from (alias.name for alias in node.names if is_under(alias.name, FOLDERS))


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__") and name != "_exit"  # which `os` has


def foreign_privates(path: Path) -> Iterator[str]:
    """The `_private` names of something else than `self` that this module does not define itself."""
    tree = ast.parse(path.read_text())
    defined = {
        name
        for node in ast.walk(tree)
        for name in (
            [node.name]
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            else [node.id]
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            else [node.attr]
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            else []
        )
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            is_own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            if not is_own and node.attr not in defined:
                yield node.attr


@pytest.mark.parametrize(("module", "path"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_module_imports_at_its_top_and_uses_only_its_own_privates(module: str, path: Path) -> None:
    assert module in LOADS_WHAT_IS_CONFIGURED or list(local_imports(path)) == []
    assert list(foreign_privates(path)) == []


def test_the_alembic_folder_does_not_shadow_the_library() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()
