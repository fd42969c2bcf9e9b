// A model's text as markdown that reads as it was meant. Models write fences, formulas, names in angle brackets and lone
// signs as they please, and CommonMark takes some of these for markup and drops them. This module reads the text line by
// line, knows the state of the block that is being written, and holds back what may still turn out to be markup. It is
// pure, and linear in the text: lines are read once, only what is open at the end is read again.
import { withPlace } from "./fence_label.js";
import { Footnotes, noteStart } from "./footnotes.js";
import { inline } from "./prose_inline.js";

const FENCE = /^((?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t])))*[ \t]*)(`{3,}(?=[^`]*$)|~{3,})[ \t]*(.*)$/s;
const GLUED_FENCE = /^(.*[^\s`~])(`{3,})([\w+#.:/-]*)[ \t]*$/s;
const SPACED_FENCE = /^(.*[:：][*_]*)[ \t]+(`{3,})([\w+#.:/-]*)[ \t]*$/s; // “Run this: ```sh”
const MARKDOWN_LABEL = /^(markdown|md|mdx|rst|text|txt)\b/i;
const OUTER_FENCE_CHARS = 8; // more than what a README holds
const PREFIX = /^[ \t]*(?:>[ \t]?)*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?:\[[ xX]\][ \t]+)?(?:#{1,6}[ \t]+|\[\^[^\]\s]+\]:[ \t]*)?/;
const STARTS_SEGMENT = /^[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)|#{1,6}(?:[ \t]|$)|\[\^[^\]\s]+\]:|<\/?(?:details|summary)[\s>])/i;
const BLOCK_TAG = /^[ \t]*<\/?(?:details|summary)[\s>]/i; // what follows on its line is HTML
const PROMPT = /^>>>(?=[ \t])/; // of Python: a quotation does not begin so deep
const QUOTE = /^(?:[ \t]*>[ \t]?)*/;
const ITEM = /^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]/;
const NOTE = /^[ \t]*\[\^[^\]\s]+\]:/;
const NUMBERED = /^([ \t]*(?:[-*+][ \t]+)*)(\d{1,9})([.)])([ \t]|$)/;
const SMALLEST_YEAR = 100; // a list does not begin with such a number, a sentence may
const HEADING = /^[ \t]*#{1,6}(?:[ \t]|$)/;
const RULE = /^[ \t]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const LONE_MARKER = /^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]*$/;
const EMPTY_ITEM = /^[ \t]*(?:[-+]|\d{1,9}[.)])[ \t]*$/;
const UNDERLINE = /^ {0,3}=+[ \t]*$/;
const SHORT_UNDERLINE = /^ {0,3}(?:-{1,2}|={1,2})[ \t]*$/; // makes no heading of what stands above
const DELIMITER_ROW = /^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;
// What may still become a mark at the start of a line, or a rule, a heading's line, a fence, a task.
const HALF_MARK = /^[ \t]*(?:>[ \t]?)*(?:(?:[-+*=_~`][ \t]*)+|(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*\d{1,9}[.)]?[ \t]*|#{1,6}[ \t]*|(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]?\]?[ \t]*)?|\[\^?[^\]\s]*\]?:?[ \t]*|[|:][ \t|:-]*|\\(?:[a-zA-Z]*\{?[a-zA-Z]*\*?|\[)|\$\$?)$/;
const HALF_FENCE = /^(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t])))*[ \t]*(?:`{3,}[^`]*|~{3,}.*)$/s;
const ENVIRONMENTS = "align|alignat|aligned|alignedat|array|Bmatrix|bmatrix|cases|CD|equation|gather|gathered|matrix|multline|pmatrix|rcases|smallmatrix|split|Vmatrix|vmatrix";
const OPENS_DISPLAY = new RegExp(`^([ \\t]*(?:>[ \\t]?)*)(\\$\\$|\\\\\\[|\\\\begin\\{((?:${ENVIRONMENTS})\\*?)\\})(.*)$`, "s");
const PROSE_WORD = /(?:^|[^\\A-Za-z{])[A-Za-z]{3,}/;
const LONGEST_DISPLAY_CHARS = 4000;

const MARKER = /[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t]|$))/y;
const DEEP_ITEM = /^[ \t]{80,}(?=(?:[-*+]|\d{1,9}[.)])[ \t])/;
const UNSHIFTED = { from: 0, by: 0 };
const DEEPEST = 40; // of lists and quotations in one another: what reads them after us recurs
const indentOf = (line) => /^[ \t]*/.exec(line)[0].replace(/\t/g, "    ").length;
const depthOf = (quote) => quote.split(">").length;
const isBlank = (line) => !/\S/.test(line);
const cells = (row) => row.trim().replace(/^\||(?<!\\)\|$/g, "").split(/(?<!\\)\|/);

// Code in a row keeps its bars: a bar in a cell must be escaped, even in code.
const CODE = /(`+)(?!`)((?:(?!\1).)+?)\1(?!`)/g;
const OPEN_CODE = /^[^`]*(?:`[^`]+`[^`]*)*`[^`]*$/;
const bareBars = (code) => code.replace(/(?<!\\)\|/g, "\\|");
const escapeBars = (row) => row.replace(CODE, bareBars);

// What lies deeper than a reader can follow is text.
function shallow(line) {
  if (line.length <= DEEPEST || RULE.test(line)) return line;
  const bare = line.replace(DEEP_ITEM, " ".repeat(80));
  let end = 0;
  MARKER.lastIndex = 0;
  for (let depth = 0; MARKER.test(bare); depth += 1) {
    if (depth === DEEPEST) return `${bare.slice(0, end)} ${bare.slice(end).trimStart().replace(/[-*+>.)]/, "\\$&")}`;
    end = MARKER.lastIndex;
  }
  return bare;
}

export class Prose {
  constructor() {
    this.reset();
  }

  reset() {
    this.source = ""; // all whole lines that have been read
    this.settled = []; // what became of them, but for what is open
    this.footnotes = new Footnotes();
    this.segment = []; // the lines of the paragraph, item, heading or table that is open
    this.quote = ""; // what stands before each of them
    this.isTable = false;
    this.fence = null;
    this.fences = 0; // how many there were
    this.display = null;
    this.isInList = false;
    this.itemIndent = 0; // of the text in the last item
    this.shift = UNSHIFTED; // of what stands too far right
    this.isInCode = false; // that is only indented
    this.lastNumber = NaN;
    this.wasBlank = true;
  }

  // Gives the markdown for `text`; a text that goes on from the last one costs what is new in it.
  read(text, isWriting) {
    if (!text.startsWith(this.source)) this.reset();
    const end = text.lastIndexOf("\n") + 1;
    if (end > this.source.length) {
      const lines = text.slice(this.source.length, end - 1).split("\n");
      this.source = text.slice(0, end);
      for (const line of lines) this.readLine(line.endsWith("\r") ? line.slice(0, -1) : line);
    }
    this.footnotes.add(this.settled.join(""));
    this.settled = [];
    return this.footnotes.write(this.openEnd(text.slice(end), isWriting), isWriting);
  }

  // Reads the line that is being written with a copy of the state, so that it can be read again.
  openEnd(last, isWriting) {
    const copy = Object.assign(new Prose(), this, {
      settled: [],
      segment: [...this.segment],
      fence: this.fence && { ...this.fence },
      display: this.display && { ...this.display, lines: [...this.display.lines], source: [...this.display.source] },
    });
    if (isWriting) copy.readOpenLine(last);
    else if (last) copy.readLine(last);
    copy.finish(isWriting);
    return copy.settled.join("");
  }

  readOpenLine(line) {
    if (this.fence) {
      const rest = line.trim();
      const mayClose = rest && [...rest].every((sign) => sign === this.fence.sign);
      // Backticks at the line's end may be the fence's own.
      if (!mayClose) this.readLine(this.fence.sign === "`" && !this.fence.isOuter ? line.replace(/`+$/, "") : line, true);
      return;
    }
    if (this.display) {
      this.readLine(line, true);
      return;
    }
    const isHalf = isBlank(line.replace(QUOTE, "")) || HALF_MARK.test(line) || HALF_FENCE.test(line);
    if (!isHalf) this.readLine(line, true); // what stands before is shown as it is
  }

  finish(isWriting) {
    if (this.display) this.releaseDisplay(isWriting);
    this.flush(isWriting);
  }

  readLine(line, isOpen = false) {
    if (this.fence) this.readInFence(line, isOpen);
    else if (this.display) this.readInDisplay(line, isOpen);
    else this.readProse(line, isOpen);
  }

  push(text) {
    this.settled.push(text);
  }

  // ---- fences

  openFence(prefix, marks, info) {
    this.flush();
    const indent = prefix.replace(/[^>\t]/g, " ");
    const isOuter = MARKDOWN_LABEL.test(info) && marks[0] === "`";
    const fence = isOuter ? "`".repeat(Math.max(OUTER_FENCE_CHARS, marks.length)) : marks;
    this.isInList = this.isInList ? this.isInList : ITEM.test(prefix);
    this.fence = { sign: marks[0], size: marks.length, fence, indent, isQuote: prefix.includes(">"), isOuter, depth: 0 };
    this.push(`${prefix}${fence}${withPlace(info.replace(/`/g, ""), this.fences)}\n`);
    this.fences += 1;
    this.wasBlank = false;
  }

  readInFence(whole, isOpen) {
    const line = this.shift.by ? whole.replace(/^[ \t]*/, (space) => " ".repeat(Math.max(0, indentOf(space) - this.shift.by))) : whole;
    const { sign, size, fence, indent, isQuote, isOuter } = this.fence;
    if (isQuote && !/^[ \t]*>/.test(line)) {
      this.fence = null;
      this.readProse(line, isOpen);
      return;
    }
    const bare = isQuote ? line.replace(/^[ \t]*(?:>[ \t]?)+/, "") : line;
    const marks = /^[ \t]*(`{3,}|~{3,})[ \t]*(\S*)/.exec(bare);
    const isFence = marks && marks[1][0] === sign && !bare.slice(bare.indexOf(marks[1]) + marks[1].length).includes("`");
    if (isFence && isOuter && marks[2] && marks[1].length >= size) this.fence.depth += 1;
    else if (isFence && !marks[2] && marks[1].length >= size && this.fence.depth) this.fence.depth -= 1;
    else if (isFence && !marks[2] && marks[1].length >= size) {
      this.push(`${indent}${fence}\n`);
      this.fence = null;
      return;
    }
    const glued = !isOpen && sign === "`" && !isOuter && /^(.*[^\s`])(`{3,})[ \t]*$/s.exec(bare);
    if (glued && glued[2].length === size && !glued[1].includes("```")) {
      this.push(`${this.indented(glued[1], indent, isQuote)}\n${indent}${fence}\n`);
      this.fence = null;
      return;
    }
    this.push(this.indented(line, indent, isQuote) + (isOpen ? "" : "\n"));
  }

  // A line of a list item's code may stand further left than the item.
  indented(line, indent, isQuote) {
    if (isQuote || !indent || line.startsWith(indent)) return line;
    return line.trim() ? indent + line.replace(/^[ \t]*/, (space) => (space.length < indent.length ? "" : space)) : "";
  }

  // ---- formulas on lines of their own

  opensDisplay(line, isOpen) {
    const found = OPENS_DISPLAY.exec(line);
    if (!found) return false;
    const [, indent, opening, environment, rest] = found;
    const closing = environment ? `\\end{${environment}}` : opening === "$$" ? "$$" : "\\]";
    const at = rest.lastIndexOf(closing);
    if (at >= 0 && !rest.slice(at + closing.length).trim() && (environment || rest.slice(0, at).trim())) {
      const body = environment ? `${opening}${rest}` : rest.slice(0, at);
      if (opening === "$$" && body.includes("$$")) return false;
      this.flush();
      this.pushDisplay(indent, [body.trim()]);
      return true;
    }
    if (rest.includes(closing) || (opening === "$$" && PROSE_WORD.test(rest)) || this.wantsNoDisplay) return false;
    if (opening === "$$" && isOpen && rest.startsWith("$")) return false;
    this.flush();
    this.display = { indent, closing, keeps: Boolean(environment), first: line, lines: [environment ? opening + rest : rest], chars: rest.length, source: [line] };
    return true;
  }

  readInDisplay(line, isOpen) {
    const display = this.display;
    display.source.push(line);
    if (display.indent.includes(">")) line = line.replace(QUOTE, "");
    display.chars += line.length;
    const at = line.indexOf(display.closing);
    if (at < 0) {
      display.lines.push(line);
      if (display.chars > LONGEST_DISPLAY_CHARS) this.releaseDisplay(false);
      return;
    }
    const after = line.slice(at + display.closing.length);
    display.lines.push(display.keeps ? line.slice(0, at + display.closing.length) : line.slice(0, at));
    this.display = null;
    this.pushDisplay(display.indent, display.lines);
    if (after.trim()) this.readProse(after.trimStart(), isOpen);
  }

  pushDisplay(indent, lines) {
    const body = lines.map((line) => line.trim()).filter(Boolean);
    this.push(["$$", ...body, "$$"].map((line) => `${indent}${line}\n`).join(""));
    this.wasBlank = false;
  }

  // A formula that nothing closes is text; while it is written nothing of it shows.
  releaseDisplay(isWriting) {
    const { source } = this.display;
    this.display = null;
    if (isWriting) return;
    this.wantsNoDisplay = true;
    for (const line of source) this.readLine(line);
    this.wantsNoDisplay = false;
  }

  // ---- prose

  readProse(line, isOpen) {
    if (isBlank(line)) {
      this.flush();
      if (!isOpen) this.push("\n");
      this.wasBlank = true;
      return;
    }
    line = this.shifted(shallow(line));
    if (PROMPT.test(line) && !(this.segment.length && this.quote)) line = `\\${line}`;
    const fence = FENCE.exec(line);
    if (fence && !isOpen) {
      this.openFence(fence[1], fence[2], fence[3].trim());
      return;
    }
    if (this.opensDisplay(line, isOpen)) return;
    const glued = !isOpen && (GLUED_FENCE.exec(line) ?? SPACED_FENCE.exec(line));
    if (glued && !glued[1].includes("```")) {
      this.readText(glued[1], false);
      const item = /^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+/.exec(glued[1]);
      this.openFence(item ? " ".repeat(item[0].length) : "", glued[2], glued[3]);
      return;
    }
    if (this.wasBlank && !this.segment.length && indentOf(line) >= (this.isInList ? this.itemIndent : 0) + 4) {
      this.push(`${line}${isOpen ? "" : "\n"}`); // indented code
      this.isInCode = true;
      return;
    }
    this.isInCode = false;
    this.readText(line, isOpen);
  }

  // Items and fences that stand further right than what they belong to are code by the standard, but not to their writer.
  shifted(line) {
    const indent = indentOf(line);
    const least = this.isInList ? this.itemIndent : 0;
    if (indent < this.shift.from) this.shift = UNSHIFTED;
    const isMeant = FENCE.test(line) || (ITEM.test(line) && !this.isInCode);
    if (this.shift === UNSHIFTED && indent >= least + 4 && isMeant) this.shift = { from: indent, by: indent - least };
    return this.shift.by ? line.replace(/^[ \t]*/, " ".repeat(indent - this.shift.by)) : line;
  }

  readText(whole, isOpen) {
    const [quote] = QUOTE.exec(whole);
    const line = whole.slice(quote.length);
    if (quote && isBlank(line)) {
      this.flush();
      this.push(`${whole}${isOpen ? "" : "\n"}`);
      return;
    }
    const isLazy = !quote && !this.isTable && !STARTS_SEGMENT.test(line) && !RULE.test(line); // such a line goes on with a quotation
    if (this.segment.length && depthOf(quote) !== depthOf(this.quote) && !isLazy) this.flush();
    if (!this.segment.length) this.quote = quote;
    this.readBare(quote === "" && this.quote ? line.replace(/^ *(?==)/, "$&\\") : line, whole);
  }

  // Reads a line without what makes it a quotation.
  readBare(line, whole) {
    if (this.isTable && !line.includes("|")) {
      this.flush();
      this.push(`${this.quote}\n`); // a table takes every line that follows it for a row
    }
    if (this.segment.length && BLOCK_TAG.test(this.segment[0].replace(PREFIX, ""))) {
      this.flush();
    }
    const { isTable } = this;
    if (!isTable && RULE.test(line)) {
      this.readRule(line);
      return;
    }
    const isBelowLine = UNDERLINE.test(line) && UNDERLINE.test(this.segment[0] ?? "");
    const isUnderline = this.segment.length && !this.isInList && !isTable && (isBelowLine || SHORT_UNDERLINE.test(line));
    if (isUnderline) line = line.replace(/[-=]/, "\\$&");
    if (!isTable && DELIMITER_ROW.test(line) && line.includes("-") && this.segment.at(-1)?.includes("|") && line.includes("|")) {
      const header = this.segment.pop();
      this.flush();
      this.segment.push(header);
      this.isTable = true;
    } else if (!isTable && (STARTS_SEGMENT.test(line) || HEADING.test(this.segment[0] ?? ""))) {
      this.flush();
    }
    const isFirst = !this.segment.length;
    const text = isFirst || STARTS_SEGMENT.test(line) ? this.numbered(line) : line;
    if (isFirst) this.enterList(text === line ? whole : text);
    // What is no code after a heading or a rule must not look like it.
    const isCodeLike = isFirst && !this.isInList && indentOf(text) >= 4 && !STARTS_SEGMENT.test(text);
    this.segment.push(isCodeLike ? text.trimStart() : text);
    if (!isFirst && !isTable && UNDERLINE.test(text)) this.flush();
    this.wasBlank = false;
  }

  enterList(line) {
    const [marker] = /^[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]{1,4})+/.exec(line) ?? [""];
    if (ITEM.test(line) || EMPTY_ITEM.test(line) || NOTE.test(line)) this.isInList = true;
    else if (this.wasBlank && !/^[ \t]/.test(line)) this.isInList = false;
    if (marker) this.itemIndent = marker.length;
    else if (NOTE.test(line)) this.itemIndent = 4;
  }

  // A rule, not the line under a heading.
  readRule(line) {
    const isBelow = this.segment.length > 0;
    this.flush();
    if (isBelow) this.push(`${this.quote}\n`);
    this.push(`${this.quote}${line}\n`);
    this.isInList &&= this.quote !== "" || /^[ \t]/.test(line);
    this.wasBlank = true;
  }

  // “1986. A great vintage” is a sentence.
  numbered(line) {
    const found = NUMBERED.exec(line);
    const number = found ? Number(found[2]) : NaN;
    const isYear = number >= SMALLEST_YEAR && number !== this.lastNumber + 1;
    if (found && !found[1].trim()) this.lastNumber = number;
    return isYear ? line.replace(NUMBERED, "$1$2\\$3$4") : line;
  }

  flush(isOpen = false) {
    const { isTable, segment } = this;
    this.segment = [];
    this.isTable = false;
    if (!segment.length) return;
    const shown = isTable ? this.table(segment, isOpen) : this.text(segment, isOpen);
    this.push(this.quote ? shown.replace(/^(?=.)/gm, this.quote) : shown);
    if (!isOpen && BLOCK_TAG.test(segment[0].replace(PREFIX, ""))) this.push(`${this.quote}\n`); // markdown again
  }

  text(lines, isOpen) {
    if (isOpen && lines.at(-1).trimStart().startsWith("|")) {
      const head = lines.findLastIndex((line) => !line.trimStart().startsWith("|")) + 1;
      lines = lines.slice(0, head); // it may be a table's first row, which the next line tells
      if (!lines.length) return "";
    }
    if (this.isInList && lines.length === 1 && LONE_MARKER.test(lines[0])) return `${lines[0]}\n`;
    const [prefix] = PREFIX.exec(lines[0]);
    const marks = prefix.replace(/(?<=[-*+.)])[ \t]{5,}/g, " "); // more would make it code
    const body = [lines[0].slice(prefix.length), ...lines.slice(1)].join("\n");
    const shown = inline(body, { isOpen, isHtml: BLOCK_TAG.test(body) });
    return isOpen && !shown ? "" : `${noteStart(marks)}${shown}${isOpen ? "" : "\n"}`; // not a mark without its text
  }

  table(lines, isOpen) {
    const rows = lines.map(escapeBars);
    if (isOpen && OPEN_CODE.test(rows.at(-1))) rows.push(rows.pop().replace(/`[^`]*$/, (code) => bareBars(code.replace(/\\$/, ""))));
    const shown = rows.map((row, at) => (at === 1 ? row : inline(row, { isOpen: isOpen && at === rows.length - 1, isRow: true })));
    const columns = shown.reduce((most, row) => Math.max(most, cells(row).length), 0);
    const wider = (row, filling) => {
      const missing = columns - cells(row).length;
      return missing > 0 ? row.trimEnd().replace(/(?<!\\)\|$/, "") + `|${filling}`.repeat(missing) + "|" : row;
    };
    [shown[0], shown[1]] = [wider(shown[0], " "), wider(shown[1], " --- ")]; // which models count wrong
    return shown.join("\n") + (isOpen ? "" : "\n");
  }
}
