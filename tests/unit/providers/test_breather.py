import asyncio

import pytest

from providers import breather as breather_module
from providers.breather import Breather


async def test_other_tasks_run_when_a_pause_is_due(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(breather_module, "LONGEST_RUN_SECONDS", -1)
    other = asyncio.create_task(asyncio.sleep(0))
    breather = Breather()
    await breather.pause_if_due()
    await breather.pause_if_due()
    assert other.done()


async def test_nothing_waits_when_no_pause_is_due(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(breather_module, "LONGEST_RUN_SECONDS", 1_000)
    other = asyncio.create_task(asyncio.sleep(0))
    breather = Breather()
    await breather.pause_if_due()
    await breather.pause_if_due()
    assert not other.done()
    await other
