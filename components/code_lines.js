// A code as lines of tokens.
// Lines without colours; one that did not change keeps its identity.
export const plainLines = (code, known) =>
  code.split("\n").map((content, index) => (known[index]?.[0]?.content === content ? known[index] : [{ content }]));

// A highlighter reads a line as a whole, and one of 20,000 characters anew with each of them: a key in the composer waited
// for seconds. From the first such line on, code is plain, in pieces of which only the last one changes.
export const LONGEST_HIGHLIGHTED_CHARS = 1000;
export const PIECE_CHARS = 1000;

// Where the first line begins that is too long.
export function endOfShortLines(code) {
  for (let start = 0; start < code.length; ) {
    const end = code.indexOf("\n", start);
    const stop = end < 0 ? code.length : end;
    if (stop - start > LONGEST_HIGHLIGHTED_CHARS) return start;
    start = stop + 1;
  }
  return code.length;
}

export const piecesOf = (line) =>
  Array.from({ length: Math.ceil(line.length / PIECE_CHARS) || 1 }, (_, at) => ({
    content: line.slice(at * PIECE_CHARS, (at + 1) * PIECE_CHARS),
  }));
