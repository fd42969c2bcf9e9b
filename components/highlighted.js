// Lines of tokens as the highlighter gave them: those of complete blocks are kept, and grow on while it is still reading.
const MOST_CHARS = 500_000;

const kept = new Map();
let chars = 0;

const keyOf = (language, code) => `${language}\n${code}`;

// The lines of a complete block that was shown lately.
export function known(language, code) {
  const lines = kept.get(keyOf(language, code));
  if (lines) remember(language, code, lines); // as the newest
  return lines;
}

export function remember(language, code, lines) {
  const key = keyOf(language, code);
  if (kept.delete(key)) chars -= key.length;
  kept.set(key, lines);
  chars += key.length;
  while (chars > MOST_CHARS && kept.size > 1) {
    const [oldest] = kept.keys();
    kept.delete(oldest);
    chars -= oldest.length;
  }
}

// The lines of `code`, of which `read` are highlighted: what has come since stands without colours. Nothing for another code.
export function withNew(lines, read, code) {
  if (!code.startsWith(read)) return null;
  if (code.length === read.length) return lines;
  const [rest, ...others] = code.slice(read.length).split("\n");
  const last = lines.at(-1) ?? [];
  return [...lines.slice(0, -1), rest ? [...last, { content: rest }] : last, ...others.map((content) => [{ content }])];
}
