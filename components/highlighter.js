// Highlighted code, from a worker: the page asks for each block's newest text, one at a time.
import { known, remember } from "./highlighted.js";
import { late } from "./late.js";

const AGAIN_MS = 2000; // after the worker could not be started

const blocks = new Map();
let count = 0;
let failedAt = -Infinity;

function hear({ data }) {
  if (data.fault) window.dispatchEvent(Object.assign(new Event("vite:preloadError"), { payload: new Error(data.fault) }));
  else blocks.get(data.block)?.take(data);
}

async function start() {
  if (performance.now() - failedAt < AGAIN_MS) throw new Error("It has just failed to start.");
  const worker = new Worker(new URL("./highlight_worker.js", import.meta.url), { type: "module" });
  await new Promise((done, fail) => {
    worker.onmessage = done;
    worker.onerror = fail;
  }).catch((event) => {
    failedAt = performance.now();
    worker.terminate();
    throw new Error(event.message);
  });
  worker.onmessage = hear;
  worker.onerror = null;
  return worker;
}

const highlighter = late(start);
highlighter.prepare();

// A block of code; `show(lines, code)` is called whenever more of it is highlighted.
export function openBlock(show) {
  const block = (count += 1);
  let lines = [];
  let asked = null;
  let next = null;
  const ask = (request) => {
    asked = request;
    highlighter.load().then(() => {
      if (highlighter.now()) highlighter.now().postMessage({ block, ...request });
      else asked = null;
    });
  };
  const take = (said) => {
    lines = [...lines.slice(0, said.from), ...said.lines];
    const { isIncomplete, language } = asked;
    if (!isIncomplete) remember(language, said.code, lines);
    asked = null;
    show(lines, said.code);
    if (next) ask(next);
    next = null;
  };
  blocks.set(block, { take });
  return {
    // Only the newest text counts while another is being read.
    highlight(request) {
      const ready = known(request.language, request.code);
      if (ready) show(ready, request.code);
      else if (asked) next = request;
      else ask(request);
    },
    close() {
      blocks.delete(block);
      highlighter.now()?.postMessage({ block, isOver: true });
    },
  };
}
