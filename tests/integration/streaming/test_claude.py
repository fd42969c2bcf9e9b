"""With a key, Claude answers first, through its own SDK and wire format."""

from pathlib import Path

from app import runtime
from app.settings import Settings
from app.streaming.events import Completed, Text, Thinking
from tests.upstream import Script, Upstream


async def test_with_a_key_claude_is_the_default_and_answers(upstream: Upstream, tmp_path: Path) -> None:
    upstream.script("claude-sonnet-test", Script(text="Bonjour 🌊", thinking="In French."))
    settings = Settings.from_environment(
        {
            "ANTHROPIC_API_KEY": "test-key",
            "ANTHROPIC_BASE_URL": upstream.url,
            "RIVULET_DATA_DIR": str(tmp_path),
            "OLLAMA_HOST": "http://127.0.0.1:9",
        }
    )
    async with runtime.running(settings) as services:
        model = await services.registry.default_model()
        assert model == "anthropic/claude-sonnet-test"
        turn = await services.chat.send(services.local_user_id, "", "Say hello.", model)
        events = [event async for batch in services.manager.follow(turn.run_id) for event in batch]
    assert "".join(event.text for event in events if isinstance(event, Text)) == "Bonjour 🌊"
    assert "".join(event.text for event in events if isinstance(event, Thinking)) == "In French."
    assert isinstance(events[-1], Completed)
    assert upstream.requests[-1].path == "/v1/messages"
    assert upstream.requests[-1].headers["authorization"] == "Bearer test-key"
