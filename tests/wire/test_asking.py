"""How servers are asked: what they have refused, where they are, and what they offer."""

import asyncio
import time

import pytest

from app.streaming.store import StreamingStatus
from providers.base import ChatMessage, GenerationRequest
from providers.http_client import Timeouts
from providers.openai_compatible import OpenAICompatibleProvider
from tests.wire import openai_cases as wire
from tests.wire.anthropic_cases import USUAL
from tests.wire.case import CANNOT_STREAM
from tests.wire.conftest import Asker, Asking
from tests.wire.raw_server import Asked, Reply, json_reply, raw_server

ANSWER = wire.stream(wire.HEL, wire.LO, wire.STOP, wire.DONE)
NOT_FOUND = json_reply({"detail": "Not Found"}, 404)
PAGE = Reply(b"<!doctype html><html><title>Chat</title></html>", kind="text/html")
ALTERNATE = {"message": "Conversation roles must alternate user/assistant/user/assistant/...", "code": 400}


def refusing(what: str, words: str, status: int = 400):
    """Refuse every request that has a field of this name."""
    refusal = json_reply({"error": {"message": words}}, status)
    return lambda asked: refusal if asked.body and what in asked.body else ANSWER


async def keys(asker: Asker) -> list[str]:
    """The models that the asker's provider offers."""
    provider = asker.model.partition("/")[0]
    return [model.key for model in await asker.services.registry.offered() if model.provider == provider]


def messages(asker: Asker) -> list[dict[str, str]]:
    """The turns of the last request."""
    body = asker.server.asked[-1].body
    assert body is not None
    return body["messages"]


async def test_what_was_refused_once_is_not_sent_again(asking: Asking):
    async with asking("openai", refusing("stream_options", "Unknown parameter: stream_options")) as asker:
        first = await asker.ask()
        second = await asker.ask("And then?", first.conversation_id)
        assert (first.text, second.text, len(asker.server.asked)) == ("Hello", "Hello", 3)
        assert second.metadata["road"] == "streamed"


async def test_a_system_prompt_that_has_no_place_goes_before_the_question(asking: Asking):
    def answering(asked: Asked) -> Reply:
        has_system = bool(asked.body) and asked.body["messages"][0]["role"] == "system"
        return json_reply({"error": {"message": "System role not supported"}}, 500) if has_system else ANSWER

    async with asking("openai", answering) as asker:
        await asker.services.preferences.set(asker.services.local_user_id, "system_prompt", "Be kind.")
        assert (await asker.ask()).text == "Hello"
        assert messages(asker) == [{"role": "user", "content": "Be kind.\n\nWhy?"}]
        await asker.ask()
        assert len(asker.server.asked) == 3


@pytest.mark.parametrize(
    "words",
    [
        "messages[0].role must be one of [user, assistant]",
        "The first message must be from the user",
        "messages.0.role: Input should be 'user' or 'assistant'",
    ],
)
async def test_a_system_role_is_refused_in_many_words(asking: Asking, words: str):
    def answering(asked: Asked) -> Reply:
        has_system = bool(asked.body) and asked.body["messages"][0]["role"] == "system"
        return json_reply({"detail": words}, 422) if has_system else ANSWER

    async with asking("openai", answering) as asker:
        await asker.services.preferences.set(asker.services.local_user_id, "system_prompt", "Be kind.")
        assert (await asker.ask()).text == "Hello"
        assert messages(asker) == [{"role": "user", "content": "Be kind.\n\nWhy?"}]


@pytest.mark.parametrize("ending", ["refused", "stopped"])
async def test_a_question_after_one_without_an_answer_is_joined_to_it(asking: Asking, ending: str):
    def answering(asked: Asked) -> Reply:
        roles = [turn["role"] for turn in asked.body["messages"]] if asked.body else []
        if asked.body and asked.body["messages"][-1]["content"] == "one":
            return json_reply({"error": "no key"}, 401) if ending == "refused" else Reply(ending=wire.Ending.OPEN)
        return ANSWER if roles == ["user"] else json_reply(ALTERNATE, 400)

    async with asking("openai", answering) as asker:
        if ending == "refused":
            first = await asker.ask("one")
        else:
            turn = await asker.services.chat.send(asker.services.local_user_id, "", "one", asker.model)
            async for batch in asker.services.manager.follow(turn.run_id):
                if any(getattr(event, "phase", "") == "waiting" for event in batch):
                    await asker.services.manager.interrupt(turn.run_id)
            first = await asker.services.chat.run(asker.services.local_user_id, turn.run_id)
        assert first is not None
        assert first.text == ""
        second = await asker.ask("two", first.conversation_id)
        assert (second.text, second.status) == ("Hello", StreamingStatus.COMPLETE)
        assert messages(asker) == [{"role": "user", "content": "one\n\ntwo"}]


async def test_a_server_that_cannot_stream_is_asked_in_one_piece_from_then_on(asking: Asking):
    def answering(asked: Asked) -> Reply:
        refusal = json_reply({"error": {"message": CANNOT_STREAM}}, 400)
        return refusal if asked.is_streaming else json_reply(wire.whole(wire.ANSWER))

    async with asking("openai", answering) as asker:
        first = await asker.ask()
        second = await asker.ask()
        assert [run.metadata["road"] for run in (first, second)] == ["simulated", "simulated"]
        assert len(asker.server.asked) == 3
        assert [attempt["road"] for attempt in second.metadata["attempts"]] == ["simulated"]


async def test_a_model_that_the_owner_says_cannot_stream_is_never_asked_to(asking: Asking):
    answer = json_reply(wire.whole(wire.ANSWER))
    async with asking("openai", lambda _: answer, RIVULET_NO_STREAM="openai/fa* anthropic/x") as asker:
        run = await asker.ask()
        assert (run.text, run.metadata["road"]) == ("Hello", "simulated")
        assert [asked.is_streaming for asked in asker.server.asked] == [False]


async def test_stop_works_in_a_simulated_answer(asking: Asking):
    answer = json_reply(wire.whole({"role": "assistant", "content": "word " * 2_000}))
    async with asking("openai", lambda _: answer, RIVULET_NO_STREAM="openai/*") as asker:
        turn = await asker.services.chat.send(asker.services.local_user_id, "", "Why?", asker.model)
        chars = 0
        async for batch in asker.services.manager.follow(turn.run_id):
            chars += sum(len(getattr(event, "text", "")) for event in batch)
            if chars:
                await asker.services.manager.interrupt(turn.run_id)
        run = await asker.services.chat.run(asker.services.local_user_id, turn.run_id)
        assert run is not None
        assert run.status is StreamingStatus.INTERRUPTED
        assert 0 < len(run.text) < 5_000


def only_at(path: str, answer: Reply, otherwise: Reply = NOT_FOUND):
    """Answer questions at one address only; models are listed beside it."""
    models = json_reply({"data": [{"id": "fake"}]})
    listed = path.replace("/chat/completions", "/models").replace("/messages", "/models")

    def answering(asked: Asked) -> Reply:
        if asked.path == path:
            return answer
        return models if asked.path == listed and not asked.body else otherwise

    return answering


OPENAI_PATHS = [
    ("URL/v1/chat/completions", "/v1/chat/completions", NOT_FOUND),
    ("URL/v1/", "/v1/chat/completions", NOT_FOUND),
    ("URL", "/v1/chat/completions", NOT_FOUND),
    ("'URL/v1'", "/v1/chat/completions", NOT_FOUND),
    ("URL", "/v1/chat/completions", PAGE),
    ("URL/api", "/api/chat/completions", NOT_FOUND),
    ("URL//v1//", "/v1/chat/completions", NOT_FOUND),
    ("URL/v1/chat", "/v1/chat/completions", NOT_FOUND),
    ("URL/v1#top", "/v1/chat/completions", NOT_FOUND),
    ("URL/openai/v1?api-version=preview", "/openai/v1/chat/completions", NOT_FOUND),
]


@pytest.mark.parametrize(("address", "path", "otherwise"), OPENAI_PATHS)
async def test_openais_address_as_people_write_it(asking: Asking, address: str, path: str, otherwise: Reply):
    answering = only_at(path, ANSWER, otherwise)
    async with asking("openai", answering, OPENAI_BASE_URL=address) as asker:
        run = await asker.ask()
        assert run.text == "Hello", run.error_sentence
        assert len(asker.server.asked) <= 2
        assert "openai/fake" in await keys(asker)


@pytest.mark.parametrize(
    ("provider", "address", "path"),
    [
        ("openai", "URL/deployments/x/chat/completions?api-version=7", "/deployments/x/chat/completions"),
        ("anthropic", "URL/v1/messages?api-version=7", "/v1/messages"),
    ],
)
async def test_the_query_of_an_address_goes_with_every_question(asking: Asking, provider: str, address: str, path: str):
    answer = ANSWER if provider == "openai" else Reply(b"".join(USUAL))
    variable = f"{provider.upper()}_BASE_URL"
    async with asking(provider, only_at(path, answer), **{variable: address}) as asker:
        assert (await asker.ask()).text == "Hello"
        assert "api-version=7" in asker.server.asked[-1].query
        assert f"{provider}/fake" in await keys(asker)


@pytest.mark.parametrize("address", ["URL/api", "URL/api/chat"])
async def test_ollamas_own_address_leads_to_the_one_in_openais_format(asking: Asking, address: str):
    async with asking("openai", only_at("/v1/chat/completions", ANSWER), OPENAI_BASE_URL=address) as asker:
        assert (await asker.ask()).text == "Hello"


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("URL/v1", "/v1/messages"),
        ("URL/v1/messages", "/v1/messages"),
        ("URL/anthropic/v1/messages", "/anthropic/v1/messages"),
        ("URL/anthropic/", "/anthropic/v1/messages"),
        ("“URL”", "/v1/messages"),
    ],
)
async def test_anthropics_address_as_people_write_it(asking: Asking, address: str, path: str):
    answer = Reply(b"".join(USUAL))
    async with asking("anthropic", only_at(path, answer), ANTHROPIC_BASE_URL=address) as asker:
        run = await asker.ask()
        assert run.text == "Hello", run.error_sentence


async def test_an_address_without_a_list_of_models_stays(asking: Asking):
    def answering(asked: Asked) -> Reply:
        return ANSWER if asked.path == "/inference/chat/completions" and asked.body else NOT_FOUND

    async with asking("openai", answering, OPENAI_BASE_URL="URL/inference") as asker:
        await asker.services.registry.offered(refresh=True)
        assert (await asker.ask()).text == "Hello"
        assert [asked.path for asked in asker.server.asked if asked.body] == ["/inference/chat/completions"]


@pytest.mark.parametrize("path", ["/api/chat/completions", "/api/v1/chat/completions", "/v1/chat/completions"])
async def test_a_server_that_was_at_no_address_is_found_when_it_is_there(asking: Asking, path: str):
    is_there = False

    def answering(asked: Asked) -> Reply:
        return ANSWER if is_there and asked.path == path and asked.body else NOT_FOUND

    async with asking("openai", answering, OPENAI_BASE_URL="URL/api") as asker:
        for _ in range(2):
            assert (await asker.ask()).error_code == "wrong_address"
            await asker.services.registry.offered(refresh=True)
        is_there = True
        assert [(await asker.ask()).text for _ in range(2)] == ["Hello", "Hello"]


async def test_an_address_that_leads_elsewhere_and_to_nothing_is_not_the_last(asking: Asking):
    replies = {
        "/chat/completions": Reply(status=307, headers={"location": "/app/chat/completions"}),
        "/v1/chat/completions": ANSWER,
    }

    async with asking("openai", lambda asked: replies.get(asked.path, NOT_FOUND), OPENAI_BASE_URL="URL") as asker:
        assert (await asker.ask()).text == "Hello"


async def test_questions_at_once_find_the_same_address(asking: Asking):
    def answering(asked: Asked) -> Reply:
        return ANSWER if asked.path == "/v1/chat/completions" and asked.body else NOT_FOUND

    async with asking("openai", answering, OPENAI_BASE_URL="URL/api") as asker:
        runs = await asyncio.gather(*(asker.ask() for _ in range(8)))
        assert {run.text for run in runs} == {"Hello"}


async def test_what_the_environment_tells_openai_goes_to_no_server_that_was_only_found(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
):
    secrets = {"OPENAI_ORG_ID": "org-1", "OPENAI_PROJECT_ID": "proj-1", "OPENAI_CUSTOM_HEADERS": "X-Own: mine"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    async with raw_server(lambda asked: ANSWER if asked.body else json_reply({"data": [{"id": "fake"}]})) as server:
        for name, is_told in (("ollama", False), ("openai", True)):
            provider = OpenAICompatibleProvider("test", f"{server.url}/v1", name=name)
            await provider.models()
            async for _ in provider.stream(GenerationRequest("fake", (ChatMessage("user", "Why?"),))):
                pass
            await provider.aclose()
            headers = server.asked[-1].headers
            told = [value for value in headers.values() if value in ("org-1", "proj-1", "mine")]
            assert bool(told) is is_told, told


async def test_the_address_of_a_page_is_told(asking: Asking):
    async with asking("openai", lambda _: PAGE, OPENAI_BASE_URL="URL/ui") as asker:
        run = await asker.ask()
        assert "web page" in run.error_sentence
        assert "/v1" in run.error_sentence
        await asker.services.registry.offered(refresh=True)
        assert "web page" in asker.services.registry.troubles["openai"].sentence


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirection_within_a_server_keeps_the_question(asking: Asking, status: int):
    def answering(asked: Asked) -> Reply:
        if asked.path == "/moved":
            return ANSWER if asked.method == "POST" and asked.body else json_reply({"error": "POST only"}, 405)
        return Reply(status=status, headers={"location": "/moved"})

    async with asking("openai", answering) as asker:
        assert (await asker.ask()).text == "Hello"
        assert len(asker.server.asked) == 2


async def test_a_redirection_in_circles_is_told_and_soon_given_up(asking: Asking):
    circle = Reply(status=307, headers={"location": "/v1/chat/completions"})
    async with asking("openai", lambda _: circle) as asker:
        run = await asker.ask()
        assert (run.error_code, "redirects to itself" in run.error_sentence) == ("redirected", True)
        assert len(asker.server.asked) <= 6


async def test_a_redirection_to_another_server_is_told_and_gets_nothing(asking: Asking):
    async with raw_server(lambda _: ANSWER) as other:
        elsewhere = Reply(status=307, headers={"location": f"{other.url}/v1/messages?key=x"})
        async with asking("anthropic", lambda _: elsewhere) as asker:
            run = await asker.ask()
            assert f"{other.url}/v1/messages" in run.error_sentence
            assert "key=x" not in run.error_sentence
        assert other.asked == []


LISTS = {
    "data": {"object": "list", "data": [{"id": "fake"}, {"id": "other", "object": "model"}]},
    "models": {"models": [{"name": "fake", "id": "fake"}, {"name": "other"}]},
    "a bare list": [{"id": "fake"}, "other"],
    "names only": {"data": ["fake", "other"]},
    "a prefix": {"data": [{"id": "models/fake"}, {"id": "models/other"}]},
    "twice": {"data": [{"id": "fake"}, {"id": "other"}, {"id": "fake"}]},
    "odd entries": {"data": [{"id": "fake"}, None, {}, {"id": 3}, {"id": " "}, {"id": "other"}]},
    "other kinds": {
        "data": [{"id": "fake"}, {"id": "other"}, {"id": "nomic-embed-text"}, {"id": "x", "type": "image"}]
    },
    "names for keys": {"data": {"fake": {"max": 1}, "other": {}}},
    "names for keys, and nothing else": {"fake": {"object": "model"}, "other": {"id": "other"}},
    "numbers for ids": {
        "result": [
            {"id": "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "name": "fake"},
            {"id": "3f2504e0-4f89-11d3-9a0c-0305e82c3302", "name": "other"},
        ]
    },
    "patterns": {"data": [{"id": "*"}, {"id": "openai/*"}, {"id": "fake"}, {"id": "other"}]},
    "names that cannot be shown": {"data": [{"id": "fake"}, {"id": "a\u202eb"}, {"id": "x" * 400}, {"id": "other"}]},
    "more than one page says": {"data": [{"id": "fake"}, {"id": "other"}], "has_more": True, "last_id": "other"},
}


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
@pytest.mark.parametrize("listed", LISTS.values(), ids=LISTS.keys())
async def test_a_list_of_models_in_any_shape(asking: Asking, provider: str, listed: object):
    def answering(asked: Asked) -> Reply:
        return json_reply(listed) if not asked.body else ANSWER

    async with asking(provider, answering) as asker:
        offered = await keys(asker)
        expected = [f"{provider}/fake", f"{provider}/other"]
        assert [key for key in offered if "embed" not in key and not key.endswith("/x")] == expected
        assert provider == "anthropic" or offered == expected
        assert provider not in asker.services.registry.troubles


@pytest.mark.parametrize(
    "reply",
    [NOT_FOUND, PAGE, Reply(b"not json", kind="application/json"), json_reply({"error": "no"}), Reply()],
    ids=["not found", "a page", "no JSON", "an error", "nothing"],
)
async def test_a_list_that_cannot_be_read_is_told_and_the_configured_model_is_used(asking: Asking, reply: Reply):
    async with asking("openai", lambda asked: ANSWER if asked.body else reply) as asker:
        assert "openai/fake" in await keys(asker)
        assert "openai" in asker.services.registry.troubles
        assert (await asker.ask()).text == "Hello"


@pytest.mark.parametrize("listed", [["*"], ["something-else"], ["models/fake"], ["qwen2-audio-instruct"]])
async def test_a_configured_model_need_not_be_listed(asking: Asking, listed: list[str]):
    body = json_reply({"object": "list", "data": [{"id": name} for name in listed]})
    async with asking("openai", lambda asked: ANSWER if asked.body else body) as asker:
        assert (await keys(asker)).count("openai/fake") == 1
        warnings = await asker.services.registry.check_configured()
        assert bool(warnings) == (listed in (["something-else"], ["qwen2-audio-instruct"]))
        assert (await asker.ask()).text == "Hello"


async def test_models_that_are_said_not_to_chat_are_not_offered(asking: Asking):
    listed = [
        {"id": "fake"},
        {"id": "a", "endpoints": ["embed"]},
        {"id": "b", "endpoints": ["generate", "chat"]},
        {"id": "c", "capabilities": {"chat_completion": False}},
    ]
    async with asking("openai", lambda asked: ANSWER if asked.body else json_reply({"models": listed})) as asker:
        assert await keys(asker) == ["openai/fake", "openai/b"]


async def test_a_name_with_spaces_can_be_asked(asking: Asking):
    listed, name = json_reply({"data": [{"id": "Llama 3 8B Instruct"}]}), "openai/Llama 3 8B Instruct"
    async with asking("openai", lambda asked: ANSWER if asked.body else listed, RIVULET_MODEL=name) as asker:
        assert await keys(asker) == [name]
        asker.model = name
        assert (await asker.ask()).text == "Hello"
        assert (asker.server.asked[-1].body or {})["model"] == "Llama 3 8B Instruct"


async def test_what_a_server_says_instead_of_its_list_is_told(asking: Asking):
    said = json_reply({"error": {"message": "Invalid API key", "code": "invalid_api_key"}})
    async with asking("openai", lambda asked: ANSWER if asked.body else said) as asker:
        await keys(asker)
        assert asker.services.registry.troubles["openai"].code == "authentication"


async def test_a_model_that_speaks_of_pictures_or_sound_can_chat(asking: Asking):
    body = json_reply({"data": [{"id": "qwen2-audio-instruct"}, {"id": "glm-4v-image-chat"}, {"id": "whisper-1"}]})
    async with asking("openai", lambda asked: ANSWER if asked.body else body) as asker:
        offered = await keys(asker)
        assert {"openai/qwen2-audio-instruct", "openai/glm-4v-image-chat"} <= set(offered)
        assert "openai/whisper-1" not in offered


@pytest.mark.parametrize(
    ("url", "seconds"),
    [
        ("http://127.0.0.1:1/v1", 600),
        ("http://192.168.1.7:8000", 600),
        ("http://gpu-box:8000", 600),
        ("http://box.local", 600),
        ("https://api.example.com/v1", 120),
    ],
)
def test_a_server_of_ones_own_is_waited_for_longer(url: str, seconds: float):
    assert Timeouts().first_event_seconds(url) == seconds
    assert Timeouts(silence_seconds=7).first_event_seconds(url) == 7


async def test_a_server_that_says_nothing_for_long_is_asked_once(asking: Asking, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("providers.http_client.NEAR_FIRST_EVENT_SECONDS", 2.0)
    monkeypatch.setattr("providers.wire_provider.NEAR_FIRST_EVENT_SECONDS", 2.0)
    monkeypatch.setattr("app.runtime.SILENCE_SECONDS", 0.1)
    began = time.monotonic()
    async with asking("openai", lambda _: Reply(ending=wire.Ending.OPEN)) as asker:
        run = await asker.ask()
        assert (run.error_code, len(asker.server.asked)) == ("still_working", 1)
    assert time.monotonic() - began >= 2.0


def thinking_model(**thinking: object) -> Reply:
    """A list of Anthropic's with one model that thinks in this way."""
    capabilities = {"thinking": thinking, "effort": {"low": {"supported": True}, "high": {"supported": True}}}
    return json_reply({"data": [{"id": "fake", "max_tokens": 64_000, "capabilities": capabilities}]})


def enabled(*, is_supported: bool) -> dict[str, object]:
    return {"supported": True, "types": {"enabled": {"supported": is_supported}}}


@pytest.mark.parametrize(
    ("amount", "facts", "sent"),
    [
        ("off", enabled(is_supported=True), {}),
        (
            "brief",
            enabled(is_supported=True),
            {"thinking": {"type": "enabled", "budget_tokens": 2_048, "display": "summarized"}},
        ),
        (
            "long",
            enabled(is_supported=False),
            {"thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": "high"}},
        ),
        ("long", {"supported": False}, {}),
    ],
    ids=["off", "a budget", "an effort", "a model without"],
)
async def test_claude_thinks_as_much_as_is_preferred(
    asking: Asking, amount: str, facts: dict[str, object], sent: dict[str, object]
):
    listed = thinking_model(**facts)
    async with asking("anthropic", lambda asked: Reply(b"".join(USUAL)) if asked.body else listed) as asker:
        await asker.services.registry.offered()
        await asker.services.preferences.set(asker.services.local_user_id, "thinking_amount", amount)
        run = await asker.ask()
        body = asker.server.asked[0].body or {}
        assert {name: body[name] for name in ("thinking", "output_config") if name in body} == sent
        assert run.text == "Hello"
        assert run.metadata["thinking"] == (amount if sent or amount == "off" else "unavailable")


@pytest.mark.parametrize(
    ("has_budget", "refused", "kinds"),
    [(False, "adaptive", ["adaptive", "enabled"]), (True, "enabled", ["enabled", "adaptive"])],
    ids=["an older model", "a newer model"],
)
async def test_a_kind_of_thinking_that_claude_refuses_gives_way_to_the_other(
    asking: Asking, has_budget: bool, refused: str, kinds: list[str]
):
    def answering(asked: Asked) -> Reply:
        if not asked.body:
            return thinking_model(**enabled(is_supported=has_budget))
        is_refused = asked.body["thinking"]["type"] == refused
        said = {"type": "invalid_request_error", "message": f"thinking.type: {refused} is not supported by this model"}
        return json_reply({"type": "error", "error": said}, 400) if is_refused else Reply(b"".join(USUAL))

    async with asking("anthropic", answering) as asker:
        await asker.services.registry.offered()
        await asker.services.preferences.set(asker.services.local_user_id, "thinking_amount", "brief")
        assert (await asker.ask()).metadata["thinking"] == "brief"
        assert [(asked.body or {})["thinking"]["type"] for asked in asker.server.asked] == kinds


async def test_an_effort_that_a_server_refuses_is_left_out_and_told(asking: Asking):
    refusal = "Unrecognized request argument supplied: reasoning_effort"
    async with asking("openai", refusing("reasoning_effort", refusal)) as asker:
        await asker.services.preferences.set(asker.services.local_user_id, "thinking_amount", "brief")
        first, second = await asker.ask(), await asker.ask()
        sent = [(asked.body or {}).get("reasoning_effort") for asked in asker.server.asked]
        assert sent == ["low", None, None]
        assert [run.text for run in (first, second)] == ["Hello", "Hello"]
        assert second.metadata["thinking"] == "unavailable"
