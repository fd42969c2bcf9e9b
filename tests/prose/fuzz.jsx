// Random texts of a model's usual pieces, from a seed: prints the texts whose words do not only grow, or whose end differs
// from the rendering of the whole.
import { Prose } from "../../components/prose.js";
import { toHtml, toWords } from "./render.jsx";

const [seed, rounds] = process.argv.slice(2).map(Number);
let state = seed;
const random = () => (state = (state * 1664525 + 1013904223) % 4294967296) / 4294967296;
const pick = (list) => list[Math.floor(random() * list.length)];
const PIECES = [
  "plain words", "**bold**", "*em*", "`code <x>`", "[link](https://e.com/a_(b))", "$x^2$", "\\(a_1\\)", "a < b", "<T>", "List<int>",
  "~~gone~~", "__init__", "5 * 3 * 2", "[0, 1)", "https://a.b/c_d", "&amp;", "$20", "**Note:**see", "H<sub>2</sub>O", "***both***",
  "snake_case", "`a|b`", "\\[ y \\]", "漢字**強調**です", "👩‍👩‍👧 ok", "(see [1])", "a_b_c", "#1", "100%", "\\*",
];
const line = () => Array.from({ length: 1 + Math.floor(random() * 5) }, () => pick(PIECES)).join(" ");
const BLOCKS = [
  line,
  () => `${line()}\n${line()}`,
  () => `## ${line()}`,
  () => `- ${line()}\n- ${line()}\n  - ${line()}`,
  () => `1. ${line()}\n2. ${line()}`,
  () => `> ${line()}`,
  () => "```python\nprint('<x> $y$ **z**')\n\nx = 1\n```",
  () => `| a | b |\n|---|---|\n| ${line()} | 2 |`,
  () => "\\[\nx = y\n\\]",
  () => "$$\na+b\n$$",
  () => `- [x] ${line()}`,
  () => "---",
  () => "1. a\n   ```js\n   let x;\n   ```\n2. b",
];
const bare = (words) => words.replace(/[\s\u200b]+/g, "");

const wrong = [];
for (let round = 0; round < rounds; round += 1) {
  const text = Array.from({ length: 1 + Math.floor(random() * 5) }, () => pick(BLOCKS)()).join("\n\n");
  const whole = new Prose().read(text, false);
  const seen = bare(toWords(toHtml(whole)));
  const prose = new Prose();
  let isWrong = false;
  for (let end = 1; end < text.length && !isWrong; end += 1 + Math.floor(random() * 6))
    isWrong = !seen.startsWith(bare(toWords(toHtml(prose.read(text.slice(0, end), true)))));
  if (isWrong || prose.read(text, false) !== whole) wrong.push(text);
}
console.log(JSON.stringify(wrong));
