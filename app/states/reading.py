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


async def frames_of(run_id: str, position: Position) -> AsyncGenerator[tuple[StreamEvent, ...]]:
    """Follow a run from a position on, at the pace that the user prefers now."""
    services = runtime.current()
    preferred = await services.preferences.of(services.local_user_id)
    batches = services.manager.follow(run_id, position.seq)
    if preferred.pace is PaceName.AS_IT_COMES and not position.looked_away:
        return frames(batches, services.frame_clock, sleep=partial(services.manager.pause, run_id))
    backlog = Backlog(run_id, _pace(preferred), position.seq, position.chars, position.first_pace)
    return paced_frames(batches, backlog, services.frame_clock)


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
