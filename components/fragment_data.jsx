// Data as a table that can be sorted, or as a tree that can be folded.
import { memo, useMemo, useState } from "react";
import { rowsOfCsv, tableOfJson } from "./table_data.js";

const SHOWN_AT_FIRST = 200;
const OPEN_DEPTH = 2;
const NUMBER = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*%?\s*$/i;

const compare = (one, two) => {
  const [a, b] = [Number.parseFloat(one), Number.parseFloat(two)];
  return NUMBER.test(one) && NUMBER.test(two) ? a - b : String(one).localeCompare(String(two));
};

export const DataTable = memo(({ rows }) => {
  const [sort, setSort] = useState(null);
  const [isWhole, setWhole] = useState(false);
  const [head, ...body] = rows;
  const sorted = useMemo(() => {
    if (!sort) return body;
    const ordered = [...body].sort((one, two) => compare(one[sort.column] ?? "", two[sort.column] ?? ""));
    return sort.isDown ? ordered.reverse() : ordered;
  }, [rows, sort]);
  const shown = isWhole ? sorted : sorted.slice(0, SHOWN_AT_FIRST);
  const press = (column) => setSort(sort?.column === column ? (sort.isDown ? null : { column, isDown: true }) : { column, isDown: false });
  const order = (column) => (sort?.column === column ? (sort.isDown ? "descending" : "ascending") : "none");
  return (
    <div className="data-table" data-testid="fragment-preview" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head.map((name, column) => (
              <th aria-sort={order(column)} key={column} scope="col">
                <button onClick={() => press(column)} title="Sort" type="button">
                  {name}
                  <span aria-hidden="true">{{ ascending: " ↑", descending: " ↓" }[order(column)]}</span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, index) => (
            <tr key={index}>
              {head.map((_, column) => (
                <td className={NUMBER.test(row[column] ?? "") ? "number" : undefined} dir="auto" key={column}>
                  {row[column]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < sorted.length && (
        <button className="text-button" onClick={() => setWhole(true)} type="button">
          Show all {sorted.length.toLocaleString("en")} rows
        </button>
      )}
    </div>
  );
});

const MOST_CHILDREN = 100;

function Node({ depth, name, value }) {
  const [most, setMost] = useState(MOST_CHILDREN);
  const [isOpen, setOpen] = useState(depth < OPEN_DEPTH);
  const label = name === undefined ? null : <span className="tree-name">{name}: </span>;
  if (value === null || typeof value !== "object") {
    return (
      <li>
        {label}
        <span className="tree-value" data-type={value === null ? "null" : typeof value}>
          {JSON.stringify(value)}
        </span>
      </li>
    );
  }
  const entries = Object.entries(value);
  const size = `${entries.length} ${Array.isArray(value) ? (entries.length === 1 ? "item" : "items") : entries.length === 1 ? "field" : "fields"}`;
  return (
    <li>
      <details onToggle={(event) => event.target === event.currentTarget && setOpen(event.currentTarget.open)} open={isOpen}>
        <summary>
          {label}
          <span className="tree-size">{size}</span>
        </summary>
        {isOpen && (
          <ul>
            {entries.slice(0, most).map(([key, child]) => (
              <Node depth={depth + 1} key={key} name={key} value={child} />
            ))}
            {entries.length > most && (
              <li>
                <button className="text-button" onClick={() => setMost(most * 10)} type="button">
                  {entries.length - most} more
                </button>
              </li>
            )}
          </ul>
        )}
      </details>
    </li>
  );
}

function Json({ code, isWriting }) {
  const parsed = useMemo(() => {
    try {
      return { value: JSON.parse(code) };
    } catch (error) {
      return { trouble: error.message };
    }
  }, [code]);
  if (isWriting && parsed.trouble) return <p className="fragment-waiting">It shows when it is complete.</p>;
  if (parsed.trouble) {
    return (
      <p className="fragment-waiting" data-testid="preview-trouble">
        This is no valid JSON: {parsed.trouble}
      </p>
    );
  }
  const table = tableOfJson(parsed.value);
  if (table) return <DataTable rows={table} />;
  return (
    <div className="data-tree" data-testid="fragment-preview" tabIndex={0}>
      <ul>
        <Node depth={0} value={parsed.value} />
      </ul>
    </div>
  );
}

export function Data({ code, isWriting, kind }) {
  const rows = useMemo(() => (kind === "csv" ? rowsOfCsv(code, isWriting) : []), [code, isWriting, kind]);
  if (kind === "json") return <Json code={code} isWriting={isWriting} />;
  return rows.length ? <DataTable rows={rows} /> : <p className="fragment-waiting">There are no rows yet.</p>;
}
