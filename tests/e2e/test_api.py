"""The API as the whole server gives it, beside the page."""

import asyncio
import json

import httpx
import pytest
import websockets
from httpx_sse import connect_sse
from websockets.typing import Origin

from tests.app_server import AppServer
from tests.upstream import Script, Upstream


@pytest.mark.parametrize("path", ["/", "/c/0123456789abcdef0123456789abcdef"])
def test_the_page_is_served_beside_the_api(server: AppServer, path: str) -> None:
    answer = httpx.get(server.url + path, trust_env=False)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert '<html lang="en">' in answer.text


def test_an_answer_is_followed_while_it_is_written(server: AppServer, upstream: Upstream) -> None:
    upstream.script("through-api", Script(text="One two three", hold_after_chars=7))
    with httpx.Client(base_url=server.url, timeout=20, trust_env=False) as client:
        assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
        sent = client.post("/api/v1/messages", json={"text": "Count", "model": "openai/through-api"}).json()
        text = ""
        with connect_sse(client, "GET", f"/api/v1/runs/{sent['run_id']}/events") as source:
            for event in source.iter_sse():
                text += json.loads(event.data).get("text", "")
                if text == "One two":
                    upstream.release("through-api")
        assert text == "One two three"


def test_the_api_answers_other_sites_in_no_way(server: AppServer) -> None:
    for path in ("/api/v1/conversations", "/api/v1/models", "/readyz"):
        answer = httpx.get(server.url + path, headers={"Origin": "https://evil.example"}, trust_env=False)
        assert answer.status_code == 403
    assert httpx.get(f"{server.url}/api/v1/nothing", trust_env=False).json()["error"]["code"] == "not_found"


async def test_the_socket_remembers_far_enough_to_say_nothing_twice(server: AppServer) -> None:
    """With the usual window of 4 KB a frame's text is sent in full again and again."""
    url = f"{server.url.replace('http', 'ws')}/_event/?token=one&EIO=4&transport=websocket"
    async with websockets.connect(url, origin=Origin(server.url)) as socket:
        said = socket.response.headers["Sec-WebSocket-Extensions"] if socket.response else ""
    assert "permessage-deflate" in said
    assert "server_max_window_bits" not in said.replace("server_max_window_bits=15", "")


async def test_what_no_page_would_say_of_its_frames_does_no_harm(server: AppServer) -> None:
    url = f"{server.url.replace('http', 'ws')}/_event/?token=two&EIO=4&transport=websocket"
    async with websockets.connect(url, origin=Origin(server.url)) as socket:
        await socket.send("40/frames,")
        for said in (
            '["shown"]',
            '["shown",1,2]',
            '["shown",true]',
            '["shown",{"a":[]}]',
            f'["shown",{10**300}]',
            '["x",1]',
        ):
            await socket.send(f"42/frames,{said}")
        await socket.send("40/_event,")
        async with asyncio.timeout(30):
            while not str(await socket.recv()).startswith("40/_event"):
                pass
    assert [line for line in server.lines if "Traceback" in line or "exception" in line] == []
