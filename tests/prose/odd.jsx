// Texts that nobody means, but that a model may get caught in: prints those whose cost grows faster than their length, and
// those whose nesting is too deep for what renders them.
import { Prose } from "../../components/prose.js";
import { toHtml, toWords } from "./render.jsx";

const many = (piece) => (times) => `x ${piece.repeat(times)}`;
const GROWING = {
  "backticks": many("`"), "runs of backticks": (times) => Array.from({ length: times / 40 }, (_, at) => "`".repeat((at % 80) + 1)).join(" a "),
  "opened brackets": many("["), "opened images": many("!["), "opened links": many("[]("), "opened rounds": (times) => `[a](${"(".repeat(times)}`,
  "spaces in a link": (times) => `[a](${" ".repeat(times)}`, "called links": many("a[1]("), "titles": many('[a](b "'), "stars": many("*a"), "strong": many("**a "),
  "closed by another": (times) => "_a ".repeat(times) + "a* ".repeat(times), "three and two": many("***a** "), "underscores": many("_a "), "waves": many("~~a "), "names": many("__a"),
  "half tags": many("<a "), "half attributes": many('<a b="'), "harmless tags": many("<b>"), "angles": many("<"), "dollars": many("$a "),
  "double dollars": many("$$a"), "formulas": many("\\("), "displays": (times) => "\\[a\n".repeat(times), "backslashes": many("\\"),
  "ampersands": many("&a"), "addresses": many("https://a.b/c "), "one address": (times) => `https://${"a*".repeat(times)}`, "letters": many("w"), "words": many("word "),
  "lines": (times) => "**a\n".repeat(times), "quoted lines": (times) => "> **a\n".repeat(times), "cells": (times) => `| a |\n|---|\n| ${"`a | ".repeat(times)}`, "rows": (times) => `| a |\n|---|\n${"| `a` |\n".repeat(times)}`,
  "marks": many("[^1] "), "notes": (times) => Array.from({ length: times / 8 }, (_, at) => `a[^${at}] `).join("") + Array.from({ length: times / 8 }, (_, at) => `\n\n[^${at}]: b`).reverse().join(""),
  "spaces": (times) => `x${" ".repeat(times)}x`, "dashes": (times) => `${"- ".repeat(times)}x`, "bars": (times) => `${"|".repeat(times)}x`, "delimiters": (times) => `| a |\n${"|-".repeat(times)}x`,
  "fences": (times) => "```md\n```js\n".repeat(times), "code": (times) => `\`\`\`js\n${"let x = `a`;\n".repeat(times)}`, "braces": (times) => `$${"a{".repeat(times)}`,
};
const TIMES = 2000;
const FACTOR = 8; // so much longer is the second text; squared, its cost would be 64 times as much
const MOST = FACTOR * 2.5;
const TRIES = 4; // a busy machine may be slow once, not each time
// Of the processor: on a busy machine a long act is interrupted each time, and a short one is not.
const quickest = (act) => Math.min(...Array.from({ length: 5 }, () => {
  const start = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}));
const cost = (text) => quickest(() => [true, false].forEach((isWriting) => new Prose().read(text, isWriting)));
const SMALLEST_MS = 0.3;

const DEEP = {
  "quotations": (depth) => `${"> ".repeat(depth)}x`, "lists": (depth) => `${"- ".repeat(depth)}x`, "numbers": (depth) => `${"1. ".repeat(depth)}x`, "both": (depth) => `${"> - ".repeat(depth)}x`,
  "lists in lists": (depth) => Array.from({ length: depth / 10 }, (_, at) => `${"  ".repeat(at)}- x`).join("\n"), "strong": (depth) => "**a ".repeat(depth),
  "emphasis": (depth) => "*a _b ".repeat(depth) + "c_ d* ".repeat(depth), "tags": (depth) => `${"<b>".repeat(depth)}x${"</b>".repeat(depth)}`, "folds": (depth) => "<details>".repeat(depth),
};

const wrong = [];
for (const [name, make] of Object.entries(GROWING)) {
  const [short, long] = [make(TIMES), make(TIMES * FACTOR)];
  const ratio = () => cost(long) / Math.max(cost(short), SMALLEST_MS);
  if (Array.from({ length: TRIES }).every(() => ratio() > MOST)) wrong.push(`${name}: ${FACTOR} times the text costs far more than that`);
}
for (const [name, make] of Object.entries(DEEP))
  for (const isWriting of [true, false])
    try {
      if (!/[xabcd]/.test(toWords(toHtml(new Prose().read(make(3000), isWriting))))) wrong.push(`${name}: nothing is shown`);
    } catch (error) {
      wrong.push(`${name}: ${error.message}`);
    }

// A frame of an answer of many paragraphs costs no more at its end than at its beginning, whatever came before.
const answer = Array.from({ length: 400 }, (_, at) => `Paragraph ${at} with **bold** and \`code\`.`).join("\n\n");
let lines = 0;
class Counting extends Prose {
  readLine(...read) {
    lines += 1;
    super.readLine(...read);
  }
}
const prose = new Counting();
let frames = 0;
for (let end = 60; end < answer.length; end += 60, frames += 1) prose.read(answer.slice(0, end), true);
if (lines > answer.split("\n").length + 2 * frames) wrong.push(`${lines} lines read in ${frames} frames`);
console.log(JSON.stringify(wrong));
