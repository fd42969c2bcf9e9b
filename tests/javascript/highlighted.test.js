import { expect, test } from "bun:test";
import { known, remember, withNew } from "../../components/highlighted.js";

const red = { color: "red" };
const lines = [[{ content: "let", htmlStyle: red }], [{ content: "a", htmlStyle: red }]];
const textOf = (found) => found.map((line) => line.map(({ content }) => content).join("")).join("\n");

test("what has come since stands without colours behind what has them", () => {
  for (const more of ["", "b", "b\n", "\n", "\n\nc", " = 1\nlet"]) {
    const found = withNew(lines, "let\na", `let\na${more}`);
    expect(textOf(found)).toBe(`let\na${more}`);
    expect(found[0]).toBe(lines[0]);
    expect(found[1][0]).toBe(lines[1][0]);
  }
});

test("lines without anything new are the same", () => {
  expect(withNew(lines, "let\na", "let\na")).toBe(lines);
  expect(withNew(lines, "let\na", "let\na\nb")[1]).toBe(lines[1]);
});

test("another code has none of them", () => {
  expect(withNew(lines, "let\na", "let\nb")).toBeNull();
  expect(withNew(lines, "let\na", "let")).toBeNull();
});

test("an empty block begins with an empty line", () => {
  expect(textOf(withNew([], "", "x\ny"))).toBe("x\ny");
});

test("complete blocks are kept by language, those shown last the longest, and not for ever", () => {
  remember("js", "let", lines);
  expect(known("js", "let")).toBe(lines);
  expect(known("py", "let")).toBeUndefined();
  const long = "x".repeat(200_000);
  remember("js", `${long}1`, lines);
  remember("js", `${long}2`, lines);
  expect(known("js", "let")).toBe(lines);
  remember("js", `${long}3`, lines);
  expect(known("js", `${long}1`)).toBeUndefined();
  expect(known("js", "let")).toBe(lines);
  expect(known("js", `${long}3`)).toBe(lines);
});
