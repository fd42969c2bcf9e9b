// A Python program that is run in the browser: what it prints, what it asks for, and how it ended.
import { useEffect, useReducer, useRef } from "react";
import { Play, Square } from "lucide-react";
import { interpreterParts, pythonDocument } from "./python_document.js";

const LONGEST_MS = 30_000; // of running; waiting for the reader does not count
const IDLE = { ended: "", output: [], phase: "idle", run: 0 };
const ENDINGS = {
  done: "It has ended.",
  error: "It has ended with an error.",
  stopped: "It is stopped.",
  late: "It was stopped after 30 seconds.",
  fault: "Python could not be started in this browser.",
  missing: "Python could not be fetched from the server. Run it once more when the connection is back.",
};

// Text is appended to the last piece of its kind, so that there are as few pieces as can be.
function printed(output, kind, text) {
  const last = output.at(-1);
  if (last?.kind !== kind) return [...output, { kind, text }];
  return [...output.slice(0, -1), { kind, text: last.text + text }];
}

const errorOf = (output) => output.filter((piece) => piece.kind === "error").map((piece) => piece.text).join("\n");

function next(state, { kind, lines, text }) {
  if (kind === "start") return { ended: "", lines, output: [], phase: "loading", run: state.run + 1 };
  if (kind === "stop") return { ...state, ended: text, phase: "ended" };
  if (kind === "answer") return { ...state, output: printed(state.output, "in", text), phase: "running" };
  if (state.phase === "ended" || state.phase === "idle") return state;
  if (kind === "running") return { ...state, phase: "running" };
  if (kind === "asking" || kind === "again") return { ...state, isAgain: kind === "again", phase: "asking" };
  if (kind === "out" || kind === "err") return { ...state, output: printed(state.output, kind, text) };
  if (kind === "more") return { ...state, output: printed(state.output, "note", "\nWhat else it prints is not shown.\n") };
  if (kind === "error") return { ...state, ended: "error", output: printed(state.output, "error", text), phase: "ended" };
  if (kind === "done" || kind === "fault") return { ...state, ended: kind, phase: "ended" };
  return state;
}

// Hears what the program in the frame says, and hands it what it needs.
function useFrame(frame, { code, lines, name, run, token }, dispatch) {
  useEffect(() => {
    if (!run) return undefined;
    let isOver = false;
    const send = async () => {
      try {
        const parts = await interpreterParts();
        if (!isOver) frame.current.contentWindow.postMessage({ ...parts, code, lines, name }, "*");
      } catch {
        if (!isOver) dispatch({ kind: "stop", text: "missing" });
      }
    };
    const hear = (event) => {
      if (event.source !== frame.current?.contentWindow || typeof event.data !== "string") return;
      const said = JSON.parse(event.data);
      if (said.token !== token) return;
      if (said.kind === "here") send();
      else dispatch({ kind: said.kind, text: said.text });
    };
    window.addEventListener("message", hear);
    return () => {
      isOver = true;
      window.removeEventListener("message", hear);
    };
  }, [run]);
}

function useTimeLimit(phase, run, dispatch) {
  const left = useRef(LONGEST_MS);
  useEffect(() => {
    left.current = LONGEST_MS;
  }, [run]);
  useEffect(() => {
    if (phase !== "running") return undefined;
    const from = performance.now();
    const timer = setTimeout(() => dispatch({ kind: "stop", text: "late" }), left.current);
    return () => {
      clearTimeout(timer);
      left.current -= performance.now() - from;
    };
  }, [phase, run]);
}

function Line({ onAnswer }) {
  const field = useRef(null);
  const submit = (event) => {
    event.preventDefault();
    onAnswer(field.current.value);
  };
  const press = (event) => {
    if (event.key !== "d" || !event.ctrlKey) return;
    event.preventDefault();
    onAnswer(null);
  };
  return (
    <form className="python-line" onSubmit={submit}>
      <input aria-label="Input for the program" autoComplete="off" autoFocus data-testid="python-input" onKeyDown={press} ref={field} spellCheck={false} />
      <button className="text-button" type="submit">
        Enter
      </button>
      <button className="text-button" onClick={() => onAnswer(null)} title="There is no more input (Ctrl+D)" type="button">
        End
      </button>
    </form>
  );
}

function Output({ children, output }) {
  const root = useRef(null);
  const follows = useRef(true);
  useEffect(() => {
    if (follows.current) root.current.scrollTop = root.current.scrollHeight;
  }, [output]);
  const look = ({ currentTarget: box }) => {
    follows.current = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  };
  return (
    <div aria-label="What the program prints" className="python-output" data-testid="fragment-preview" onScroll={look} ref={root} role="log" tabIndex={0}>
      <pre>
        {output.map((piece, index) => (
          <span data-kind={piece.kind} key={index}>
            {piece.text}
          </span>
        ))}
      </pre>
      {children}
    </div>
  );
}

const PHASES = { loading: "Python is starting…", running: "Running…", asking: "It waits for input." };

export function PythonRun({ code, isWriting, name, newToken, onAsk }) {
  const [state, dispatch] = useReducer(next, IDLE);
  const frame = useRef(null);
  const lines = useRef([]);
  const token = useRef("");
  const isOn = state.phase !== "idle" && state.phase !== "ended";
  const start = (known = []) => {
    lines.current = known;
    token.current = newToken();
    dispatch({ kind: "start" });
  };
  useFrame(frame, { code, lines: lines.current, name, run: state.run, token: token.current }, dispatch);
  useTimeLimit(state.phase, state.run, dispatch);
  const answer = (line) => {
    if (state.isAgain) return start([...lines.current, line]);
    lines.current = [...lines.current, line];
    dispatch({ kind: "answer", text: line === null ? "\n" : `${line}\n` });
    return frame.current.contentWindow.postMessage({ line }, "*");
  };
  const error = errorOf(state.output);
  const ask = () => onAsk(`“${name}” has an error when it runs:\n\n\`\`\`text\n${error.slice(-4000)}\n\`\`\`\n\nPlease mend it.`);
  if (isWriting) return <p className="fragment-waiting">It can be run when it is complete.</p>;
  return (
    <div className="python-run">
      <div className="fragment-bar">
        <button className="text-button" data-testid="run-python" onClick={() => (isOn ? dispatch({ kind: "stop", text: "stopped" }) : start())} type="button">
          {isOn ? <Square aria-hidden="true" size={12} strokeWidth={1.75} /> : <Play aria-hidden="true" size={14} strokeWidth={1.75} />}
          {isOn ? "Stop" : state.run ? "Run it again" : "Run"}
        </button>
        <span data-testid="python-state" role="status">
          {PHASES[state.phase] ?? ENDINGS[state.ended] ?? "Runs here in the browser, with the standard library, cut off from the network."}
        </span>
        {error && (
          <button className="text-button" data-testid="ask-for-fix" onClick={ask} type="button">
            Ask the model to mend it
          </button>
        )}
      </div>
      <Output output={state.output}>{state.phase === "asking" && <Line key={state.output.length} onAnswer={answer} />}</Output>
      {isOn && <iframe allow="" aria-hidden="true" hidden key={state.run} ref={frame} referrerPolicy="no-referrer" sandbox="allow-scripts" srcDoc={pythonDocument(token.current)} tabIndex={-1} title="" />}
    </div>
  );
}
