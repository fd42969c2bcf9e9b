// Mermaid, fetched when the first diagram is drawn. A diagram is drawn without HTML, without settings of the text, and its
// SVG is cleaned of every reference to elsewhere before it is shown: such a request could carry the answer away.
import { harmlessSource, withoutReferences } from "./diagram.js";

const NAMES = {
  background: "--background",
  primaryColor: "--muted",
  primaryTextColor: "--foreground",
  primaryBorderColor: "--control-border",
  lineColor: "--muted-foreground",
  textColor: "--foreground",
};

// Mermaid reads no modern colours, so the browser turns ours into red, green and blue.
function colour(name) {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

const palette = () => Object.fromEntries(Object.entries(NAMES).map(([name, variable]) => [name, colour(variable)]));

async function draw(id, source) {
  const [{ default: mermaid }, { default: purify }] = await Promise.all([import("mermaid"), import("dompurify")]);
  const plain = { htmlLabels: false };
  mermaid.initialize({
    ...plain,
    startOnLoad: false,
    securityLevel: "strict",
    suppressErrorRendering: true,
    theme: "base",
    darkMode: document.documentElement.classList.contains("dark"),
    themeVariables: palette(),
    flowchart: plain,
    class: plain,
    state: plain,
    er: plain,
    block: plain,
    mindmap: plain,
  });
  const { svg } = await mermaid.render(id, harmlessSource(source));
  return { svg: withoutReferences(purify, svg) };
}

export const mermaid = {
  name: "mermaid",
  type: "diagram",
  language: "mermaid",
  getMermaid: () => ({ initialize() {}, render: draw }),
};
