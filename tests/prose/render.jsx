// What a reader sees of a text, without a browser: the same pipeline as on the page, rendered to HTML, and its words.
import { renderToStaticMarkup } from "react-dom/server";
import { createElement } from "react";
import { Streamdown, defaultComponents, defaultRemarkPlugins } from "streamdown";
import remarkMath from "remark-math";
import { cjk } from "@streamdown/cjk";
import { Formula, katex } from "../../components/formula.jsx";
import { Prose } from "../../components/prose.js";
import { harmless } from "../../components/harmless.js";
import { lineBreaks } from "../../components/line_breaks.js";

await katex.load();
const PLUGINS = { cjk };
const PLACE = /\{#\d+\}/; // which the page does not show
const Code = (props) =>
  /language-math/.test(props.className) ? (
    <Formula isDisplay={"data-block" in props} source={String(props.children)} />
  ) : (
    createElement(defaultComponents.code, { ...props, className: props.className?.replace(PLACE, "").replace(/^language-$/, "") })
  );
const COMPONENTS = { code: Code };
const HARMLESS = harmless("note");
const REMARK = [...Object.values(defaultRemarkPlugins), lineBreaks, [remarkMath, { singleDollarTextMath: false }]];

export const toHtml = (markdown) =>
  renderToStaticMarkup(
    <Streamdown components={COMPONENTS} controls={false} linkSafety={{ enabled: false }} parseIncompleteMarkdown={false} plugins={PLUGINS} rehypePlugins={HARMLESS} remarkPlugins={REMARK}>
      {markdown}
    </Streamdown>,
  );

const ENTITIES = { lt: "<", gt: ">", amp: "&", quot: '"', "#x27": "'", "#39": "'", nbsp: " " };

// A formula counts as its source between ⟨ and ⟩, a line break as one; the way back from a note and the title of the notes are not words of the text.
export const toWords = (html) =>
  html
    .replace(/<span class="katex(?:-display|-error)?"[\s\S]*?<annotation[^>]*>([\s\S]*?)<\/annotation>[\s\S]*?<span class="katex-html" aria-hidden="true">/g, (_, source) => `⟨${source.trim()}⟩<span data-katex>`)
    .replace(/<span data-katex>/g, "\u0001")
    .replace(/\u0001[^\u0001]*?(?=<\/(?:p|li|td|th|h\d)>|<p|<ol|<ul|<h\d|<div|$|\u0001)/g, (piece) => stripFormula(piece))
    .replace(/<a [^>]*data-footnote-backref[\s\S]*?<\/a>|<h2 [^>]*sr-only[\s\S]*?<\/h2>/g, "")
    .replace(/<button[\s\S]*?<\/button>|<svg[\s\S]*?<\/svg>/g, "")
    .replace(/<br[^>]*>|<\/(?:p|div|li|tr|h\d|pre|blockquote)>/g, "\n")
    .replace(/<\/t[dh]>/g, "\t")
    .replace(/<[^>]*>/g, "")
    .replace(/&(#x27|#39|\w+);/g, (whole, name) => ENTITIES[name] ?? whole)
    .replace(/[ \t]*\n\s*/g, "\n")
    .trim();

// Drops the drawn form of a formula: everything up to where its spans are balanced.
function stripFormula(piece) {
  let depth = 2;
  const tag = /<(\/?)span[^>]*>/g;
  for (let found = tag.exec(piece); found; found = tag.exec(piece)) {
    depth += found[1] ? -1 : 1;
    if (depth === 0) return piece.slice(tag.lastIndex);
  }
  return "";
}

export const finished = (text) => toHtml(new Prose().read(text, false));

// The words after each character, as a reader sees them while the text is written.
export function* written(text, step = 1) {
  const prose = new Prose();
  for (let end = step; end < text.length + step; end += step) yield toWords(toHtml(prose.read(text.slice(0, end), true)));
}
