"""What a code block is called, what kind of thing it is, and whether it becomes a fragment by itself."""

import re
from enum import StrEnum
from html import unescape

from app.fragments.extraction import BEGINNING_LINES, CodeBlock

AUTOMATIC_LINES = BEGINNING_LINES
LONGEST_NAME_CHARS = 300
_DERIVED_CHARS = 60
_LOOKED_AT_CHARS = 4_000

_FILE = r"(?:[\w@.+~-]+[/\\])*(?:[\w@+~-][\w@.+~-]*\.[A-Za-z]\w{0,9}|Dockerfile|Makefile|Procfile|\.[A-Za-z][\w.-]*)"
_WHOLE_FILE = re.compile(_FILE)
_TITLE = re.compile(
    r"""(?:^|[\s{,])(?:title|file_?name|file|path|name)\s*[=:]\s*(?:"([^"]+)"|'([^']+)'|([^\s"'}]+))""", re.I
)
_AFTER_COLON = re.compile(rf"[\w+#-]*[:|]({_FILE})")
_COMMENT = re.compile(r"(?:#+|//+|--|;+|%+|/\*+|<!--)(.*)")
_SAYS_FILE = re.compile(r"(?:file_?name|file|path)\s*:\s*(\S(?:.*\S)?)", re.I)
_HEADING_MARKS = re.compile(r"^[\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+)?(?:#{1,6}\s+)?")
_MARKED = re.compile(r"(\*\*|__|`|\*|_)(.+)\1")


class Kind(StrEnum):
    """What can be done with a fragment beside reading it."""

    HTML = "html"
    SVG = "svg"
    MERMAID = "mermaid"
    MARKDOWN = "markdown"
    CSV = "csv"
    JSON = "json"
    REACT = "react"
    PYTHON = "python"
    CODE = "code"


# The languages that models write whole things in, each with the ending of its files. What is only run once or shows
# output (a shell, a console, a difference, plain text) is no thing to keep.
_ENDINGS = {
    "html": "html", "svg": "svg", "mermaid": "mmd", "markdown": "md", "python": "py", "javascript": "js", "jsx": "jsx",
    "typescript": "ts", "tsx": "tsx", "css": "css", "scss": "scss", "less": "less", "vue": "vue", "svelte": "svelte",
    "java": "java", "kotlin": "kt", "c": "c", "cpp": "cpp", "csharp": "cs", "go": "go", "rust": "rs", "ruby": "rb",
    "php": "php", "swift": "swift", "scala": "scala", "r": "r", "sql": "sql", "lua": "lua", "dart": "dart",
    "haskell": "hs", "elixir": "ex", "perl": "pl", "julia": "jl", "yaml": "yaml", "toml": "toml", "json": "json",
    "csv": "csv", "xml": "xml", "graphql": "graphql", "docker": "dockerfile", "solidity": "sol", "latex": "tex",
}  # fmt: skip
_ALIASES = {
    "htm": "html", "html5": "html", "xhtml": "html", "md": "markdown", "mdx": "markdown", "mmd": "mermaid",
    "py": "python", "python3": "python", "py3": "python", "js": "javascript", "mjs": "javascript", "cjs": "javascript",
    "node": "javascript", "ts": "typescript", "kt": "kotlin", "c++": "cpp", "cc": "cpp", "h": "c", "hpp": "cpp",
    "c#": "csharp", "cs": "csharp", "golang": "go", "rs": "rust", "rb": "ruby", "hs": "haskell", "ex": "elixir",
    "pl": "perl", "jl": "julia", "yml": "yaml", "dockerfile": "docker", "sol": "solidity", "tex": "latex",
    "sass": "scss", "postgresql": "sql", "postgres": "sql", "mysql": "sql", "sqlite": "sql",
}  # fmt: skip
_KNOWN_ENDINGS = {
    *_ENDINGS.values(), *_ALIASES, "dockerfile", "makefile", "txt", "env", "ini", "cfg", "conf", "sh", "bat",
}  # fmt: skip
_NAMES = {
    "html": "Page", "svg": "Drawing", "mermaid": "Diagram", "markdown": "Document", "javascript": "JavaScript",
    "typescript": "TypeScript", "jsx": "React component", "tsx": "React component", "css": "Stylesheet", "cpp": "C++",
    "csharp": "C#", "php": "PHP", "sql": "SQL", "json": "JSON", "csv": "Table", "yaml": "YAML", "toml": "TOML",
    "xml": "XML", "latex": "LaTeX", "scss": "Stylesheet", "less": "Stylesheet", "docker": "Dockerfile",
}  # fmt: skip
_OWN_NAMES = {
    "html": re.compile(r"<title[^>]*>\s*([^<]+?)\s*</title>", re.I),
    "svg": re.compile(r"<title[^>]*>\s*([^<]+?)\s*</title>", re.I),
    "markdown": re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.M),
    "latex": re.compile(r"\\title\{([^{}]+)\}"),
    "sql": re.compile(
        r"\bcreate\s+(?:table|view|function|procedure)\s+(?:if\s+not\s+exists\s+)?[\"`\[]?([\w.]+)", re.I
    ),
}
_DEFINITION = re.compile(
    r"^(?:(?:export|default|public|abstract|final|async|static|pub|data|sealed)\s+)*"
    r"(?:class|interface|struct|enum|trait|object|contract|module|def|function|fn|func)\s+(?:\([^)]*\)\s*)?(\w+)",
    re.M,
)


def language_of(block: CodeBlock) -> str:
    """Give the language of a block by its label, or by its file's ending where it has none; empty when nobody says."""
    words = re.sub(r"^language-", "", re.sub(r"^\{\.?", "", block.info.strip()))
    label = (re.match(r"(?!\w+=)[^\s,:{}=;|]*", words) or [""])[0].lower().rstrip(")]\"'*")
    name = _ending(label or given_name(block)) or label
    return _ALIASES.get(name, name)


def kind_of(language: str) -> Kind:
    """Say what a fragment of a language is."""
    if language in ("jsx", "tsx"):
        return Kind.REACT
    return Kind(language) if language in set(Kind) - {Kind.CODE, Kind.REACT} else Kind.CODE


def ending_of(language: str) -> str:
    """Give the usual ending of files of a language, without its dot."""
    return _ENDINGS.get(language, "txt")


def given_name(block: CodeBlock) -> str:
    """Give the name that a model has given to a block, or nothing.

    It stands in the fence's info string, in the block's first line as a comment, or as a line of its own above it.
    """
    return clean_name(_in_info(block.info) or _in_first_line(block) or _in_line_before(block.before))


def derived_name(block: CodeBlock, language: str) -> str:
    """Give the name that the beginning of a nameless block has for itself, or nothing.

    Only its first lines count, so that it is the same one while the block is written.
    """
    found = _OWN_NAMES.get(language, _DEFINITION).search(block.beginning[:_LOOKED_AT_CHARS])
    return clean_name(unescape(found[1]))[:_DERIVED_CHARS].strip() if found else ""


def general_name(language: str) -> str:
    """Name a thing by its language alone."""
    return _NAMES.get(language) or (language.capitalize() if language else "Text")


def is_automatic(block: CodeBlock) -> bool:
    """Say whether a block becomes a fragment by itself: a named one, or a long one of a language of things.

    Its first line may hold its name, so that nothing is said before.
    """
    if block.lines and given_name(block):
        return True
    return block.lines >= AUTOMATIC_LINES and language_of(block) in _ENDINGS


def file_name(name: str, language: str) -> str:
    """Name the file that holds a fragment, safely on every system."""
    last = re.split(r"[/\\]", name)[-1]
    safe = re.sub(r'[\x00-\x1f\x7f<>:"|?*]+', " ", last).strip(" .") or "fragment"
    has_ending = _WHOLE_FILE.fullmatch(last) is not None
    return safe[:120] if has_ending else f"{safe[:120]}.{ending_of(language)}"


def clean_name(name: str) -> str:
    """Make one line of bounded length of whatever is to be a name."""
    printable = "".join(char if char.isprintable() else " " for char in name)
    return " ".join(printable.split())[:LONGEST_NAME_CHARS].strip()


def _ending(name: str) -> str:
    """Give the ending of a file's name, or nothing where it is no such name."""
    is_file = _WHOLE_FILE.fullmatch(name) is not None
    return re.split(r"[./\\]", name)[-1].lower() if is_file else ""


def _in_info(info: str) -> str:
    info = info[: LONGEST_NAME_CHARS + 100]
    if found := _TITLE.search(info):
        return next(filter(None, found.groups()), "")
    if found := _AFTER_COLON.match(info):
        return found[1]
    label, *others = info.strip().strip("{}").split() or [""]
    if _WHOLE_FILE.fullmatch(label) and ("/" in label or _ending(label) in _KNOWN_ENDINGS):
        return label
    return next((word for word in others[:1] if _WHOLE_FILE.fullmatch(word)), "")


def _in_first_line(block: CodeBlock) -> str:
    first = block.beginning[:_LOOKED_AT_CHARS].partition("\n")[0]
    comment = _COMMENT.fullmatch(first.strip()[: LONGEST_NAME_CHARS + 50])
    if comment is None:
        return ""
    said = comment[1].removesuffix("*/").removesuffix("-->").strip()
    if file := _SAYS_FILE.fullmatch(said):
        return file[1]
    return said if _WHOLE_FILE.fullmatch(said) else ""


def _in_line_before(line: str) -> str:
    if len(line) > LONGEST_NAME_CHARS + 50:
        return ""
    bare = _HEADING_MARKS.sub("", line.strip())
    is_marked = bare != line.strip() or bare.endswith(":")
    bare = re.sub(r"^(?:file_?name|file)\s*:\s*(?=\S)", "", bare.rstrip(": "), flags=re.I)
    while marked := _MARKED.fullmatch(bare.rstrip(": ")):
        bare, is_marked = marked[2].strip().rstrip(": "), True
    return bare if is_marked and _WHOLE_FILE.fullmatch(bare) else ""
