import { expect, test } from "bun:test";
import { lineBreaks } from "../../components/line_breaks.js";

const text = (value) => ({ type: "text", value });
const broken = (...children) => {
  const tree = { type: "root", children: [{ type: "paragraph", children }] };
  lineBreaks()(tree);
  return tree.children[0].children;
};

test("a text without a line break stays the node that it is", () => {
  const node = text("one line");
  expect(broken(node)[0]).toBe(node);
});

test("each line break is one, and takes the spaces around it", () => {
  expect(broken(text("a \n\tb\nc"))).toEqual([text("a"), { type: "break" }, text("b"), { type: "break" }, text("c")]);
});

test("a line break at an edge leaves no empty text", () => {
  expect(broken(text("\na\n"))).toEqual([{ type: "break" }, text("a"), { type: "break" }]);
});

test("what stands beside and inside is kept, and code is not broken", () => {
  const code = { type: "inlineCode", value: "x\ny" };
  const strong = { type: "strong", children: [text("p\nq")] };
  expect(broken(text("a\nb"), code, strong)).toEqual([
    text("a"),
    { type: "break" },
    text("b"),
    code,
    { type: "strong", children: [text("p"), { type: "break" }, text("q")] },
  ]);
});
