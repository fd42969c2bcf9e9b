"""Many clients that speak the page's own protocol (Socket.IO, as Reflex has it), without a browser around each."""

import asyncio
import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import websockets

from app.states.levels import NAMES

STATE = "reflex___state____state"
SEND = f"{STATE}.app___states___sending____sending.send"
ON_LOAD = f"{STATE}.reflex___state____on_load_internal_state.on_load_internal"
HYDRATE = f"{STATE}.hydrate_and_load"
UPDATE = f"{STATE}.reflex___state____update_vars_internal_state.update_vars_internal"
MEMORY = f"{STATE}.app___states___tab_memory____tab_memory.facts_rx_state_"
LIVE = f"{STATE}.app___states___live_answer____live_answer"
LEVELS = tuple(f"{name}_rx_state_" for name in NAMES)
_MARK = re.compile(r"w(\d+) ")


@dataclass
class PageClient:
    """One tab: loads the page's state, asks once, and notes when each marker of the answer is there.

    `marks` maps a marker's number to the moment (`time.monotonic()`); `payload_bytes` counts what came before
    the socket's compression.
    """

    port: int
    payload_bytes: int = 0
    asked_at: float = 0
    first_at: float = 0
    marks: dict[int, float] = field(default_factory=dict[int, float])
    is_hydrated: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    _shown: int = 0
    _levels: dict[str, str] = field(default_factory=lambda: dict.fromkeys(LEVELS, ""))

    async def run(self, question: str, start: asyncio.Barrier) -> None:
        """Load, wait for the others, ask, and follow to the end."""
        async with connect(self.port) as socket:
            reading = asyncio.create_task(self._read(socket))
            await socket.send(HELLO)
            await self.is_hydrated.wait()
            await socket.send("40/frames,")
            await start.wait()
            form = {"text": question, "key": uuid4().hex, "conversation_id": ""}
            self.asked_at = time.monotonic()
            await socket.send(_packet(SEND, {"form": form}, "/"))
            await self.is_over.wait()
            reading.cancel()

    async def _read(self, socket: Any) -> None:
        async for message in socket:
            self.payload_bytes += len(message)
            if message == "2":
                await socket.send("3")  # the ping of Engine.IO
            elif message.startswith("42"):
                _, update = json.loads(message[message.index("[") :])
                shown = self._shown
                self._take(update.get("delta", {}))
                if shown != self._shown:
                    await socket.send(f'42/frames,["shown",{self._shown}]')
                if address := update.get("delta", {}).get(LIVE, {}).get("new_address_rx_state_"):
                    await self._go_to(socket, address)

    async def _go_to(self, socket: Any, path: str) -> None:
        """Go to the address of the new chat: a tab remembers which it shows, and its page is loaded."""
        facts = json.dumps({"conversation_id": path.rpartition("/")[2]})
        await socket.send(_packet(UPDATE, {"vars": {MEMORY: facts}}, "/"))
        await socket.send(_packet(ON_LOAD, {}, path))

    def _take(self, delta: dict[str, dict[str, Any]]) -> None:
        if delta.get(STATE, {}).get("is_hydrated_rx_state_"):
            self.is_hydrated.set()
        live = delta.get(LIVE)
        if live is None:
            return
        self._shown = live.get("frame_rx_state_", self._shown)
        self._levels.update({name: live[name] for name in LEVELS if name in live})
        text = "".join(self._levels.values())
        if text:
            now = time.monotonic()
            self.first_at = self.first_at or now
            for found in _MARK.finditer(text, max(0, len(text) - 600)):
                self.marks.setdefault(int(found[1]), now)
        if live.get("is_writing_rx_state_") is False and self.first_at:
            self.is_over.set()

    def delays_ms(self, text: str, sent: Sequence[tuple[float, int]]) -> list[float]:
        """Give, for each marker, the time from the upstream's write of its last character to its arrival here."""
        delays: list[float] = []
        writes = iter(sent)
        sent_at, chars = next(writes)
        for found in _MARK.finditer(text):
            while chars < found.end():
                sent_at, chars = next(writes)
            if arrived_at := self.marks.get(int(found[1])):
                delays.append((arrived_at - sent_at) * 1000)
        return delays


def connect(port: int) -> websockets.connect:
    """Open the socket of a new tab, which has still to say `HELLO`."""
    url = f"ws://127.0.0.1:{port}/_event/?token={uuid4()}&EIO=4&transport=websocket"
    return websockets.connect(url, origin=f"http://127.0.0.1:{port}", max_size=None)  # pyright: ignore[reportArgumentType]


def _packet(name: str, payload: dict[str, Any], path: str) -> str:
    return f"42/_event,{json.dumps(['event', _event(name, payload, path)])}"


def _event(name: str, payload: dict[str, Any], path: str) -> dict[str, Any]:
    section, _, open_id = path.strip("/").partition("/")
    query = {"section": section, "open_id": open_id} if open_id else {}
    return {"name": name, "payload": payload, "router_data": {"pathname": path, "asPath": path, "query": query}}


HELLO = f"40/_event,{json.dumps({'event': _event(HYDRATE, {}, '/')})}"
