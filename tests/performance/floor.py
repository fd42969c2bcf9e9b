"""The floor: a bare page that shows a model's deltas as text, over a WebSocket, with nothing else in between.

`python -m tests.performance.floor PORT UPSTREAM_URL` serves it. What it needs, any page needs.
"""

import json
import sys

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

PAGE = """<!doctype html><meta charset="utf-8"><title>floor</title><pre id="out" data-status=""></pre><script>
const out = document.getElementById("out");
const text = out.appendChild(document.createTextNode(""));
const socket = new WebSocket(`ws://${location.host}/deltas`);
socket.onopen = () => (out.dataset.ready = "yes");
socket.onmessage = ({ data }) => (data ? text.appendData(data) : (out.dataset.status = "complete"));
window.ask = () => socket.send("ask");
</script>"""


def serve(port: int, upstream_url: str) -> None:
    async def page(_: object) -> HTMLResponse:
        return HTMLResponse(PAGE)

    async def deltas(socket: WebSocket) -> None:
        await socket.accept()
        body = {"model": "scripted", "stream": True, "messages": [{"role": "user", "content": "Go."}]}
        async with httpx2.AsyncClient(timeout=None, trust_env=False) as client:
            async for _ in socket.iter_text():
                async with client.stream("POST", f"{upstream_url}/chat/completions", json=body) as response:
                    async for line in response.aiter_lines():
                        choices = json.loads(line[6:])["choices"] if line.startswith("data: {") else ()
                        for delta in filter(None, (choice["delta"].get("content") for choice in choices)):
                            await socket.send_text(delta)
                await socket.send_text("")

    routes = [Route("/", page), WebSocketRoute("/deltas", deltas)]
    uvicorn.run(Starlette(routes=routes), port=port, log_level="error", ws="websockets-sansio")


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2])
