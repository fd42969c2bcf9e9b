"""The answer that is being written in this tab: hot vars in a small state of their own."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import aclosing, suppress
from functools import partial
from typing import Any

import reflex as rx

from app import runtime
from app.monitoring.views import ViewMeter
from app.persistence.errors import DatabaseError
from app.services.preferences import PaceChoice
from app.serving.socket import sent_bytes
from app.states import panel, tabs
from app.states.levels import NAMES, PART_NAMES, grown
from app.states.notices import Notices
from app.states.panel import Panel
from app.states.reading import Position, reading_of
from app.states.transcript import Transcript, find, last_shown, replace
from app.states.views import CardView, MessageView, card_view, kept_back, named, note_for, now_ms, thought
from app.streaming.events import (
    Attempt,
    Batch,
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
    is_terminal,
)
from app.streaming.record import ending_of
from app.streaming.stitching import Prefix, can_continue
from app.streaming.store import StreamingStatus
from components.composer import focus_if_lost
from providers.events import Phase
from providers.thinking_tags import settled

WAITING_FOR = {
    Phase.QUEUED: "Waiting for a free place",
    Phase.LOADING_MODEL: "Loading the model",
    Phase.CONNECTING: "Connecting",
    Phase.WAITING: "Waiting for the first words",
}

ANNOUNCEMENTS = {
    StreamingStatus.COMPLETE: "The answer is complete.",
    StreamingStatus.INTERRUPTED: "The answer has been stopped.",
    StreamingStatus.FAILED: "The answer has failed.",
}
NOT_COUNTED = -1
COUNTED_MS = 500  # the page shows whole seconds
STORED_SECONDS = 1.0  # for which an ending waits to know the fragments as they are stored
SENT_SECONDS = 1.0  # after which the last frame has left the server
THINKING = "thinking_"
TEXT_NAMES = NAMES
THINKING_NAMES = tuple(THINKING + name for name in NAMES)


class LiveAnswer(rx.State):
    """One tab's view of the run that it follows.

    The text is `part_0 + part_1 + … + volume + chapter + page + tail` (see `levels`), joined in the browser. The
    database and the log hold the truth; all of this can be rebuilt by following the run from its start.
    """

    run_id: str = ""
    message_id: str = ""
    frame: int = 0
    is_writing: bool = False
    is_paused: bool = False
    is_far_behind: bool = False
    waiting_for: str = ""
    waited_ms: int = NOT_COUNTED
    thinking_ms: int = NOT_COUNTED
    is_thinking: bool = False
    thought: str = ""
    fragments: list[CardView] = []
    new_address: str = ""  # until the page is there
    volume: str = ""
    chapter: str = ""
    page: str = ""
    tail: str = ""
    thinking_volume: str = ""
    thinking_chapter: str = ""
    thinking_page: str = ""
    thinking_tail: str = ""

    _seq: int = 0
    _chars: int = 0
    _thinking_chars: int = 0
    _follower: int = 0
    _came_late: bool = False
    _looked_away: bool = False
    _opens: bool = False  # its first fragment, when it comes
    _leads_to: str = ""  # the new chat whose address the page gets with the first frame of the answer
    _begun_ms: int = 0
    _thinking_begun_ms: int = 0
    _facts: dict[str, Any] = {}

    @rx.event
    async def stop(self):
        """Interrupt the answer."""
        services = runtime.current()
        if not self.is_writing:
            return focus_if_lost()
        is_stopped = await services.manager.interrupt(self.run_id)  # the id is our own, so there is nothing to check
        if is_stopped and not self.is_paused:
            return focus_if_lost()
        self.is_paused, self._came_late = False, True  # what is behind is shown at once
        return [focus_if_lost(), LiveAnswer.follow]

    @rx.event
    def toggle_pause(self):
        """Freeze what is shown, or catch up with what was written meanwhile."""
        if self.is_paused:
            self.is_paused, self._looked_away = False, True
            return LiveAnswer.follow
        if self.is_writing:
            self.is_paused = True
            _used("pause")
            self._follower += 1  # whoever follows now sees it and ends
        return None

    @rx.event
    def fast_forward(self):
        """Show within a moment all that has come, and go on at the pace that is set."""
        if not self.is_writing or self.is_paused:
            return None
        self._looked_away = True
        return LiveAnswer.follow

    @rx.event
    async def note_fragments(self):
        """Show what the answer has made so far."""
        await show_fragments(self)

    async def _made(self) -> list[CardView]:
        """Take over what the answer that is being written has made so far, or give what the last one has."""
        if not self.message_id:
            last = last_shown(await self.get_state(Transcript))
            return last.fragments if last else []
        made = runtime.current().fragments.live(self.message_id)
        if len(made) > len(self.fragments):
            self.fragments = [card_view(card) for card in made]
        return self.fragments

    @rx.event(background=True)
    async def follow(self):
        """Append the run's characters, one frame at a time, until its end or until another follower takes over."""
        async with self:
            if self.is_paused or not self.run_id:
                return
            self._follower += 1
            follower, run_id = self._follower, self.run_id
            token, sent = self.router.session.client_token, self.frame
            position = Position(self._seq, self._chars, self._came_late, self._looked_away)
            self._came_late = self._looked_away = False
            self._note_ages()
        services = runtime.current()
        user_id = services.local_user_id
        # Only an ended run is read from storage.
        meter = ViewMeter(partial(sent_bytes, token))
        with suppress(DatabaseError), tabs.flow(token, sent, meter.seen) as flow:
            reading = await reading_of(run_id, position, flow)
            async with aclosing(reading.frames) as shown:
                async for frame in shown:
                    if not await tabs.is_ready(token, flow):
                        return
                    async with self:
                        if self._follower != follower or self.run_id != run_id:
                            return
                        oldest = (
                            None
                            if reading.pace is not PaceChoice.AS_IT_COMES
                            else reading.follower.appended_at(self._seq + 1)
                        )
                        await self._lead()
                        made = await self._show_frame(frame, reading.kept_back_chars)
                        flow.sent(self.frame)
                        self._note_distance(is_far=reading.is_far_behind)
                    meter.sent(oldest)
                    if is_terminal(frame[-1]):
                        services.usage.viewed(user_id, run_id, meter.measures())
                        note_traffic = partial(_note_traffic, user_id, run_id, meter)
                        asyncio.get_running_loop().call_later(SENT_SECONDS, note_traffic)
                        _used(f"read {reading.pace.value.replace('_', ' ')}")
                        yield focus_if_lost()
                        if made:
                            yield LiveAnswer.note_fragments
        async with self:
            if self._follower != follower or self.run_id != run_id:
                return
            await self._lead()
            leave(self)  # nobody tells this run's ending any more: what is stored is all there is
            conversation_id = (await self.get_state(Transcript)).id
        services.feed.changed(user_id, conversation_id)

    async def _lead(self) -> None:
        """Lead, once, to the address of the new chat, if it is still the one that is shown."""
        begun_id, self._leads_to = self._leads_to, ""
        if begun_id and (await self.get_state(Transcript)).id == begun_id:
            self.new_address = f"/c/{begun_id}"

    def _note_ages(self) -> None:
        """Tell the ages from which the browser counts on, whatever its clock says, where they are not true any more."""
        for name, begun_ms in (("waited_ms", self._begun_ms), ("thinking_ms", self._thinking_begun_ms)):
            known, age_ms = getattr(self, name), now_ms() - begun_ms
            if known != NOT_COUNTED and age_ms - known >= COUNTED_MS:
                setattr(self, name, age_ms)

    def _note_distance(self, *, is_far: bool) -> None:
        if self.is_far_behind != is_far:
            self.is_far_behind = is_far

    async def _show_frame(self, frame: Batch, kept_back_chars: int) -> list[CardView]:
        """Add a frame; with the last one, settle the answer and give the fragments that it has left."""
        self.frame += 1
        for event in frame:
            self._take(event)
        if not isinstance(frame[-1], TerminalEvent):
            return []
        made = await self._stored_fragments()
        await self._settle(self._as_message(frame[-1], kept_back_chars, made))
        return made

    async def _stored_fragments(self) -> list[CardView]:
        """Read what the answer has made, as it is stored by now."""
        services = runtime.current()
        text = "".join(getattr(self, name) for name in TEXT_NAMES)
        try:
            async with asyncio.timeout(STORED_SECONDS):
                stored = await services.fragments.of_message(services.local_user_id, self.message_id, text)
        except (DatabaseError, TimeoutError):
            return list(self.fragments)
        return [card_view(card) for card in stored]

    async def _settle(self, message: MessageView) -> None:
        """Put the finished answer in its place."""
        shown, notices = await self.get_state(Transcript), await self.get_state(Notices)
        said = ANNOUNCEMENTS[StreamingStatus(message.status)]
        notices.announcement = " ".join(filter(None, [said, message.error]))
        before = find(shown, message.id)
        replace(shown, message.id, message)
        leave(self)
        if before and before.id != before.key:  # one of several answers: what is stored says which is shown
            services = runtime.current()
            services.feed.changed(services.local_user_id, shown.id)

    def _take(self, event: StreamEvent) -> None:
        match event:
            case Text():
                self._add_new(self._add_text, event.text[max(0, self._chars - event.offset) :], is_thinking=False)
            case Thinking():
                new = event.text[max(0, self._thinking_chars - event.offset) :]
                self._add_new(self._add_thinking, new, is_thinking=True)
                self._note_thinking(event.took_ms)
            case Status():
                self._wait_for(event)
            case Started():
                self._facts["asked_model"] = event.model
            case Attempt():
                self._facts["provider"], _, self._facts["model"] = event.model.partition("/")
                self._facts["road"], self._facts["thinking"] = event.road, event.thinking
            case Usage() | Completed() | Interrupted() | Failed():
                pass
        self._seq = max(self._seq, event.seq)

    def _add_new(self, add: Callable[[str], None], text: str, *, is_thinking: bool) -> None:
        """Add what has come, and wait for nothing any more; what stood before a continuation is nothing new."""
        if not text:
            return
        add(text)
        if self.is_thinking != is_thinking:
            self.is_thinking = is_thinking
        if self.waiting_for:
            self.waiting_for = ""

    def _note_thinking(self, took_ms: int | None) -> None:
        if took_ms is None:
            return
        self._facts["thinking_ms"] = took_ms
        if self.thinking_ms == NOT_COUNTED:
            self.thinking_ms, self._thinking_begun_ms = took_ms, now_ms() - took_ms

    def _wait_for(self, status: Status) -> None:
        self.waiting_for = status.detail or WAITING_FOR.get(Phase(status.phase), "Waiting")
        # A countdown needs no second clock beside it.
        is_counted = status.phase != Phase.BACKING_OFF
        if is_counted != (self.waited_ms != NOT_COUNTED):
            self.waited_ms = now_ms() - self._begun_ms if is_counted else NOT_COUNTED

    def _add_text(self, text: str) -> None:
        if not self._chars:
            self.thought = thought(self._facts.get("thinking_ms"))
        self._grow("", text)
        self._chars += len(text)

    def _add_thinking(self, text: str) -> None:
        self._grow(THINKING, text)
        self._thinking_chars += len(text)

    def _grow(self, prefix: str, text: str) -> None:
        # Reflex sends whatever is assigned, changed or not.
        for name, new in grown(lambda name: getattr(self, prefix + name), text).items():
            setattr(self, prefix + name, new)

    def _as_message(self, terminal: TerminalEvent, kept_back_chars: int, made: list[CardView]) -> MessageView:
        status, ending = ending_of(terminal)
        facts = {**self._facts, **ending}
        text, thinking = ("".join(getattr(self, name) for name in names) for names in (TEXT_NAMES, THINKING_NAMES))
        text, thinking = settled(text, thinking)
        note = note_for(status, len(text) + kept_back_chars, facts)
        return MessageView(
            id=self.message_id,
            key=self.message_id,
            role="assistant",
            text=text,
            status=status.value,
            thinking=thinking,
            thought=thought(facts.get("thinking_ms")),
            note=note.line,
            note_rest=note.rest,
            error=terminal.sentence if isinstance(terminal, Failed) else "",
            error_details=terminal.said if isinstance(terminal, Failed) else "",
            can_continue=can_continue(status, text, facts.get("stop_reason")),
            kept_back=kept_back(kept_back_chars),
            fragments=made,
        )


for _name in PART_NAMES:
    LiveAnswer.add_var(_name, str, "")
    LiveAnswer.add_var(THINKING + _name, str, "")


def begin(
    live: LiveAnswer, run_id: str, message_id: str, prefix: Prefix | None = None, *, new_conversation: str = ""
) -> None:
    """Turn to a run that this tab has just begun, at the end of what stood before.

    The page is led to a new conversation with the first frame of the answer.
    """
    if run_id == live.run_id:
        return
    turn_to(live, run_id, message_id)
    live._came_late = False
    live._opens = True
    live._leads_to = new_conversation
    if prefix:
        live._facts["thinking_ms"] = prefix.thinking_ms or None
        live._add_thinking(prefix.thinking)
        live._add_text(prefix.text)


def has_made_more(live: LiveAnswer) -> bool:
    """Say whether the answer that is being written has made something that is not shown, or not opened, yet."""
    made = runtime.current().fragments.live(live.message_id)
    return len(made) > len(live.fragments) or (bool(made) and live._opens)


async def show_fragments(state: rx.State) -> None:
    """Show what the answer has made so far; the first of one that this tab has asked for opens beside it.

    All in one step: Reflex drops the events that follow one of a page load when the address changes.
    """
    live, beside = await state.get_state(LiveAnswer), await state.get_state(Panel)
    made = await live._made()
    if not made:
        return
    services = runtime.current()
    if live._opens and (await services.preferences.of(services.local_user_id)).opens_fragments:
        await panel.show_written(beside, made[0].fragment_id, made[0].number)
    else:
        await panel.refresh(beside)
    live._opens = False


def open_none(live: LiveAnswer) -> None:
    """Open no fragment of this answer by itself any more: the user has chosen one."""
    live._opens = False


def name_cards(live: LiveAnswer, names: Mapping[str, str]) -> None:
    """Show the names that the fragments of this answer have by now."""
    cards = named(live.fragments, names)
    if cards != live.fragments:
        live.fragments = cards


def lead_nowhere(live: LiveAnswer) -> None:
    """Let the page stay where it is: it has the address of its new chat, or is led there already, or has left it."""
    live._leads_to = ""
    if live.new_address:
        live.new_address = ""


def turn_to(live: LiveAnswer, run_id: str, message_id: str) -> None:
    """Turn to a run, from its first character on; nothing changes when it is shown already."""
    if run_id == live.run_id:
        return
    leave(live)
    live._came_late, live._opens = True, False
    live.run_id, live.message_id = run_id, message_id
    live.is_writing = True
    live._begun_ms = now_ms()
    live.waiting_for, live.waited_ms = "Sending", 0


def leave(live: LiveAnswer) -> None:
    """Turn away from whatever is shown; the run goes on."""
    live.run_id = live.message_id = live.waiting_for = ""
    live.is_writing = live.is_paused = live.is_far_behind = live.is_thinking = live._looked_away = False
    live._facts = {}
    live._leads_to = ""
    if live.fragments:
        live.fragments = []
    live.waited_ms = live.thinking_ms = NOT_COUNTED
    live.thought = ""
    for name in (*TEXT_NAMES, *THINKING_NAMES):
        if getattr(live, name):
            setattr(live, name, "")
    live._seq = live._chars = live._thinking_chars = 0


def _note_traffic(user_id: str, run_id: str, meter: ViewMeter) -> None:
    with suppress(RuntimeError):  # the server is being ended
        runtime.current().usage.viewed(user_id, run_id, meter.traffic())


def _used(what: str) -> None:
    services = runtime.current()
    services.usage.used(services.local_user_id, what)
