import { expect, test } from "bun:test";
import { Footnotes, isMark, mark, noteStart } from "../../components/footnotes.js";

const note = (label, text) => noteStart(`[^${label}]: `) + text;
const shown = (text, isWriting = false) => new Footnotes().write(text, isWriting);

test.each([
  ["^1", true],
  ["^Müller-2020", true],
  ["1", false],
  ["^", false],
  ["^a b", false],
  ["^a-z", false],
  ["^^", false],
])("the brackets of %p hold a mark: %p", (label, is) => {
  expect(isMark(label)).toBe(is);
});

test("a text without marks stays as it is", () => {
  expect(shown("a [1] b")).toBe("a [1] b");
});

test("marks are numbered in their order, whatever they are called", () => {
  const text = `a${mark("^z")} b${mark("^y")} c${mark("^Z")}\n\n${note("y", "Y")}\n\n${note("z", "Z")}`;
  expect(shown(text)).toBe("a[^1] b[^2] c[^1]\n\n[^2]: Y\n\n[^1]: Z");
});

test("a mark without a note is text in the end, and a number while there may be one", () => {
  expect(shown(`a${mark("^x")}`)).toBe("a\\[\\^x]");
  expect(shown(`a${mark("^x")}`, true)).toBe("a<sup>1</sup>");
});

test("an unlikely mark is text while its note may come, and has no number", () => {
  const text = `a ${mark("^x", false)} b${mark("^y")}`;
  expect(shown(text, true)).toBe("a \\[\\^x] b<sup>1</sup>");
  expect(shown(`${text}\n\n${note("x", "X")}`, true)).toBe("a [^1] b<sup>2</sup>\n\n[^1]: X");
});

test("a note without a mark is text", () => {
  expect(shown(note("x", "X"))).toBe("\\[\\^x]: X");
});

test("a note that comes before an earlier mark's keeps its number while it is written", () => {
  const text = `a${mark("^x")} b${mark("^y")}\n\n${note("y", "Y")}`;
  expect(shown(text, true)).toBe("[^1]: …\n\na[^1] b[^2]\n\n[^2]: Y");
  expect(shown(text)).toBe("a\\[\\^x] b[^2]\n\n[^2]: Y");
});

test("text in pieces is numbered as one", () => {
  const footnotes = new Footnotes();
  footnotes.add(`a${mark("^x")}\n`);
  footnotes.add("b\n");
  expect(footnotes.write(note("x", "X"), false)).toBe("a[^1]\nb\n[^1]: X");
});
