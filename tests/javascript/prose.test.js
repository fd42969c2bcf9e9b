import { expect, test } from "bun:test";
import { Prose } from "../../components/prose.js";

const unplaced = (markdown) => markdown.replace(/\{#\d+\}/g, "");
const ended = (text) => unplaced(new Prose().read(text, false));
const open = (text) => unplaced(new Prose().read(text, true));

test("ordinary markdown stays as it is", () => {
  const text = "# One\n\nA *paragraph*.\n\n- a\n- b\n\n```py\nx < 1\n```\n";
  expect(ended(text).trim()).toBe(text.trim());
});

test("a fence that is glued to words gets a line of its own", () => {
  expect(ended("Like this:```py\nx = 1\n```\n")).toContain("this:\n```py\nx = 1\n```");
});

test("signs at the start of a line wait until it is clear what they are", () => {
  for (const half of ["#", "-", "```", "``", "1.", "|", ">", "- [ "]) expect(open(`Words.\n\n${half}`).trim()).toBe("Words.");
});

test("they are text when nothing more comes", () => {
  expect(ended("Words.\n\n``").trim()).not.toBe("Words.");
});

test("in code every sign counts at once, but for what may close it", () => {
  expect(open("```py\na < b")).toContain("a < b");
  expect(open("```py\na\n``")).not.toContain("a\n``\n");
});

test("a formula on lines of its own is one, and prices are none", () => {
  expect(ended("\\[\nE = mc^2\n\\]\n")).toContain("$$\nE = mc^2\n$$");
  expect(ended("It costs $5, not $6.")).toContain("\\$5");
});

test("a bar in code does not divide a row", () => {
  expect(ended("| a | b |\n| --- | --- |\n| `x|y` | z |\n")).toContain("`x\\|y`");
});

test("carriage returns are no signs", () => {
  expect(ended("a\r\nb\r\n")).toBe(ended("a\nb\n"));
});

test("a text in pieces becomes what it is as a whole", () => {
  const text = "## A\n\nSee[^1] **b** and $x^2$.\n\n- [ ] c\n  1. d\n\n> e\n\n~~~md\n# f\n~~~\n\n| g |\n| --- |\n| h |\n\n[^1]: i\n";
  const prose = new Prose();
  for (let end = 1; end <= text.length; end += 1) prose.read(text.slice(0, end), true);
  expect(unplaced(prose.read(text, false))).toBe(ended(text));
});

test("a reader can be given another text", () => {
  const prose = new Prose();
  prose.read("```py\nopen", true);
  expect(prose.read("Words *here*.", false)).toBe(ended("Words *here*."));
});

test("a step costs what is new in it", () => {
  const prose = new Prose();
  let text = "";
  let [first, last] = [0, 0];
  for (let step = 0; step < 4000; step += 1) {
    text += "A line of **words** and `code`.\n\n";
    const begun = performance.now();
    prose.read(text, true);
    const took = performance.now() - begun;
    if (step >= 500 && step < 1000) first += took;
    if (step >= 3500) last += took;
  }
  expect(last).toBeLessThan(20 * first + 50);
});

test("every fence tells its place among them", () => {
  const text = "```py\na\n```\n- ```\n  b\n  ```\n```js title=x.js\nc\n```\n";
  const places = [...new Prose().read(text, false).matchAll(/(\S*)\{#(\d+)\}/g)].map(([, label, place]) => [label, Number(place)]);
  expect(places).toEqual([["```py", 0], ["```", 1], ["```js", 2]]);
});
