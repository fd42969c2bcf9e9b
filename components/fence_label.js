// The language that a fence's label means: models add paths, attributes and names of their own.

const ALIASES = {
  "c#": "csharp", "c++": "cpp", golang: "go", console: "shell", "shell-session": "shell", shellsession: "shell", terminal: "shell",
  shellscript: "bash", zsh: "bash", py3: "py", python3: "python", ipython: "python", node: "js", nodejs: "js", javascriptreact: "jsx",
  typescriptreact: "tsx", rs: "rust", yml: "yaml", plaintext: "text", plain: "text", txt: "text", output: "text", dockerfile: "docker",
  postgres: "sql", postgresql: "sql", mysql: "sql", sqlite: "sql", html5: "html", "objective-c": "objc", ps1: "powershell", pwsh: "powershell",
};

const PLACE = /\{#(\d+)\}/;
const EXTENSION = /^[\w./\\-]*[\w-]+\.([a-z]\w{0,9})$/i;

export function languageOf(label) {
  const words = label.replace(PLACE, "").trim().replace(/^\{+\.?/, "").replace(/^\d+:\d+:/, "").replace(/^language-/, "");
  const [first] = /^[^\s,:{}=;|]*/.exec(words);
  const name = first.toLowerCase().replace(/[)\]"'*]+$/, "");
  const known = EXTENSION.exec(name)?.[1] ?? name;
  return Object.hasOwn(ALIASES, known) ? ALIASES[known] : known;
}

// Every fence of a text tells its place among them, counted from 0, at the end of its label's first word: only that much of
// a label goes through the markdown parser.
export const withPlace = (label, place) => label.replace(/^\S*/, (word) => `${word}{#${place}}`);

export const placeOf = (label) => {
  const found = PLACE.exec(label);
  return found ? Number(found[1]) : -1;
};
