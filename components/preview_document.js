// The document that shows a page or a drawing of a model's, shut in: what it may load, and what it tells about itself.

// Nothing is let in or out but what stands in the document. `hosts` are those that the reader has allowed by name.
const policy = (hosts, runsScripts) => {
  const from = hosts.map((host) => `https://${host}`).join(" ");
  return [
    "default-src 'none'",
    `script-src ${runsScripts ? `'unsafe-inline' 'unsafe-eval' ${from}` : "'none'"}`,
    `style-src 'unsafe-inline' ${from}`,
    `img-src data: blob: ${from}`,
    `font-src data: ${from}`,
    `media-src data: blob: ${from}`,
    "form-action 'none'",
    "base-uri 'none'",
  ].join("; ");
};

// No policy speaks of peer connections, which would lead out; a frame without a document would bring them back.
const ALONE = `for (const name of Object.getOwnPropertyNames(window)) if (/^(webkit)?RTC/.test(name)) delete window[name];
  const lead = (name) => Object.defineProperty(HTMLIFrameElement.prototype, name, { get: () => null });
  lead("contentWindow"), lead("contentDocument");
  const shut = (node) => node.querySelectorAll?.("iframe,frame,object,embed").forEach((frame) => frame.remove());
  for (const [owner, names] of [[Node, ["appendChild", "insertBefore", "replaceChild"]], [Element, ["append", "prepend", "before", "after", "replaceWith", "replaceChildren", "insertAdjacentElement"]]]) {
    for (const name of names) {
      const before = owner.prototype[name];
      owner.prototype[name] = function (...nodes) {
        for (const node of nodes) if (node instanceof Node && (/^(iframe|frame|object|embed)$/i.test(node.nodeName) || node.querySelector?.("iframe,frame,object,embed"))) throw new DOMException("A preview has no frames.", "SecurityError");
        return before.apply(this, nodes);
      };
    }
  }
  new MutationObserver(() => shut(document)).observe(document, { childList: true, subtree: true });`;

// Runs before anything of the document: what it says and where it fails goes to the page around, and a sign of life.
const tellTale = (token) => `<script>(() => {
  ${ALONE}
  const tell = ((post, to) => (kind, text) => post(JSON.stringify({ token: ${JSON.stringify(token)}, kind, text: String(text).slice(0, 2000) }), "*"))(parent.postMessage.bind(parent));
  const word = (value) => {
    if (typeof value === "string") return value;
    if (value instanceof Error) return value.stack || String(value);
    try { return JSON.stringify(value) ?? String(value); } catch { return String(value); }
  };
  const said = ([first, ...rest]) => {
    if (typeof first !== "string") return [first, ...rest].map(word).join(" ");
    const filled = first.replace(/%([sdifoOc%])/g, (mark, kind) => {
      if (kind === "%") return "%";
      if (!rest.length) return mark;
      const value = word(rest.shift());
      return kind === "c" ? "" : value;
    });
    return [filled, ...rest.map(word)].join(" ");
  };
  for (const kind of ["log", "info", "warn", "error", "debug"]) {
    const before = console[kind];
    console[kind] = (...words) => { before.apply(console, words); tell(kind, said(words)); };
  }
  const at = (event) => event.lineno ? " (line " + event.lineno + ")" : "";
  const fault = (event) => (event.error instanceof DOMException ? "Uncaught " + event.error : event.message);
  addEventListener("error", (event) => tell("error", event.message ? fault(event) + at(event) : "Something could not be loaded: " + (event.target?.src || event.target?.href || event.target?.tagName)), true);
  addEventListener("unhandledrejection", (event) => tell("error", "Unhandled rejection: " + word(event.reason)));
  addEventListener("securitypolicyviolation", (event) => tell("warn", "Not allowed here: " + event.effectiveDirective + " " + event.blockedURI));
  setInterval(() => tell("alive", ""), 500);
  tell("alive", "");
})()</script>`;

const LOOK = "<style>:where(html){color-scheme:light;font-family:system-ui,sans-serif}</style>";
const DRAWING = "<style>html,body{height:100%;margin:0}body{display:grid;place-items:center}svg{max-width:100%;max-height:100%}</style>";

// The markup comes last, so that its lines are counted from `linesBefore` on.
export function documentOf(kind, markup, { hosts = [], runsScripts = true, token }) {
  const head = `<meta http-equiv="Content-Security-Policy" content="${policy(hosts, runsScripts)}"><meta http-equiv="x-dns-prefetch-control" content="off"><meta name="referrer" content="no-referrer">`;
  const own = runsScripts ? tellTale(token) : "";
  return `<!doctype html><meta charset="utf-8">${head}${own.replace(/\n\s*/g, " ")}${LOOK}${kind === "svg" ? DRAWING : ""}${markup}`;
}

const UNFINISHED = /<[^<>]*$/;
const RAW = /<(script|style|textarea|title|template|noscript|iframe)\b[^>]*>/gi;
const COMMENT = "<!--";

// The part of a page that is being written which can be shown: not half a tag, nor half a script or a comment.
export function settledMarkup(markup) {
  let end = markup.length;
  let from = 0;
  for (;;) {
    RAW.lastIndex = from;
    const raw = RAW.exec(markup);
    const comment = markup.indexOf(COMMENT, from);
    const isComment = comment >= 0 && (!raw || comment < raw.index);
    if (!isComment && !raw) break;
    const start = isComment ? comment : raw.index;
    const closing = isComment ? /-->/g : new RegExp(`</${raw[1]}\\s*>`, "gi");
    closing.lastIndex = isComment ? start + COMMENT.length : RAW.lastIndex;
    const close = closing.exec(markup);
    if (!close) {
      end = start;
      break;
    }
    from = closing.lastIndex;
  }
  return markup.slice(0, end).replace(UNFINISHED, "");
}

const REMOTE = /(?:src|href|url|import|from)\s*(?:=\s*["']?|\(\s*["']?|\s+["']|["'])\s*(?:https?:)?\/\/([a-z0-9.-]+(?::\d+)?)/gi;
const LINKS = /<a\b[^>]*>/gi; // they lead somewhere and load nothing

// The hosts from which a document wants to load something.
export const hostsOf = (markup) => [...new Set([...markup.replace(LINKS, "").matchAll(REMOTE)].map((found) => found[1].toLowerCase()))].sort();
