// KaTeX with its styles, as one part that is fetched late.
import "katex/dist/katex.min.css";
export { renderToString } from "katex";
