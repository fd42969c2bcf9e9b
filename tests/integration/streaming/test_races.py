"""Things that happen in the same moment: told in the exact order that hurts."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from app.settings import Settings
from app.streaming.events import Interrupted
from app.streaming.log import MemoryRunLogs
from app.streaming.store import StreamingStatus
from providers.base import Capabilities, GenerationRequest, WholeAnswer
from providers.events import Finished, Phase, PhaseChanged, ProviderEvent, StopReason, TextDelta
from tests.integration.streaming.conftest import User, break_storing, mend_storing, text_of
from tests.upstream import Script, Upstream


class Prompter:
    """A provider that goes on in the very moment it is told to."""

    name = label = "prompter"
    first_event_seconds = 1.0

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.rest: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def capabilities(self, _: str) -> Capabilities:
        return Capabilities()

    async def complete(self, _: GenerationRequest) -> WholeAnswer:
        self.asked.set()
        return WholeAnswer(await self.rest, StopReason.END_TURN)

    async def stream(self, _: GenerationRequest) -> AsyncGenerator[ProviderEvent]:
        yield PhaseChanged(Phase.CONNECTING)
        yield TextDelta("Hello ")
        yield TextDelta(await self.rest)
        yield Finished(StopReason.END_TURN)

    async def aclose(self) -> None:
        pass


@pytest.mark.parametrize("mode", ["streaming", "traditional"])
async def test_a_stop_in_the_moment_of_the_end_never_makes_a_part_complete(user: User, mode: str) -> None:
    prompter = Prompter()
    user.services.registry._providers["prompter"] = prompter  # pyright: ignore[reportPrivateUsage, reportArgumentType]
    await user.services.preferences.set(user.id, "mode", mode)
    user.model = "prompter/x"
    turn = await user.ask()
    await (user.read_until(turn, 6) if mode == "streaming" else prompter.asked.wait())
    prompter.rest.set_result("and this is the rest.")
    assert await user.services.manager.interrupt(turn.run_id)
    events = await user.read(turn)
    assert isinstance(events[-1], Interrupted)
    stored = await user.stored(turn)
    assert (stored.text, stored.status) == (text_of(events), StreamingStatus.INTERRUPTED)


async def test_an_answer_that_is_still_being_stored_is_not_closed_with_its_checkpoint(
    user: User, upstream: Upstream, settings: Settings
) -> None:
    upstream.script("scripted", Script(text="The whole answer.", hold_after_chars=3))
    turn = await user.ask()
    await user.read_until(turn, 3)
    await break_storing(settings)
    upstream.release("scripted")
    await user.follow(turn)
    logs = user.services.manager._logs  # pyright: ignore[reportPrivateUsage]
    assert isinstance(logs, MemoryRunLogs)
    logs._ended.clear()  # pyright: ignore[reportPrivateUsage]  # as if many others had ended since
    late = asyncio.create_task(user.read(turn))
    await asyncio.sleep(0)
    await mend_storing(settings)
    async with asyncio.timeout(60):
        assert text_of(await late) == "The whole answer."
    stored = await user.stored(turn)
    assert (stored.text, stored.status) == ("The whole answer.", StreamingStatus.COMPLETE)


async def test_an_answer_that_begins_while_its_conversation_is_deleted_is_not_written_on(
    user: User, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="river " * 5000, hold_after_chars=6))
    for _ in range(10):
        turn = await user.ask()
        await user.services.manager.interrupt(turn.run_id)
        await user.read(turn)
        chat, place = user.services.chat, (user.id, turn.conversation_id)
        await asyncio.gather(chat.delete(*place), chat.send(*place, "More?", user.model), return_exceptions=True)
        async with asyncio.timeout(30):
            while user.services.manager.running:
                await asyncio.sleep(0.01)
    upstream.release("scripted")
