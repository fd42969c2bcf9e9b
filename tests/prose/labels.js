// Labels as models write them, and the language that each means.
import { languageOf } from "../../components/fence_label.js";

const LABELS = {
  "python": "python", "typescript:src/app.ts": "typescript", "golang": "go", "py3": "py", "{r, echo=FALSE}": "r", "{python}": "python",
  "{.js .numberLines}": "js", "jsx:src/App.jsx": "jsx", "shell-session": "shell", "console": "shell", "C++": "cpp", "c#": "csharp",
  'python title="app.py"': "python", "js {1,3}": "js", "src/main.rs": "rust", "app.py": "py", "language-css": "css", "": "", "JSON": "json",
  "constructor": "constructor", "__proto__": "__proto__", "text/html": "text/html", "ts,ignore": "ts", "rust,no_run": "rust", "diff|js": "diff",
};
console.log(JSON.stringify(Object.entries(LABELS).filter(([label, language]) => languageOf(label) !== language).map(([label]) => [label, languageOf(label)])));
