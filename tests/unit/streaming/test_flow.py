"""How the frames of an answer follow the page that shows them."""

import asyncio
import math
from collections.abc import AsyncGenerator

import pytest

from app.streaming.flow import MUTE_SECONDS, UNSHOWN_FRAMES, Flow
from app.streaming.frames import LONGEST_FRAME_SECONDS, SHORTEST_FRAME_SECONDS


class Page:
    """Shows frames some time after they were sent, one at a time."""

    def __init__(self, network_seconds: float, rendering_seconds: float, pages: int = 1) -> None:
        self.seconds = 0.0
        self.flow = Flow(0, lambda: pages, now=lambda: self.seconds)
        self.worst_seconds = 0.0
        self._network_seconds = network_seconds
        self.rendering_seconds = rendering_seconds
        self._free_at = 0.0
        self._shown: list[tuple[float, int, float]] = []
        self._frame = 0

    def follow(self, frames: int) -> None:
        for _ in range(frames):
            self._frame += 1
            self.flow.sent(self._frame)
            self._free_at = max(self._free_at, self.seconds + self._network_seconds) + self.rendering_seconds
            self._shown.append((self._free_at, self._frame, self.seconds))
            self.pass_by(self.flow.frame_seconds)
            while self.flow.is_behind:
                self.pass_by(0.001)

    def pass_by(self, seconds: float) -> None:
        end = self.seconds + seconds
        while self._shown and self._shown[0][0] <= end:
            at, frame, sent_at = self._shown.pop(0)
            self.seconds, self.worst_seconds = at, max(self.worst_seconds, at - sent_at)
            self.flow.shown(frame)
        self.seconds = end


@pytest.mark.parametrize("network_seconds", [0.001, 0.080])
def test_a_page_that_keeps_up_has_the_shortest_frames_wherever_it_is(network_seconds: float) -> None:
    page = Page(network_seconds, 0.005)
    page.follow(300)
    assert page.flow.frame_seconds == SHORTEST_FRAME_SECONDS


@pytest.mark.parametrize("network_seconds", [0.001, 0.080])
def test_a_slow_page_has_frames_as_long_as_it_needs_and_is_never_far_behind(network_seconds: float) -> None:
    page = Page(network_seconds, 0.040)
    page.follow(100)
    page.worst_seconds = 0.0
    page.follow(300)
    assert 0.030 < page.flow.frame_seconds < 0.080
    assert page.worst_seconds - network_seconds < 0.200


def test_a_page_that_is_slow_for_a_while_has_short_frames_again() -> None:
    page = Page(0.001, 0.040)
    page.follow(100)
    page.rendering_seconds = 0.004
    page.follow(200)
    assert page.flow.frame_seconds == SHORTEST_FRAME_SECONDS


def test_one_of_many_pages_begins_carefully() -> None:
    assert Page(0.001, 0.004, pages=8).flow.frame_seconds > 2 * Page(0.001, 0.004).flow.frame_seconds


def test_many_pages_have_short_frames_again_no_sooner_than_one_alone() -> None:
    alone, one_of_many = Page(0.001, 0.040), Page(0.001, 0.040, pages=8)
    for page in (alone, one_of_many):
        page.follow(100)
        page.rendering_seconds = 0.004
        page.follow(20)
    assert one_of_many.flow.frame_seconds > 1.5 * alone.flow.frame_seconds


def test_a_page_of_a_server_with_many_users_has_short_frames_again_within_seconds() -> None:
    page = Page(0.001, 0.040, pages=200)
    page.follow(100)
    page.rendering_seconds = 0.004
    begun = page.seconds
    while page.flow.frame_seconds > SHORTEST_FRAME_SECONDS:
        page.follow(1)
    assert page.seconds - begun < 15


def test_the_slowest_page_has_bounded_frames_and_few_of_them() -> None:
    page = Page(0.001, 2.0)
    page.follow(50)
    assert page.flow.frame_seconds == LONGEST_FRAME_SECONDS
    assert page.worst_seconds <= UNSHOWN_FRAMES * 2.0 + 0.3


def test_a_page_that_has_said_nothing_yet_is_sent_few_frames_too() -> None:
    flow = Flow(40)
    for frame in range(41, 41 + UNSHOWN_FRAMES):
        assert not flow.is_behind
        flow.sent(frame)
    assert flow.is_behind


def test_what_is_said_of_frames_long_gone_does_no_harm() -> None:
    flow = Flow(1000)
    flow.sent(1001)
    flow.shown(7)
    flow.shown(1001)
    flow.shown(9)
    assert not flow.is_behind


def test_a_page_cannot_have_shown_what_it_was_not_sent() -> None:
    flow = Flow(0)
    flow.shown(1000)
    for frame in range(1, 1 + UNSHOWN_FRAMES):
        flow.sent(frame)
    assert flow.is_behind


@pytest.mark.parametrize(("network_seconds", "fewest", "most"), [(0.001, 1, 1), (0.080, 7, UNSHOWN_FRAMES)])
def test_as_many_frames_are_under_way_as_the_way_takes(network_seconds: float, fewest: int, most: int) -> None:
    page = Page(network_seconds, 0.011)
    page.follow(200)
    page.pass_by(1.0)
    count = 0
    while not page.flow.is_behind:
        count += 1
        page.flow.sent(200 + count)
    assert fewest <= count <= most


async def others_run() -> None:
    """Let everything go on that waits for no time."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
async def pause() -> AsyncGenerator[tuple[Flow, asyncio.Task[None]]]:
    """The pause of a flow whose page is behind."""
    flow = Flow(0)
    for frame in range(1, 1 + UNSHOWN_FRAMES):
        flow.sent(frame)
    task = asyncio.create_task(flow.pause(0))
    await others_run()
    yield flow, task
    task.cancel()


async def test_a_pause_lasts_as_long_as_the_page_is_behind(pause: tuple[Flow, asyncio.Task[None]]) -> None:
    flow, task = pause
    assert not task.done()
    flow.shown(UNSHOWN_FRAMES)
    await others_run()
    assert task.done()


async def test_a_pause_is_over_with_the_flow(pause: tuple[Flow, asyncio.Task[None]]) -> None:
    flow, task = pause
    flow.end()
    await others_run()
    assert task.done()


async def test_a_page_that_sleeps_is_not_waited_for_without_end() -> None:
    seconds = 0.0

    def now() -> float:
        nonlocal seconds
        seconds += MUTE_SECONDS
        return seconds

    flow = Flow(0, now=now)
    for frame in range(1, 1 + UNSHOWN_FRAMES):
        flow.sent(frame)
    async with asyncio.timeout(60):
        await flow.pause(0)
    assert flow.is_behind


PICTURE_SECONDS = 1 / 60


class Computer:
    """Does one thing after the other."""

    free_at = 0.0


class Screen:
    """A page that draws sixty pictures a second; notes when each frame's text came, and when it left and was drawn."""

    def __init__(self, network_seconds: float, rendering_seconds: float, pages: int = 1) -> None:
        self._loop = asyncio.get_running_loop()
        self._flow = Flow(0, lambda: pages, now=self._loop.time)
        self._network_seconds, self.rendering_seconds = network_seconds, rendering_seconds
        self.computer = Computer()
        self.came: list[float] = []
        self.left: list[float] = []
        self.drawn: list[float] = []

    async def follow(self, frames: int, text_seconds: float = 0.0) -> None:
        """Send so many frames, of a text that always grows or that grows once in so many seconds."""
        first = len(self.came) + 1
        for frame in range(first, first + frames):
            self.came.append(frame * text_seconds or self._loop.time())
            await asyncio.sleep(self.came[-1] - self._loop.time())
            self.left.append(self._loop.time())
            self._flow.sent(frame)
            self._loop.call_later(self._network_seconds, self._arrive, frame)
            await self._flow.pause(self._flow.frame_seconds)

    def _arrive(self, frame: int) -> None:
        self.computer.free_at = max(self.computer.free_at, self._loop.time()) + self.rendering_seconds
        picture_at = PICTURE_SECONDS * math.ceil(self.computer.free_at / PICTURE_SECONDS)
        self._loop.call_at(picture_at, self._draw, frame)

    def _draw(self, frame: int) -> None:
        self.drawn.append(self._loop.time())
        self._loop.call_later(self._network_seconds, self._flow.shown, frame)

    def age_ms(self) -> float:
        """Give how old text is on average when it is drawn, of all that grew since the two hundredth frame."""
        spans = list(zip(self.left[200:], self.left[201:], self.drawn[201:], strict=False))
        ages = sum((left - before) * (drawn - (before + left) / 2) for before, left, drawn in spans)
        return 1000 * ages / (spans[-1][1] - spans[0][0])

    def pictures_a_frame(self) -> float:
        """Give how many pictures were drawn, of late, for each in which something was new."""
        drawn = sorted(set(self.drawn))[-200:]
        return (drawn[-1] - drawn[0]) / PICTURE_SECONDS / (len(drawn) - 1)


async def followed(screen_of: tuple[float, float], frames: int, text_seconds: float = 0.0) -> Screen:
    screen = Screen(*screen_of)
    await screen.follow(frames, text_seconds)
    return screen


@pytest.mark.parametrize(("rendering_seconds", "most_ms"), [(0.002, 16), (0.005, 19), (0.008, 23)])
def test_a_near_page_gets_its_text_just_before_it_draws(
    in_virtual_time: asyncio.Runner, rendering_seconds: float, most_ms: float
) -> None:
    screen = in_virtual_time.run(followed((0.001, rendering_seconds), 600))
    assert screen.age_ms() < most_ms
    assert screen.pictures_a_frame() < 1.15


@pytest.mark.parametrize("screen_of", [(0.001, 0.011), (0.001, 0.0145), (0.005, 0.008), (0.020, 0.004)])
def test_a_page_with_little_time_to_spare_draws_something_new_in_each_picture(
    in_virtual_time: asyncio.Runner, screen_of: tuple[float, float]
) -> None:
    assert in_virtual_time.run(followed(screen_of, 600)).pictures_a_frame() < 1.01


def test_a_page_that_has_become_slower_gets_its_text_sooner(in_virtual_time: asyncio.Runner) -> None:
    async def slower() -> Screen:
        screen = await followed((0.001, 0.002), 300)
        screen.rendering_seconds = 0.011
        await screen.follow(300)
        return screen

    assert in_virtual_time.run(slower()).pictures_a_frame() < 1.2


def test_text_that_comes_now_and_then_leaves_at_once(in_virtual_time: asyncio.Runner) -> None:
    screen = in_virtual_time.run(followed((0.001, 0.004), 200, text_seconds=0.030))
    assert screen.left == pytest.approx(screen.came)


def test_pages_that_share_a_computer_come_to_have_equal_parts_of_it(in_virtual_time: asyncio.Runner) -> None:
    async def together() -> list[Screen]:
        screens = [Screen(0.001, 0.010, pages=4) for _ in range(4)]
        for screen in screens:
            screen.computer = screens[0].computer
        await screens[0].follow(100)  # alone
        following = [asyncio.create_task(screen.follow(100_000)) for screen in screens]
        await asyncio.sleep(60)
        for task in following:
            task.cancel()
        return screens

    screens = in_virtual_time.run(together())
    late = [sum(moment > 40 for moment in screen.left) for screen in screens]
    assert max(late) < 1.5 * min(late)
