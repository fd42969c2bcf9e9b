"""What a tab keeps of the list of conversations."""

from datetime import UTC, datetime

from app.persistence.conversations import ConversationSummary
from app.states import sidebar
from app.states.sidebar import LONGEST_TOP, Sidebar


def test_deletions_without_end_leave_a_list_that_is_bounded() -> None:
    shown = Sidebar(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue] (outside a request)
    lines = [ConversationSummary(f"{number:032x}", "Title", datetime.now(UTC), False) for number in range(60)]
    sidebar.show(shown, sidebar.to_read(shown, None, ""), lines)
    longest = 0
    for number in range(1_000, 2_000):
        reading = sidebar.to_read(shown, frozenset({f"{number:032x}"}), "")
        sidebar.show(shown, reading, lines if reading.ids is None else [])
        longest = max(longest, len(shown.gone))
    assert 0 < longest <= LONGEST_TOP
