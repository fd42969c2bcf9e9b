"""What a text could try against its reader: run a script, call elsewhere, take the page's names, lead to another tab."""

EVIL = "https://evil.example"


def html() -> list[str]:
    tags = (
        "div",
        "span",
        "p",
        "form",
        "input",
        "button",
        "textarea",
        "select",
        "iframe",
        "object",
        "embed",
        "svg",
        "math",
        "style",
    )
    names = ("root", "composer", "app-ready", "message", "main", "settings")
    return [
        *(f'<{tag} id="{name}" name="{name}" class="app {name}">x</{tag}>' for tag, name in zip(tags, names * 3, strict=False)),
        *(f"<{tag} src='{EVIL}/{tag}' data='{EVIL}/d' href='{EVIL}/h'></{tag}>" for tag in ("img", "video", "audio", "source", "track", "link", "image", "base", "frame")),
        *(f"<{tag} {event}='window.stolen=1'>x</{tag}>" for tag, event in (("img src=x", "onerror"), ("body", "onload"), ("b", "onclick"), ("details open", "ontoggle"), ("kbd", "onmouseover"), ("mark", "onfocus tabindex=0 autofocus"), ("svg", "onload"), ("input autofocus", "onfocus"))),
        "<script>window.stolen=1</script>",
        f"<script src='{EVIL}/s.js'></script>",
        f"<style>@import url({EVIL}/a.css); body {{ background: url({EVIL}/b.png) }}</style>",
        f"<meta http-equiv='refresh' content='0;url={EVIL}/m'>",
        f"<sub style='background:url({EVIL}/c.png)'>x</sub>",
        "<kbd id='root' class='sidebar' style='position:fixed;inset:0'>x</kbd><mark data-testid='app-ready'>y</mark>",
        f"<table background='{EVIL}/t.png'><tr><td background='{EVIL}/u.png'>x</table>",
        "<template><script>window.stolen=1</script></template>",
        "<noscript><p title='</noscript><img src=x onerror=window.stolen=1>'>",
        "<svg><script>window.stolen=1</script><a xlink:href='javascript:window.stolen=1'><text>x</text></a></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=window.stolen=1>",
        "<!--><img src=x onerror=window.stolen=1>-->",
        "<sup><b onclick=window.stolen=1>x</sup></b>",
    ]  # fmt: skip


def links() -> list[str]:
    schemes = ("javascript:window.stolen=1", "JaVaScRiPt:window.stolen=1", "java\tscript:window.stolen=1", "vbscript:x", "data:text/html,<script>window.stolen=1</script>", "file:///etc/passwd", "sandbox:/mnt/x", "blob:x", "#root", "//evil.example/x")  # fmt: skip
    return [
        *(f"[press]({scheme})" for scheme in schemes),
        *(f"<{scheme}>" for scheme in schemes[:4]),
        *(f"![see]({scheme})" for scheme in schemes),
        f"![x]({EVIL}/i.png)",
        "![x](data:image/svg+xml,<svg onload=window.stolen=1>)",
        f"[ref]: {EVIL}/ref\n\n[ref] ![ref]",
        f"[![x]({EVIL}/in.png)](javascript:window.stolen=1)",
        'Text[^1] and[^root].\n\n[^1]: <b id="root">note</b>\n[^root]: [x](javascript:window.stolen=1)',
    ]


def formulas() -> list[str]:
    return [
        f"$$\\href{{javascript:window.stolen=1}}{{x}}$$ and $$\\url{{{EVIL}/k}}$$",
        f"$$\\includegraphics{{{EVIL}/k.png}}$$",
        "$$\\htmlId{root}{x} \\htmlClass{app}{y} \\htmlData{a=b}{z}$$",
        f"$$\\htmlStyle{{background:url({EVIL}/k2.png)}}{{x}}$$",
        "$$\\def\\a{\\a\\a}\\a$$",
        "$$<img src=x onerror=window.stolen=1>$$",
    ]


def diagrams() -> list[str]:
    image = f"<img src='{EVIL}/n.png'>"
    bodies = (
        f'graph TD\n  A@{{ img: "{EVIL}/k.png", label: "x", h: 60 }}\n  A-->B',
        f'graph TD\n  A["{image}"] --> B["<b onclick=window.stolen=1>x</b>"]',
        f'%%{{init: {{"themeCSS": ".node rect {{ fill: url({EVIL}/n4.png) }} @import url({EVIL}/n5.css);"}}}}%%\ngraph TD\n  A --> B',
        f'---\nconfig:\n  themeCSS: "@import url({EVIL}/n6.css);"\n  securityLevel: loose\n---\ngraph TD\n  A --> B',
        f'graph TD\n  A --> B\n  click A href "{EVIL}/c"\n  click B call steal()\n  style A fill:url({EVIL}/f.png)',
        f"graph TD\n  A --> B\n  classDef x background-image:url({EVIL}/g.png)\n  class A x",
        f'block-beta\n  a["{image}"]',
        f'stateDiagram-v2\n  state "{image}" as s\n  [*] --> s',
        f'classDiagram\n  class F["{image}"]\n  click F href "javascript:window.stolen=1"',
        f'erDiagram\n  A["{image}"] {{ string x }}',
        f"sequenceDiagram\n  participant A as {image}\n  A->>B: {image}\n  link A: x @ {EVIL}/l",
        f'mindmap\n  root(({image}))\n    a["{image}"]',
        f'pie title {image}\n  "{image}" : 10',
        f'gantt\n  title {image}\n  section s\n  {image} :a1, 2024-01-01, 3d\n  click a1 href "{EVIL}/g"',
        f"journey\n  title {image}\n  section s\n    {image}: 5: Me",
        f'gitGraph\n  commit id: "{image}"',
        f"timeline\n  title {image}\n  2024 : {image}",
        f'quadrantChart\n  title {image}\n  "{image}": [0.3, 0.6]',
        f'C4Context\n  Person(a, "{image}", "x", $sprite="{EVIL}/s.png", $link="{EVIL}/k")',
        f"architecture-beta\n  service a({EVIL}/i.svg)[{image}]",
        "graph TD\n  A[unfinished --> ((",
        f"graph TD\n  A --> B; style A fill:url({EVIL}/z1.png)\n  style B fill:url#40;{EVIL}/z2.png)",
        f"graph TD\n  A:::x --> B\n  classDef x fill:url#40;{EVIL}/z3.png)",
        f"classDiagram\n  class A:::x\n  classDef x fill:u\\72l#40;{EVIL}/z4.png),#64;import {EVIL}/z5.css",
        f"gantt\n  todayMarker stroke:url({EVIL}/z6.png)\n  section s\n  a :a1, 2024-01-01, 3d",
        f"---\ntitle: <img src={EVIL}/z7.png> url({EVIL}/z8.png)\n---\ngraph TD\n  A --> B",
    )
    return [f"```mermaid\n{body}\n```" for body in bodies]


def labels() -> list[str]:
    return [
        '```js" onmouseover="window.stolen=1\nx\n```',
        "```<img src=x onerror=window.stolen=1>\nx\n```",
        "```constructor\nx\n```",
        "```__proto__\nx\n```",
        "```html\n<script>window.stolen=1</script>\n```",
        '```{r, id="root"}\nx\n```',
        "| <img src=x onerror=window.stolen=1> |\n|---|\n| <script>window.stolen=1</script> |",
        "# <img src=x onerror=window.stolen=1>",
        "- [x] <input autofocus onfocus=window.stolen=1>",
        "> <iframe src='javascript:window.stolen=1'></iframe>",
        "`<img src=x onerror=window.stolen=1>`",
        "&lt;img src=x onerror=window.stolen=1&gt;",
        "\\<script>window.stolen=1\\</script>",
        "<details id='root'><summary>s</summary><img src=x onerror=window.stolen=1></details>",
    ]


HOSTILE = [*html(), *links(), *formulas(), *labels(), *diagrams()]
