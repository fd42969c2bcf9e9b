// Mermaid, fetched when the first diagram is drawn. A diagram is drawn without HTML, without settings of the text, and its
// SVG is cleaned of every reference to elsewhere before it is shown: such a request could carry the answer away.
import { harmlessSource, inItsSize, withoutReferences } from "./diagram.js";
import { coloursOfThePage } from "./diagram_colours.js";

// Without HTML Mermaid sets a mindmap's words beside the middle.
const STYLE = ".mindmap-node .label text { text-anchor: middle; }";

// Mermaid writes the size of each block into its log, with the page's root in it, of which React has made a circle.
const cutFromLogs = (root) => Object.defineProperty(root, "toJSON", { configurable: true, value: () => undefined });

async function draw(id, source) {
  const [{ default: mermaid }, { default: purify }] = await Promise.all([import("mermaid"), import("dompurify")]);
  const plain = { htmlLabels: false };
  const darkMode = document.documentElement.classList.contains("dark");
  mermaid.initialize({
    ...plain,
    startOnLoad: false,
    securityLevel: "strict",
    suppressErrorRendering: true,
    theme: "base",
    darkMode,
    themeVariables: { darkMode, ...coloursOfThePage(darkMode) },
    themeCSS: STYLE,
    flowchart: plain,
    class: plain,
    state: plain,
    er: plain,
    block: plain,
    mindmap: plain,
  });
  cutFromLogs(document.documentElement);
  const { svg } = await mermaid.render(id, harmlessSource(source));
  return { svg: inItsSize(withoutReferences(purify, svg)) };
}

export const mermaid = {
  name: "mermaid",
  type: "diagram",
  language: "mermaid",
  getMermaid: () => ({ initialize() {}, render: draw }),
};
