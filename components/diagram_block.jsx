// A diagram in a text: its code until it is drawn, in the same place, and for good when it cannot be.
import { createElement, memo, useContext, useMemo, useSyncExternalStore } from "react";
import { StreamdownContext, defaultComponents } from "streamdown";
import { CodeBlock } from "./code_block.jsx";

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

const Undrawn = ({ chart, error }) => (
  <p className="undrawn" data-testid="undrawn">
    This diagram could not be drawn: {reasonOf(error, chart)}.
  </p>
);

const themeChanges = (tell) => {
  const observer = new MutationObserver(tell);
  observer.observe(document.documentElement, { attributeFilter: ["class"] });
  return () => observer.disconnect();
};
const isDark = () => document.documentElement.classList.contains("dark");

// Its settings say in which theme a diagram is drawn; when they change it is drawn again.
export const Diagram = memo(({ code, isIncomplete }) => {
  const outer = useContext(StreamdownContext);
  const dark = useSyncExternalStore(themeChanges, isDark, () => false);
  const context = useMemo(
    () => ({ ...outer, mermaid: { config: { darkMode: dark }, errorComponent: Undrawn } }),
    [dark, outer],
  );
  return (
    <div className="diagram">
      <CodeBlock code={code} isIncomplete={isIncomplete} language="mermaid" />
      {!isIncomplete && (
        <div className="diagram-drawing">
          <StreamdownContext.Provider value={context}>
            {createElement(defaultComponents.code, { className: "language-mermaid", "data-block": "true" }, code)}
          </StreamdownContext.Provider>
        </div>
      )}
    </div>
  );
});
