// Streamdown, with the few parts of it that Rivulet replaces because its props cannot express them.
import { createElement, memo } from "react";
import { Block, Streamdown, defaultComponents, useIsCodeFenceIncomplete } from "streamdown";
import { code as highlighter } from "@streamdown/code";
import { createMathPlugin } from "@streamdown/math";
import { cjk } from "@streamdown/cjk";
import "katex/dist/katex.min.css";
import { CodeBlock, HighlightsOpenCode } from "./code_block.jsx";
import { Image } from "./image.jsx";
import { mermaid } from "./mermaid.js";
import "./look.js";

export { CodeBlock };

const PLUGINS = { code: highlighter, math: createMathPlugin({ singleDollarTextMath: false }), cjk, mermaid };

const OPENING_FENCE = /^(`{3,}|~{3,})[ \t]*([^\s`]*)[^\n]*(?:\n|$)/;

// A whole block that is one fence is taken apart here instead of by the markdown parser: linear while it grows.
const FastBlock = memo((props) => {
  const fence = OPENING_FENCE.exec(props.content);
  // A diagram is drawn when it is whole: half of one is an error to its parser.
  if (!fence || (fence[2] === "mermaid" && !props.isIncomplete)) return <Block {...props} />;
  const body = props.content.slice(fence[0].length);
  const closing = new RegExp(`(^|\\n)${fence[1][0]}{${fence[1].length},}[ \\t]*\\n*$`);
  return (
    <CodeBlock code={body.replace(closing, "$1")} isIncomplete={props.isIncomplete} language={fence[2]} />
  );
});

function Code(props) {
  const isIncomplete = useIsCodeFenceIncomplete();
  const language = /language-(\S+)/.exec(props.className ?? "")?.[1] ?? "";
  const isDiagram = language === "mermaid" && !isIncomplete;
  if (!("data-block" in props) || isDiagram) return createElement(defaultComponents.code, props);
  const child = props.children;
  const code = typeof child === "string" ? child : (child?.props?.children ?? "");
  return <CodeBlock code={String(code)} isIncomplete={isIncomplete} language={language} />;
}

const COMPONENTS = { code: Code, img: Image };
const MERMAID = { errorComponent: ({ chart }) => <CodeBlock code={chart} language="mermaid" /> };
const LINK_SAFETY = { enabled: false };
const CONTROLS = { table: { copy: true, download: true, fullscreen: false }, mermaid: { copy: true, download: true, fullscreen: true, panZoom: false } };

// What may still turn out to be markup is held back until it is known: a fence up to the end of its first line, the
// mark of a list or heading, and signs that open or close something. Such an end is short, so only the end is searched.
const UNDECIDED =
  /(?:(?:^|\n)[ \t]*(?:`{3,}[^`\n]*|~{3,}[^\n]*|[-+*=]{1,2}[ \t]*|\d{1,9}[.)]?[ \t]*|#{1,6}[ \t]*)|[*_~`$]{1,3}|!?\[|\])$/;
const SEARCHED_CHARS = 64;
// The first row of a table is one only when the row under it is whole, so both are held back.
const TABLE_HEAD = /(?:^|\n)(?![ \t]*\|)[^\n]*\n([ \t]*\|[^\n]*(?:\n[ \t|:-]*)?)$/;
const LONGEST_HEAD_CHARS = 1000;

const FENCE = /^ {0,3}(?:`{3}|~{3})/gm;
const LONGEST_MATH_CHARS = 2000;

// Display math can be set only when it is closed; in code the same signs mean nothing.
function openMath(text) {
  const end = text.slice(-LONGEST_MATH_CHARS);
  const isOpen = end.slice(end.lastIndexOf("\n\n") + 1).split("$$").length % 2 === 0;
  return isOpen && (text.match(FENCE) ?? []).length % 2 === 0 ? text.lastIndexOf("$$") : -1;
}

function decided(text) {
  const math = openMath(text);
  if (math >= 0) return text.slice(0, math);
  const head = TABLE_HEAD.exec(`\n\n${text}`.slice(-LONGEST_HEAD_CHARS));
  if (head) return text.slice(0, text.length - head[1].length);
  const end = text.slice(-SEARCHED_CHARS);
  const found = UNDECIDED.exec(end);
  return found ? text.slice(0, text.length - end.length + found.index) : text;
}

export const Markdown = memo(({ text, isWriting = false, highlightsOpenCode = true }) => (
  <HighlightsOpenCode.Provider value={highlightsOpenCode}>
    <Streamdown
      BlockComponent={FastBlock}
      caret="block"
      className="markdown"
      components={COMPONENTS}
      controls={CONTROLS}
      isAnimating={isWriting}
      linkSafety={LINK_SAFETY}
    mermaid={MERMAID}
      plugins={PLUGINS}
      tableMaxHeight={0}
    >
      {isWriting ? decided(text) : text}
    </Streamdown>
  </HighlightsOpenCode.Provider>
));
