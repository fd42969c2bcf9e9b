"""The answer that is being written in this tab: hot vars in a small state of their own."""

from contextlib import aclosing
from functools import partial

import reflex as rx

from app import runtime
from app.states.levels import Levels
from app.states.tabs import is_ready
from app.states.views import MessageView, note_for, now_ms
from app.streaming.events import (
    Completed,
    Failed,
    Interrupted,
    Started,
    Status,
    StreamEvent,
    TerminalEvent,
    Text,
    Thinking,
    Usage,
)
from app.streaming.pacing import frames
from app.streaming.store import StreamingStatus
from components.composer import focus
from providers.events import Phase

WAITING_FOR = {
    Phase.QUEUED: "Waiting for a free place",
    Phase.LOADING_MODEL: "Loading the model",
    Phase.CONNECTING: "Connecting",
    Phase.WAITING: "Waiting for the first words",
}


class LiveAnswer(rx.State):
    """One tab's view of the run that it follows.

    The text is `settled + chapter + page + tail` (see `Levels`), joined in the browser. The database and the bus hold
    the truth; all of this can be rebuilt by following the run from its start.
    """

    run_id: str = ""
    message_id: str = ""
    is_writing: bool = False
    waiting_for: str = ""
    waiting_since_ms: int = 0
    settled: str = ""
    chapter: str = ""
    page: str = ""
    tail: str = ""
    thinking_settled: str = ""
    thinking_chapter: str = ""
    thinking_page: str = ""
    thinking_tail: str = ""

    _seq: int = 0
    _chars: int = 0
    _thinking_chars: int = 0
    _follower: int = 0

    def _show(self, run_id: str, message_id: str) -> None:
        """Turn to a run, from its first character on; nothing changes when it is shown already."""
        if run_id == self.run_id:
            return
        self._leave()
        self.run_id, self.message_id = run_id, message_id
        self.is_writing = True
        self.waiting_for, self.waiting_since_ms = "Sending", now_ms()

    def _leave(self) -> None:
        """Turn away from whatever is shown; the run goes on."""
        self.run_id = self.message_id = self.waiting_for = ""
        self.is_writing = False
        self.waiting_since_ms = 0
        self.settled, self.chapter, self.page, self.tail = Levels()
        self.thinking_settled, self.thinking_chapter, self.thinking_page, self.thinking_tail = Levels()
        self._seq = self._chars = self._thinking_chars = 0

    @rx.event
    async def stop(self):
        """Interrupt the answer."""
        services = runtime.current()
        if self.is_writing:
            await services.manager.interrupt(self.run_id)  # the id is our own, so there is nothing to check
        return focus()

    @rx.event(background=True)
    async def follow(self):
        """Append the run's characters, one frame at a time, until its end or until another follower takes over."""
        async with self:
            self._follower += 1
            follower, run_id, after_seq = self._follower, self.run_id, self._seq
            token = self.router.session.client_token
        if not run_id:
            return
        services = runtime.current()
        batches = services.manager.follow(run_id, after_seq)
        pause = partial(services.manager.pause, run_id)
        async with aclosing(frames(batches, services.frame_clock, sleep=pause)) as shown:
            async for frame in shown:
                if not await is_ready(token):
                    return
                async with self:
                    if self._follower != follower or self.run_id != run_id:
                        return
                    await self._show_frame(frame)
        async with self:
            if self._follower == follower and self.run_id == run_id:
                self._leave()  # nobody knows this run any more: what is stored is all there is

    async def _show_frame(self, frame: tuple[StreamEvent, ...]) -> None:
        from app.states.conversation import Conversation

        for event in frame:
            self._take(event)
        if isinstance(frame[-1], TerminalEvent):
            conversation = await self.get_state(Conversation)
            conversation._settle(self._as_message(frame[-1]))
            self._leave()

    def _take(self, event: StreamEvent) -> None:
        match event:
            case Text():
                self._add_text(event.text[max(0, self._chars - event.offset) :])
            case Thinking():
                self._add_thinking(event.text[max(0, self._thinking_chars - event.offset) :])
            case Status():
                self.waiting_for = event.detail or WAITING_FOR.get(Phase(event.phase), "Waiting")
            case Started() | Usage() | Completed() | Interrupted() | Failed():
                pass
        self._seq = max(self._seq, event.seq)

    def _add_text(self, text: str) -> None:
        self._grow(("settled", "chapter", "page", "tail"), text)
        self._chars += len(text)

    def _add_thinking(self, text: str) -> None:
        self._grow(("thinking_settled", "thinking_chapter", "thinking_page", "thinking_tail"), text)
        self._thinking_chars += len(text)

    def _grow(self, names: tuple[str, str, str, str], text: str) -> None:
        levels = Levels(*(getattr(self, name) for name in names))
        for name, old, new in zip(names, levels, levels.grown(text), strict=True):
            if new is not old:  # Reflex sends whatever is assigned, changed or not
                setattr(self, name, new)

    def _as_message(self, terminal: TerminalEvent) -> MessageView:
        status, facts = _ending(terminal)
        return MessageView(
            id=self.message_id,
            role="assistant",
            text=self.settled + self.chapter + self.page + self.tail,
            status=status.value,
            thinking=self.thinking_settled + self.thinking_chapter + self.thinking_page + self.thinking_tail,
            note=note_for(status, self._chars, facts),
            error=terminal.sentence if isinstance(terminal, Failed) else "",
        )


def _ending(terminal: TerminalEvent) -> tuple[StreamingStatus, dict[str, object]]:
    match terminal:
        case Completed():
            return StreamingStatus.COMPLETE, {"stop_reason": terminal.stop_reason}
        case Interrupted():
            return StreamingStatus.INTERRUPTED, {"stop_reason": terminal.reason, "closed_ms": terminal.closed_ms}
        case Failed():
            return StreamingStatus.FAILED, {}
