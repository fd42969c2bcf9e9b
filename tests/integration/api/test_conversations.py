"""Listing, reading, exporting and deleting conversations over HTTP, and the page beside the API."""

import json
from urllib.parse import unquote

import httpx
import pytest

from app.api.export import attachment
from app.runtime import Runtime
from tests.integration.api.conftest import MODEL, send, whole
from tests.upstream import Script, Upstream

ODD = "👩‍👩‍👧\r\n漢字\u2028\ttrailing  \r\n\r\n```py\r\nx = 1\r\n```\n"


async def test_conversations_are_listed_newest_first_page_by_page(api: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.script("scripted", Script())
    made: list[str] = []
    for number in range(7):
        sent = await send(api, f"Chat {number}")
        await whole(api, sent)
        made.insert(0, sent["conversation_id"])
    seen: list[str] = []
    cursor = ""
    sizes: list[int] = []
    while True:
        page = (await api.get("/api/v1/conversations", params={"limit": 3, "cursor": cursor})).json()
        sizes.append(len(page["conversations"]))
        seen += [line["id"] for line in page["conversations"]]
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]
    assert seen == made
    assert sizes == [3, 3, 1]


async def test_a_conversation_is_read_with_its_messages(api: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=ODD, thinking="Hm."))
    sent = await send(api, "What?")
    await whole(api, sent)
    conversation = (await api.get(f"/api/v1/conversations/{sent['conversation_id']}")).json()
    question, answer = conversation["messages"]
    assert (question["id"], question["role"], question["text"]) == (sent["user_message_id"], "user", "What?")
    assert (answer["id"], answer["text"], answer["status"]) == (sent["message_id"], ODD, "complete")
    assert answer["metadata"]["stop_reason"] == "end_turn"
    assert (conversation["active_run_id"], conversation["has_earlier"]) == (None, False)


async def test_a_conversation_names_the_run_that_is_writing(api: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.script("scripted", Script(hold_after_chars=0))
    sent = await send(api)
    url = f"/api/v1/conversations/{sent['conversation_id']}"
    assert (await api.get(url)).json()["active_run_id"] == sent["run_id"]
    assert (await api.get("/api/v1/conversations")).json()["conversations"][0]["is_writing"] is True
    newest = (await api.get(url, params={"limit": 1})).json()
    assert ([message["role"] for message in newest["messages"]], newest["has_earlier"]) == (["assistant"], True)
    upstream.release("scripted")
    await whole(api, sent)


async def test_an_export_holds_every_character(api: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=ODD))
    sent = await send(api, f"Title: «Ünï» / 漢字?\r\n{ODD}")
    await whole(api, sent)
    url = f"/api/v1/conversations/{sent['conversation_id']}/export"
    markdown = await api.get(url)
    assert markdown.headers["content-type"] == "text/markdown; charset=utf-8"
    assert markdown.content.decode().split("\n\n## Answer of openai/scripted\n\n")[1] == ODD + "\n"
    assert f"\n\n## You\n\nTitle: «Ünï» / 漢字?\r\n{ODD}\n\n".encode() in markdown.content
    exported = await api.get(url, params={"format": "json"})
    assert exported.headers["content-type"] == "application/json"
    assert [message["text"] for message in json.loads(exported.content)["messages"]] == [
        f"Title: «Ünï» / 漢字?\r\n{ODD}",
        ODD,
    ]
    disposition = exported.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="Title Uni')
    assert unquote(disposition.rpartition("''")[2]).startswith("Title Ünï 漢字")
    assert (await api.get(url, params={"format": "exe"})).status_code == 422


async def test_an_export_says_which_answers_broke_off(api: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=ODD, hold_after_chars=5))
    sent = await send(api)
    await upstream.until(lambda: bool(upstream.requests) and upstream.requests[-1].chars_sent >= 5)
    await api.post(f"/api/v1/runs/{sent['run_id']}/interrupt")
    await whole(api, sent)
    markdown = (await api.get(f"/api/v1/conversations/{sent['conversation_id']}/export")).text
    assert markdown.endswith("\n\n*This answer was stopped.*\n")


@pytest.mark.parametrize(
    "title",
    [
        "",
        "../../etc/passwd",
        'a"; filename="evil.exe',
        "a\r\nSet-Cookie: x",
        "con",
        "...",
        "漢字",
        "-rf",
        "x" * 999,
        "a/b\\c:d",
    ],
)
def test_a_file_name_is_safe(title: str) -> None:
    disposition = attachment(title, "md")
    plain = disposition.partition('filename="')[2].partition('"')[0]
    whole_name = unquote(disposition.rpartition("''")[2])
    for name in (plain, whole_name):
        assert name.endswith(".md")
        assert name.count(".") == 1
        assert 4 <= len(name) <= 80
        assert not set('/\\:"\r\n\0') & set(name)
        assert not name.startswith(("-", " ", "con."))
    assert disposition.isascii()
    assert disposition.count('"') == 2


async def test_deleting_stops_what_is_written_and_forgets(
    api: httpx.AsyncClient, services: Runtime, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(hold_after_chars=0))
    sent = await send(api)
    await upstream.until(lambda: upstream.requests[-1].path.endswith("completions"))
    url = f"/api/v1/conversations/{sent['conversation_id']}"
    assert (await api.delete(url)).status_code == 204
    await upstream.until(lambda: upstream.questions[-1].closed_by_client_at is not None)
    assert (await api.get(url)).status_code == 404
    assert (await api.get(f"/api/v1/runs/{sent['run_id']}/events")).status_code == 404
    assert (await api.delete(url)).status_code == 404


async def test_models_are_listed_with_the_default(api: httpx.AsyncClient) -> None:
    offer = (await api.get("/api/v1/models")).json()
    assert offer["default"] == MODEL
    assert MODEL in [model["key"] for model in offer["models"]]


async def test_every_operation_is_described_without_a_foreign_address(api: httpx.AsyncClient) -> None:
    document = (await api.get("/api/v1/openapi.json")).json()
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    assert len(operations) == 24
    assert all(operation["summary"] and operation["description"] for operation in operations)
    page = await api.get("/api/v1/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "/api/v1/runs/{run_id}/events" in page.text
    assert not any(foreign in page.text for foreign in ("http://", "https://", "<script", "src="))


@pytest.mark.parametrize("path", ["/", "/c/abc", "/assets/index.js", "/api", "/api/v2"])
async def test_everything_else_is_the_pages(api: httpx.AsyncClient, path: str) -> None:
    assert (await api.get(path)).text == "the page"
