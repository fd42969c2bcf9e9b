"""Preferences outlast the server and the browser; a bad one costs only itself."""

import re
import sqlite3
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.app_server import AppServer
from tests.cut_proxy import CutProxy
from tests.e2e import stored
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import upstream_settings
from tests.e2e.settings_page import SettingsPage
from tests.upstream import Script, Upstream


def test_pace_and_speed_are_kept(chat: ChatPage, settings: SettingsPage, server: AppServer) -> None:
    settings.prefer("pace", "typewriter")
    settings.prefer("characters_per_second", "120")
    values = {value for (value,) in stored.rows(server, "SELECT key || '=' || value FROM user_preference")}
    assert {'pace="typewriter"', "characters_per_second=120"} <= values
    chat.page.reload()
    chat.wait_until_ready()
    settings.open()
    settings.expect("pace", "typewriter")
    settings.expect("characters_per_second", "120")


def test_preferences_outlast_the_server_and_the_browser_and_a_bad_one_costs_only_itself(
    page: Page, browser: Browser, upstream: Upstream, tmp_path: Path
) -> None:
    with AppServer(tmp_path, **upstream_settings(upstream)) as server:
        chat = ChatPage(page, server.url)
        chat.open()
        settings = SettingsPage(page, server.url)
        for key, value in {"theme": "dark", "cursor": "bar", "pace": "natural"}.items():
            settings.prefer(key, value)
        page.goto("about:blank")
        server.stop()
        with sqlite3.connect(tmp_path / "rivulet.db") as database:
            database.execute("UPDATE user_preference SET value = 'not JSON' WHERE key = 'cursor'")
            database.execute("UPDATE user_preference SET value = '\"hurried\"' WHERE key = 'pace'")
        database.close()
        server.lines.clear()
        server.start()
        elsewhere = browser.new_context()
        own = ChatPage(elsewhere.new_page(), server.url)
        own.open()
        expect(own.page.locator("html")).to_have_class(re.compile("dark"))
        theirs = SettingsPage(own.page, server.url)
        theirs.open()
        theirs.expect("cursor", "block")
        theirs.expect("pace", "as_it_comes")
        theirs.close()
        upstream.script("scripted", Script(text="Still here."))
        own.ask("Does it work?")
        own.wait_until_answered()
        for key in ("cursor", "pace"):
            assert len([line for line in server.lines if f"“{key}” is not valid" in line]) == 1
        elsewhere.close()


def test_an_open_tab_goes_on_with_its_preferences_when_the_server_is_back(
    context: BrowserContext, upstream: Upstream, tmp_path: Path
) -> None:
    with AppServer(tmp_path, **upstream_settings(upstream)) as server:
        left_open = ChatPage(context.new_page(), server.url)
        left_open.open()
        SettingsPage(left_open.page, server.url).prefer("cursor", "bar")
        server.restart()
        expect(left_open.page.get_by_test_id("connection")).to_have_count(0, timeout=30_000)
        fresh = ChatPage(context.new_page(), server.url)
        fresh.open()
        for tab in (left_open, fresh):
            expect(tab.page.locator(".app")).to_have_attribute("data-cursor", "bar")
        fresh.page.get_by_test_id("mode-toggle").click()
        for tab in (left_open, fresh):
            expect(tab.page.get_by_test_id("mode-toggle")).to_have_text("Whole answer", timeout=30_000)


def test_a_preference_that_cannot_be_stored_says_so_and_shows_what_is(
    page: Page, upstream: Upstream, tmp_path: Path
) -> None:
    with AppServer(tmp_path, **upstream_settings(upstream)) as server:
        chat, settings = ChatPage(page, server.url), SettingsPage(page, server.url)
        chat.open()
        with sqlite3.connect(tmp_path / "rivulet.db") as database:
            database.execute(
                "CREATE TRIGGER full BEFORE INSERT ON user_preference BEGIN SELECT RAISE(FAIL, 'disk is full'); END"
            )
        database.close()
        settings.open()
        settings.choose("theme", "dark")
        expect(settings.trouble).to_contain_text("cannot use its database just now")
        settings.expect("theme", "system")
        settings.choose("system_prompt", "Not lost")
        settings.expect("system_prompt", "Not lost")
        settings.close()
        page.get_by_test_id("mode-toggle").click()
        expect(page.get_by_test_id("notice")).to_contain_text("cannot use its database just now")
        expect(page.get_by_test_id("mode-toggle")).to_have_text("Streaming")


def test_what_is_chosen_while_away_holds_when_the_connection_is_back_and_the_dialog_says_so(
    context: BrowserContext, upstream: Upstream, tmp_path: Path
) -> None:
    with AppServer(tmp_path, **upstream_settings(upstream)) as server, CutProxy(server.port) as network:
        chat = ChatPage(context.new_page(), network.url)
        chat.open()
        settings = SettingsPage(chat.page, network.url)
        settings.open()
        said = settings.dialog.get_by_test_id("lost-note")
        expect(said).to_have_text("")
        network.cut()
        expect(said).to_have_text(
            "Connection lost, reconnecting… What you choose now holds when the connection is back.", timeout=30_000
        )
        settings.choose("theme", "dark")
        network.mend()
        expect(chat.page.locator("html")).to_have_class(re.compile("dark"), timeout=30_000)
        expect(said).to_have_text("")
        settings.expect("theme", "dark")
