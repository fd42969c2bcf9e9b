// The few parts of Streamdown that Rivulet replaces, because its props cannot express them:
// a code block whose lines are memoised and which skips the markdown parser while it grows (stock: tasks of up to 135 ms
// at 50,000 characters), images that load only after a click, and Mermaid fetched when the first diagram is drawn.
import { createContext, createElement, memo, useContext, useEffect, useRef, useState } from "react";
import {
  Block,
  CodeBlockContainer,
  CodeBlockCopyButton,
  CodeBlockDownloadButton,
  Streamdown,
  defaultComponents,
  useIsCodeFenceIncomplete,
} from "streamdown";
import { code as highlighter } from "@streamdown/code";
import { createMathPlugin } from "@streamdown/math";
import { cjk } from "@streamdown/cjk";
import { useStickToBottomContext } from "use-stick-to-bottom";
import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import "katex/dist/katex.min.css";
import "./streaming.css";

const THEMES = ["github-light", "github-dark"];

const mermaid = {
  name: "mermaid",
  type: "diagram",
  language: "mermaid",
  getMermaid(config) {
    const load = async () => {
      const { default: instance } = await import("mermaid");
      const theme = document.documentElement.classList.contains("dark") ? "dark" : "neutral";
      instance.initialize({ startOnLoad: false, securityLevel: "strict", suppressErrorRendering: true, theme, ...config });
      return instance;
    };
    return { initialize() {}, render: async (id, source) => (await load()).render(id, source) };
  },
};

const PLUGINS = { code: highlighter, math: createMathPlugin({ singleDollarTextMath: false }), cjk, mermaid };

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

const plainLines = (code, known) =>
  code.split("\n").map((content, index) => (known[index]?.[0]?.content === content ? known[index] : [{ content }]));

// Whether code is highlighted while its block is open.
const HighlightsOpenCode = createContext(true);

// Lines of tokens; the identity of lines that did not change is kept, here and by the plugin, so only new ones render.
function useHighlighted(code, language, isIncomplete) {
  const [lines, setLines] = useState(null);
  const plain = useRef([]);
  const isPlain = !useContext(HighlightsOpenCode) && isIncomplete;
  useEffect(() => {
    if (isPlain) return;
    let isCurrent = true;
    const show = (result) => isCurrent && setLines(result.tokens);
    const ready = highlighter.highlight({ code, language, themes: THEMES, isIncomplete }, show);
    if (ready) show(ready);
    return () => {
      isCurrent = false;
    };
  }, [code, language, isIncomplete, isPlain]);
  if (lines && !isPlain) return lines;
  plain.current = plainLines(code, plain.current);
  return plain.current;
}

export const CodeBlock = memo(({ code, language = "text", isIncomplete = false, showLineNumbers = true }) => {
  const text = code.endsWith("\n") ? code.slice(0, -1) : code;
  const lines = useHighlighted(text, language || "text", isIncomplete);
  return (
    <CodeBlockContainer
      className="code-block"
      data-testid="code-block"
      dir="ltr"
      isIncomplete={isIncomplete}
      language={language}
    >
      <div className="code-header">
        <span className="code-language">{language || "text"}</span>
        <span className="code-actions">
          <CodeBlockDownloadButton code={text} disabled={false} language={language} />
          <CodeBlockCopyButton code={text} data-testid="copy-code" disabled={false} />
        </span>
      </div>
      <pre className="code-body" tabIndex={0}>
        <code className={showLineNumbers ? "line-numbers" : undefined}>{inChunks(lines, isIncomplete)}</code>
      </pre>
    </CodeBlockContainer>
  );
});

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

// A remote image tells its server that the answer is being read, and can carry text away in its address.
function Image(props) {
  const [isAllowed, setAllowed] = useState(false);
  const source = props.src ?? "";
  if (isAllowed || source.startsWith("data:image/")) return createElement(defaultComponents.img, props);
  let host = "";
  try {
    host = new URL(source, window.location.href).host;
  } catch {
    return null;
  }
  if (!host) return null;
  return (
    <button className="image-gate" data-testid="image-gate" onClick={() => setAllowed(true)} type="button">
      Load image from {host}
      {props.alt ? `: ${props.alt}` : ""}
    </button>
  );
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

// Offers a way down, and goes there by itself when `signal` changes. Without `follows` the view stays wherever it is:
// the library holds on to the end again and again, and is told to let go.
export function ScrollToEnd({ follows = true, label, signal }) {
  const { escapedFromLock, isAtBottom, scrollRef, scrollToBottom, stopScroll } = useStickToBottomContext();
  const goToEnd = () =>
    follows ? scrollToBottom("instant") : scrollRef.current.scrollTo({ top: scrollRef.current.scrollHeight, behavior: "instant" });
  useEffect(() => {
    goToEnd();
  }, [signal]);
  useEffect(() => {
    if (!follows && !escapedFromLock) stopScroll();
  }, [escapedFromLock, follows, isAtBottom]);
  useEffect(() => {
    // The library takes a wheel over a box that could scroll for that box's own.
    const area = scrollRef.current;
    const letGo = (event) => event.deltaY < 0 && stopScroll();
    area.addEventListener("wheel", letGo, { passive: true });
    return () => area.removeEventListener("wheel", letGo);
  }, []);
  if (isAtBottom) return null;
  return (
    <button
      aria-label={label}
      className="scroll-to-end"
      data-testid="scroll-to-end"
      onClick={goToEnd}
      title={label}
      type="button"
    >
      <span aria-hidden="true">↓</span>
    </button>
  );
}

export function Elapsed({ sinceMs }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = sinceMs ? Math.floor((now - sinceMs) / 1000) : 0;
  return seconds > 0 ? <span className="elapsed" aria-hidden="true"> {seconds} s</span> : null;
}

const OVERLAYS = 'dialog[open], [data-streamdown="mermaid-fullscreen"], [data-streamdown="table-fullscreen"]';

export function Hotkey({ name, alt = false, onPress }) {
  useEffect(() => {
    const press = (event) => {
      const isMeant = [event.key, event.code].includes(name) && event.altKey === alt && !event.ctrlKey && !event.metaKey;
      const isTaken = event.defaultPrevented || event.repeat || event.isComposing;
      const isInside = event.target.closest?.("select, dialog") || document.querySelector(OVERLAYS);
      if (isMeant && !isTaken && !isInside) {
        if (alt) event.preventDefault();
        onPress(event);
      }
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [name, alt, onPress]);
  return null;
}

// Ctrl or Cmd with Enter sends the form of the field.
export function ModEnter({ fieldId }) {
  useEffect(() => {
    const field = document.getElementById(fieldId);
    const press = (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing || event.repeat) return;
      event.preventDefault();
      field.form.requestSubmit();
    };
    field.addEventListener("keydown", press);
    return () => field.removeEventListener("keydown", press);
  }, [fieldId]);
  return null;
}

// Only `showModal` makes the page behind inert and Esc close it. A reader's closing shows at once; the page hears of it.
export function ModalDialog({ children, opening, onClose, ...attributes }) {
  const dialog = useRef(null);
  useEffect(() => {
    if (opening && !dialog.current.open) dialog.current.showModal();
    if (!opening) dialog.current.close();
  }, [opening]);
  return (
    <dialog closedby="any" {...attributes} onClose={onClose} ref={dialog}>
      {children}
    </dialog>
  );
}

export function EndNotice({ afterSeconds, body, isEnabled, isWriting, title }) {
  const startedAt = useRef(0);
  useEffect(() => {
    const isLong = startedAt.current && Date.now() - startedAt.current >= afterSeconds * 1000;
    startedAt.current = isWriting ? Date.now() : 0;
    if (isWriting || !isLong || !isEnabled || !body || !document.hidden) return;
    try {
      if (window.Notification?.permission === "granted") new Notification(title, { body, tag: title });
    } catch {
      // Chrome on Android has notifications, but only for service workers.
    }
  }, [isWriting]);
  return null;
}

export function PageTitle({ title }) {
  useEffect(() => {
    document.title = title;
  }, [title]);
  return null;
}

// `randomUUID` is missing where the page is not served securely, as in a home network.
const randomKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const store = (name, value) => {
  try {
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch {
    localStorage.removeItem(name); // larger than the browser keeps
  }
};

const NEW_CONVERSATION = "new";

// What a reload would give back: every text that the server has not answered for, and what is in the field.
function openDraft(field, name) {
  const keyName = `${name}.key`;
  const givenBack = { text: localStorage.getItem(name) ?? "", key: localStorage.getItem(keyName) ?? "" };
  const unanswered = [];
  let kept = givenBack.text;
  const keyOf = (text) => (text && text === givenBack.text ? givenBack.key : "");
  const keep = () => {
    const drafts = [...unanswered, { text: field.value, key: keyOf(field.value) }].filter(({ text }) => text);
    if (!drafts.length && localStorage.getItem(name) !== kept) return; // another tab's
    kept = drafts.map(({ text }) => text).join("\n");
    store(name, kept);
    store(keyName, drafts.length === 1 ? drafts[0].key : "");
  };
  const keepSoon = () => queueMicrotask(keep);
  const send = () => {
    const text = field.value;
    if (!text.trim()) return;
    const { conversation_id, key } = field.form.elements;
    key.value = keyOf(text) || randomKey();
    givenBack.key = ""; // if this is refused, what is sent next is another message
    // The address knows of another or a new chat before the server does; behind the settings it knows of none.
    const [, section, id] = location.pathname.split("/");
    if (section !== "settings") conversation_id.value = id ?? (conversation_id.value && NEW_CONVERSATION);
    unanswered.push({ text, key: key.value, conversation_id: conversation_id.value });
  };
  const settle = (key) => {
    const place = unanswered.findIndex((sent) => sent.key === key);
    const isGivenBack = key && keyOf(field.value) === key;
    if (isGivenBack) field.value = "";
    if (place >= 0) unanswered.splice(place, 1);
    if (place >= 0 || isGivenBack) keep();
  };
  if (!field.value) field.value = givenBack.text;
  field.addEventListener("input", keep);
  field.form.addEventListener("submit", send);
  field.form.addEventListener("reset", keepSoon);
  const close = () => {
    field.removeEventListener("input", keep);
    field.form?.removeEventListener("submit", send);
    field.form?.removeEventListener("reset", keepSoon);
  };
  return { close, settle, unanswered };
}

export function Draft({ answeredKey, fieldId, isReady, name, onResend }) {
  const draft = useRef(null);
  useEffect(() => {
    draft.current = openDraft(document.getElementById(fieldId), name);
    return draft.current.close;
  }, [fieldId, name]);
  useEffect(() => draft.current.settle(answeredKey), [answeredKey]);
  useEffect(() => {
    if (isReady) draft.current.unanswered.forEach((sent) => onResend(sent));
  }, [isReady]);
  return null;
}
