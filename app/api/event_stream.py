"""A run's events as server-sent events (WHATWG HTML, "Server-sent events").

An event's `id` is its `seq`. A snapshot, which stands in for events that are no longer kept, carries an id on its last
event alone: a client that was cut off in its middle gets it again. Text begins at its offset, so nothing is doubled.
"""

import dataclasses
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing

from app.streaming.events import Batch, StreamEvent, is_terminal, to_json
from app.streaming.log import seq_after

HEARTBEAT_SECONDS = 15.0
# One line, and no empty one: some clients take an empty line for an event.
HEARTBEAT = b": heartbeat\n"
# The id of the ending that a snapshot tells, larger than any seq and exact in JavaScript.
END_SEQ = 2**53 - 1
_LINE_SEPARATORS = str.maketrans({"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})


async def event_stream(
    batches: AsyncGenerator[Batch], after_seq: int, first: Batch | None = None
) -> AsyncGenerator[bytes]:
    """Encode what a follower beyond `after_seq` gets, an empty batch as a heartbeat; `first` is what it got before."""
    seq = after_seq
    async with aclosing(batches):
        if first:
            yield encode(first, seq)
            seq = seq_after(first, seq)
        async for batch in batches:
            yield encode(batch, seq) if batch else HEARTBEAT
            seq = seq_after(batch, seq)


def encode(batch: Batch, after_seq: int) -> bytes:
    """Write a batch that a follower at `after_seq` gets."""
    if all(event.seq == after_seq + place for place, event in enumerate(batch, start=1)):
        return b"".join(_event(event, has_id=True) for event in batch)
    *before, last = batch
    if is_terminal(last):
        last = dataclasses.replace(last, seq=END_SEQ)
    return b"".join(_event(event, has_id=False) for event in before) + _event(last, has_id=True)


def _event(event: StreamEvent, *, has_id: bool) -> bytes:
    values = to_json(event)
    data = json.dumps(values, ensure_ascii=False, separators=(",", ":")).translate(_LINE_SEPARATORS)
    # The id comes last, so that even a careless client that has it has the data, too.
    id_line = f"id: {event.seq}\n" if has_id else ""
    return f"event: {values['type']}\ndata: {data}\n{id_line}\n".encode(errors="backslashreplace")
