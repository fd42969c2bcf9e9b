// Two texts as rows that stand side by side, with the words of a line that have changed.
import { diffLines, diffWordsWithSpace } from "diff";

const LONGEST_MS = 1500; // of reckoning; what is too different is shown as a whole
const MOST_WORDS_CHARS = 5000;

const linesOf = (text) => {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
};

const whole = (lines) => lines.map((line) => [{ value: line }]);

// Pairs the lines of a hunk and tells their words apart.
function paired(removed, added) {
  const before = whole(removed);
  const after = whole(added);
  for (let at = 0; at < Math.min(removed.length, added.length); at += 1) {
    if (removed[at].length + added[at].length > MOST_WORDS_CHARS) continue;
    const words = diffWordsWithSpace(removed[at], added[at]);
    const common = words.filter((part) => !part.added && !part.removed).reduce((chars, part) => chars + part.value.trim().length, 0);
    if (!common) continue;
    before[at] = words.filter((part) => !part.added);
    after[at] = words.filter((part) => !part.removed);
  }
  return { before, after };
}

// The rows of a comparison: `{ kind, before, after, left, right }`, the last two as numbers of lines.
export function rowsOf(older, newer) {
  const parts = diffLines(older, newer, { timeout: LONGEST_MS }) ?? [
    { removed: true, value: older },
    { added: true, value: newer },
  ];
  const rows = [];
  let [left, right] = [1, 1];
  for (let at = 0; at < parts.length; at += 1) {
    const lines = linesOf(parts[at].value);
    if (!parts[at].added && !parts[at].removed) {
      for (const line of lines) rows.push({ kind: "same", before: [{ value: line }], after: [{ value: line }], left: left++, right: right++ });
      continue;
    }
    const next = parts[at].removed && parts[at + 1]?.added ? parts[(at += 1)] : null;
    const removed = parts[at].removed || next ? lines : [];
    const added = next ? linesOf(next.value) : parts[at].added ? lines : [];
    const words = paired(removed, added);
    for (let line = 0; line < Math.max(removed.length, added.length); line += 1) {
      rows.push({
        kind: "changed",
        before: words.before[line],
        after: words.after[line],
        left: words.before[line] && left++,
        right: words.after[line] && right++,
      });
    }
  }
  return rows;
}
