// KaTeX with its styles, as one part that is fetched late; formulas are copied as they were written.
import "katex/contrib/copy-tex";
import "katex/dist/katex.min.css";
export { renderToString } from "katex";
