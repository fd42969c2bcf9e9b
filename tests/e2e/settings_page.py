"""The settings as a user handles them."""

from playwright.sync_api import Locator, Page, expect

DEFAULTS: dict[str, str | bool] = {
    "mode": "streaming",
    "pace": "as_it_comes",
    "characters_per_second": "60",
    "cursor": "block",
    "highlight_while_streaming": True,
    "follow_scrolling": True,
    "automatic_fragments": True,
    "opens_fragments": True,
    "tells_fragments": False,
    "thinking": "folded",
    "send_key": "enter",
    "model": "",
    "system_prompt": "",
    "theme": "system",
    "motion": "system",
    "notify": False,
}
TYPED = ("characters_per_second", "system_prompt")


class SettingsPage:
    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.dialog = page.get_by_test_id("settings-dialog")
        self.saved = page.get_by_test_id("saved")
        self.trouble = page.get_by_test_id("settings-trouble")

    def open(self) -> None:
        self.page.get_by_test_id("settings").click()
        expect(self.dialog).to_be_visible()

    def close(self) -> None:
        self.page.keyboard.press("Escape")
        expect(self.dialog).to_be_hidden()
        self.page.wait_for_url(lambda url: not url.endswith("/settings"))

    def control(self, key: str) -> Locator:
        return self.page.get_by_test_id(f"preference-{key}")

    def has(self, key: str, value: str | bool) -> bool:
        control = self.control(key)
        return (control.is_checked() if isinstance(value, bool) else control.input_value()) == value

    def choose(self, key: str, value: str | bool) -> None:
        """Give a control its value, whether or not the settings are open already."""
        control = self.control(key)
        if isinstance(value, bool):
            if not self.has(key, value):
                control.click()  # not `set_checked`: the server says when it is so
        elif key in TYPED:
            control.fill(value)
            control.blur()
        else:
            control.select_option(value)

    def prefer(self, key: str, value: str | bool) -> None:
        """Open the settings, set one and close them again when it is stored."""
        self.open()
        self.page.locator("[data-theme]").wait_for(state="attached")  # what is stored has come
        if not self.has(key, value):
            self.choose(key, value)
            expect(self.saved).to_have_text("Saved")
        self.expect(key, value)
        self.close()

    def expect(self, key: str, value: str | bool) -> None:
        if isinstance(value, bool):
            expect(self.control(key)).to_be_checked(checked=value)
        else:
            expect(self.control(key)).to_have_value(value)
