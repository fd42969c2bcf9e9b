// Long answers as models write them, from a seed: each with its text and the words that a reader should see of it.
const join = (parts, between = "") => ({ md: parts.map((part) => part.md).join(between), words: parts.map((part) => part.words).join(" ") });
const raw = (text) => (typeof text === "object" ? text : { md: String(text), words: String(text) });
const t = (strings, ...parts) => join(strings.flatMap((string, at) => [raw(string), ...(at < parts.length ? [raw(parts[at])] : [])]));
const around = (mark) => (text) => ({ md: `${mark}${raw(text).md}${mark}`, words: raw(text).words });
const [b, em, bem, gone] = ["**", "*", "***", "~~"].map(around);
const c = (text) => ({ md: `\`${text}\``, words: text });
const a = (text, address) => ({ md: `[${raw(text).md}](${address})`, words: raw(text).words });
const m = (source) => ({ md: `$${source}$`, words: `⟨${source}⟩` });
const p = (source) => ({ md: `\\(${source}\\)`, words: `⟨${source}⟩` });
const sub = (text) => ({ md: `<sub>${text}</sub>`, words: text });
const fn = (label, number) => ({ md: `[^${label}]`, words: number });
const key = (text) => ({ md: `<kbd>${text}</kbd>`, words: text });

const h = (level, text) => ({ md: `${"#".repeat(level)} ${raw(text).md}`, words: raw(text).words });
const indent = (text, by) => text.replace(/\n(?=.)/g, `\n${" ".repeat(by)}`);
const items = (marker) => (...list) => join(list.map((one, at) => {
  const [head, ...below] = [one].flat();
  const sign = marker(at);
  const { md, words } = join([raw(head), ...below.map(raw)], "\n");
  return { md: `${sign} ${indent(md, sign.length + 1)}`, words };
}), "\n");
const ul = items(() => "-");
const stars = items(() => "*");
const ol = items((at) => `${at + 1}.`);
const tasks = (...list) => ul(...list.map((one, at) => ({ md: `[${at % 2 ? "x" : " "}] ${raw(one).md}`, words: raw(one).words })));
const table = (...rows) => {
  const cells = rows.map((row) => row.map(raw));
  const line = (row) => `| ${row.map((cell) => cell.md).join(" | ")} |`;
  return { md: [line(cells[0]), `|${" --- |".repeat(cells[0].length)}`, ...cells.slice(1).map(line)].join("\n"), words: cells.flat().map((cell) => cell.words).join(" ") };
};
const code = (language, text) => ({ md: `\`\`\`${language}\n${text}\n\`\`\``, words: `${language} ${text}` });
const quote = (...lines) => ({ md: lines.map((line) => (line ? `> ${raw(line).md}` : ">")).join("\n"), words: lines.map((line) => raw(line).words.replace(/^- /, "")).join(" ") });
const display = (source) => ({ md: `$$\n${source}\n$$`, words: `⟨${source}⟩` });
const bracketed = (source) => ({ md: `\\[\n${source}\n\\]`, words: `⟨${source}⟩` });
const lines = (...list) => join(list.map(raw), "\n");
const rule = (sign) => ({ md: sign, words: "" });

function dice(seed) {
  let state = seed * 2654435761 % 4294967296;
  const random = () => (state = (state * 1664525 + 1013904223) % 4294967296) / 4294967296;
  const pick = (list) => list[Math.floor(random() * list.length)];
  const some = (list, least, most) => {
    const rest = [...list];
    const count = Math.min(rest.length, least + Math.floor(random() * (most - least + 1)));
    return Array.from({ length: count }, () => rest.splice(Math.floor(random() * rest.length), 1)[0]);
  };
  return { random, pick, some, number: (low, high) => low + Math.floor(random() * (high - low)) };
}

const CODE = [
  code("python", "from collections import defaultdict\n\ndef group(rows: list[dict]) -> dict[str, list[dict]]:\n    groups = defaultdict(list)\n    for row in rows:  # *not* slanted\n        groups[row[\"key\"]].append(row)\n    return {k: v for k, v in groups.items() if len(v) > 1}\n\nif __name__ == \"__main__\":\n    print(group([{\"key\": \"a\"}]))"),
  code("typescript", "type Result<T, E = Error> = { ok: true; value: T } | { ok: false; error: E };\n\nexport async function load<T>(url: string): Promise<Result<T>> {\n  const response = await fetch(`${url}?v=${Date.now()}`);\n  return response.ok ? { ok: true, value: await response.json() } : { ok: false, error: new Error(`${response.status}`) };\n}"),
  code("rust", "use std::collections::HashMap;\n\nfn count<'a>(words: &'a [&str]) -> HashMap<&'a str, usize> {\n    let mut map = HashMap::new();\n    for word in words {\n        *map.entry(*word).or_insert(0) += 1;\n    }\n    map\n}"),
  code("go", "func Map[T, U any](xs []T, f func(T) U) []U {\n\tys := make([]U, 0, len(xs))\n\tfor _, x := range xs {\n\t\tys = append(ys, f(x))\n\t}\n\treturn ys\n}"),
  code("sql", "SELECT u.name, COUNT(*) AS n\nFROM users AS u\nLEFT JOIN orders o ON o.user_id = u.id AND o.total > 10\nWHERE u.name LIKE '%\\_%' ESCAPE '\\'\nGROUP BY u.name\nHAVING COUNT(*) >= 2;"),
  code("bash", "set -euo pipefail\nfor f in *.log; do\n  [[ -s \"$f\" ]] || continue\n  grep -c 'ERROR' \"$f\" | awk '{ s += $1 } END { print s }'\ndone\necho \"$$ done: ${#files[@]} files\" > /dev/stderr"),
  code("html", "<!doctype html>\n<template id=\"row\">\n  <li class=\"row\"><slot name=\"title\"></slot> &amp; more</li>\n</template>\n<script type=\"module\">customElements.define(\"x-row\", Row);</script>"),
  code("yaml", "services:\n  web:\n    image: \"app:1.2\"\n    ports: [\"8080:80\"]\n    environment:\n      - KEY=${KEY:-none}\n# ---\nvolumes: {}"),
  code("diff", "--- a/app.py\n+++ b/app.py\n@@ -1,3 +1,3 @@\n-x = 1\n+x = 2\n y = x ** 2"),
];

// ---- what the answers are about; each gives its blocks

function program({ pick, some, number }) {
  const name = pick(["parse_line", "load_config", "merge_all", "to_rows", "retry_call"]);
  const type = pick(["Map<String, List<Integer>>", "Option<Box<dyn Error>>", "Promise<Array<User>>", "std::vector<std::pair<int, T>>"]);
  return [
    h(2, t`How ${c(name)} works`),
    t`The function takes a ${type} and walks it once, so it costs ${p("O(n)")} time and ${p("O(1)")} memory. It is called from __init__.py and from main_loop, but never with an empty list.`,
    pick(CODE),
    h(3, "What to note"),
    ul(...some([
      t`${b("Order:")} a dict keeps its order since ${number(3, 4)}.7, so ${c("keys()[0]")} is the oldest.`,
      t`${b("Errors")} are raised as ${c("ValueError")}, with the line's number in ${c("args[1]")}.`,
      t`If a < b and b > c, the ${em("first")} branch is taken; otherwise 2 * 3 * 4 = 24 steps are done.`,
      [t`Generics such as Result<T, E> need a bound:`, ul(t`${c("T: Clone")} for copies`, t`${c("E: From<io::Error>")} for ${c("?")}`)],
      t`Arguments go as ${c("*args")} and ${c("**kwargs")}; see ${a("the guide", "https://docs.example.com/guide_(new)#args_and_kwargs")}.`,
      t`Indices are half open: [0, ${number(5, 20)}) holds 0 but not the end, and xs[i][j] is a cell.`,
      t`${gone("Call it twice.")} Call it once.`,
    ], 3, 6)),
    t`After that, ${b(t`run ${c("make test")}`)} and look for ${c(`${name}_test.py`)} in the report.`,
    pick(CODE),
    t`Replace <your-name> with yours, press ${key("Ctrl")}+${key("C")} to stop, and don't forget ${c("#include <vector>")} in C++.`,
  ];
}

function install({ pick, some, number }) {
  const tool = pick(["ripgrep", "my_tool", "node-sass", "k9s", "pre-commit"]);
  return [
    t`Sure! Here is how to install ${b(tool)} on ${pick(["Debian", "macOS", "Windows 11", "NixOS"])}:`,
    ol(
      t`Open a terminal and run ${c(`git clone https://example.com/${tool}.git`)}.`,
      [t`Install it:`, pick(CODE)],
      [t`Set the variables in ${c("~/.profile")}:`, ul(t`${c("$PATH")} must hold ${c("$HOME/.local/bin")}`, t`${c("EDITOR")} may be ${em("vim")} or ${em("nano")}`)],
      t`Check it: ${c(`${tool} --version`)} prints ${number(1, 9)}.${number(0, 20)}.0 or newer.`,
    ),
    quote(t`${b("Note:")} on shared machines ask first.`, t`It takes ~${number(2, 9)} minutes and $${number(3, 30)} of credit.`),
    h(3, "If it fails"),
    table(
      ["Message", "Cause", "What to do"],
      ...some([
        [c("EACCES: permission denied"), "wrong owner", t`${c("chown -R $USER .")}`],
        [c("command not found"), t`${c("$PATH")} lacks it`, t`log in ${em("again")}`],
        [t`segfault at 0x0`, "a bug", a("report it", "https://example.com/issues?q=is%3Aopen")],
        [pick([{ md: "`a \\|\\| b`", words: "a || b" }, c("a || b")]), "a shell's or", t`quote ${b("both")}`],
        ["timeout", "slow network", t`retry ${number(2, 5)}× or more`],
      ], 2, 5),
    ),
    tasks(...some([t`read ${c("README.md")}`, "back up the data", t`remove ${c("/tmp/x_*")}`, t`tell ${b("everyone")}`, "restart"], 3, 5)),
    t`More at https://example.com/docs/${tool}?lang=en&page=2 or by mail to help@example.com. Between $5 and $${number(10, 90)} a month it's cheap.`,
  ];
}

function derivation({ pick, some, number }) {
  const n = number(2, 9);
  return [
    h(2, t`Deriving the ${pick(["formula", "bound", "series"])} for ${m(`S_${n}`)}`),
    t`Let ${m("f(x) = x^2")} on the interval [0, ${n}), and let ${m("a_i")} be its ${em("samples")}. Then the mean is ${p("\\bar{a} = \\frac{1}{n}\\sum_i a_i")}, which costs $${n * 10} to measure.`,
    bracketed("\\int_0^1 x^2 \\, dx = \\frac{1}{3}"),
    t`${b(t`Step 1.`)} By induction, ${p(`k = ${n}`)} holds. For ${m("n \\ge 1")} we get`,
    display("\\sum_{i=1}^{n} i = \\frac{n(n+1)}{2}"),
    ol(
      t`Assume ${m("a < b")}; if a > b, swap them.`,
      t`Multiply by ${p("e^{-i\\pi}")}, so that ${m("y_1 = -y_2")}.`,
      t`Divide by 2${pick([" and add 1", "", " * 3"])}.`,
    ),
    bracketed("\\begin{aligned}\na &= b + c \\\\\n  &= d_{1}\n\\end{aligned}"),
    table(["Symbol", "Meaning"], ...some([[m("x_i"), "a sample"], [m("\\mu"), t`its ${b("mean")}`], [p("\\sigma^2"), "variance"], [m("\\mathbb{R}"), "the reals"], ["n", t`count, ${n} or more`]], 3, 5)),
    quote(t`A proof is ${em("whatever convinces")} — ${bem("nearly")} always.`, "", t`See also ${m("E = mc^2")}.`),
    t`So ${b(t`the limit is ${p("\\frac{1}{3}")}`)}, as O(n^2) steps show; it grows 2**${n} times. ∎`,
  ];
}

function comparison({ pick, some, number }) {
  const [one, two] = some(["PostgreSQL", "MySQL", "SQLite", "Redis", "DuckDB"], 2, 2);
  return [
    t`${b(one)} and ${b(two)} differ in three ways${fn("1", 1)}.`,
    h(3, "At a glance"),
    table(
      ["", one, two],
      ...some([
        [b("Licence"), "free", t`free, ${em("mostly")}`],
        [b("Types"), t`Array<T>, Map<K, V>`, c("JSON")],
        [b("Price"), `$${number(0, 9)}`, `$${number(10, 30)}`],
        [b("Limit"), `${number(1, 9)} TB`, "~2 GB"],
        [b("Query"), c("SELECT * FROM t"), c("GET key_*")],
        [b("Docs"), a("site", "https://one.example.com/a_b"), a("site", "https://two.example.com/(x)")],
      ], 3, 6),
    ),
    h(3, t`1. Speed`),
    t`On ${number(2, 64)} cores, ${one} does 10*${number(2, 9)} queries in 1 ms & ${two} about half${fn("bench", 2)}. Rated 4* by users, 5** by none.`,
    stars(...some([t`${b("Reads:")}fast.`, t`${b("Writes:")} slow if a<b, else fast.`, t`${em("Locks")}: see ${c("pg_locks")}.`, t`Names like user_id and _id stay.`, t`The glob **/*.sql finds all.`], 3, 5)),
    rule(pick(["---", "***", "* * *"])),
    h(3, t`2. ${pick(["Choosing", "Which to take"])}`),
    t`Take ${one} if you need ${c("JOIN")}s; ${pick(["otherwise", "if not"])} ${two}. (Both are fine${fn("1", 1)}.)`,
    pick(CODE),
    lines(t`Best,`, t`your ${em("assistant")}`),
    { md: "[^1]: As of 2024, by their own *word*.\n[^bench]: With `pgbench -c 8`.", words: "As of 2024, by their own word. With pgbench -c 8." },
  ];
}

function travel({ pick, some, number }) {
  const city = pick(["Lisboa", "Kraków", "São Paulo", "Malmö", "Ürümqi"]);
  return [
    h(1, t`${number(2, 6)} days in ${city} 🌍`),
    lines(t`${b("When:")} May – June`, t`${b("Cost:")} €${number(300, 900)} (≈ $${number(300, 900)})`, t`${b("Mood:")} 😀👍🏽 👩‍👩‍👧`),
    ...some([1, 2, 3, 4], 2, 4).sort().flatMap((day) => [
      h(2, t`Day ${day}: ${pick(["the old town", "by the river", "museums & cafés", "up the hill"])}`),
      ul(...some([
        t`${b(`${number(7, 11)}:30`)} – breakfast at ${em("Café Central")} (~${number(5, 12)} €)`,
        t`Tram 28* to the castle`,
        [t`Lunch:`, ul("soup", t`${b("fish")} & chips`, t`tea, ${gone("coffee")}`)],
        t`Walk ${number(2, 9)} km, then ${a("the museum", "https://example.com/m%C3%BCseum_(old)")}`,
        t`1986. A great vintage, they say.`,
        t`Sunset at 7 p.m. — bring a jacket!`,
      ], 2, 5)),
      pick([t`${em("Tip:")} book early; seats 5-8 are best.`, quote(t`“A city is a ${em("poem")}.”`), t`Weather: ${number(15, 30)} °C, H${sub("2")}O in the bag.`]),
    ]),
    t`Have a good trip! ✈️`,
    lines("Old stones", "a bell at noon", "one more pastel de nata"),
  ];
}

function chinese({ pick, some, number }) {
  return [
    h(2, pick(["一、概述", "概要：并发模型", "总结"])),
    t`${b("并发")}是指在${number(2, 9)}个任务之间切换，而${b("并行")}是同时执行。${em("注意")}：两者不同！`,
    ol(...some([
      t`${b("线程：")}共享内存，需要锁（${c("Lock")}）。`,
      t`${b("“协程”")}很轻，用${c("async/await")}写。`,
      t`${b("进程")}：隔离好，但开销大；见${a("文档", "https://example.com/文档_1")}。`,
      t`时间复杂度为${p("O(n \\log n)")}，空间为 ${m("n^2")}。`,
      t`価格は¥${number(100, 900)}です。${b("重要")}です。`,
    ], 3, 5)),
    pick(CODE),
    table(["模型", "优点", "缺点"], ["线程", b("简单"), "竞态"], [c("asyncio"), "省内存", t`${em("难")}调试`]),
    quote(t`${b("提示：")}先测量，再优化。`, t`不要过早优化。`),
    h(3, "二、结论"),
    t`因此，若 a < b 则用协程；否则用进程。更多请看 https://example.com/并发?x=1 。谢谢 🙏`,
    t`한국어로도 ${b("간단히")} 말하면: 스레드는 무겁고 코루틴은 가볍습니다. 日本語では${b("「並行」")}と言います。`,
  ];
}

function arabic({ pick, some, number }) {
  return [
    h(2, pick(["مقدمة", "الشرح", "الخطوات"])),
    t`هذا شرح ${b("مختصر")} عن الدالة ${c("map()")} في لغة ${em("بايثون")}، وعددها ${number(2, 9)}.`,
    ul(...some([t`${b("أولا:")} افتح الملف ${c("main.py")}`, t`ثانيا، اكتب ${c("print(x)")} ثم احفظ`, t`اقرأ ${a("الدليل", "https://example.com/ar/دليل")}`, t`القيمة ${m("x_1 = 5")} صحيحة`, t`${gone("لا")} نعم`], 3, 5)),
    pick(CODE),
    quote(t`العلم ${em("نور")}.`),
    t`וגם ב${b("עברית")}: הפונקציה מחזירה List<int> אם a < b.`,
    t`हिन्दी में: ${b("सरल")} और ${em("तेज़")}। ภาษาไทย: ${b("ง่าย")} มาก`,
    table(["الاسم", "القيمة"], [c("n"), number(1, 9)], [b("المجموع"), t`$${number(10, 99)}`]),
  ];
}

function essay({ pick, some, number }) {
  return [
    h(1, pick(["On Slowness", "The Map & the Territory", "Why We Write"])),
    t`It began — as these things do — with a ${em("letter")}${fn("a", 1)}. “Dear reader,” it said, “I have ${b("three")} questions… and no answers.”`,
    quote(t`We live, as we dream,`, t`${em("alone")}.`, "", t`— ${b("J. C.")}, ${number(1890, 1999)}`),
    ...some([
      t`Some call it ${bem("progress")}; others (see [1] and [2]) do not. The class of ${number(1950, 1999)} was neither/nor, and/or both: 50% of it, anyway.`,
      t`Prices* are per night. A_B testing and snake_case are younger than ${em("Middlemarch")}.`,
      lines("Roses are red,", t`violets are ${em("blue")},`, "sugar is sweet,", t`and ${b("so")} are you.`),
      { md: "Fish &amp; chips, caf&eacute; &mdash; and &copy; 2024.", words: "Fish & chips, café — and © 2024." },
      t`Set ${c("<title>")} and the <head> aside: a <b> would be bold, a <div> would not, and <!-- a comment --> would be neither.`,
      t`Mail ann@example.com, or visit www.example.com/essays/on_slowness. It's 5 o'clock & all's well.`,
      t`She said “${b("no")}”, and (${em("quietly")}) left; ${b("“why?”")}s followed.`,
    ], 3, 6),
    rule(pick(["***", "---", "___"])),
    h(2, "Coda"),
    t`And so it ends${fn("b", 2)}, ${gone("happily")} ${pick(["slowly", "at last"])}: with - of all things - a list.`,
    ol(t`Read ${em("more")}`, t`Write ${b(t`${em("less")} and better`)}`, t`Rest`),
    { md: "[^a]: See *Letters*, vol. 2, p. 14.\n\n[^b]: Or does it?", words: "See Letters, vol. 2, p. 14. Or does it?" },
  ];
}

function debugging({ pick, some, number }) {
  const line = number(10, 99);
  return [
    t`The error means that ${c("user")} is ${c("undefined")} in line ${line}:`,
    code("", `Traceback (most recent call last):\n  File "app.py", line ${line}, in <module>\n    main(**opts)\nTypeError: '<' not supported between 'str' and 'int'`),
    t`${b("Why?")} Because ${c("a < b")} compares a str with an int. ${pick(["Likely", "Perhaps"])} __main__ was run with -O or --foo=<bar>.`,
    h(3, t`Fix ${number(1, 3)}: convert it`),
    pick(CODE),
    h(3, t`Then: ${c("git bisect")}`),
    ol(
      t`${c("git bisect start")}`,
      t`${c("git bisect bad <sha>")} — <sha> is from ${c("git log -1")}`,
      [t`Test each step:`, code("sh", "make test || exit 1\n# $? is the exit code")],
      [t`Read the output:`, quote(t`${number(1, 9)} failed, ${number(10, 99)} passed`)],
      t`Stop.`,
    ),
    ul(...some([
      t`${c("$$")} is the PID, ${c("$?")} the exit code, ${c("$#")} the count.`,
      t`In Make write $$ to get one $, as in $$HOME.`,
      t`Regex: ${c("^[^#]*$")} matches; [^a-z] is a class, (a|b)+ a group.`,
      t`JSX: <Row key={id} {...props} /> or <Trans>text</Trans>.`,
      t`Vue: <script setup lang="ts"> and <style scoped>.`,
      t`C: int *p = &x; printf("%d", *p);`,
      t`C++: std::cout << x << "\n"; and a->b, a && b.`,
      t`PHP: <?php echo 1; ?> and $_GET["a"].`,
      t`Paths: ~/x, ../y and /etc/*.conf.`,
    ], 4, 8)),
    t`If it still fails, send me the ${em("whole")} output of ${c("pip list | grep -i <name>")}. That's all.`,
  ];
}

function nested({ pick, some, number }) {
  return [
    t`Here's a ${b("plan")} with ${number(3, 9)} parts:`,
    ol(
      [t`${b("Research")}`, ul([t`Read ${a("paper [1]", "https://example.com/p(1).pdf")}`, ul(t`abstract`, t`${em("results")}, table 2`)], t`Take notes in ${c("notes/*.md")}`)],
      [t`${b("Build")} — see below`, ul(t`prototype`, t`tests: ${c("pytest -k 'a and not b'")}`, [t`docs`, ol(t`outline`, t`draft ${number(1, 4)}`)])],
      [t`${b("Ship")}`, pick(CODE), t`and tell ${em("them")}.`],
    ),
    h(4, t`Risks (${number(10, 60)} %)`),
    quote(t`${b("Warning")}`, t`It may ${em("break")}.`, "", t`- ${em("once")}`, t`- twice, with ${c("code")}`),
    table(["Risk", "p", "Cost"], ...some([["late", m("p_1 = 0.2"), "$5k"], [t`${b("bugs")}`, "30 %", "€2"], ["none", "-", t`${gone("$0")}`], ["other", "~1 %", "n/a"]], 2, 4)),
    tasks("plan", t`${b("do")} it`, t`check ${c("it")}`, "rest"),
    t`Timeline: Q1 -> Q2 => Q3; v1.0 < v2.0; a/b/c; 24/7; 3x; #1; @you; C#; F#; .NET; 1_000_000; 50%; §2; “ok” — 'ok'.`,
    pick([t`Shall I go on?`, t`${em("Good luck!")}`, t`Let me know (by ${b("Friday")}).`]),
  ];
}

const KINDS = [program, install, derivation, comparison, travel, chinese, arabic, essay, debugging, nested];

// As long as an answer of its kind is: one subject after the other until it is.
export function answer(seed) {
  const luck = dice(seed);
  const about = KINDS[seed % KINDS.length];
  const wanted = luck.number(1000, 4500);
  const { md, words } = join(about(luck), "\n\n");
  const more = [];
  while (md.length + more.reduce((sum, one) => sum + one.md.length, 0) < wanted) {
    const extra = luck.pick([program, install, derivation, travel, chinese, arabic, debugging, nested]);
    more.push(join(extra(luck), "\n\n"));
  }
  // Notes stand at the end, so that the words of all that is between come before them.
  const all = [...more, { md, words }];
  return { kind: about.name, text: all.map((one) => one.md).join("\n\n"), words: all.map((one) => one.words).join(" ") };
}
