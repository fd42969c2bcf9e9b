"""StreamingCodeBlock: code that is highlighted while it is being written."""

import reflex as rx

from components.library import Part, script


class StreamingCodeBlock(Part):
    """A code block with language label, line numbers, copy and download.

    `code` may grow at its end; only new lines are highlighted and rendered, so a step costs what it adds.
    """

    library = script("late_markdown.jsx")
    tag = "CodeBlock"
    code: rx.Var[str]
    language: rx.Var[str]
    is_incomplete: rx.Var[bool]
    show_line_numbers: rx.Var[bool]


streaming_code_block = StreamingCodeBlock.create
