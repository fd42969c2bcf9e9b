"""Servers that are restarted or killed in mid-answer: open pages come back without a reload and show what was kept."""

from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from tests.app_server import AppServer
from tests.e2e import stored
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import upstream_settings
from tests.upstream import Script, Upstream

TEXT = "A river begins as a trickle of melted snow, and ends as wide as a lake. " * 40
WATCH = """() => {
    window.fewest = { message: Infinity, conversation: Infinity };
    const look = () => {
        window.hasMetServer ||= !document.querySelector('[data-testid="app-ready"]');
        for (const name in window.fewest) {
            const count = document.querySelectorAll(`[data-testid="${name}"]`).length;
            window.fewest[name] = Math.min(window.fewest[name], count);
        }
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}"""
STEADY = "".join(f"{number} " for number in range(20_000))


def test_a_restart_in_mid_answer_keeps_all_of_it_and_the_unsent_draft(
    context: BrowserContext, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=720))
    with AppServer(tmp_path, **upstream_settings(upstream)) as server:
        chat = ChatPage(context.new_page(), server.url)
        chat.open()
        chat.ask("Begin.")
        expect(chat.answer_text).to_have_text(TEXT[:719])
        chat.composer.press_sequentially("half a thought")
        server.restart()
        chat.wait_until_answered("interrupted")
        expect(chat.answer_text).to_have_text(TEXT[:719])
        expect(chat.answer).to_contain_text("Stopped when the server stopped · 720 characters")
        expect(chat.page.get_by_test_id("connection")).to_have_count(0)
        expect(chat.composer).to_have_value("half a thought")
        chat.page.reload()
        chat.wait_until_ready()
        expect(chat.composer).to_have_value("half a thought")
        upstream.script("scripted", Script(text="Here again."))
        chat.composer.press("Enter")
        chat.wait_until_answered()
        expect(chat.answer_text).to_have_text("Here again.")
        expect(chat.messages).to_have_count(4)
        chat.page.close()


def test_a_server_killed_at_a_steady_pace_keeps_every_checkpoint(
    context: BrowserContext, upstream: Upstream, tmp_path: Path
) -> None:
    """The loss is what came after the newest checkpoint, and those are half a second apart."""
    pace = 400
    upstream.script("scripted", Script(text=STEADY, chars_per_second=pace))
    with AppServer(tmp_path, **upstream_settings(upstream)) as server:
        chat = ChatPage(context.new_page(), server.url)
        chat.open()
        chat.ask("Count.")
        checkpoints: list[str] = [""]

        def has_come_thrice() -> bool:
            text, _ = stored.newest_answer(server)
            if text != checkpoints[-1]:
                checkpoints.append(text)
            return len(checkpoints) > 3

        server.wait_until(has_come_thrice)
        server.kill()
        sent = upstream.requests[-1].chars_sent
        server.start()
        chat.wait_until_answered("interrupted")
        kept, status = stored.newest_answer(server)
        assert status == "interrupted"
        assert STEADY.startswith(kept)
        assert len(kept) >= len(checkpoints[-1])
        print(f"killed: {sent - len(kept)} characters lost, {(sent - len(kept)) / pace * 1000:.0f} ms at this pace")
        expect(chat.answer_text).to_have_text(kept.strip())
        expect(chat.answer).to_contain_text(f"{len(kept):,} characters were saved")
        chat.page.reload()
        chat.wait_until_ready()
        expect(chat.answer_text).to_have_text(kept.strip())
        chat.page.close()


def test_a_killed_server_that_comes_back_takes_the_next_message_without_a_reload(
    context: BrowserContext, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=720))
    with AppServer(tmp_path, **upstream_settings(upstream)) as server:
        chat = ChatPage(context.new_page(), server.url)
        chat.open()
        chat.ask("Begin.")
        stored.wait_for(server, TEXT[:720])
        server.kill()
        server.start()
        chat.wait_until_answered("interrupted")
        upstream.script("scripted", Script(text="Here again."))
        chat.ask("Are you there?")
        expect(chat.messages).to_have_count(4)
        chat.wait_until_answered()
        expect(chat.answer_text).to_have_text("Here again.")
        assert chat.page.evaluate("performance.getEntriesByType('navigation')[0].type") == "navigate"
        chat.page.close()


def test_a_page_keeps_what_it_shows_and_where_while_its_server_is_away(
    context: BrowserContext, upstream: Upstream, tmp_path: Path
) -> None:
    with AppServer(tmp_path, **upstream_settings(upstream)) as server:
        chat = ChatPage(context.new_page(), server.url)
        chat.open()
        for number in (1, 2, 3):
            upstream.script("scripted", Script(text=f"Answer {number}. {TEXT}"))
            chat.ask(f"Question {number}?")
            chat.wait_until_answered()
            expect(chat.answer_text).to_have_text(f"Answer {number}. {TEXT}".strip())
        second = chat.messages.nth(2)
        second.evaluate("message => message.scrollIntoView({ block: 'start' })")
        before = second.bounding_box()
        chat.page.evaluate(WATCH)
        chat.page.evaluate("window.heading = document.querySelector('.conversation-heading')")
        server.kill()
        expect(chat.page.get_by_test_id("connection")).to_be_visible()
        server.start()
        chat.page.wait_for_function("window.hasMetServer")
        chat.wait_until_ready()
        expect(chat.page.get_by_test_id("connection")).to_have_count(0)
        upstream.script("scripted", Script(text="Here again."))
        assert second.bounding_box() == before
        assert chat.page.evaluate("window.fewest") == {"message": 6, "conversation": 1}
        assert chat.page.evaluate("window.heading.isConnected")
        chat.ask("Are you there?")  # which goes to the end as ever
        chat.wait_until_answered()
        expect(chat.answer_text).to_be_in_viewport()
        chat.page.close()
