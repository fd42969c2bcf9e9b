"""The fragment beside the chat, as a user handles it."""

from playwright.sync_api import FrameLocator, Locator, Page


class FragmentPanel:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.get_by_test_id("fragment-panel")
        self.name = self.root.get_by_test_id("fragment-name")
        self.name_field = self.root.get_by_label("Name of the fragment")
        self.preview = self.root.get_by_test_id("fragment-preview")
        self.code = self.root.get_by_test_id("fragment-code").locator(".code-body")
        self.changes = self.root.get_by_test_id("fragment-changes")
        self.version = self.root.get_by_test_id("fragment-version")
        self.console = self.root.get_by_test_id("fragment-console")
        self.editor = self.root.get_by_test_id("fragment-editor")
        self.trouble = self.root.get_by_role("alert")

    @property
    def document(self) -> FrameLocator:
        """What stands in the preview."""
        return self.page.frame_locator("[data-testid=fragment-preview]")

    def view(self, name: str) -> None:
        self.root.get_by_test_id(f"view-{name}").click()

    def edit(self, text: str) -> None:
        self.root.get_by_test_id("edit-fragment").click()
        content = self.editor.locator(".cm-content")
        content.press("ControlOrMeta+a")
        content.press("Delete")
        self.page.keyboard.insert_text(text)

    def rename(self, name: str) -> None:
        self.name.click()
        self.name_field.fill(name)
        self.name_field.press("Enter")

    def save(self) -> None:
        self.root.get_by_test_id("save-fragment").click()

    def close(self) -> None:
        self.root.get_by_test_id("close-fragment").click()


def cards(of: Locator) -> Locator:
    """The fragments that stand in a message."""
    return of.get_by_test_id("fragment")
