// A single React file as a page: compiled here, run in a preview with React's own development build, which says what is wrong.
import { transform } from "sucrase";
import client from "$/node_modules/react-dom/cjs/react-dom-client.development.js?raw";
import dom from "$/node_modules/react-dom/cjs/react-dom.development.js?raw";
import jsx from "$/node_modules/react/cjs/react-jsx-runtime.development.js?raw";
import is from "$/node_modules/react-is/cjs/react-is.development.js?raw";
import react from "$/node_modules/react/cjs/react.development.js?raw";
import scheduler from "$/node_modules/scheduler/cjs/scheduler.development.js?raw";
import harness from "./react_harness.js?raw";

const SOURCES = {
  react,
  scheduler,
  "react-dom": dom,
  "react-is": is,
  "react-dom/client": client,
  "react/jsx-runtime": jsx,
};

// What is fetched when a program wants it: the packages that models reach for, as far as the page has them.
const ON_DEMAND = {
  "lucide-react": () => import("$/node_modules/lucide-react/dist/cjs/lucide-react.js?raw"),
  recharts: () => import("$/node_modules/recharts/umd/Recharts.js?raw"),
};
const STYLES = () => import("$/node_modules/@tailwindcss/browser/dist/index.global.js?raw");

const DECLARED = /^(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:function|class|const|let|var)\s+([A-Z]\w*)/gm;

// The component of a program that exports none: the one called App, else the last.
function mainOf(code) {
  const names = [...code.matchAll(DECLARED)].map((found) => found[1]);
  const name = names.includes("App") ? "App" : names.at(-1);
  return name ? `\n;module.found = typeof ${name} === "undefined" ? undefined : ${name};` : "";
}

function compiled(code, name) {
  try {
    const program = transform(code, {
      filePath: name,
      jsxRuntime: "automatic",
      production: true,
      transforms: ["typescript", "jsx", "imports"],
    });
    return { code: program.code + mainOf(code) };
  } catch (error) {
    return { trouble: error.message };
  }
}

async function sourcesFor(code) {
  const wanted = Object.keys(ON_DEMAND).filter((name) => code.includes(`"${name}"`) || code.includes(`'${name}'`));
  const found = await Promise.all(wanted.map((name) => ON_DEMAND[name]()));
  return { ...SOURCES, ...Object.fromEntries(wanted.map((name, at) => [name, found[at].default])) };
}

const inert = (text) => text.replaceAll("<", "\\u003c");

// The page of a program, to be shut in by `preview_document.js`. Classes are Tailwind's, which is what models write.
export async function reactPage(code, name) {
  const program = compiled(code, name);
  const sources = await sourcesFor(code);
  const styles = /\bclass(?:Name)?=/.test(code) ? (await STYLES()).default : "";
  const parts = JSON.stringify({ ...program, name, sources });
  return [
    styles && `<script>(0, eval)(${inert(JSON.stringify(styles))})</script>`,
    '<div id="root"></div>',
    `<script id="parts" type="application/json">${inert(parts)}</script>`,
    `<script>${harness}</script>`,
  ].join("\n");
}
