"""Sending with a key of the page's own: once, whatever comes again."""

import asyncio
import socket
import sqlite3
from contextlib import closing
from dataclasses import replace
from uuid import uuid4

import pytest

from app import runtime
from app.persistence.errors import DatabaseError
from app.services import chat
from app.settings import Settings
from tests.integration.streaming.conftest import MODEL, User
from tests.upstream import Script, Upstream


async def test_a_repeat_gives_the_stored_turn_and_says_so(user: User, upstream: Upstream) -> None:
    upstream.script("scripted", Script())
    key = uuid4().hex
    first = await user.services.chat.send(user.id, "", "Why?", MODEL, key)
    await user.read(first)
    again = await user.services.chat.send(user.id, "", "Why?", MODEL, key)
    assert (first.is_repeat, again.is_repeat) == (False, True)
    assert (again.conversation_id, again.run_id) == (first.conversation_id, first.run_id)
    assert again.user_message_id == key
    assert len(await user.services.chat.newest(user.id, 10)) == 1


async def test_a_model_is_asked_before_the_page_is_told_anything(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "ASKING_SECONDS", 60)  # in which a busy machine, too, takes its turns
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/v1"
        async with runtime.running(replace(settings, openai_base_url=address)) as services:
            await User(services).ask()
            await asyncio.to_thread(take_question, server)  # the first request of a process imports a few modules
            await User(services).ask()
            take_question(server)  # while the event loop stands still


def take_question(server: socket.socket) -> None:
    """Wait until a model is asked something, and hang up."""
    while True:
        with server.accept()[0] as connection:
            if connection.recv(4) == b"POST":
                return


async def test_a_first_message_that_cannot_be_stored_leaves_no_conversation_and_can_be_sent_again(
    user: User, upstream: Upstream, settings: Settings
) -> None:
    upstream.script("scripted", Script())
    key = uuid4().hex
    with closing(sqlite3.connect(settings.data_dir / "rivulet.db", isolation_level=None)) as database:
        database.execute("CREATE TRIGGER full BEFORE INSERT ON message BEGIN SELECT RAISE(FAIL, 'disk is full'); END")
        with pytest.raises(DatabaseError):
            await user.services.chat.send(user.id, "", "Why?", MODEL, key)
        assert await user.services.chat.newest(user.id, 10) == ()
        database.execute("DROP TRIGGER full")
    turn = await user.services.chat.send(user.id, "", "Why?", MODEL, key)
    await user.read(turn)
    assert len(await user.services.chat.newest(user.id, 10)) == 1
