// Runs one Python program, in a worker that can be ended. It is read as text and started by `python_document.js`.

const MOST_MEMORY = 512 * 1024 * 1024; // bytes
const MOST_OUTPUT = 200_000; // characters
const WINDOW_MS = 100;
const MOST_IN_WINDOW = 20; // messages
const WASM_PAGE = 65_536; // bytes

const tell = ((post) => (kind, text = "") => post({ kind, text }))(self.postMessage.bind(self));

// What is printed goes out at once, in great haste ten times a second.
const output = { kind: "out", text: "", told: 0, from: 0, length: 0 };

function flush() {
  if (output.text) tell(output.kind, output.text);
  output.text = "";
}

function print(kind, text) {
  if (output.length > MOST_OUTPUT) return;
  output.length += text.length;
  if (kind !== output.kind) flush();
  output.kind = kind;
  output.text += text;
  const now = performance.now();
  if (now - output.from > WINDOW_MS) Object.assign(output, { from: now, told: 0 });
  output.told += 1;
  if (output.told <= MOST_IN_WINDOW) flush();
  if (output.length > MOST_OUTPUT) {
    flush();
    tell("more");
  }
}

function stream(kind) {
  const decoder = new TextDecoder();
  return {
    isatty: true,
    write(bytes) {
      print(kind, decoder.decode(bytes, { stream: true }));
      return bytes.length;
    },
  };
}

// A program that wants more memory gets a MemoryError instead of the reader's machine.
function boundMemory() {
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function (pages) {
    if (this.buffer.byteLength + pages * WASM_PAGE > MOST_MEMORY) throw new RangeError("No more memory.");
    return grow.call(this, pages);
  };
}

// The files of the interpreter have come with the program: there is nothing to ask a network for.
function serve(files) {
  self.fetch = async (address) => {
    const name = String(address).split("/").at(-1);
    return new Response(files[name], { headers: { "content-type": name.endsWith(".wasm") ? "application/wasm" : "application/zip" } });
  };
}

let answer = null;

const ask = () => {
  flush();
  tell("asking");
  return new Promise((resolve) => {
    answer = resolve;
  });
};

// The end of the input: Python's None, which null is not.
const lineOf = (line) => line ?? undefined;

// Reading waits for the reader; where a browser cannot wait, the program is run again with the line that was missing.
const READING = `
import io, sys
from pyodide.ffi import can_run_sync, run_sync

class Reader(io.TextIOBase):
    def __init__(self, ask, again, echo, lines):
        self._ask, self._again, self._echo = ask, again, echo
        self._lines, self._rest = list(lines), ""

    def readable(self):
        return True

    def isatty(self):
        return True

    def readline(self, size=-1):
        text = self._rest or self._line()
        end = len(text) if size is None or size < 0 else size
        self._rest = text[end:]
        return text[:end]

    def read(self, size=-1):
        return "".join(iter(self.readline, "")) if size is None or size < 0 else self.readline(size)

    def _line(self):
        sys.stdout.flush()
        if self._lines:
            line = self._lines.pop(0)
            self._echo(line)
        elif can_run_sync():
            line = run_sync(self._ask())
        else:
            self._again()
            raise SystemExit
        return "" if line is None else line + "\\n"

sys.stdin = Reader(ask, again, echo, lines)
`;

// The interpreter's own frames say nothing to the reader.
function ownTraceback(text) {
  const kept = [];
  let isOurs = false;
  for (const line of text.trimEnd().split("\n")) {
    if (line.startsWith('  File "')) isOurs = /^ {2}File "\/lib\/python\d+\.zip\/_pyodide\//.test(line);
    else if (!line.startsWith("    ")) isOurs = false;
    if (!isOurs) kept.push(line);
  }
  return kept.join("\n");
}

async function start({ addresses, code, files, lines, lock, name }) {
  boundMemory();
  serve(files);
  const { loadPyodide } = await import(addresses.loader);
  const { default: createPyodideModule } = await import(addresses.interpreter);
  const python = await loadPyodide({
    createPyodideModule,
    indexURL: "https://python.invalid/",
    lockFileContents: lock,
  });
  python.setStdout(stream("out"));
  python.setStderr(stream("err"));
  const again = () => tell("again");
  const echo = (line) => print("in", `${line ?? ""}\n`);
  python.runPython(READING, { globals: python.toPy({ __name__: "reading", again, ask, echo, lines: lines.map(lineOf) }) });
  tell("running");
  try {
    await python.runPythonAsync(code, { filename: name });
    flush();
    tell("done");
  } catch (error) {
    flush();
    if (error.type === "SystemExit") tell("done");
    else tell("error", ownTraceback(error.message));
  }
}

self.addEventListener("message", ({ data }) => {
  if (data.code === undefined) answer?.(lineOf(data.line));
  else start(data).catch((error) => tell("fault", String(error)));
});
