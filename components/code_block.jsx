// A code block whose lines are memoised, so that a step costs what it adds (stock: tasks of up to 135 ms at 50,000 characters).
import { createContext, memo, useContext, useEffect, useRef, useState } from "react";
import { FileText, FoldVertical, PanelRightOpen, UnfoldVertical } from "lucide-react";
import { CodeBlockDownloadButton } from "streamdown";
import { endOfShortLines, piecesOf, plainLines } from "./code_lines.js";
import { CopyButton } from "./copy_button.jsx";
import { useFragment } from "./fragments.js";
import { withNew } from "./highlighted.js";
import { openBlock } from "./highlighter.js";

const THEMES = ["github-light", "github-dark"];

// The number is an attribute, not a CSS counter: counters make the browser walk all lines at every change.
const Line = memo(({ hasCursor, isLast, number, tokens }) => (
  <span className={hasCursor ? "code-line code-cursor" : "code-line"} data-line={number}>
    {tokens.map((token, index) => (
      <span key={index} style={token.htmlStyle}>
        {token.content}
      </span>
    ))}
    {isLast ? "" : "\n"}
  </span>
));

const CHUNK_LINES = 64;

const isSameChunk = (before, after) =>
  before.isLast === after.isLast &&
  before.hasCursor === after.hasCursor &&
  before.lines.length === after.lines.length && before.lines.every((line, index) => line === after.lines[index]);

// Lines in groups that the browser lays out and paints apart from each other (`contain`).
const Chunk = memo(
  ({ hasCursor, isLast, lines, start }) => (
    <span className="code-chunk">
      {lines.map((tokens, index) => (
        <Line
          hasCursor={hasCursor && index === lines.length - 1}
          isLast={isLast && index === lines.length - 1}
          key={index}
          number={start + index + 1}
          tokens={tokens}
        />
      ))}
    </span>
  ),
  isSameChunk,
);

const inChunks = (lines, isIncomplete) => {
  const chunks = [];
  for (let start = 0; start < lines.length; start += CHUNK_LINES) {
    const end = start + CHUNK_LINES;
    const isLast = end >= lines.length;
    chunks.push(
      <Chunk
        hasCursor={isLast && isIncomplete}
        isLast={isLast}
        key={start}
        lines={lines.slice(start, end)}
        start={start}
      />,
    );
  }
  return chunks;
};

// The lines that are too long, and those after them; one that did not change keeps its identity.
function useLongLines(code) {
  const known = useRef([]);
  known.current = code
    ? code.split("\n").map((line, at) => (known.current[at]?.line === line ? known.current[at] : { line, tokens: piecesOf(line) }))
    : [];
  return known.current.map(({ tokens }) => tokens);
}

// Whether code is highlighted while its block is open.
export const HighlightsOpenCode = createContext(true);

// Lines of tokens; the identity of lines that did not change is kept, so only new ones render.
function useHighlighted(code, language, isIncomplete) {
  const [found, setFound] = useState(null);
  const plain = useRef([]);
  const block = useRef(null);
  const isPlain = !useContext(HighlightsOpenCode) && isIncomplete;
  useEffect(() => {
    const opened = openBlock((lines, read) => setFound({ language, lines, read }));
    block.current = opened;
    return () => opened.close();
  }, [language]);
  useEffect(() => {
    if (!isPlain) block.current.highlight({ code, language, themes: THEMES, isIncomplete });
  }, [code, language, isIncomplete, isPlain]);
  const lines = !isPlain && found?.language === language && withNew(found.lines, found.read, code);
  if (lines) return lines;
  plain.current = plainLines(code, plain.current);
  return plain.current;
}

const LINES_IN_CARD = 15; // as many as a block has when it becomes a fragment by itself

const KINDS = { html: "Page", svg: "Drawing", mermaid: "Diagram", markdown: "Document", csv: "Table", json: "JSON", react: "Component" };

// What a fragment is called and how far it is; opens it beside the transcript.
const Title = ({ card, isIncomplete, lines, onOpen }) => {
  const about = [KINDS[card.kind] ?? card.language, `version ${card.number}`, lines === 1 ? "1 line" : `${lines} lines`];
  return (
    <button aria-label={`Open ${card.name}`} className="fragment-open" data-testid="fragment-open" onClick={onOpen} type="button">
      <FileText aria-hidden="true" size={16} strokeWidth={1.75} />
      <span className="fragment-name" dir="auto">
        {card.name}
      </span>
      <span className="fragment-about">
        {about.filter(Boolean).join(" · ")}
        {isIncomplete && " · writing…"}
      </span>
    </button>
  );
};

const Action = ({ icon: Icon, label, ...attributes }) => (
  <button {...attributes} aria-label={label} title={label} type="button">
    <Icon aria-hidden="true" size={16} strokeWidth={1.75} />
  </button>
);

// `title` stands in place of the language, `actions` before the others; `isFolded` shows the newest lines while they come,
// the first ones after that.
const Block = ({ actions, foldedLines = 0, isBare = false, isIncomplete, language, showLineNumbers, text, title, wraps = false }) => {
  const end = endOfShortLines(text);
  const isShort = end === text.length;
  const short = useHighlighted(isShort ? text : text.slice(0, Math.max(0, end - 1)), language || "text", isIncomplete && isShort);
  const long = useLongLines(text.slice(end));
  const lines = isShort ? short : [...(end ? short : []), ...long];
  return (
    <div
      className="code-block"
      data-folded={foldedLines > 0 || undefined}
      data-incomplete={isIncomplete || undefined}
      data-language={language}
      data-testid={isBare ? undefined : "code-block"}
      data-wraps={wraps || undefined}
      dir="ltr"
      style={foldedLines ? { "--folded-lines": foldedLines } : undefined}
    >
      {!isBare && (
        <div className="code-header">
          {title?.(lines.length) ?? <span className="code-language">{language || "text"}</span>}
          <span className="code-actions">
            {actions?.(lines.length)}
            <CodeBlockDownloadButton code={`${text}\n`} disabled={false} language={language} />
            <CopyButton data-testid="copy-code" label="Copy the code" size={16} text={text} />
          </span>
        </div>
      )}
      <pre className="code-body" tabIndex={0}>
        <code className={showLineNumbers ? "line-numbers" : undefined}>{inChunks(lines, isIncomplete)}</code>
      </pre>
    </div>
  );
};

const Keep = ({ onKeep }) => <Action data-testid="keep-fragment" icon={PanelRightOpen} label="Open beside the chat" onClick={onKeep} />;

// What a drawn diagram has of a block's header.
export function DrawnTitle({ code, place }) {
  const { card, keep, open } = useFragment(place, code, false);
  if (card) {
    return (
      <div className="code-header diagram-title" data-fragment-id={card.fragment_id} data-testid="fragment">
        <Title card={card} lines={code.trimEnd().split("\n").length} onOpen={open} />
      </div>
    );
  }
  return keep ? <span className="code-actions diagram-keep"><Keep onKeep={keep} /></span> : null;
}

export const CodeBlock = memo(({ code, language = "text", isIncomplete = false, place = -1, ...looks }) => {
  const text = code.endsWith("\n") ? code.slice(0, -1) : code;
  const [isUnfolded, setUnfolded] = useState(false);
  const { card, keep, open } = useFragment(place, code, isIncomplete);
  const folded = useRef(0);
  // What has been shown stays when a block becomes a fragment: nothing jumps.
  if (card && !folded.current) folded.current = Math.max(LINES_IN_CARD, isIncomplete ? text.split("\n").length : 0);
  const title = card && ((lines) => <Title card={card} isIncomplete={isIncomplete} lines={lines} onOpen={open} />);
  const actions = (lines) => {
    if (!card) return keep && <Keep onKeep={keep} />;
    if (lines <= folded.current) return null;
    const label = isUnfolded ? "Fold the code" : "Show all of the code";
    return (
      <Action
        aria-expanded={isUnfolded}
        data-testid="unfold-fragment"
        icon={isUnfolded ? FoldVertical : UnfoldVertical}
        label={label}
        onClick={() => setUnfolded(!isUnfolded)}
      />
    );
  };
  return (
    <div
      className={card ? "code-frame fragment-card" : "code-frame"}
      data-fragment-id={card?.fragment_id}
      data-testid={card && "fragment"}
      data-version={card?.number}
    >
      <Block
        actions={actions}
        foldedLines={card && !isUnfolded ? folded.current : 0}
        isIncomplete={isIncomplete}
        language={language}
        showLineNumbers
        text={text}
        title={title}
        {...looks}
      />
    </div>
  );
});
