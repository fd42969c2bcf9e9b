"""The React packages that the components stand on, each at one exact version."""

import reflex as rx
from reflex_base.components.component import MemoizationLeaf

PACKAGES = (
    "streamdown@2.7.1",
    "@streamdown/code@2.0.0",
    "@streamdown/math@1.0.3",
    "@streamdown/cjk@1.0.3",
    "katex@0.16.47",
    "lucide-react@1.26.0",
    "dompurify@3.4.18",
    "mermaid@11.17.2",
    "use-stick-to-bottom@1.1.6",
    "@fontsource-variable/inter@5.3.0",
    "@fontsource-variable/jetbrains-mono@5.3.0",
)

_BESIDE = (
    "code_block.jsx",
    "copy_button.jsx",
    "diagram.js",
    "diagram_block.jsx",
    "fence_label.js",
    "footnotes.js",
    "harmless.js",
    "image.jsx",
    "line_breaks.js",
    "link.jsx",
    "look.js",
    "mermaid.js",
    "prose.js",
    "prose_inline.js",
    "streaming.css",
)

_parts = rx.asset("parts.jsx", shared=True)
_markdown = rx.asset("markdown.jsx", shared=True)
for _name in _BESIDE:
    rx.asset(_name, shared=True)  # imported by those two, from beside them


class Part(MemoizationLeaf):
    """A component out of `parts.jsx`; a leaf, so that its text stays a plain string prop."""

    library = _parts.importable_path
    lib_dependencies: list[str] = list(PACKAGES)


class MarkdownPart(MemoizationLeaf):
    """A component out of `markdown.jsx`, which shows text."""

    library = _markdown.importable_path
    lib_dependencies: list[str] = list(PACKAGES)
