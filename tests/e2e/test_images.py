"""Images in an answer: loaded after a click, and again after a failure."""

import base64
from collections.abc import Iterator

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import Expected
from tests.upstream import Script, Upstream

DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGP4z8CAB+GTG8HSALfKY52fTcuYAAAAAElFTkSuQmCC"
)


@pytest.fixture
def complaints() -> list[str]:
    """A browser complains of an image that does not come."""
    return Expected()


@pytest.fixture
def failures(chat: ChatPage) -> Iterator[list[str]]:
    """How the host of the images fails, the next time first; without any it serves them."""
    left: list[str] = []

    def serve(route: Route) -> None:
        if left:
            route.abort(left.pop(0))
        else:
            route.fulfill(body=DOT, content_type="image/png")

    chat.page.route("https://pictures.example/**", serve)
    yield left
    chat.page.unroute("https://pictures.example/**", serve)


def test_an_image_that_does_not_come_can_be_loaded_again(
    chat: ChatPage, upstream: Upstream, failures: list[str]
) -> None:
    failures += ["connectionreset", "failed"]
    upstream.script("scripted", Script(text="See ![a dot](https://pictures.example/dot.png) here."))
    chat.ask("Show me.")
    chat.wait_until_answered()
    gate = chat.answer_text.get_by_test_id("image-gate")
    expect(gate).to_have_text("Load image from pictures.example: a dot")
    for _ in range(2):
        gate.press("Enter")
        expect(gate).to_have_text("The image from pictures.example could not be loaded. Try again: a dot")
        expect(gate).to_be_focused()
    gate.press("Enter")
    expect(gate).to_have_count(0)
    image = chat.answer_text.get_by_role("img", name="a dot")
    expect(image).to_be_visible()
    assert image.evaluate("async (image) => (await image.decode(), image.naturalWidth)") == 10


def test_an_image_opens_where_it_was_clicked(chat: ChatPage, upstream: Upstream, failures: list[str]) -> None:
    assert not failures
    lines = "\n\n".join(f"Line {number}." for number in range(60))
    upstream.script("scripted", Script(text=f"{lines}\n\n![a dot](https://pictures.example/dot.png)\n\nThe end."))
    chat.ask("Show me.")
    chat.wait_until_answered()
    chat.page.add_style_tag(content='img[alt="a dot"] { width: 300px; height: 3000px; }')
    gate = chat.answer_text.get_by_test_id("image-gate")
    expect(gate).to_be_in_viewport()
    before = gate.bounding_box()
    gate.click()
    image = chat.answer_text.get_by_role("img", name="a dot")
    expect(image).to_be_visible()
    chat.page.wait_for_timeout(500)  # in which the view would follow
    after = image.bounding_box()
    assert before
    assert after
    assert abs(after["y"] - before["y"]) < 40
