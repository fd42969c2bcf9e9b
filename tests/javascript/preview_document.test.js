import { expect, test } from "bun:test";
import { documentOf, hostsOf, settledMarkup } from "../../components/preview_document.js";

const DOCUMENT = "<!doctype html><title>T</title><style>p { color: red }</style><!-- a > b --><p class=x>One<script>1 < 2</script><b>two</b>";

test("of a page that is being written no half tag, script, style or comment shows", () => {
  expect(settledMarkup("<p>One <b")).toBe("<p>One ");
  expect(settledMarkup("<p>One<script>let a = 1 <")).toBe("<p>One");
  expect(settledMarkup("<style>p {")).toBe("");
  expect(settledMarkup("<p>a<!-- half")).toBe("<p>a");
  expect(settledMarkup("<p>a<!")).toBe("<p>a");
  expect(settledMarkup("1 < 2 and <i>more</i>")).toBe("1 < 2 and <i>more</i>");
  expect(settledMarkup(DOCUMENT)).toBe(DOCUMENT);
});

test("it only grows while its document is written", () => {
  let before = "";
  for (let end = 1; end <= DOCUMENT.length; end += 1) {
    const shown = settledMarkup(DOCUMENT.slice(0, end));
    expect(DOCUMENT.startsWith(shown)).toBe(true);
    expect(shown.length).toBeGreaterThanOrEqual(before.length - 1); // a lone < was text until more came
    before = shown;
  }
});

test("hosts are named that something is loaded from, not those that a link leads to", () => {
  const page = `<a href="https://linked.example/x">x</a><script src="https://cdn.example/a.js"></script>
    <link rel=stylesheet href='//fonts.example/css'><img src=http://pictures.example:8080/p.png>
    <style>@import url(https://styles.example/a.css); p { background: url("https://cdn.example/b.png") }</style>
    <script type=module>import x from "https://modules.example/x.js"; import("https://late.example/y.js")</script>`;
  expect(hostsOf(page)).toEqual(["cdn.example", "fonts.example", "late.example", "modules.example", "pictures.example:8080", "styles.example"]);
  expect(hostsOf("<p>See https://only.example/words</p>")).toEqual([]);
});

test("nothing is let in that was not allowed by name", () => {
  const shut = documentOf("html", "<p>x</p>", { token: "t" });
  expect(shut).toContain("default-src 'none'");
  expect(shut).not.toContain("https:");
  const open = documentOf("html", "<p>x</p>", { hosts: ["cdn.example"], token: "t" });
  expect(open).toContain("img-src data: blob: https://cdn.example");
  expect(open).not.toContain("connect-src");
});

test("while a page is written it runs no script", () => {
  expect(documentOf("html", "<p>", { runsScripts: false, token: "t" })).toContain("script-src 'none'");
});

test("a line of the page keeps its number", () => {
  const [before] = documentOf("html", "FIRST", { token: "t" }).split("FIRST");
  expect(before).not.toContain("\n");
});
