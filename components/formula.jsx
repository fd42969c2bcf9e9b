// Formulas, set by KaTeX, which is fetched for the first of them. Until then a formula shows nothing; if KaTeX cannot be
// had, its source.
import { memo } from "react";
import { late } from "./late.js";

const OPTIONS = { errorColor: "var(--muted-foreground)", strict: "ignore", throwOnError: false };

// In a browser formulas are copied as they were written.
const withCopying = () => Promise.all([import("./katex.js"), globalThis.document && import("katex/contrib/copy-tex")]);

export const katex = late(() => withCopying().then(([part]) => part));

const Drawn = memo(({ isDisplay, katex: { renderToString }, source }) => (
  <span className="formula" dangerouslySetInnerHTML={{ __html: renderToString(source, { ...OPTIONS, displayMode: isDisplay }) }} />
));

export function Formula({ isDisplay, source }) {
  const { part, isMissing } = katex.use();
  if (part) return <Drawn isDisplay={isDisplay} katex={part} source={source} />;
  if (isMissing) return <code>{source}</code>;
  return <span className="formula-awaited" data-display={isDisplay} />;
}
