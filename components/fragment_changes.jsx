// What has changed between two versions: line by line, and by words within lines.
import { memo, useMemo, useState } from "react";
import { diffLines, diffWordsWithSpace } from "diff";

const CONTEXT_LINES = 3;
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

// Long stretches without a change are folded.
function folded(rows, unfolded) {
  const shown = [];
  for (let start = 0; start < rows.length; ) {
    let end = start;
    while (end < rows.length && rows[end].kind === rows[start].kind) end += 1;
    const from = start === 0 ? start : start + CONTEXT_LINES;
    const to = end === rows.length ? end : end - CONTEXT_LINES;
    if (rows[start].kind === "changed" || to - from < 2 * CONTEXT_LINES || unfolded.has(start)) shown.push(...rows.slice(start, end));
    else shown.push(...rows.slice(start, from), { kind: "fold", count: to - from, start }, ...rows.slice(to, end));
    start = end;
  }
  return shown;
}

const Words = ({ mark: Mark, parts }) =>
  parts.map((part, index) => (part.added || part.removed ? <Mark key={index}>{part.value}</Mark> : <span key={index}>{part.value}</span>));

const Line = ({ kind, number, parts }) => {
  const mark = kind === "removed" ? "del" : "ins";
  return (
    <div className="change-line" data-kind={kind}>
      <span className="change-number">{number}</span>
      <span className="change-sign">{{ added: "+", removed: "−" }[kind] ?? ""}</span>
      <span className="change-text">{parts && <Words mark={mark} parts={parts} />}</span>
    </div>
  );
};

const inline = (rows) => {
  const lines = [];
  for (let at = 0; at < rows.length; ) {
    const row = rows[at];
    if (row.kind !== "changed") {
      lines.push(row.kind === "fold" ? row : { kind: "same", number: row.right, parts: row.after });
      at += 1;
      continue;
    }
    let end = at;
    while (rows[end]?.kind === "changed") end += 1;
    for (const one of rows.slice(at, end)) if (one.before) lines.push({ kind: "removed", number: one.left, parts: one.before });
    for (const one of rows.slice(at, end)) if (one.after) lines.push({ kind: "added", number: one.right, parts: one.after });
    at = end;
  }
  return lines;
};

export const Changes = memo(({ isSplit, newer, older }) => {
  const [unfolded, setUnfolded] = useState(() => new Set());
  const rows = useMemo(() => rowsOf(older, newer), [older, newer]);
  const shown = folded(rows, unfolded);
  if (!rows.some((row) => row.kind === "changed")) return <p className="changes-none">Nothing has changed.</p>;
  const fold = (row) => (
    <button className="change-fold" key={`fold ${row.start}`} onClick={() => setUnfolded(new Set([...unfolded, row.start]))} type="button">
      {row.count} lines without a change
    </button>
  );
  const sides = (row, index) => (
    <div className="change-pair" key={index}>
      <Line kind={row.kind === "same" ? "same" : row.before ? "removed" : "none"} number={row.left} parts={row.before} />
      <Line kind={row.kind === "same" ? "same" : row.after ? "added" : "none"} number={row.right} parts={row.after} />
    </div>
  );
  const lines = isSplit ? shown : inline(shown);
  return (
    <div className="changes" data-split={isSplit || undefined} data-testid="fragment-changes" dir="ltr" tabIndex={0}>
      {lines.map((row, index) => (row.kind === "fold" ? fold(row) : isSplit ? sides(row, index) : <Line key={index} {...row} />))}
    </div>
  );
});
