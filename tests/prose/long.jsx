// Cuts each long answer at random places and prints, as JSON, what is wrong with each: its words must only grow, be those
// that its writer meant, and not depend on the pieces in which it came.
import { Prose } from "../../components/prose.js";
import { answer } from "./answers.js";
import { toHtml, toWords } from "./render.jsx";

const [count, cuts] = process.argv.slice(2).map(Number);
const bare = (words) => words.replace(/[\s\u200b]+/g, "");
const about = (one, other) => {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return `${JSON.stringify(one.slice(Math.max(0, at - 30), at + 30))} for ${JSON.stringify(other.slice(Math.max(0, at - 30), at + 30))}`;
};

function problemsOf({ text, words }, seed) {
  const whole = new Prose().read(text, false);
  const seen = bare(toWords(toHtml(whole)));
  const problems = [];
  if (seen !== bare(words)) problems.push(`shows ${about(seen, bare(words))}`);
  let state = seed + 1;
  const places = Array.from({ length: cuts }, () => (state = (state * 1103515245 + 12345) % 2147483648) % text.length);
  const prose = new Prose();
  for (const end of places.sort((one, other) => one - other)) {
    const now = bare(toWords(toHtml(prose.read(text.slice(0, end), true))));
    if (!seen.startsWith(now)) problems.push(`shows what does not stay, ${JSON.stringify(text.slice(Math.max(0, end - 30), end))}: ${about(now, seen)}`);
  }
  if (prose.read(text, false) !== whole) problems.push("is another text when it came in pieces");
  return problems;
}

const answers = Array.from({ length: count }, (_, seed) => answer(seed));
console.log(JSON.stringify(answers.map((one, seed) => [`${one.kind} ${seed}, ${one.text.length} characters`, problemsOf(one, seed)])));
