// Shiki beside the page, so that making a grammar ready (100 ms for HTML) or a long block stops nothing there.
// Asked `{ block, code, language, themes, isIncomplete }`, says `{ block, code, from, lines }`: the lines of `code` from
// that number on, those before are as they were. `{ block, isOver: true }` ends a block.
import { code as shiki } from "@streamdown/code";

const said = new Map(); // the lines of each block, as Shiki gave them last

const lineOf = (tokens) => tokens.map(({ content, htmlStyle }) => ({ content, htmlStyle }));

function say({ block, code }, lines) {
  const known = said.get(block) ?? [];
  let from = 0;
  while (from < known.length && known[from] === lines[from]) from += 1;
  said.set(block, lines);
  postMessage({ block, code, from, lines: lines.slice(from).map(lineOf) });
}

self.onmessage = ({ data: request }) => {
  if (request.isOver) {
    said.delete(request.block);
    return;
  }
  const show = ({ tokens }) => say(request, tokens);
  const ready = shiki.highlight(request, show);
  if (ready) show(ready);
};

// Shiki's plugin tells of a grammar that could not be fetched here and nowhere else.
console.error = (...words) => postMessage({ fault: words.map(String).join(" ") });

postMessage({ isReady: true });
