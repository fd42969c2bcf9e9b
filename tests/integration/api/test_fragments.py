"""Fragments over HTTP: listing, reading, downloading, making and editing them."""

import asyncio
import io
import json
import zipfile
from typing import Any

import httpx
import pytest
from sqlalchemy.orm import Session

from app.fragments.limits import MAX_CONTENT_BYTES
from app.persistence.tables import ConversationRow, FragmentRow, MessageRow
from app.runtime import Runtime
from tests.integration.api.conftest import send, whole
from tests.upstream import Script, Upstream

PAGE = "<!doctype html>\n<title>Hi</title>\n<script>alert(1)</script>\n"
ANSWER = f'Look:\n```html title="index.html"\n{PAGE}```\n```py\nprint("ü")\n```\n'


async def answered(api: httpx.AsyncClient, upstream: Upstream, text: str = ANSWER, **fields: str) -> dict[str, Any]:
    upstream.script("scripted", Script(text=text))
    sent = await send(api, **fields)
    await whole(api, sent)
    return sent


def address(sent: dict[str, Any], *more: object) -> str:
    return "/".join(str(part) for part in ("/api/v1/conversations", sent["conversation_id"], "fragments", *more))


async def the_one(api: httpx.AsyncClient, sent: dict[str, Any]) -> dict[str, Any]:
    [fragment] = (await api.get(address(sent))).json()["fragments"]
    return fragment


async def test_an_answers_fragments_are_listed_and_read(api: httpx.AsyncClient, upstream: Upstream) -> None:
    sent = await answered(api, upstream)
    fragment = await the_one(api, sent)
    assert (fragment["name"], fragment["language"], fragment["kind"]) == ("index.html", "html", "html")
    [version] = fragment["versions"]
    assert (version["number"], version["message_id"], version["place"]) == (1, sent["message_id"], 0)
    assert (version["lines"], version["status"]) == (3, "complete")
    assert (await api.get(address(sent, fragment["id"]))).json() == fragment
    read = (await api.get(address(sent, fragment["id"], "versions", 1))).json()
    assert read == {**version, "content": PAGE}


async def test_a_download_is_a_file_that_never_acts_as_this_site(api: httpx.AsyncClient, upstream: Upstream) -> None:
    sent = await answered(api, upstream)
    answer = await api.get(address(sent, (await the_one(api, sent))["id"], "versions", 1, "raw"))
    assert answer.content == PAGE.encode()
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="index.html"')
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox;")


async def test_any_code_block_becomes_one_when_asked(api: httpx.AsyncClient, upstream: Upstream) -> None:
    sent = await answered(api, upstream)
    made = await api.post(address(sent), json={"message_id": sent["message_id"], "place": 1})
    assert made.status_code == 201, made.text
    assert made.json()["name"] == "Python"
    again = await api.post(address(sent), json={"message_id": sent["message_id"], "place": 1})
    assert again.json() == made.json()
    missing = await api.post(address(sent), json={"message_id": sent["message_id"], "place": 2})
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
    other = await answered(api, upstream, "nothing")
    foreign = await api.post(address(other), json={"message_id": sent["message_id"], "place": 0})
    assert foreign.status_code == 404


async def test_a_version_can_be_read_while_it_is_written(api: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=ANSWER, hold_after_chars=ANSWER.index("<script>")))
    sent = await send(api)
    async with asyncio.timeout(60):
        while not (listed := (await api.get(address(sent))).json()["fragments"]):
            await asyncio.sleep(0.05)
        [fragment] = listed
        assert fragment["versions"][0]["status"] == "streaming"
        url = address(sent, fragment["id"], "versions", 1)
        while (await api.get(url)).json()["content"] != "<!doctype html>\n<title>Hi</title>\n":
            await asyncio.sleep(0.05)
        made = await api.post(address(sent), json={"message_id": sent["message_id"], "place": 0})
        assert made.json()["id"] == fragment["id"]
    upstream.release("scripted")
    await whole(api, sent)
    read = (await api.get(url)).json()
    assert (read["status"], read["content"]) == ("complete", PAGE)


async def test_the_user_writes_a_version_and_the_model_hears_of_it(api: httpx.AsyncClient, upstream: Upstream) -> None:
    sent = await answered(api, upstream)
    fragment = await the_one(api, sent)
    url = address(sent, fragment["id"], "versions")
    written = await api.post(url, json={"content": "<p>mine</p>", "after": 1})
    assert (written.status_code, written.json()["number"], written.json()["place"]) == (201, 2, None)
    late = await api.post(url, json={"content": "<p>another's</p>", "after": 1})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "fragment_changed")
    await answered(api, upstream, conversation_id=sent["conversation_id"], text="ok")
    *_, last = upstream.requests[-1].body["messages"]
    assert '```html title="index.html"\n<p>mine</p>\n```' in last["content"]
    assert last["content"].endswith("Why?")


async def test_a_model_is_told_of_fragments_only_when_the_user_wants_it(
    api: httpx.AsyncClient, upstream: Upstream, services: Runtime
) -> None:
    sent = await answered(api, upstream)
    assert "fenced code block" not in str(upstream.requests[-1].body)
    await services.preferences.set(services.local_user_id, "tells_fragments", True)
    await answered(api, upstream, conversation_id=sent["conversation_id"], text="ok")
    first, *_ = upstream.requests[-1].body["messages"]
    assert first["role"] == "system"
    assert "index.html (version 1)" in first["content"]


async def test_renaming_keeps_the_versions(api: httpx.AsyncClient, upstream: Upstream) -> None:
    sent = await answered(api, upstream)
    await api.post(address(sent), json={"message_id": sent["message_id"], "place": 1})
    page, code = (await api.get(address(sent))).json()["fragments"]
    renamed = await api.patch(address(sent, page["id"]), json={"name": " new\n name.html "})
    assert (renamed.json()["name"], renamed.json()["versions"]) == ("new name.html", page["versions"])
    taken = await api.patch(address(sent, page["id"]), json={"name": code["name"]})
    assert (taken.status_code, taken.json()["error"]["code"]) == (422, "bad_name")
    assert (await api.patch(address(sent, page["id"]), json={"name": " \n"})).status_code == 422


async def test_all_fragments_are_found_page_by_page(api: httpx.AsyncClient, upstream: Upstream) -> None:
    for name in ("one.html", "two.html", "three.html"):
        await answered(api, upstream, ANSWER.replace("index.html", name))
    first = (await api.get("/api/v1/fragments", params={"limit": 2})).json()
    assert [one["name"] for one in first["fragments"]] == ["three.html", "two.html"]
    rest = (await api.get("/api/v1/fragments", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert ([one["name"] for one in rest["fragments"]], rest["next_cursor"]) == (["one.html"], None)
    assert [one["name"] for one in (await api.get("/api/v1/fragments?q=TWO")).json()["fragments"]] == ["two.html"]
    assert (await api.get("/api/v1/fragments?cursor=nonsense")).status_code == 422


async def test_an_archive_holds_the_newest_version_of_each(api: httpx.AsyncClient, upstream: Upstream) -> None:
    names = ("a/x.css", "b/x.css", "../../evil.py")
    text = "".join(f"```x title={name}\n{name}\n```\n" for name in names)
    sent = await answered(api, upstream, text + "```x title=a/x.css\nnewer\n```\n")
    answer = await api.get(address(sent, "archive"))
    assert answer.headers["content-disposition"].startswith('attachment; filename="fragments.zip"')
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert {name: archive.read(name).decode() for name in archive.namelist()} == {
        "x.css": "newer\n",
        "x 2.css": "b/x.css\n",
        "evil.py": "../../evil.py\n",
    }


async def test_an_export_carries_the_fragments(api: httpx.AsyncClient, upstream: Upstream) -> None:
    sent = await answered(api, upstream, ANSWER + "```css title=a.css\np {}\n```")
    page, css = (await api.get(address(sent))).json()["fragments"]
    await api.post(address(sent, page["id"], "versions"), json={"content": "<p>mine", "after": 1})
    url = f"/api/v1/conversations/{sent['conversation_id']}/export"
    exported = json.loads((await api.get(url, params={"format": "json"})).text)
    assert [(one["name"], [v["content"] for v in one["versions"]]) for one in exported["fragments"]] == [
        ("index.html", [PAGE, "<p>mine"]),
        ("a.css", ["p {}\n"]),
    ]
    assert exported["fragments"][1]["id"] == css["id"]
    text = (await api.get(url)).text
    assert text.endswith("## Your version 2 of index.html\n\n```html\n<p>mine\n```\n")
    empty = await answered(api, upstream, "no code")
    exported = await api.get(f"/api/v1/conversations/{empty['conversation_id']}/export?format=json")
    assert exported.json()["fragments"] == []


@pytest.mark.parametrize("number", ["0", "-1", "2", "99999999999999999999", "x"])
async def test_an_absurd_version_is_refused(api: httpx.AsyncClient, upstream: Upstream, number: str) -> None:
    sent = await answered(api, upstream)
    fragment = await the_one(api, sent)
    for more in ((), ("raw",)):
        answer = await api.get(address(sent, fragment["id"], "versions", number, *more))
        assert answer.status_code in (404, 422)
        assert answer.json()["error"]["message"]


async def test_bad_ids_and_bad_bodies_are_refused(api: httpx.AsyncClient, upstream: Upstream) -> None:
    sent = await answered(api, upstream)
    fragment = await the_one(api, sent)
    assert (await api.get("/api/v1/conversations/nobody/fragments")).status_code == 404
    assert (await api.get(f"/api/v1/conversations/{'0' * 32}/fragments")).status_code == 404
    assert (await api.get(address(sent, "%00"))).status_code == 404
    assert (await api.get(address(sent, "0" * 32))).status_code == 404
    url = address(sent, fragment["id"], "versions")
    assert (await api.post(url, json={"content": "x" * (MAX_CONTENT_BYTES + 1), "after": 1})).status_code == 422
    assert (await api.post(url, json={"content": 1, "after": 1})).status_code == 422
    assert (await api.post(address(sent), json={"message_id": "x", "place": 0})).status_code == 422
    assert (await api.post(address(sent), json={"message_id": "0" * 32, "place": 0})).status_code == 404
    assert (await api.post(address(sent), json={"message_id": "0" * 32, "place": -1})).status_code == 422


async def test_other_peoples_fragments_are_none(
    api: httpx.AsyncClient, upstream: Upstream, services: Runtime, stranger: str
) -> None:
    sent = await answered(api, upstream)
    fragment = await the_one(api, sent)

    def give_away(session: Session) -> None:
        session.get_one(ConversationRow, sent["conversation_id"]).user_id = stranger
        session.get_one(FragmentRow, fragment["id"]).user_id = stranger
        session.get_one(MessageRow, sent["message_id"]).user_id = stranger

    await services.database.write(give_away)
    for url in (address(sent), address(sent, fragment["id"]), address(sent, fragment["id"], "versions", 1, "raw")):
        assert (await api.get(url)).status_code == 404
    assert (await api.post(address(sent), json={"message_id": sent["message_id"], "place": 0})).status_code == 404
    assert (await api.get("/api/v1/fragments")).json()["fragments"] == []
