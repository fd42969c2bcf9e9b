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
from app.streaming.paces import AtOnce, BySentence, Pace, natural, typewriter
from app.streaming.pacing import frames


class Position(NamedTuple):
    """Where a reader is in a run; one who looked away is not thrown to the end of what has come since."""

    seq: int
    chars: int
    looked_away: bool


async def frames_of(run_id: str, position: Position) -> AsyncGenerator[tuple[StreamEvent, ...]]:
    """Follow a run from a position on, at the pace that the user prefers now."""
    services = runtime.current()
    preferred = await services.preferences.of(services.local_user_id)
    batches = services.manager.follow(run_id, position.seq)
    if preferred.pace is PaceName.AS_IT_COMES and not position.looked_away:
        return frames(batches, services.frame_clock, sleep=partial(services.manager.pause, run_id))
    backlog = Backlog(run_id, _pace(preferred), position.seq, position.chars, catches_up=position.looked_away)
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
