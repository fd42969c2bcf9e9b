// A diagram in a text: its code until it is drawn, in the same place, and for good when it cannot be.
import { createElement, memo, useContext, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { flushSync } from "react-dom";
import { StreamdownContext, defaultComponents } from "streamdown";
import { CodeBlock, DrawnTitle } from "./code_block.jsx";

const LINE = /\bline (\d+)/i;
const UNFETCHED = /module script|imported module|fetch/i; // as browsers say it
const isShifted = (chart) => /^\s*(?:%%|---)/m.test(chart); // mermaid counts no comments and settings

function reasonOf(error, chart) {
  if (UNFETCHED.test(error)) return "a part of the page could not be fetched";
  if (/no diagram type/i.test(error)) return "its first line names no kind of diagram that Mermaid knows";
  const line = LINE.exec(error)?.[1];
  if (line && !isShifted(chart)) return `Mermaid does not understand line ${line} of it`;
  return "Mermaid does not understand its text";
}

// Tells why a diagram cannot be drawn, in the place of what Streamdown would show of it.
const failing = (tell) => function Failing({ chart, error }) {
  useEffect(() => tell({ chart, error }), [chart, error]);
  return null;
};

const themeChanges = (tell) => {
  const observer = new MutationObserver(tell);
  observer.observe(document.documentElement, { attributeFilter: ["class"] });
  return () => observer.disconnect();
};
const isDark = () => document.documentElement.classList.contains("dark");

// Sees the drawing come before it is painted.
function useIsDrawn(drawing, isExpected) {
  const [isDrawn, setDrawn] = useState(false);
  useEffect(() => {
    if (!isExpected) return undefined;
    const look = () => {
      if (drawing.current.querySelector('[data-streamdown="mermaid"] svg')) flushSync(() => setDrawn(true));
    };
    const observer = new MutationObserver(look);
    observer.observe(drawing.current, { childList: true, subtree: true });
    return () => observer.disconnect();
  }, [isExpected]);
  return isDrawn;
}

// What Streamdown shows on the whole screen stands in a modal dialog: it has the keyboard, and gives it back.
function Screen({ screen }) {
  useEffect(() => {
    const look = () => {
      if (!screen.current.childElementCount) screen.current.close();
      else if (!screen.current.open) screen.current.showModal();
    };
    const observer = new MutationObserver(look);
    observer.observe(screen.current, { childList: true });
    return () => observer.disconnect();
  }, []);
  const end = ({ currentTarget }) => currentTarget.firstElementChild?.click(); // a press beside the drawing ends it
  return <dialog aria-label="Diagram" className="diagram-screen" onClose={end} ref={screen} />;
}

// Its settings say in which theme a diagram is drawn; when they change it is drawn again.
export const Diagram = memo(({ code, isIncomplete, place }) => {
  const outer = useContext(StreamdownContext);
  const dark = useSyncExternalStore(themeChanges, isDark, () => false);
  const [failure, setFailure] = useState(null);
  const screen = useRef(null);
  const context = useMemo(
    () => ({
      ...outer,
      mermaid: { config: { darkMode: dark }, errorComponent: failing(setFailure) },
      portal: () => screen.current,
    }),
    [dark, outer],
  );
  const drawing = useRef(null);
  const hasFailed = failure?.chart === code;
  const isTried = !isIncomplete && !hasFailed;
  const isDrawn = useIsDrawn(drawing, isTried) && isTried;
  return (
    <div className={isDrawn ? "diagram is-drawn" : "diagram"} dir="ltr">
      <CodeBlock code={code} isIncomplete={isIncomplete} language="mermaid" place={place} />
      {isDrawn && <DrawnTitle code={code} place={place} />}
      {isTried && (
        <div className="diagram-drawing" ref={drawing}>
          <StreamdownContext.Provider value={context}>
            {createElement(defaultComponents.code, { className: "language-mermaid", "data-block": "true" }, code)}
          </StreamdownContext.Provider>
        </div>
      )}
      {isTried && <Screen screen={screen} />}
      {hasFailed && (
        <p className="undrawn" data-testid="undrawn">
          This diagram could not be drawn: {reasonOf(failure.error, code)}.
        </p>
      )}
    </div>
  );
});
