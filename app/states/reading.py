"""A run's frames as the user wants to read it."""

from collections.abc import AsyncGenerator
from functools import partial
from typing import NamedTuple

from app import runtime
from app.preferences import Pace as PaceName
from app.preferences import Preferences
from app.streaming.backlog import Backlog
from app.streaming.events import StreamEvent
from app.streaming.paced_frames import paced_frames
from app.streaming.paces import AtOnce, BySentence, CatchUp, Pace, natural, typewriter
from app.streaming.pacing import frames

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
            return CatchUp()
        return AtOnce() if self.came_late else None


class Reading(NamedTuple):
    """The frames of a run as they are to be shown, and what is held back meanwhile."""

    frames: AsyncGenerator[tuple[StreamEvent, ...]]
    backlog: Backlog | None = None
    far_chars: int | None = None

    @property
    def is_far_behind(self) -> bool:
        """Say whether what has come would take long to be shown."""
        return self.backlog is not None and self.far_chars is not None and self.backlog.behind_chars > self.far_chars

    @property
    def kept_back_chars(self) -> int:
        """Count what a stop has kept from being shown."""
        return self.backlog.kept_back_chars if self.backlog else 0


async def reading_of(run_id: str, position: Position) -> Reading:
    """Follow a run from a position on, at the pace that the user prefers now."""
    services = runtime.current()
    preferred = await services.preferences.of(services.local_user_id)
    batches = services.manager.follow(run_id, position.seq)
    if preferred.pace is PaceName.AS_IT_COMES and not position.looked_away:
        return Reading(frames(batches, services.frame_clock, sleep=partial(services.manager.pause, run_id)))
    backlog = Backlog(run_id, _pace(preferred), position.seq, position.chars, position.first_pace)
    far_chars = FAR_SECONDS * preferred.characters_per_second if preferred.pace is PaceName.TYPEWRITER else None
    return Reading(paced_frames(batches, backlog, services.frame_clock), backlog, far_chars)


def _pace(preferred: Preferences) -> Pace:
    match preferred.pace:
        case PaceName.AS_IT_COMES:
            return AtOnce()
        case PaceName.NATURAL:
            return natural()
        case PaceName.TYPEWRITER:
            return typewriter(preferred.characters_per_second)
        case PaceName.BY_SENTENCE:
            return BySentence()
