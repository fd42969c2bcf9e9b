// The inside of one paragraph, item, heading or row: what is markup there stays, everything else is escaped.
import { isLikelyMark, isMark, mark } from "./footnotes.js";

// Tags that do nothing but show; all others are text.
const PAIRED = new Set("abbr b del details em i ins kbd mark ruby rp rt s samp small strong sub summary sup u var".split(" "));
const VOID = new Set(["br", "wbr", "hr"]);
const TAG = /^<(\/?)([a-zA-Z][a-zA-Z0-9]*)(?:\s+(?:[a-zA-Z-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+)|open)\s*)*\s*\/?>/;
const AUTOLINK = /^<(?:https?:\/\/[^\s<>]+|mailto:[^\s<>]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)>/;
const HALF_AUTOLINK = /^<(?:https?:\/\/[^\s<>]*|mailto:[^\s<>]*|[\w.+-]*(?:@[\w.-]*)?|https?:\/?)$/;
// Any other tag is shown as it is written: its name, its attributes, its end.
const TAG_NAME = /^<\/?[a-zA-Z][\w.:-]*/;
const ATTRIBUTE = /\s+(?:[a-zA-Z_:][\w.:-]*|[*@#([][\w.:()[\]-]+(?==))(?:\s*=\s*(?:"[^"]*"|'[^']*'|\{[^{}]*\}|[^\s"'<>=`{]+))?/y;
const TAG_END = /\s*\/?>/y;
const HALF_END = /(?:\s*=\s*(?:"[^"]*|'[^']*|\{[^{}]*|[^\s"'<>=`{]*)|[ \t]+[*@#([][\w.:()[\]-]*|\s*\/?)$/y;
const URL_TEXT = /(?:https?:\/\/|www\.)(?:[^\s<>`*"“”]|\*(?=[\w/]))+/y;
const MAY_MEAN_MORE = /[\\`$<!\[*_~hw]/g;
const ENTITY_END = /&(?:#[xX]?[0-9a-fA-F]{0,6}|[A-Za-z][A-Za-z0-9]{0,30})?$/;
const TITLE = /^(?:\s+(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\((?:\\.|[^()\\])*\)))?\s*\)/;
const HALF_TITLE = /^(?:\s*$|\s+(?:"(?:\\.|[^"\\])*\\?(?:"\s*)?|'(?:\\.|[^'\\])*\\?(?:'\s*)?|\((?:\\.|[^()\\])*\\?(?:\)\s*)?)$)/;
const FUNCTION_WORDS = new Set("arcsin arccos arctan arg cos cosh cot csc det dim exp gcd inf ker lim log max min mod sec sin sinh sup tan tanh".split(" "));
const SUFFIXES = ["th", "st", "nd", "rd", "s"];
const SUFFIX = /^(?:th|st|nd|rd|s)(?![\p{L}\p{N}])/u; // as in “the $n$th”
const OPERATOR = "[-+=<>\\\\^*/]";
// A name of a shell, or a price.
const STARTS_NO_FORMULA = new RegExp(`^\\{\\w*\\}?|^ ?\\d[\\d.,]*[)\\];:!?.,*|]*\\s(?!${OPERATOR}|\\d|$)|^(?:[A-Z_]*[A-Z]{2}[A-Z_]*|_\\w*)\\b(?![\\^_({]|\\s?$|\\s${OPERATOR})`);
const DRIVE = /(?:^|[^\p{L}\p{N}])[A-Za-z]:(?:\\[^\s\\]*)*$/u;
const PATH_SIGN = /[_.\-()[\]{}!#$%&+,;=@^'~*]/;
const SOURCE = /^\d{0,3}$/; // a link that follows its claim without a space
const SHARE = /^\\\\[\w.-]+\\[\w$]/;
const HALF_SHARE = /^\\\\[\w.-]*\\?$/;
const ENVIRONMENT = /^\\begin\{(aligned(?:at)?|array|[Bbpv]?matrix|[Vr]?(?:cases|matrix)|gathered|smallmatrix)\}/; // those that a line can hold
const HALF_ENVIRONMENT = /^\\b(?:e(?:g(?:in?)?)?|egin\{[A-Za-z]{0,11}\}?)?$/;
const NAME = /^[A-Za-z]{1,14}(?= ?(?:=|$))/; // of what a formula defines
const PRODUCT = /^(?:[A-Z]{3}|(?!why|try|how)[b-df-hj-np-tv-zB-DF-HJ-NP-TV-Z]{3,4})$/; // of variables
const LONGEST_HELD_CHARS = 120;
const DEEPEST = 50; // of emphasis or tags in one another: what reads them after us recurs
const LONGEST_EMPHASIS_HELD = 40;
const LONGEST_FORMULA_CHARS = 1000;
const ALNUM = /[\p{L}\p{N}]/u;
const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
const WORD_SIGN = /(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}])[\p{L}\p{N}]/u;
const CANNOT_FOLLOW_OPENER = /[\s/.,;:!?)\]}=|>%&+]/;
const PATTERN_SIGN = /[.)\]}^+]/; // after which an asterisk means “any number of these”
const CANNOT_PRECEDE_CLOSER = /[\s(\[{/]/;
const HTML = { 1: ["<em>", "</em>"], 2: ["<strong>", "</strong>"], 3: ["<em><strong>", "</strong></em>"], "~": ["<del>", "</del>"] };
const NATIVE = { 1: "*", 2: "**", 3: "***", "~": "~~" };

const isHalfFunction = (word) => [...FUNCTION_WORDS].some((name) => name.startsWith(word));

// The words in a formula are names of functions or stand in braces; three letters in a row are prose.
function looksLikeFormula(body) {
  if (/\n\s*\n|(?<!\\)\$/.test(body) || body.length > LONGEST_FORMULA_CHARS) return false;
  const bare = body.replace(/\\[A-Za-z]+\s*/g, " ").replace(/\{[^{}]*\}/g, " ");
  if (CJK.test(bare)) return false;
  if (/(?:^|\s)(?:an|as|at|by|if|in|is|it|of|on|or|so|to|up|we)(?![A-Za-z])/.test(bare)) return false;
  const words = (bare.match(/[A-Za-z]{3,}/g) ?? []).filter((word) => !FUNCTION_WORDS.has(word) && !PRODUCT.test(word));
  return words.length <= (/\\[A-Za-z]{2}/.test(body) && body.includes("=") ? 1 : 0); // a name, as in “loss = \\log p”
}

const formulaEnd = (rest, run) => (run === "$$" ? rest.indexOf(run) : rest.search(/(?<!\\)\$/));

function isDoubleDollared(rest, end) {
  const body = rest.slice(0, Math.max(end, 0));
  const isTight = /^\S.*\S$|^\S$/s.test(body);
  return body.trim() !== "" && !body.includes("$") && (isTight || /[\\^_={}]/.test(body)) && looksLikeFormula(body);
}

// Between single signs stands a formula where they hold nothing that money, a shell or a list of signs would.
function isDollared(before, rest, end) {
  const body = rest.slice(0, Math.max(end, 0));
  const after = rest.slice(end + 1);
  const isFree = !/[$\\]/.test(before) && !WORD_SIGN.test(before) && !after.startsWith("$") && (!WORD_SIGN.test(after[0] ?? "") || SUFFIX.test(after));
  const isTight = /^\S/.test(body) && /\S$/.test(body);
  const isSpaced = /^ \S.* $/.test(body) && /[A-Za-z]/.test(body) && /[\\^_=<>+]/.test(body);
  if (!isFree || !(isTight || isSpaced) || !/[\p{L}\p{N}\\]/u.test(body)) return false;
  return !/["“”]|^['’),;:!?`]|^\d[\d.,]*(?:[-–—,]$|\s?[A-Z]{3}|[)\];:!?*|]+\s)/.test(body) && looksLikeFormula(body);
}

// What follows a formula may still be the end of a word such as “$n$th”.
const mayGoOn = (after) => after === "" || SUFFIXES.some((suffix) => suffix.startsWith(after));

// As in f[0](x) or [this](auto) {}: what leads nowhere is no address.
function isCall(label, address, isIndex) {
  return !/[/.:#?]/.test(address) && (isIndex || address.trim() !== "" || !/[\p{L}\p{N}]/u.test(label));
}

// A row keeps its bars as they are. In a line of HTML, as `<summary>` begins one, markdown has no meaning.
export function inline(text, { isOpen = false, isRow = false, isHtml = false } = {}) {
  const shown = new Scanner(text, isOpen, isRow, isHtml).run();
  return isHtml ? shown.replace(/\\([^\p{L}\p{N}\s])/gu, (_, sign) => entity(sign)) : shown;
}

const entity = (sign) => `&#${sign.codePointAt(0)};`;
const asEntities = (text) => text.replace(/[<>&"'\\]/g, entity);

// The end of each bracket of a text, read once: code and what is escaped have none.
function pairsOf(text) {
  const pairs = new Map();
  const opened = [];
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === "\\") at += 1;
    else if (sign === "`") {
      let size = 1;
      while (text[at + size] === "`") size += 1;
      const closing = text.indexOf("`".repeat(size), at + size);
      at = closing < 0 ? at + size - 1 : closing + size - 1;
    } else if (sign === "[") opened.push(at);
    else if (sign === "]" && opened.length) pairs.set(opened.pop(), at);
  }
  return pairs;
}

// Where an address that begins after each round bracket ends: at its own end, at a space, or not yet.
function targetsOf(text) {
  const targets = new Map();
  let opened = [];
  let last = -1; // sign that is no space
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    const isSpace = /\s/.test(sign);
    const isFirst = isSpace && opened.length > 0 && opened.at(-1) === last; // `( https://…`
    if (!isSpace) last = at;
    if (sign === "\\") at += 1;
    else if (sign === "(") opened.push(at);
    else if (sign === ")" && opened.length) targets.set(opened.pop(), { end: at });
    else if (isSpace) {
      const kept = isFirst ? [opened.pop()] : [];
      opened.forEach((open, place) => targets.set(open, { end: at, isAlone: place === opened.length - 1 && !isFirst }));
      opened = kept;
    }
  }
  for (const open of opened) targets.set(open, { isOpen: true });
  return targets;
}

class Scanner {
  constructor(text, isOpen, isRow, isHtml) {
    this.text = isOpen ? text.replace(ENTITY_END, "") : text;
    this.isOpen = isOpen;
    this.isRow = isRow;
    this.isHtml = isHtml;
    this.out = [];
    this.stack = []; // of signs that may open something
    this.at = 0;
    this.isHeld = false; // what follows is not shown yet
  }

  run() {
    const { text } = this;
    while (this.at < text.length && !this.isHeld) this.step(text[this.at]);
    return this.close();
  }

  step(sign) {
    switch (sign) {
      case "\\":
        return this.backslash();
      case "`":
        return this.code();
      case "$":
        return this.dollar();
      case "<":
        return this.angle();
      case "!":
        return this.exclamation(this.text[this.at + 1]);
      case "[":
        return this.bracket(false);
      case "*":
      case "_":
      case "~":
        return this.marks(sign);
      default:
        return this.words();
    }
  }

  emit(text, size) {
    this.out.push(text);
    this.at += size;
  }

  plain(size) {
    this.emit(this.text.slice(this.at, this.at + size), size);
  }

  hold() {
    this.isHeld = true;
  }

  exclamation(next) {
    if (next === undefined && this.isOpen) return this.hold();
    return next === "[" ? this.bracket(true) : this.plain(1);
  }

  words() {
    const { text, at } = this;
    const isStart = at === 0 || !ALNUM.test(text[at - 1]);
    URL_TEXT.lastIndex = at;
    const [address] = (isStart && URL_TEXT.exec(text)) || [];
    if (address) {
      const isGlued = /\S/.test(text[at + address.length] ?? ""); // the address would take what follows, escaped
      return this.emit(address + (isGlued ? "<wbr>" : ""), address.length);
    }
    MAY_MEAN_MORE.lastIndex = at + 1;
    return this.plain((MAY_MEAN_MORE.exec(text)?.index ?? text.length) - at);
  }

  backslash() {
    const next = this.text[this.at + 1];
    if (next === "b" && this.environment()) return undefined;
    if (next === "(" || next === "[") return this.bracketFormula(next === "(" ? "\\)" : "\\]");
    if (next === undefined && this.isOpen) return this.hold();
    if (next === "\\" && this.share()) return undefined;
    if (PATH_SIGN.test(next ?? "") && this.isInPath()) return this.emit(`\\\\\\${next}`, 2);
    return this.plain(next === undefined || /[A-Za-z0-9\s]/.test(next) ? 1 : 2);
  }

  isInPath() {
    return DRIVE.test(this.text.slice(Math.max(0, this.at - LONGEST_HELD_CHARS), this.at));
  }

  // The name of a shared folder begins with two backslashes, which are both shown.
  share() {
    const rest = this.text.slice(this.at, this.at + LONGEST_HELD_CHARS);
    const mayCome = this.isOpen && this.at + rest.length === this.text.length && HALF_SHARE.test(rest);
    if (/[\\\p{L}\p{N}]/u.test(this.text[this.at - 1] ?? "") || !(mayCome || SHARE.test(rest))) return false;
    if (mayCome) this.hold();
    else this.emit("\\\\\\\\", 2);
    return true;
  }

  // A matrix or the like may stand in a line without any sign around it.
  environment() {
    const rest = this.text.slice(this.at, this.at + LONGEST_FORMULA_CHARS);
    const [opening, name] = ENVIRONMENT.exec(rest) ?? [];
    const closing = `\\end{${name}}`;
    const end = opening ? rest.indexOf(closing) : -1;
    const mayCome = this.isOpen && this.at + rest.length === this.text.length && (opening || HALF_ENVIRONMENT.test(rest));
    if (end > 0) this.formula(rest.slice(0, end + closing.length), end + closing.length);
    else if (mayCome) this.hold();
    return end > 0 || mayCome;
  }

  bracketFormula(closing) {
    const end = this.lacks === closing ? -1 : this.text.indexOf(closing, this.at + 2);
    if (end < 0) this.lacks = closing;
    const body = this.text.slice(this.at + 2, end < 0 ? undefined : end);
    if (body.length > LONGEST_FORMULA_CHARS || /\n\s*\n/.test(body)) return this.emit(`\\\\${this.text[this.at + 1]}`, 2);
    if (end < 0) return this.isOpen ? this.hold() : this.emit(`\\\\\\${this.text[this.at + 1]}`, 2);
    if (!/[\p{L}\p{N}]/u.test(body)) return this.emit(`\\\\\\${this.text[this.at + 1]}`, 2);
    if (/^[\p{L}\s.,;:!?'’-]+$/u.test(body) && !looksLikeFormula(body)) return this.plain(2); // words in escaped brackets
    if (closing === "\\]" && /^\d+(?:[,–-] ?\d+)*$/.test(body)) return this.plain(2); // a source's number
    return this.formula(body, end + 2 - this.at);
  }

  formula(body, size) {
    const line = body.trim().replace(/\s*\n\s*/g, " ").replace(/\$$/, "$ ");
    if (this.isHtml) return this.emit(asEntities(line), size);
    this.emit(`$$${this.isRow ? line.replace(/\\?\|/g, "\\vert ") : line}$$`, size);
  }

  code() {
    const { text, at } = this;
    const [run] = /^`+/.exec(text.slice(at));
    if (this.isOpen && at + run.length === text.length) return this.hold();
    const closing = new RegExp(`(?<!\`)${run}(?!\`)`, "g");
    closing.lastIndex = at + run.length;
    const found = closing.exec(text);
    if (found && this.isHtml) return this.htmlCode(text.slice(at + run.length, found.index), found.index + run.length - at);
    if (found) return this.plain(found.index + run.length - at);
    if (!this.isOpen) return this.emit(run.replace(/`/g, "\\`"), run.length);
    // Code that is being written shows as code; what may be its end is not yet part of it.
    const body = text.slice(at + run.length).replace(/`+$/, "");
    if (!body.trim()) return this.hold();
    if (this.isHtml) return this.htmlCode(body, text.length - at);
    this.emit(`${run}${body}${body.endsWith("`") ? " " : ""}${run}`, text.length - at);
    return undefined;
  }

  htmlCode(body, size) {
    return this.emit(`<code>${asEntities(body.trim())}</code>`, size);
  }

  dollar() {
    const { text, at } = this;
    const [run] = /^\$+/.exec(text.slice(at));
    const rest = text.slice(at + run.length);
    const end = run.length > 2 ? -1 : formulaEnd(rest, run);
    const isFormula = run === "$$" ? isDoubleDollared(rest, end) : isDollared(text[at - 1] ?? "", rest, end);
    if (this.isOpen && run.length < 3 && this.mayBeFormula(rest, end, run, isFormula)) return this.hold();
    if (isFormula) return this.formula(rest.slice(0, end), run.length * 2 + end);
    return this.emit(run.replace(/\$/g, "\\$"), run.length);
  }

  // Whether what comes next may make a formula of what stands after these signs.
  mayBeFormula(rest, end, run, isFormula) {
    if (end >= 0) return run === "$" && mayGoOn(rest.slice(end + 1)) && (isFormula || this.mayBeBody(rest.slice(0, end)));
    return this.mayBeBody(run === "$$" ? rest.replace(/\$$/, "") : rest);
  }

  mayBeBody(body) {
    if (body.length > LONGEST_HELD_CHARS || body.includes("\n") || WORD_SIGN.test(this.text[this.at - 1] ?? "")) return false;
    if (/^\s{2}/.test(body) || STARTS_NO_FORMULA.test(body)) return false;
    const half = body.replace(NAME, "x").replace(/\{[^{}]*$/, "");
    return looksLikeFormula(half.replace(/[A-Za-z]+$/, (word) => (isHalfFunction(word) ? "" : word)));
  }

  angle() {
    const { text, at } = this;
    const rest = text.slice(at, at + 500);
    const link = AUTOLINK.exec(rest);
    if (link) return this.plain(link[0].length);
    const tag = TAG.exec(rest);
    const name = tag?.[2].toLowerCase();
    if (tag && VOID.has(name) && !tag[1]) return this.emit(`<${name}>`, tag[0].length);
    if (tag && PAIRED.has(name)) return this.harmlessTag(tag, name);
    // The end of a tag that may be one of the harmless.
    if (this.isOpen && !tag && (HALF_AUTOLINK.test(text.slice(at, at + 501)) || this.mayBecomeTag(text.slice(at)))) return this.hold();
    const size = this.tagSize(rest);
    return this.emit(`\\<${this.literal(text.slice(at + 1, at + size))}`, size);
  }

  // How far the tag that begins here goes; the half of one goes to the end of the text.
  tagSize(rest) {
    const name = TAG_NAME.exec(rest);
    if (!name) return 1;
    let end = name[0].length;
    const goesOn = (pattern) => {
      pattern.lastIndex = end;
      const found = pattern.exec(rest);
      end += found?.[0].length ?? 0;
      return found !== null;
    };
    while (goesOn(ATTRIBUTE));
    return goesOn(TAG_END) || (this.isOpen && this.at + rest.length === this.text.length && goesOn(HALF_END)) ? end : 1;
  }

  literal(text) {
    return text.replace(this.isRow ? /\\(?!\|)|[`*_~[\]<&$:.@]/g : /[\\`*_~[\]<&$:.@]/g, "\\$&");
  }

  mayBecomeTag(half) {
    const [, name, attributes] = /^<\/?([a-zA-Z]{0,10})(\s+[a-zA-Z-]+(?:\s*=[^<>]*)?|\s*\/?)?$/.exec(half) ?? [];
    if (name === undefined || half.length > LONGEST_HELD_CHARS) return false;
    return [...PAIRED, ...VOID].some((tag) => (attributes ? tag === name.toLowerCase() : tag.startsWith(name.toLowerCase())));
  }

  harmlessTag(tag, name) {
    const [whole, slash] = tag;
    const isBlock = name === "details" || name === "summary";
    if (slash) {
      const isOpened = this.tags?.includes(name);
      if (isOpened) this.tags.splice(this.tags.lastIndexOf(name), 1);
      return this.emit(isOpened || isBlock ? `</${name}>` : `\\${whole}`, whole.length);
    }
    const isTooDeep = this.tags?.length >= DEEPEST;
    if (!isTooDeep && (isBlock || this.lastEnd(name) > this.at)) {
      (this.tags ??= []).push(name);
      return this.emit(`<${name}>`, whole.length);
    }
    if (this.isOpen && this.text.length - this.at - whole.length < LONGEST_HELD_CHARS / 3) return this.hold();
    return this.emit(`\\${whole}`, whole.length);
  }

  // Where the last end of such a tag stands; looked for once.
  lastEnd(name) {
    this.ends ??= {};
    this.ends[name] ??= [...this.text.matchAll(new RegExp(`</${name}\\s*>`, "gi"))].at(-1)?.index ?? -1;
    return this.ends[name];
  }

  // ---- links, images, footnote marks

  bracket(isImage) {
    const { text, at } = this;
    const start = at + (isImage ? 2 : 1);
    const end = this.bracketEnd(start);
    const label = text.slice(start, end < 0 ? undefined : end);
    const isMarkMaybe = this.isOpen && !isImage && (label === "" || /^\^[^\s[\]]*$/.test(label));
    const isIndex = !isImage && !isMarkMaybe && this.linkEnd !== at && /[A-Za-z0-9\])]/.test(text[at - 1] ?? "");
    const isHeld = this.isOpen && (!isIndex || SOURCE.test(label)) && this.mayBeLabel(label);
    if (end < 0) return isHeld ? this.hold() : this.plain(start - at);
    const next = text[end + 1];
    if (!isImage && !this.isHtml && isMark(label)) return this.emit(mark(label, isLikelyMark(label, text[at - 1] ?? "")), end + 1 - at);
    if (next === undefined && isHeld) return this.hold();
    if (next === ":" && at === 0) return this.emit("\\[", 1); // not a definition, which nobody would see
    if (next !== "(") return this.plain(start - at);
    const target = this.target(end + 2);
    const address = target.end ? text.slice(end + 2, target.end) : "";
    if (target.end && (isImage || !isCall(label, address, isIndex))) {
      const { isRow, isHtml } = this;
      const shown = isImage ? label : inline(label, { isRow, isHtml });
      this.linkEnd = target.end + 1;
      const link = `${isImage ? "!" : ""}[${shown}](${address})`;
      return this.emit(isHtml ? shown : link, target.end + 1 - at);
    }
    return target.isOpen && isHeld ? this.hold() : this.emit(isImage ? "!\\[" : "\\[", start - at);
  }

  bracketEnd(start) {
    this.pairs ??= pairsOf(this.text);
    const end = this.pairs.get(start - 1) ?? -1;
    return end - start < LONGEST_FORMULA_CHARS ? end : -1;
  }

  // An interval such as “[0, 1)” is no label, nor is a long sentence.
  mayBeLabel(label) {
    if (label.length >= LONGEST_HELD_CHARS || label.includes("\n")) return false;
    let depth = 0;
    for (const sign of label) {
      depth += sign === "(" ? 1 : sign === ")" ? -1 : 0;
      if (depth < 0) return false;
    }
    return true;
  }

  // Finds the end of a link's target; it is open when the text ends in it.
  target(start) {
    const rest = this.text.slice(start);
    const pointed = /^\s*<[^<>\n]*>/.exec(rest);
    if (pointed) return this.title(start, rest, pointed[0].length);
    if (/^\s*<[^<>\n]*$/.test(rest)) return { isOpen: true };
    this.targets ??= targetsOf(this.text);
    const { end, isAlone, isOpen } = this.targets.get(start - 1);
    if (isOpen) return { isOpen };
    if (this.text[end] === ")") return { end };
    return isAlone ? this.title(start, rest, end - start) : { isOpen: false };
  }

  title(start, rest, at) {
    const tail = rest.slice(at);
    const title = TITLE.exec(tail);
    return title ? { end: start + at + title[0].length - 1 } : { isOpen: HALF_TITLE.test(tail) };
  }

  // ---- emphasis

  marks(sign) {
    const { text, at } = this;
    let size = 1;
    while (text[at + size] === sign) size += 1;
    if (this.isOpen && at + size === text.length) return this.hold();
    const before = text[at - 1] ?? "";
    const after = text[at + size] ?? "";
    if (sign === "_" && this.isName(size)) return undefined;
    const isKnown = sign === "~" ? size === 2 : size <= 3;
    if (!isKnown) return this.emit(`\\${sign}`.repeat(size), size);
    const opens = this.canOpen(sign, size, before, after);
    const closes = before !== "" && !CANNOT_PRECEDE_CLOSER.test(before) && !(sign === "_" && ALNUM.test(after));
    this.at += size;
    let left = size;
    const isBoth = opens && closes;
    while (closes && left > 0) {
      const place = this.opener(sign, left, size, isBoth);
      if (place < 0) break;
      left -= this.pair(place, sign, left, before, after);
    }
    if (left === 0) return undefined;
    const mark = { sign, size: left, full: size, isBoth, before, after, at, index: this.out.length };
    this.out.push(`\\${sign}`.repeat(left));
    if (opens && left === size) this.stack.push(mark);
    if (this.stack.length > DEEPEST) this.stack.shift();
    return undefined;
  }

  // A name such as `__init__` keeps its underscores; so does one inside a word.
  isName(size) {
    const rest = this.text.slice(this.at);
    const name = /^__[a-z0-9]+(?:_[a-z0-9]+)*__(?![\p{L}\p{N}_])/u.exec(rest);
    const before = this.text[this.at - 1] ?? "";
    if (name && !ALNUM.test(before)) {
      this.emit(name[0].replace(/_/g, "\\_"), name[0].length);
      return true;
    }
    if (ALNUM.test(before) && ALNUM.test(rest[size] ?? "")) {
      this.emit("\\_".repeat(size), size);
      return true;
    }
    // The beginning of such a name, while it is written.
    if (this.isOpen && size === 2 && /^__[a-z0-9_]*$/.test(rest)) {
      this.hold();
      return true;
    }
    return false;
  }

  canOpen(sign, size, before, after) {
    if (after === "" || CANNOT_FOLLOW_OPENER.test(after) || (after === "*" && sign !== "_")) return false;
    if (sign === "_") return !ALNUM.test(before);
    if (/\d/.test(before) && /\d/.test(after)) return false;
    if (size === 1 && PATTERN_SIGN.test(before)) return false;
    if (before !== "" && ALNUM.test(before) && !CJK.test(before)) return size >= 2 && sign === "*";
    return true;
  }

  // What may open as well as close does not close what it would tear apart: `*a**b*` is one emphasis.
  opener(sign, size, full, isBoth) {
    const fits = (mark) => mark.sign === sign && (!(isBoth || mark.isBoth) || (mark.full + full) % 3 !== 0 || mark.full % 3 === 0);
    const places = [...this.stack.keys()].filter((place) => fits(this.stack[place]));
    const same = places.findLast((place) => this.stack[place].size === size);
    const smaller = places.findLast((place) => this.stack[place].size < size);
    const larger = places.findLast((place) => this.stack[place].size === 3 && size < 3);
    return same ?? smaller ?? larger ?? -1;
  }

  pair(place, sign, size, before, after) {
    const opening = this.stack[place];
    const used = Math.min(opening.size, size);
    this.stack.length = place; // what was opened within stays text
    const kind = sign === "~" ? "~" : used;
    const isNative = this.isSafe(opening, before, after) && opening.size === used && size === used;
    const [open, close] = isNative ? [NATIVE[kind], NATIVE[kind]] : HTML[kind];
    const rest = opening.size - used;
    if (rest > 0) this.stack.push({ ...opening, size: rest });
    // Of three signs one pair has been closed: the others may be, later.
    this.out.splice(opening.index, 1, ...(rest > 0 ? [`\\${sign}`.repeat(rest)] : []), open);
    this.out.push(close);
    return used;
  }

  // Whether CommonMark takes these signs for what they are.
  isSafe(opening, before, after) {
    const isFree = !this.isHtml && (opening.before === "" || /\s/.test(opening.before));
    return isFree && /[A-Za-z0-9]/.test(opening.after) && /[A-Za-z0-9]/.test(before) && (after === "" || /[\s.,;:!?)]/.test(after));
  }

  // While it is being written, bold shows as it will when it is closed. Other signs stand alone more often: what follows
  // them is held back until it has grown long.
  close() {
    if (!this.isOpen) return this.out.join("");
    const isLone = ({ sign, full, at }) => !(sign === "*" && full > 1) && this.text.length - at < LONGEST_EMPHASIS_HELD;
    const held = this.stack.find(isLone)?.index ?? this.out.length;
    const opened = this.stack.filter(({ index }) => index < held);
    const ends = [];
    for (const mark of opened) {
      const [open, close] = HTML[mark.sign === "~" ? "~" : mark.size];
      this.out[mark.index] = open;
      ends.unshift(close);
    }
    return this.out.slice(0, held).join("").trimEnd() + ends.join("");
  }
}
