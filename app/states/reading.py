"""A run's frames as the user wants to read it."""

from collections.abc import AsyncGenerator
from typing import NamedTuple

from app import runtime
from app.services.preferences import PaceChoice, Preferences
from app.streaming.events import Batch
from app.streaming.flow import Flow
from app.streaming.following import Follower
from app.streaming.frames import Backlog, frames
from app.streaming.paces import Pace, at_once, by_sentence, catch_up, natural, typewriter

FAR_SECONDS = 5


class Position(NamedTuple):
    """Where a reader is in a run.

    One who `came_late` sees at once what was there before; one who `looked_away` catches up within a moment.
    """

    seq: int
    chars: int
    came_late: bool
    looked_away: bool

    @property
    def first_pace(self) -> Pace | None:
        """The pace of what is there already."""
        if self.looked_away:
            return catch_up()
        return at_once if self.came_late else None


class Reading(NamedTuple):
    """The frames of a run as they are to be shown, and what is held back meanwhile."""

    frames: AsyncGenerator[Batch]
    backlog: Backlog
    follower: Follower
    pace: PaceChoice
    far_chars: int | None = None

    @property
    def is_far_behind(self) -> bool:
        """Say whether what has come would take long to be shown."""
        return self.far_chars is not None and self.backlog.behind_chars > self.far_chars

    @property
    def kept_back_chars(self) -> int:
        """Count what a stop has kept from being shown."""
        return self.backlog.kept_back_chars


async def reading_of(run_id: str, position: Position, flow: Flow) -> Reading:
    """Follow a run from a position on, at the pace that the user prefers now and as far as its page keeps up."""
    services = runtime.current()
    preferred = await services.preferences.of(services.local_user_id)
    follower = services.manager.follower(run_id, position.seq)
    backlog = Backlog(run_id, _pace(preferred), position.seq, position.chars, position.first_pace)
    far_chars = FAR_SECONDS * preferred.characters_per_second if preferred.pace is PaceChoice.TYPEWRITER else None
    shown = frames(follower, backlog, services.frame_clock, page_seconds=lambda: flow.frame_seconds, sleep=flow.pause)
    return Reading(shown, backlog, follower, preferred.pace, far_chars)


def _pace(preferred: Preferences) -> Pace:
    match preferred.pace:
        case PaceChoice.AS_IT_COMES:
            return at_once
        case PaceChoice.NATURAL:
            return natural()
        case PaceChoice.TYPEWRITER:
            return typewriter(preferred.characters_per_second)
        case PaceChoice.BY_SENTENCE:
            return by_sentence()
