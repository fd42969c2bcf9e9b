"""How much of fragments is kept, and what is said when there is more."""

MAX_CONTENT_BYTES = 1_000_000
MAX_FRAGMENTS = 200
MAX_VERSIONS = 500

TOO_LARGE = "This is more than the 1 MB that a fragment may hold. It stays in its message."
TOO_MANY_FRAGMENTS = (
    f"This conversation has {MAX_FRAGMENTS} fragments, which is the most. The code stays in its message."
)
TOO_MANY_VERSIONS = (
    f"This fragment has {MAX_VERSIONS} versions, which is the most. Give the next one another name to keep it."
)


def is_too_large(content: str) -> bool:
    """Say whether a version may not be so long."""
    return len(content) > MAX_CONTENT_BYTES or len(content.encode()) > MAX_CONTENT_BYTES
