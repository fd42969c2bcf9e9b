// Streamdown, with the few parts of it that Rivulet replaces because its props cannot express them.
import { memo, useEffect, useId, useLayoutEffect, useMemo, useReducer, useRef } from "react";
import { flushSync } from "react-dom";
import { Block, Streamdown, defaultRemarkPlugins, useIsCodeFenceIncomplete } from "streamdown";
import { cjk } from "@streamdown/cjk";
import remarkMath from "remark-math";
import { CodeBlock, HighlightsOpenCode } from "./code_block.jsx";
import { Diagram } from "./diagram_block.jsx";
import { languageOf, placeOf } from "./fence_label.js";
import { Formula } from "./formula.jsx";
import { Fragments } from "./fragments.js";
import { harmless } from "./harmless.js";
import { Image } from "./image.jsx";
import { useKeptSelection } from "./kept_selection.js";
import { lineBreaks } from "./line_breaks.js";
import { Link } from "./link.jsx";
import { mermaid } from "./mermaid.js";
import { Prose } from "./prose.js";
import { Table } from "./table.jsx";
import "./look.jsx";

export { CodeBlock };

const PLUGINS = { cjk, mermaid };

const OPENING_FENCE = /^(`{3,}|~{3,})[ \t]*([^\n`]*)(?:\n|$)/;

// A whole block that is one fence is taken apart here instead of by the markdown parser: linear while it grows.
const FastBlock = memo((props) => {
  const fence = OPENING_FENCE.exec(props.content);
  if (!fence) return <Block {...props} />;
  const language = languageOf(fence[2]);
  const body = props.content.slice(fence[0].length);
  const closing = new RegExp(`(^|\\n)${fence[1][0]}{${fence[1].length},}[ \\t]*\\n*$`);
  const code = body.replace(closing, "$1");
  const Shown = language === "mermaid" ? Diagram : CodeBlock;
  return <Shown code={code} isIncomplete={props.isIncomplete} language={language} place={placeOf(fence[2])} />;
});

function Code(props) {
  const isIncomplete = useIsCodeFenceIncomplete();
  const label = /language-(\S+)/.exec(props.className ?? "")?.[1] ?? "";
  const language = languageOf(label);
  const isBlock = "data-block" in props;
  const child = props.children;
  const code = String(typeof child === "string" ? child : (child?.props?.children ?? ""));
  if (language === "math") return <Formula isDisplay={isBlock} source={code} />;
  if (!isBlock) return <code className="inline-code">{child}</code>;
  const Shown = language === "mermaid" ? Diagram : CodeBlock;
  return <Shown code={code} isIncomplete={isIncomplete} language={language} place={placeOf(label)} />;
}

const COMPONENTS = { a: Link, code: Code, img: Image, table: Table };
const LINK_SAFETY = { enabled: false };
const CONTROLS = { mermaid: { copy: true, download: true, fullscreen: true, panZoom: false } };

const REMARK_PLUGINS = [...Object.values(defaultRemarkPlugins), lineBreaks, [remarkMath, { singleDollarTextMath: false }]];

const FAST_MS = 8; // half of what a browser has for a frame

// Where rendering is slow, one text is rendered for each frame that the browser paints; what comes meanwhile waits for the
// next. So a machine that is slower than the texts come shows fewer steps, and is never behind.
function useFramed(text, isWriting = false) {
  const rendered = useRef(text);
  const isUnpainted = useRef(false);
  const isBehind = useRef(false);
  const [, renderAgain] = useReducer((count) => count + 1, 0);
  const begun = performance.now();
  const isFramed = isWriting && !globalThis.document?.hidden; // a hidden page has no frames
  if (!isFramed || !isUnpainted.current) rendered.current = text;
  const shown = rendered.current;
  isBehind.current = shown !== text;
  useLayoutEffect(() => {
    if (!isFramed || performance.now() - begun < FAST_MS) return undefined;
    isUnpainted.current = true;
    const painted = () => {
      isUnpainted.current = false;
      if (isBehind.current) flushSync(renderAgain); // in the frame that is about to be painted
    };
    const frame = requestAnimationFrame(painted);
    return () => {
      cancelAnimationFrame(frame);
      isUnpainted.current = false;
    };
  }, [shown, isFramed]);
  return shown;
}

const STILL_MS = 300;

// Marks an element whenever nothing has come for a moment: then the cursor breathes.
function useStillness(text, isWriting) {
  const root = useRef(null);
  useEffect(() => {
    if (!isWriting) return undefined;
    const element = root.current;
    const timer = setTimeout(() => element.toggleAttribute("data-still", true), STILL_MS);
    return () => {
      clearTimeout(timer);
      element.removeAttribute("data-still");
    };
  }, [text, isWriting]);
  return root;
}

const NONE = [];

// Handlers may be others with each render; what shows the text does not see them change.
export function Markdown({ fragments = NONE, messageId = "", onKeepFragment, onOpenFragment, text, ...props }) {
  const handlers = useRef({});
  handlers.current = { onKeepFragment, onOpenFragment };
  const around = useMemo(
    () =>
      messageId
        ? {
            cards: new Map(fragments.map((card) => [card.place, card])),
            keep: (place) => handlers.current.onKeepFragment(messageId, place),
            open: (card) => handlers.current.onOpenFragment(card.fragment_id, card.number),
          }
        : null,
    [fragments, messageId],
  );
  const root = useStillness(text, props.isWriting);
  const shown = useFramed(text, props.isWriting);
  useKeptSelection(root, shown, props.isWriting);
  return (
    <Fragments.Provider value={around}>
      <div className="text-frame" ref={root}>
        <Text {...props} text={shown} />
      </div>
    </Fragments.Provider>
  );
}

const Text = memo(({ text, isWriting = false, highlightsOpenCode = true }) => {
  const prose = useRef(null);
  prose.current ??= new Prose();
  const id = useId();
  const rehypePlugins = useMemo(() => harmless(`note${id.replace(/\W/g, "")}`), [id]);
  return (
    <HighlightsOpenCode.Provider value={highlightsOpenCode}>
      <Streamdown
        BlockComponent={FastBlock}
        className={isWriting ? "markdown writing" : "markdown"}
        components={COMPONENTS}
        controls={CONTROLS}
        isAnimating={isWriting}
        linkSafety={LINK_SAFETY}
        parseIncompleteMarkdown={false}
        plugins={PLUGINS}
        rehypePlugins={rehypePlugins}
        remarkPlugins={REMARK_PLUGINS}
      >
        {prose.current.read(text, isWriting)}
      </Streamdown>
    </HighlightsOpenCode.Provider>
  );
});
