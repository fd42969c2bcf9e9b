// What shows text, fetched after the page around it.
import { useEffect, useState } from "react";
import { late, whenIdle } from "./late.js";
import "./look.jsx";

const markdown = late(() => import("./markdown.jsx"));
// Only the first page begins without a text.
markdown.prepare({ isSoon: typeof window !== "undefined" && location.pathname !== "/" });

// Whether what shows text has come.
export const showsText = () => markdown.now() !== null;

const SAMPLE = "A **word**, `code`.\n\n- an item\n\n| a | table |\n|---|---|\n| of | one |";

// Stands on a page that is ready: somebody may be about to ask. A browser compiles what it runs for the first time, so a
// sample is shown to nobody before the answer's first words come.
export function TextSoon() {
  const { part } = markdown.use({ isNeeded: false });
  const [isCold, setCold] = useState(true);
  const [isIdle, setIdle] = useState(false);
  useEffect(() => whenIdle(markdown.load), []);
  useEffect(() => {
    if (part) whenIdle(() => setIdle(true));
  }, [part]);
  useEffect(() => {
    if (isIdle) setCold(false);
  }, [isIdle]);
  return isIdle && isCold ? <div hidden><part.Markdown isWriting text={SAMPLE} /></div> : null;
}

const Plain = ({ text }) => <div className="plain-text">{text}</div>;

export function Markdown(props) {
  const { part, isMissing } = markdown.use();
  if (part) return <part.Markdown {...props} />;
  return isMissing ? <Plain text={props.text} /> : null;
}

export function CodeBlock(props) {
  const { part, isMissing } = markdown.use();
  if (part) return <part.CodeBlock {...props} />;
  return isMissing ? <Plain text={props.code} /> : null;
}
