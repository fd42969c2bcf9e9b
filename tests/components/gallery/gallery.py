"""A Reflex app that knows nothing of Rivulet but its `components` folder.

What such an app must do: put `components/` beside its `rxconfig.py`, and hand `components.tailwind.TAILWIND` to the
Tailwind plugin there. Palette, fonts and styles come with the components.
"""

import asyncio

import reflex as rx

from components.streaming_code_block import streaming_code_block
from components.streaming_message import streaming_message

# A pause is made at each mark, so that a reader may look at the unfinished text.
PAUSE = "\N{SYMBOL FOR SUBSTITUTE}"
MESSAGE = f"""## Rivers

A river begins as a trickle of snow and ends **much{PAUSE} later** in the sea.

- It *carries* sand,
- it digs `valleys`,
- and it floods.

```python
def flow(metres: int) -> float:
    # Downhill, always.
    return metres * 0.{PAUSE}5
```

| River | Length in km |
| :--- | ---: |
| Loire | 1006 |
| Rhône | 812 |

The rest is **gravity**, and ~~luck~~ time; see [the delta](https://example.com) where it all ends.
"""
CODE = f"""def fibonacci(count: int) -> list[int]:
    numbers = [0, 1]
    while len(numbers) < count:
{PAUSE}        numbers.append(numbers[-1] + numbers[-2])
    return numbers[:count]


print(fibonacci(10))
"""
CHARACTER_SECONDS = 0.005
LINE_SECONDS = 0.02
LOOK_SECONDS = 0.02


class Message(rx.State):
    """A text that grows by a character at a time."""

    text: str = ""
    is_writing: bool = False
    is_paused: bool = False

    @rx.event
    def go_on(self):
        """Leave the pause."""
        self.is_paused = False

    @rx.event(background=True)
    async def write(self):
        """Write the message, pausing at each mark."""
        async with self:
            self.text, self.is_writing = "", True
        for character in MESSAGE:
            async with self:
                self.is_paused = character == PAUSE
                self.text += character.replace(PAUSE, "")
            while self.is_paused:
                await asyncio.sleep(LOOK_SECONDS)
            await asyncio.sleep(CHARACTER_SECONDS)
        async with self:
            self.is_writing = False


class Code(rx.State):
    """A code that grows by a line at a time."""

    code: str = ""
    is_writing: bool = False
    is_paused: bool = False

    @rx.event
    def go_on(self):
        """Leave the pause."""
        self.is_paused = False

    @rx.event(background=True)
    async def write(self):
        """Write the code, pausing at each mark."""
        async with self:
            self.code, self.is_writing = "", True
        for line in CODE.splitlines(keepends=True):
            async with self:
                self.is_paused = line.startswith(PAUSE)
            while self.is_paused:
                await asyncio.sleep(LOOK_SECONDS)
            async with self:
                self.code += line.replace(PAUSE, "")
            await asyncio.sleep(LINE_SECONDS)
        async with self:
            self.is_writing = False


def page() -> rx.Component:
    """Show three cards: a message and a code that stream, and both components with plain strings."""
    return rx.el.main(
        rx.cond(rx.State.is_hydrated, rx.el.span(data_testid="app-ready", hidden=True)),
        _card("message", streaming_message(Message.text, is_writing=Message.is_writing), Message),
        _card(
            "code",
            streaming_code_block(
                code=Code.code, language="python", is_incomplete=Code.is_writing, show_line_numbers=True
            ),
            Code,
        ),
        rx.el.section(
            streaming_message("**done**", thinking="*first* this", note="Stopped by you", id="static-message"),
            streaming_code_block(code="let x = 1;\n", language="javascript", show_line_numbers=False),
            data_testid="static",
        ),
    )


def _card(name: str, shown: rx.Component, state: type[Message] | type[Code]) -> rx.Component:
    return rx.el.section(
        shown,
        rx.el.button("Write", type="button", on_click=state.write),
        rx.cond(state.is_paused, rx.el.button("Go on", type="button", on_click=state.go_on)),
        aria_busy=state.is_writing,
        data_testid=name,
    )


app = rx.App(
    head_components=[rx.el.link(rel="icon", href="data:,")],
    app_wraps={},
    toaster=None,
)
app.add_page(page, route="/", title="Gallery")
