import { expect, test } from "bun:test";
import { languageOf } from "../../components/fence_label.js";

test.each([
  ["", ""],
  ["{#3}", ""],
  ["{#id .x}{#0}", "#id"],
  ["python{#0}", "python"],
  ["{r,{#1} echo=FALSE}", "r"],
  ["python", "python"],
  ["JSON", "json"],
  ["golang", "go"],
  ["py3", "py"],
  ["C++", "cpp"],
  ["c#", "csharp"],
  ["console", "shell"],
  ["shell-session", "shell"],
  ["text/html", "text/html"],
  ["language-css", "css"],
  ["app.py", "py"],
  ["src/main.rs", "rust"],
  ["typescript:src/app.ts", "typescript"],
  ["jsx:src/App.jsx", "jsx"],
  ["12:20:src/app.ts", "ts"],
  ["{{python}}", "python"],
  ["{r, echo=FALSE}", "r"],
  ["{python}", "python"],
  ["{.js .numberLines}", "js"],
  ["js {1,3}", "js"],
  ['python title="app.py"', "python"],
  ["ts,ignore", "ts"],
  ["rust,no_run", "rust"],
  ["diff|js", "diff"],
  ["constructor", "constructor"],
  ["__proto__", "__proto__"],
])("the label %p means %p", (label, language) => {
  expect(languageOf(label)).toBe(language);
});
