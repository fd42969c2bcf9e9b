"""React components and Python programs beside the chat: run in the browser, shut in, ended when the reader wants."""

import re
import threading

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import Expected
from tests.e2e.fragment_panel import FragmentPanel
from tests.e2e.test_fragment_escapes import outside
from tests.e2e.test_fragments import answered
from tests.upstream import Script, Upstream

__all__ = ["outside"]

STARTING_MS = 60_000  # the interpreter, on a busy machine


@pytest.fixture
def complaints() -> list[str]:
    """The faults of these programs are what the tests are about."""
    return Expected()


class Program:
    """A Python program in the panel."""

    def __init__(self, panel: FragmentPanel) -> None:
        self.button = panel.root.get_by_test_id("run-python")
        self.state = panel.root.get_by_test_id("python-state")
        self.output = panel.preview.locator("pre")
        self.line = panel.root.get_by_test_id("python-input")
        self.ask = panel.root.get_by_test_id("ask-for-fix")

    def run(self, ending: str | re.Pattern[str]) -> Locator:
        """Start it and wait for what its state says; give what it has printed."""
        self.button.click()
        expect(self.state).to_have_text(ending, timeout=STARTING_MS)
        return self.output

    def answer(self, text: str) -> None:
        self.line.fill(text)
        self.line.press("Enter")


def programmed(chat: ChatPage, upstream: Upstream, panel: FragmentPanel, code: str) -> Program:
    answered(chat, upstream, f"```python title=program.py\n{code}\n```")
    expect(panel.code).to_be_visible()  # a program does not run by itself
    panel.view("preview")
    return Program(panel)


def test_a_python_program_runs_reads_and_ends(chat: ChatPage, upstream: Upstream, panel: FragmentPanel) -> None:
    code = """\
import json, sys
from dataclasses import dataclass, asdict

@dataclass
class Person:
    name: str

if __name__ == "__main__":
    person = Person(input("Who? "))
    print(json.dumps(asdict(person)))
    for line in sys.stdin:
        print(len(line.strip()), file=sys.stderr)
    print("end")"""
    program = programmed(chat, upstream, panel, code)
    output = program.run("It waits for input.")
    expect(output).to_have_text("Who? ")
    program.answer("Åsa 👩‍💻")
    expect(output).to_contain_text('Who? Åsa 👩‍💻\n{"name": "\\u00c5sa \\ud83d\\udc69\\u200d\\ud83d\\udcbb"}')
    program.answer("four")
    expect(output.locator("[data-kind=err]")).to_have_text("4\n")
    program.line.press("Control+d")
    expect(program.state).to_have_text("It has ended.")
    expect(output).to_have_text(re.compile(r"end\s*$"))
    expect(program.run("It waits for input.")).to_have_text("Who? ")  # once more, from the start


def test_an_error_of_a_program_is_shown_as_python_says_it_and_goes_back_to_the_model(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel
) -> None:
    code = "def divide(a):\n    return a / 0\n\nprint('before')\ndivide(1)"
    program = programmed(chat, upstream, panel, code)
    output = program.run("It has ended with an error.")
    expect(output).to_contain_text('File "program.py", line 2, in divide\n    return a / 0')
    expect(output).to_contain_text("ZeroDivisionError")
    expect(output).not_to_contain_text("_pyodide")
    upstream.script("scripted", Script(text="Mended."))
    program.ask.click()
    expect(chat.answers).to_have_count(2)
    chat.wait_until_answered()
    *_, last = upstream.requests[-1].body["messages"]
    assert "“program.py”" in last["content"]
    assert "ZeroDivisionError" in last["content"]


def test_what_a_program_lacks_is_said(chat: ChatPage, upstream: Upstream, panel: FragmentPanel) -> None:
    program = programmed(chat, upstream, panel, "import numpy")
    expect(program.run("It has ended with an error.")).to_contain_text("No module named 'numpy'")
    expect(program.output).not_to_contain_text("micropip")


def test_a_program_without_an_end_is_stopped_and_the_page_stays_alive(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel
) -> None:
    program = programmed(chat, upstream, panel, "n = 0\nwhile True:\n    n += 1\n    print(n)")
    expect(program.run("Running…")).to_contain_text("What else it prints is not shown.", timeout=STARTING_MS)
    chat.composer.fill("still here")
    expect(chat.composer).to_have_value("still here")
    program.button.click()
    expect(program.state).to_have_text("It is stopped.")
    assert len(program.output.inner_text()) < 250_000
    expect(panel.root.locator("iframe")).to_have_count(0)


def test_a_program_ends_by_itself_after_half_a_minute(
    page: Page, chat: ChatPage, upstream: Upstream, panel: FragmentPanel
) -> None:
    program = programmed(chat, upstream, panel, "while True: pass")
    page.clock.install()
    program.run("Running…")
    page.clock.fast_forward(29_000)
    expect(program.state).to_have_text("Running…")
    page.clock.fast_forward(2_000)
    expect(program.state).to_have_text("It was stopped after 30 seconds.")


def test_a_program_that_wants_too_much_memory_gets_an_error(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel
) -> None:
    code = "kept = []\ntry:\n    while True: kept.append(bytearray(50_000_000))\nexcept MemoryError: print(len(kept))"
    program = programmed(chat, upstream, panel, code)
    expect(program.run("It has ended.")).to_have_text(re.compile(r"^([5-9]|10)\n$"))  # of 50 MB each


WAYS_OUT = """\
import js, urllib.request
from pyodide.code import run_js
from pyodide.http import pyfetch

async def tried(name, act):
    try:
        result = act()
        if hasattr(result, "then") or hasattr(result, "__await__"):
            result = await result
        print(name, "got", result)
    except BaseException as error:
        print(name, "refused")

HOST = "http://OUTSIDE"
await tried("fetch", lambda: js.fetch(HOST + "/fetch"))
await tried("own fetch", lambda: js.Object.getPrototypeOf(js.Object.getPrototypeOf(js.self)).fetch(HOST + "/own"))
await tried("pyfetch", lambda: pyfetch(HOST + "/pyfetch"))
await tried("urllib", lambda: urllib.request.urlopen(HOST + "/urllib"))
await tried("import", lambda: run_js("import('" + HOST + "/import')"))
await tried("eval", lambda: js.eval("1"))
await tried("importScripts", lambda: js.importScripts(HOST + "/scripts"))
await tried("worker", lambda: js.Worker.new(HOST + "/worker"))
await tried("storage", lambda: js.localStorage.getItem("x"))
await tried("database", lambda: js.indexedDB.open("x"))
await tried("caches", lambda: js.caches.open("x"))
await tried("document", lambda: js.document.cookie)
await tried("parent", lambda: js.parent.document)
def send(kind):
    request = js.XMLHttpRequest.new()
    request.open("GET", HOST + "/xhr", False)
    request.send()
await tried("xhr", lambda: send("GET"))
for make in ("WebSocket", "EventSource"):
    await tried(make, lambda: getattr(js, make).new(HOST + "/" + make))
print("tried all")"""


def test_no_way_leads_out_of_a_program(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel, outside: tuple[str, list[str]]
) -> None:
    host, asked = outside
    program = programmed(chat, upstream, panel, WAYS_OUT.replace("OUTSIDE", host))
    output = program.run("It has ended.")
    expect(output).to_contain_text("tried all")
    assert output.inner_text().count("refused") >= 12
    threading.Event().wait(0.5)  # what goes out later than its program ends
    assert asked == []


REACT = """\
import { useState } from "react";
import { Plus } from "lucide-react";
import "./App.css";

type Props = { start?: number };

export default function Counter({ start = 1 }: Props) {
  const [count, setCount] = useState<number>(start);
  return (
    <main className="p-8">
      <button className="bg-red-500" onClick={() => setCount(count + 1)}>
        <Plus aria-label="more" /> {count} of {"<b>"}
      </button>
    </main>
  );
}"""


def test_a_react_component_is_shown_with_its_styles(chat: ChatPage, upstream: Upstream, panel: FragmentPanel) -> None:
    upstream.script("scripted", Script(text=f"```tsx title=Counter.tsx\n{REACT}\n```", hold_after_chars=300))
    chat.ask("Make it")
    expect(panel.root).to_contain_text("It shows when it is complete.")
    upstream.release("scripted")
    chat.wait_until_answered()
    button = panel.document.get_by_role("button")
    expect(button).to_have_text("1 of <b>")
    button.click()
    expect(button).to_have_text("2 of <b>")
    expect(button.locator("svg")).to_have_class(re.compile("lucide-plus"))
    expect(panel.document.get_by_role("main")).to_have_css("padding", "32px")
    expect(panel.console).to_have_count(0)


WAYS_TO_TELL = (
    "function Small() { return <b>small</b>; }\nfunction App() { return <Small />; }",
    "const { useState } = React;\nconst App = () => <b>{useState('small')[0]}</b>;",
    "import { createRoot } from 'react-dom/client';\nimport { StrictMode } from 'react';\n"
    "createRoot(document.getElementById('root')).render(<StrictMode><b>small</b></StrictMode>);",
    "import ReactDOM from 'react-dom';\nReactDOM.render(<b>small</b>, document.getElementById('root'));",
    "export const Small = React.memo(() => <b>small</b>);",
    "module.exports = class extends React.Component { render() { return <b>small</b>; } };",
)


def test_however_a_component_is_told(chat: ChatPage, upstream: Upstream, panel: FragmentPanel) -> None:
    for number, code in enumerate(WAYS_TO_TELL):
        answered(chat, upstream, f"```jsx title=Way{number}.jsx\n{code}\n```")
        expect(panel.name).to_have_text(f"Way{number}.jsx")
        expect(panel.document.locator("b")).to_have_text("small")


def test_charts_are_drawn(chat: ChatPage, upstream: Upstream, panel: FragmentPanel) -> None:
    code = (
        "import { Bar, BarChart, XAxis } from 'recharts';\n\n"
        "export default () => <BarChart width={300} height={200} data={[{ name: 'one', value: 3 }]}>"
        "<XAxis dataKey='name' /><Bar dataKey='value' isAnimationActive={false} /></BarChart>;"
    )
    answered(chat, upstream, f"```jsx title=Chart.jsx\n{code}\n```")
    expect(panel.document.locator(".recharts-bar-rectangle path")).to_have_count(1)
    expect(panel.document.locator("svg")).to_contain_text("one")


def test_javascript_that_imports_react_is_a_component_too(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel
) -> None:
    code = "import React from 'react';\n\nexport default () => <b>small</b>;"
    answered(chat, upstream, f"```javascript title=app.js\n{code}\n```")
    expect(panel.document.locator("b")).to_have_text("small")


FAULTS = {
    "export default () => <b>{small</b>;": "Unexpected token",
    "import { Chart } from 'chart.js';\nexport default () => <Chart />;": "“chart.js” is not here",
    "import { Button } from './button';\nexport default Button;": "“./button” is another file",
    "export default () => { throw new Error('too bad'); };": "too bad",
    "export default () => <Missing />;": "Missing is not defined",
    "const x = 1;": "There is no component to show",
}


def test_what_is_wrong_with_a_component_is_said(chat: ChatPage, upstream: Upstream, panel: FragmentPanel) -> None:
    for number, (code, fault) in enumerate(FAULTS.items()):
        answered(chat, upstream, f"```jsx title=Fault{number}.jsx\n{code}\n```")
        expect(panel.name).to_have_text(f"Fault{number}.jsx")
        expect(panel.console.locator("[data-kind=error]").first).to_contain_text(fault)
        expect(panel.root.get_by_test_id("ask-for-fix")).to_be_visible()


def test_a_component_names_what_it_wants_from_elsewhere(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel
) -> None:
    answered(
        chat, upstream, '```jsx title=App.jsx\nexport default () => <img src="https://pictures.example/a.png" />;\n```'
    )
    expect(panel.root.get_by_test_id("preview-hosts")).to_contain_text("pictures.example.")
