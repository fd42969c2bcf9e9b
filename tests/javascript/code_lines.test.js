import { expect, test } from "bun:test";
import { LONGEST_HIGHLIGHTED_CHARS, PIECE_CHARS, endOfShortLines, piecesOf, plainLines } from "../../components/code_lines.js";

const longest = "x".repeat(LONGEST_HIGHLIGHTED_CHARS);
const textOf = (tokens) => tokens.map(({ content }) => content).join("");

test("short code is short to its end", () => {
  for (const code of ["", "a", "a\n", "a\nb", longest, `${longest}\n${longest}`]) expect(endOfShortLines(code)).toBe(code.length);
});

test("short lines end where the first long one begins", () => {
  expect(endOfShortLines(`${longest}x`)).toBe(0);
  expect(endOfShortLines(`a\nbc\n${longest}x\nd`)).toBe(5);
  expect(endOfShortLines(`a\n${longest}x`)).toBe(2);
});

test("pieces are the line, each as long as it may be but for the last", () => {
  const line = "abcdefg".repeat(500);
  const pieces = piecesOf(line);
  expect(textOf(pieces)).toBe(line);
  expect(pieces.map(({ content }) => content.length)).toEqual([1000, 1000, 1000, 500]);
  expect(piecesOf("x".repeat(PIECE_CHARS))).toHaveLength(1);
});

test("an empty line is one piece, so that it has its height", () => {
  expect(piecesOf("")).toEqual([{ content: "" }]);
});

test("a line that did not change keeps its identity", () => {
  const before = plainLines("a\nb", []);
  const after = plainLines("a\nbc\nd", before);
  expect(after.map(textOf)).toEqual(["a", "bc", "d"]);
  expect(after[0]).toBe(before[0]);
  expect(after[1]).not.toBe(before[1]);
});
