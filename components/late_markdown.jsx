// What shows text, fetched after the page around it.
import { useEffect } from "react";
import { late } from "./late.js";
import "./look.jsx";

const markdown = late(() => import("./markdown.jsx"));
// Only the first page begins without a text.
markdown.prepare({ isSoon: typeof window !== "undefined" && location.pathname !== "/" });

// Stands on a page that is ready and has no text yet: somebody may be about to ask.
export function TextSoon() {
  useEffect(() => void markdown.load(), []);
  return null;
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
