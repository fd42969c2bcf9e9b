// Judges every case and prints, as JSON, what is wrong with each: an empty list is right.
import { Prose } from "../../components/prose.js";
import { CASES } from "./cases.js";
import { EXAMPLES } from "./examples.js";
import { toHtml, toWords, written } from "./render.jsx";

const bare = (words) => words.replace(/[\s\u200b]+/g, "");

function problemsOf({ text, words, holds, lacks, never = [], count, isGuess = false }) {
  const problems = [];
  const html = toHtml(new Prose().read(text, false));
  const seen = toWords(html);
  const isAsWritten = words === undefined;
  if (isAsWritten ? bare(seen) !== bare(text) : bare(seen) !== bare(words)) problems.push(`shows ${JSON.stringify(seen)}`);
  if (!isAsWritten && seen.split("\n").length !== words.split("\n").length) problems.push(`breaks lines as ${JSON.stringify(seen)}`);
  if (holds && !new RegExp(holds).test(html)) problems.push(`lacks ${holds}`);
  if (lacks && new RegExp(lacks).test(lacks.source.includes("data-") ? html : seen + html.replace(/class="[^"]*"/g, (c) => (lacks.source.includes("class") ? c : "")))) problems.push(`holds ${lacks}`);
  if (count !== undefined && html.split('data-streamdown="code-block"').length - 1 !== count) problems.push("another number of code blocks");
  let before = "";
  for (const now of written(text)) {
    const half = never.find((mark) => now.includes(mark));
    if (half) problems.push(`shows ${half} in ${JSON.stringify(now)}`);
    if (!bare(seen).startsWith(bare(now)) && !isGuess) problems.push(`shows what does not stay: ${JSON.stringify(now)}`);
    if (bare(now).length < bare(before).length) problems.push(`loses ${JSON.stringify(before)}`);
    if (problems.length) break;
    before = now;
  }
  if (new Prose().read(text, false) !== lineByLine(text)) problems.push("is another text when it was written in pieces");
  return problems;
}

function lineByLine(text) {
  const prose = new Prose();
  for (let end = 1; end <= text.length; end += 1) prose.read(text.slice(0, end), true);
  return prose.read(text, false);
}

console.log(JSON.stringify([...CASES, ...EXAMPLES].map((one, at) => [`${one.kind} ${at}: ${one.text.slice(0, 40)}`, problemsOf(one)])));
