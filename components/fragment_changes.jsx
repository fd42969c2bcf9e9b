// What has changed between two versions: line by line, and by words within lines.
import { memo, useMemo, useState } from "react";
import { rowsOf } from "./change_rows.js";

const CONTEXT_LINES = 3;

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
