import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fragments.extraction import CodeBlock, Extractor, blocks_of

README = "````markdown\n# Tool\n\n```bash\npip install tool\n```\n\nMIT\n````\nSave it.\n"
CASES: list[tuple[str, list[tuple[str, str, bool]]]] = [
    ("no code", []),
    ("```python\nx = 1\n```\n", [("python", "x = 1\n", True)]),
    ("~~~js\nlet a;\n```\n~~~", [("js", "let a;\n```\n", True)]),
    ("````md\n```py\nx\n```\n````", [("md", "```py\nx\n```\n", True)]),
    ("```markdown\n# A\n```bash\nls\n```\nB\n```\nafter", [("markdown", "# A\n```bash\nls\n```\nB\n", True)]),
    (README, [("markdown", "# Tool\n\n```bash\npip install tool\n```\n\nMIT\n", True)]),
    ("```py\nnever closed", [("py", "never closed", False)]),
    ("```py\n", [("py", "", False)]),
    ("1. First:\n   ```py\n   if x:\n       y\n   ```\n2. Second", [("py", "if x:\n    y\n", True)]),
    ("- ```py\n  x\n  ```\n", [("py", "x\n", True)]),
    ("- ```py\nx\n```\n", [("py", "x\n", True)]),
    ("> ```py\n> a\n> > b\n>\n> ```\n", [("py", "a\n> b\n\n", True)]),
    ("> ```py\n> a\nout of it\n```js\nb\n```", [("py", "a\n", True), ("js", "b\n", True)]),
    ("- > ```py\n  > a\n  > ```\n", [("py", "a\n", True)]),
    ("see this:```js\nx\n```", [("js", "x\n", True)]),
    ("**See this:** ```js\nx\n```", [("js", "x\n", True)]),
    ("- So: ```\n  x\n  ```\nthen", [("", "x\n", True)]),
    ("see this ```js\nx", []),
    ("```js\nconsole.log(1)```\nthen", [("js", "console.log(1)", True)]),
    ("```js\r\na\r\n```\r\n", [("js", "a\r\n", True)]),
    ("   ```py\n   x\n    y\n   ```", [("py", "x\n y\n", True)]),
    ("inline ```code``` only", []),
    ("```not a fence``` at all", []),
    ("```py\n``\n``` x\n```\n", [("py", "``\n``` x\n", True)]),
    ("`````py\n```\n`````", [("py", "```\n", True)]),
]


def seen(blocks: list[CodeBlock]) -> list[tuple[str, str, bool]]:
    return [(block.info, block.content, block.is_closed) for block in blocks]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text[:30] for text, _ in CASES])
def test_a_block_is_what_stands_inside_its_fence(text: str, expected: list[tuple[str, str, bool]]) -> None:
    assert seen(blocks_of(text)) == expected


def test_blocks_are_counted_in_their_order() -> None:
    assert [block.place for block in blocks_of("```\na\n```\n- ```\n  b\n  ```\n> ```\n> c\n")] == [0, 1, 2]


def test_the_line_before_is_the_last_one_with_words() -> None:
    one, two, three = blocks_of("**app.py**\n\n```\na\n```\n\n```\nb\n```\nthen `b.py`:\n```\nc\n```")
    assert (one.before, two.before, three.before) == ("**app.py**", "", "then `b.py`:")


PIECES = [
    "```",
    "````",
    "~~~",
    "``",
    "`",
    "> ",
    "- ",
    "1. ",
    "  ",
    "    ",
    "\t",
    "python",
    "markdown",
    "a b",
    "x",
    "\r",
]
LINES = st.lists(st.lists(st.sampled_from(PIECES), max_size=5).map("".join), max_size=14)


@given(LINES.map("\n".join), st.data())
def test_a_text_cut_anywhere_has_the_blocks_of_the_whole(text: str, data: st.DataObject) -> None:
    extractor = Extractor()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        extractor.feed(text[start:end])
    extractor.close()
    assert seen(extractor.blocks) == seen(blocks_of(text))


@pytest.mark.parametrize("text", [text for text, _ in CASES], ids=[text[:30] for text, _ in CASES])
def test_characters_that_come_one_by_one_have_the_blocks_of_the_whole(text: str) -> None:
    extractor = Extractor()
    known: list[tuple[str, str]] = []
    for character in text:
        extractor.feed(character)
        now = [(block.info, block.content) for block in extractor.blocks]
        assert all(content.startswith(before) for (_, content), (_, before) in zip(now, known, strict=False))
        known = now
    extractor.close()
    assert seen(extractor.blocks) == seen(blocks_of(text))


@pytest.mark.parametrize(
    "line",
    ["`" * 10, "a```" * 3, "> " * 5, " " * 10, "- " * 5, "1. " * 4, "a`" * 5, "~" * 10, "```a " * 2, "\t" * 10],
    ids=repr,
)
@pytest.mark.parametrize("opening", ["", "```\n", "> ```\n", "```md\n"], ids=repr)
def test_odd_lines_cost_what_they_are_long(opening: str, line: str) -> None:
    text = opening + line * 100_000  # would take hours if it were quadratic
    assert sum(len(block.content) for block in blocks_of(text)) <= len(text)
