import { expect, test } from "bun:test";
import { harmlessSource } from "../../components/diagram.js";

test.each([
  ["graph TD\n  A --> B", "graph TD\n  A --> B"],
  ['%%{init: {"theme": "dark"}}%%\ngraph TD', "\ngraph TD"],
  ["---\ntitle: Plan\nconfig:\n  theme: dark\n---\ngraph TD", '---\ntitle: "Plan"\n---\ngraph TD'],
  ['---\ntitle: "A <b> plan"\n---\ngraph TD', '---\ntitle: "A <b> plan"\n---\ngraph TD'],
  ["---\nconfig:\n  theme: dark\n---\ngraph TD", "graph TD"],
  ['A@{ img: "https://e.com/k.png", label: "x" }', 'A["x"]'],
  ["A[List<int>] --> B", "A[List#lt;int#gt;] --> B"],
  ["A[one<br/>two]", "A[one<br/>two]"],
  ['A["<b>Bold</b> and <i><u>both</u></i>"]', 'A["Bold and both"]'],
  ['A["<span style=\'color:red\'>red</span>"]', 'A["red"]'],
  ["links[Links] --> link --> click", "links[Links] --> link --> click"],
  ["mindmap\n  click the button", "mindmap\n  click the button"],
  ['click A "https://e.com" _blank\nclick B href "x"\nclick C call d()', "\n\n"],
  ["link Ann: Board @ https://e.com\nlinks Ann: {}", "\n"],
  ["A[data: users] --> data", "A[data: users] --> data"],
  ["A->>data: src is set", "A->>data: src is set"],
  ['A["data:image/png, javascript:x"]', 'A["data#58;image/png, javascript#58;x"]'],
  ['A["url(x) and src=y"]', 'A["url#40;x) and src#61;y"]'],
  ["style A fill:url(https://e.com)", "style A fill:url#40;https://e.com)"],
  ["classDef a @import url(https://e.com)", "classDef a #64;import url#40;https://e.com)"],
])("the diagram %p is drawn as %p", (source, drawn) => {
  expect(harmlessSource(source)).toBe(drawn);
});
