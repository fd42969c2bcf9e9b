// A fragment as what it is: a page, a drawing, a diagram or a text. Pages run shut in, and can be stopped.
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { Play, ShieldAlert, Square } from "lucide-react";
import { Data } from "./fragment_data.jsx";
import { late } from "./late.js";
import { Markdown } from "./markdown.jsx";
import { documentOf, hostsOf, settledMarkup } from "./preview_document.js";

const REFRESH_MS = 500;
const DEAD_MS = 4000;
const LOOK_MS = 1000;
const MOST_ENTRIES = 200;

const FRAMED = ["html", "svg"];
const DATA = ["csv", "json"];
export const canPreview = (kind) => [...FRAMED, ...DATA, "mermaid", "markdown", "react", "python"].includes(kind);

const react = late(() => import("./react_document.js"));
const python = late(() => import("./python_run.jsx"));

const newToken = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");

// What can be shown of a page, and whether it is all: while it is written at most twice a second, in the end at once.
function useSettled(code, isWriting) {
  const settle = () => ({ isWhole: !isWriting, markup: isWriting ? settledMarkup(code) : code });
  const [shown, setShown] = useState(settle);
  const last = useRef(0);
  useEffect(() => {
    const show = () => {
      last.current = performance.now();
      setShown((before) => {
        const now = settle();
        return before.isWhole === now.isWhole && before.markup === now.markup ? before : now;
      });
    };
    const wait = isWriting ? Math.max(0, last.current + REFRESH_MS - performance.now()) : 0;
    const timer = setTimeout(show, wait);
    return () => clearTimeout(timer);
  }, [code, isWriting]);
  return shown;
}

// What a frame tells; only its own window is heard.
function useTold(frame, token, onDead) {
  const [entries, setEntries] = useState([]);
  useEffect(() => {
    setEntries([]);
    let heardAt = performance.now();
    const hear = (event) => {
      if (event.source !== frame.current?.contentWindow || typeof event.data !== "string" || event.data.length > 20_000) return;
      let said;
      try {
        said = JSON.parse(event.data);
      } catch {
        return;
      }
      if (said?.token !== token || typeof said.kind !== "string" || typeof said.text !== "string") return;
      heardAt = performance.now();
      if (said.kind === "alive") return;
      setEntries((known) => (known.length < MOST_ENTRIES ? [...known, { kind: said.kind, text: said.text }] : known));
    };
    // A page in the background is slowed down by the browser, and so is what is in it.
    const look = () => {
      if (document.hidden) heardAt = performance.now();
      else if (performance.now() - heardAt > DEAD_MS) onDead(true);
      else onDead(false);
    };
    window.addEventListener("message", hear);
    const looking = setInterval(look, LOOK_MS);
    return () => {
      window.removeEventListener("message", hear);
      clearInterval(looking);
    };
  }, [token]);
  return entries;
}

// Two frames in turn: the new document comes up behind the old one, which stays until it is there.
function Frames({ frame, isWriting, markup, onStop, title }) {
  const [documents, setDocuments] = useState([]);
  useEffect(() => setDocuments((known) => [...known.slice(-1), { key: (known.at(-1)?.key ?? 0) + 1, markup }]), [markup]);
  const newest = documents.at(-1);
  const settle = (shown) => setDocuments((known) => known.filter((one) => one.key >= shown.key));
  return (
    <div className="preview-frames">
      {documents.map((one) => (
        <iframe
          allow=""
          aria-hidden={one !== newest || undefined}
          data-testid={one === newest ? "fragment-preview" : undefined}
          data-writing={isWriting || undefined}
          key={one.key}
          onLoad={() => one === newest && settle(one)}
          ref={one === newest ? frame : undefined}
          referrerPolicy="no-referrer"
          sandbox="allow-scripts"
          srcDoc={one.markup}
          tabIndex={one === newest ? 0 : -1}
          title={title}
        />
      ))}
      {onStop && (
        <button className="preview-stop" onClick={onStop} title="Stop the preview" type="button">
          <Square aria-hidden="true" size={12} strokeWidth={1.75} /> Stop
        </button>
      )}
    </div>
  );
}

function Told({ entries, name, onAsk }) {
  const errors = entries.filter((entry) => entry.kind === "error");
  if (!entries.length) return null;
  const ask = () => {
    const list = errors.slice(0, 10).map((entry) => `- ${entry.text.slice(0, 500)}`).join("\n");
    onAsk(`“${name}” has errors when it runs:\n\n${list}\n\nPlease mend it.`);
  };
  return (
    <details className="preview-console" data-testid="fragment-console" open={errors.length > 0}>
      <summary>
        Console <span className="preview-count">{entries.length}</span>
      </summary>
      <ol tabIndex={0}>
        {entries.map((entry, index) => (
          <li data-kind={entry.kind} key={index}>
            {entry.text}
          </li>
        ))}
      </ol>
      {errors.length > 0 && (
        <button className="text-button" data-testid="ask-for-fix" onClick={ask} type="button">
          Ask the model to mend it
        </button>
      )}
    </details>
  );
}

// `loads` is the part of the code that may load something from elsewhere, where it is not all of it.
function Framed({ code, isWriting, kind, loads, name, onAsk }) {
  const [isStopped, setStopped] = useState(false);
  const [isDead, setDead] = useState(false);
  const [allowed, setAllowed] = useState([]);
  const [run, setRun] = useState(0);
  const frame = useRef(null);
  const settled = useSettled(code, isWriting);
  const token = useMemo(newToken, [allowed, run, settled]);
  const hosts = useMemo(() => (settled.isWhole ? hostsOf(loads ?? settled.markup) : []), [loads, settled]);
  const missing = hosts.filter((host) => !allowed.includes(host));
  const markup = useMemo(
    () => documentOf(kind, settled.markup, { hosts: hosts.filter((host) => allowed.includes(host)), runsScripts: settled.isWhole, token }),
    [allowed, hosts, kind, settled, token],
  );
  const isCutOff = kind === "svg" && settled.isWhole && !/<\/svg\s*>/i.test(settled.markup);
  const entries = useTold(frame, token, (dead) => setDead(dead && settled.isWhole && !isStopped));
  const again = () => {
    setStopped(false);
    setDead(false);
    setRun(run + 1);
  };
  return (
    <>
      {missing.length > 0 && (
        <p className="preview-note" data-testid="preview-hosts">
          <ShieldAlert aria-hidden="true" size={16} strokeWidth={1.75} />
          <span>It wants to load from {missing.join(", ")}.</span>
          <button className="text-button" onClick={() => setAllowed(hosts)} type="button">
            Allow
          </button>
        </p>
      )}
      {isCutOff && (
        <p className="preview-note" data-testid="preview-cut-off">
          The drawing is not whole: its code ends too soon. What there is of it is shown.
        </p>
      )}
      {isDead && (
        <p className="preview-note" data-testid="preview-dead" role="status">
          <span>The preview does not answer any more.</span>
          <button
            className="text-button"
            onClick={() => {
              setStopped(true);
              setDead(false);
            }}
            type="button"
          >
            Stop it
          </button>
        </p>
      )}
      {isStopped ? (
        <div className="preview-stopped">
          <p>The preview is stopped.</p>
          <button className="text-button" onClick={again} type="button">
            <Play aria-hidden="true" size={14} strokeWidth={1.75} /> Run it again
          </button>
        </div>
      ) : (
        <Frames
          frame={frame}
          isWriting={isWriting}
          markup={markup}
          onStop={!isWriting && kind === "html" ? () => setStopped(true) : undefined}
          title={`Preview of ${name}`}
        />
      )}
      <Told entries={entries} name={name} onAsk={onAsk} />
    </>
  );
}

const Fetching = ({ isMissing }) => (
  <p className="fragment-waiting" role="status">
    {isMissing ? "A part of the page could not be fetched. It is tried again." : "Loading…"}
  </p>
);

function ReactPage({ code, isWriting, name, onAsk }) {
  const { isMissing, part } = react.use();
  const [markup, setMarkup] = useState("");
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    if (!part || isWriting) return undefined;
    let isCurrent = true;
    part.reactPage(code, name).then(
      (page) => isCurrent && setMarkup(page),
      () => isCurrent && setFailed(true),
    );
    return () => {
      isCurrent = false;
    };
  }, [code, isWriting, name, part]);
  if (isWriting) return <p className="fragment-waiting">It shows when it is complete.</p>;
  if (!markup) return <Fetching isMissing={isMissing || hasFailed} />;
  return <Framed code={markup} isWriting={false} kind="html" loads={code} name={name} onAsk={onAsk} />;
}

function PythonProgram(program) {
  const { isMissing, part } = python.use();
  return part ? <part.PythonRun {...program} newToken={newToken} /> : <Fetching isMissing={isMissing} />;
}

const fenceAround = (code) => "`".repeat(Math.max(3, ...[...code.matchAll(/`{3,}/g)].map((marks) => marks[0].length + 1)));

export function Preview({ code, isWriting, kind, name, onAsk }) {
  const id = useId();
  if (FRAMED.includes(kind)) return <Framed code={code} isWriting={isWriting} key={id} kind={kind} name={name} onAsk={onAsk} />;
  if (kind === "react") return <ReactPage code={code} isWriting={isWriting} name={name} onAsk={onAsk} />;
  if (kind === "python") return <PythonProgram code={code} isWriting={isWriting} key={id} name={name} onAsk={onAsk} />;
  if (DATA.includes(kind)) return <Data code={code} isWriting={isWriting} kind={kind} />;
  const fence = fenceAround(code);
  const text = kind === "mermaid" ? `${fence}mermaid\n${code}${code.endsWith("\n") ? "" : "\n"}${isWriting ? "" : fence}` : code;
  return (
    <div className="preview-text" data-testid="fragment-preview" tabIndex={0}>
      <Markdown isWriting={isWriting} text={text} />
    </div>
  );
}
