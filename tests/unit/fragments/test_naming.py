import pytest

from app.fragments.extraction import CodeBlock, blocks_of
from app.fragments.naming import (
    LONGEST_NAME_CHARS,
    Kind,
    derived_name,
    file_name,
    general_name,
    given_name,
    is_automatic,
    kind_of,
    language_of,
)


def block(text: str) -> CodeBlock:
    return blocks_of(text)[0]


@pytest.mark.parametrize(
    ("text", "name", "language"),
    [
        ('```python title="app.py"\nx\n```', "app.py", "python"),
        ('```python title="my app"\nx\n```', "my app", "python"),
        ("```css filename=styles/main.css {1,3}\nx\n```", "styles/main.css", "css"),
        ('```{.python file="x.py"}\nx\n```', "x.py", "python"),
        ('```title="a.py"\nx\n```', "a.py", "python"),
        ("```jsx:src/App.jsx\nx\n```", "src/App.jsx", "jsx"),
        ("```python app.py\nx\n```", "app.py", "python"),
        ("```index.html\nx\n```", "index.html", "html"),
        ("```Dockerfile\nFROM x\n```", "Dockerfile", "docker"),
        ("```python\n# file: a b.py\nx\n```", "a b.py", "python"),
        ("```js\n// src/app.js\nx", "src/app.js", "javascript"),
        ("```html\n<!-- index.html -->\nx", "index.html", "html"),
        ("```css\n/* main.css */\nx", "main.css", "css"),
        ("**app.py**\n\n```python\nx\n```", "app.py", "python"),
        ("`app.py`:\n```\nx\n```", "app.py", "python"),
        ("### `src/a.tsx`\n```tsx\nx\n```", "src/a.tsx", "tsx"),
        ("1. **app.py**\n   ```python\n   x\n   ```", "app.py", "python"),
        ("app.py:\n```\nx\n```", "app.py", "python"),
        ("Here is app.py:\n```python\nx\n```", "", "python"),
        ("**Note:**\n```\nx\n```", "", ""),
        ("e.g.\n```\nx\n```", "", ""),
        ("`npm run build`:\n```\nx\n```", "", ""),
        ("```vb.net\nx\n```", "", "net"),
        ("```python\n# 3.5 is a number\n```", "", "python"),
        ("```diff\n--- a.py\n+x\n```", "", "diff"),
        ("```__proto__\nx\n```", "", "__proto__"),
    ],
)
def test_a_name_is_where_models_write_it(text: str, name: str, language: str) -> None:
    found = block(text)
    assert (given_name(found), language_of(found)) == (name, language)


def test_a_name_is_one_line_of_bounded_length() -> None:
    assert given_name(block(f'```py title="{"x" * 350}.py"\nx\n```')) == "x" * LONGEST_NAME_CHARS
    assert given_name(block('```py title="a\u202eb\tc"\nx\n```')) == "a b c"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("```html\n<html><head><title>Snake &amp; co</title>\n```", "Snake & co"),
        ("```python\nimport os\n\nclass Game:\n    pass\n```", "Game"),
        ("```ts\nexport default async function main() {}\n```", "main"),
        ("```markdown\n# The plan\n\ntext\n```", "The plan"),
        ("```sql\nCREATE TABLE IF NOT EXISTS users (id int);\n```", "users"),
        ("```python\nprint(1)\n```", ""),
        ("```python\n" + "\n" * 15 + "class Late: pass\n```", ""),
    ],
)
def test_a_nameless_block_is_called_as_it_calls_itself(text: str, name: str) -> None:
    found = block(text)
    assert derived_name(found, language_of(found)) == name


def test_a_derived_name_stays_while_the_block_grows() -> None:
    text = "```python\n" + "x = 1\n" * 15
    assert derived_name(block(text), "python") == derived_name(block(text + "class Late: pass\n"), "python")


def test_long_blocks_of_things_and_named_ones_become_fragments() -> None:
    assert is_automatic(block("```python\n" + "x\n" * 15 + "```"))
    assert not is_automatic(block("```python\n" + "x\n" * 14 + "```"))
    assert not is_automatic(block("```bash\n" + "x\n" * 100 + "```"))
    assert not is_automatic(block("```\n" + "x\n" * 100 + "```"))
    assert is_automatic(block("`run.sh`:\n```bash\nls\n```"))
    assert not is_automatic(block("`run.sh`:\n```bash\n"))  # its first line may name it otherwise


def test_files_are_named_safely() -> None:
    assert file_name("src/App.jsx", "jsx") == "App.jsx"
    assert file_name("Snake & co", "html") == "Snake & co.html"
    assert file_name("..\\..\\evil", "python") == "evil.py"
    assert file_name('a<b>:"c|d?*', "") == "a b c d.txt"
    assert file_name("...", "css") == "fragment.css"


def test_what_is_shown_has_a_kind() -> None:
    assert [kind_of(name) for name in ("html", "svg", "code", "")] == [Kind.HTML, Kind.SVG, Kind.CODE, Kind.CODE]
    assert [general_name(name) for name in ("html", "python", "")] == ["Page", "Python", "Text"]
