import { expect, test } from "bun:test";
import { inline } from "../../components/prose_inline.js";

// A text, what it becomes when it has ended, and what while more may come.
test.each([
  ["plain words", "plain words", "plain words"],
  ["a < b", "a \\< b", "a \\< b"],
  ["x<y and *z*", "x\\<y and *z*", "x\\<y and"],
  ["`<b>` is code", "`<b>` is code", "`<b>` is code"],
  ["a `co", "a \\`co", "a `co`"],
  ["**bold**", "**bold**", "<strong>bold</strong>"],
  ["a **bold", "a \\*\\*bold", "a <strong>bold</strong>"],
  ["**中文**好", "<strong>中文</strong>好", "<strong>中文</strong>好"],
  ["2 * 3 * 4", "2 \\* 3 \\* 4", "2 \\* 3 \\* 4"],
  ["a_b_c", "a\\_b\\_c", "a\\_b\\_c"],
  ["costs $5 and $6", "costs \\$5 and \\$6", "costs \\$5 and"],
  ["$a^2$", "$$a^2$$", ""],
  ["$\\sin x$", "$$\\sin x$$", ""],
  ["$log y$ it is", "$$log y$$ it is", "$$log y$$ it is"],
  ["from $a the$ end", "from \\$a the\\$ end", "from \\$a the\\$ end"],
  ["前*中*后", "前<em>中</em>后", "前<em>中</em>后"],
  ["a*b*c", "a\\*b\\*c", "a\\*b\\*c"],
  ["\\(a^2\\)", "$$a^2$$", "$$a^2$$"],
  ["[a](https://e.com)", "[a](https://e.com)", "[a](https://e.com)"],
  ["[a](https://e.", "\\[a](https://e.", ""],
  ["https://e.com/a_b_c", "https://e.com/a_b_c", "https://e.com/a_b_c"],
  ["<kbd>Ctrl</kbd>", "<kbd>Ctrl</kbd>", "<kbd>Ctrl</kbd>"],
  ["<Card title={x}>", "\\<Card title={x}>", "\\<Card title={x}>"],
  ["<script>alert(1)</script>", "\\<script>alert(1)\\</script>", "\\<script>alert(1)\\</script>"],
  ["a & b &amp; c", "a & b &amp; c", "a & b &amp; c"],
])("%p becomes %p, and %p while it is open", (text, ended, open) => {
  expect(inline(text)).toBe(ended);
  expect(inline(text, { isOpen: true })).toBe(open);
});

test("in a line of HTML nothing is markdown", () => {
  expect(inline("2 * 3 < 7", { isHtml: true })).toBe("2 &#42; 3 &#60; 7");
});

test("emphasis and brackets cost what they are long", () => {
  const took = (text) => {
    const begun = performance.now();
    inline(text, { isOpen: true });
    return performance.now() - begun;
  };
  for (const odd of ["*a ", "[", "`a ``b ", "<a "]) expect(took(odd.repeat(20_000))).toBeLessThan(2000);
});
