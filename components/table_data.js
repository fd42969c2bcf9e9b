// Data of a model's as rows and columns.

const DELIMITERS = [",", ";", "\t", "|"];
const MOST_ROWS = 5000;
const MOST_COLUMNS = 200;

// Which sign divides the first line into the most cells.
const delimiterOf = (text) => {
  const [first] = text.split("\n", 1);
  const count = (sign) => first.replace(/"[^"]*"/g, "").split(sign).length;
  return DELIMITERS.reduce((best, sign) => (count(sign) > count(best) ? sign : best));
};

// Reads comma-separated values (RFC 4180, any of the usual delimiters, either line end). While `isWriting` the last line is left out.
export function rowsOfCsv(text, isWriting = false) {
  const delimiter = delimiterOf(text);
  const rows = [];
  let row = [];
  let cell = "";
  let isQuoted = false;
  for (let at = 0; at < text.length && rows.length < MOST_ROWS; at += 1) {
    const sign = text[at];
    if (isQuoted) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') cell += text[(at += 1)];
      else isQuoted = false;
    } else if (sign === '"' && !cell) isQuoted = true;
    else if (sign === delimiter) {
      row.push(cell);
      cell = "";
    } else if (sign === "\n") {
      row.push(cell.replace(/\r$/, ""));
      rows.push(row);
      [row, cell] = [[], ""];
    } else cell += sign;
  }
  if (!isWriting && rows.length < MOST_ROWS && (cell || row.length)) rows.push([...row, cell]);
  return rows.filter((one) => one.length > 1 || one[0].trim()).map((one) => one.slice(0, MOST_COLUMNS));
}

const isPlain = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

// A list of objects that are alike is a table: its head and rows; anything else is none.
export function tableOfJson(value) {
  if (!Array.isArray(value) || value.length < 2 || !value.every(isPlain)) return null;
  const head = [...new Set(value.flatMap((one) => Object.keys(one)))];
  const filled = value.reduce((cells, one) => cells + Object.keys(one).length, 0);
  if (!head.length || head.length > 30 || filled < (value.length * head.length) / 2) return null;
  const word = (cell) => (cell === undefined ? "" : typeof cell === "string" ? cell : JSON.stringify(cell));
  return [head, ...value.slice(0, MOST_ROWS).map((one) => head.map((name) => word(one[name])))];
}
