"""How soon one page is shown what comes of an answer."""

import time
from collections.abc import Callable

from app.monitoring.tally import Tally

SHARE = 0.95
MOST_SECONDS = 600.0  # beyond it a figure tells of a machine that slept


class ViewMeter:
    """Gathers the delays of the frames of one run in one page; what was there before the page came is no delay."""

    def __init__(self, sent_bytes: Callable[[], int], now: Callable[[], float] = time.monotonic) -> None:
        """Begin now; `sent_bytes` counts what has gone out on the page's connection."""
        self._sent_bytes = sent_bytes
        self._sent_before = sent_bytes()
        self._now = now
        self._begun_at = now()
        self._tally = Tally()
        self._frames = 0

    def sent(self, appended_at: float | None) -> None:
        """Note that a frame is on its way, whose oldest event came at this moment, if anybody knows."""
        self._frames += 1
        if appended_at is not None and appended_at >= self._begun_at:
            self._note("server_delay_ms", self._now() - appended_at)

    def seen(self, seconds: float) -> None:
        """Note how long after it was sent a page has said that it has painted a frame."""
        self._note("seen_delay_ms", seconds)

    def measures(self) -> dict[str, float]:
        """Give what is known: the 95th percentiles, in milliseconds, and the number of frames."""
        found = {name: self._tally.quantile(name, SHARE) for name in ("server_delay_ms", "seen_delay_ms")}
        known = {name: round(value, 1) for name, value in found.items() if value is not None}
        return {"frames": self._frames, **known}

    def traffic(self) -> dict[str, float]:
        """Give the bytes that were sent, once the last frame has gone out; of a connection that broke, those since."""
        sent = self._sent_bytes()
        return {"sent_bytes": sent - self._sent_before if sent >= self._sent_before else sent}

    def _note(self, name: str, seconds: float) -> None:
        if 0 <= seconds <= MOST_SECONDS:
            self._tally.note(name, seconds * 1000)
