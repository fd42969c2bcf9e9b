// The footnote marks of one text and their notes, which come later. Until its note is there a mark shows as the number
// that it will have; a mark without a note, or a note without a mark, is text in the end.
const MARK = "\uFDD0";
const NOTE = "\uFDD1";
const END = "\uFDD2";
const UNLIKELY = "\uFDD3"; // these four are no characters of any language
const PLACE = new RegExp(`([${MARK}${UNLIKELY}${NOTE}])([^${END}]*)${END}`, "g");
const LABEL_CHARS = "[^\\s\\[\\]\\\\^]+";
const RANGE = /^.-.$/u; // a class of characters such as [^a-z] is no mark

const NOTE_START = new RegExp(`\\[\\^(${LABEL_CHARS})\\]:`);
const LABEL = new RegExp(`^\\^(${LABEL_CHARS})$`);

const CLINGS = /[\p{L}\p{N}.,;:!?)\]"'”’»*_~`%]/u;

// What stands for a mark, or for the start of a note, until `Footnotes` knows the whole text. An unlikely mark is text
// unless its note comes: a word in such brackets that does not cling to what stands before is rather a class of characters.
export const mark = (label, isLikely = true) => `${isLikely ? MARK : UNLIKELY}${label.slice(1)}${END}`;
export const isLikelyMark = (label, before) => /^\^\d+$/.test(label) || CLINGS.test(before);
export const isMark = (label) => LABEL.test(label) && !RANGE.test(label.slice(1));
export const noteStart = (prefix) => prefix.replace(NOTE_START, (_, label) => `${NOTE}${label}${END}`);

const same = (label) => label.toLowerCase();

export class Footnotes {
  constructor() {
    this.text = "";
    this.hasAny = false;
  }

  // Takes text that will not change again.
  add(text) {
    this.text += text;
    this.hasAny ||= text.includes(END);
  }

  // Gives all text with `open` at its end, its marks and notes as they are now.
  write(open, isWriting) {
    const text = this.text + open;
    if (!this.hasAny && !open.includes(END)) return text;
    const places = [...text.matchAll(PLACE)];
    const notes = new Set(places.filter(([, kind]) => kind === NOTE).map(([, , label]) => same(label)));
    const numbers = new Map(); // in the order of the marks, as the page counts them
    for (const [, kind, label] of places) {
      const isMark = kind === MARK || (kind === UNLIKELY && notes.has(same(label)));
      if (isMark && !numbers.has(same(label))) numbers.set(same(label), numbers.size + 1);
    }
    const awaited = new Set(isWriting ? this.awaited([...numbers.keys()], notes) : []);
    const shown = text.replace(PLACE, (_, kind, label) => {
      const number = numbers.get(same(label));
      if (kind === NOTE) return number ? `[^${number}]:` : `\\[\\^${label}]:`;
      if (notes.has(same(label)) || awaited.has(same(label))) return `[^${number}]`;
      return isWriting && number ? `<sup>${number}</sup>` : `\\[\\^${label}]`;
    });
    return [...awaited].map((label) => `[^${numbers.get(label)}]: …\n\n`).join("") + shown;
  }

  // A note that comes before those of earlier marks keeps its number: the earlier ones stand there, still empty.
  awaited(labels, notes) {
    const last = labels.findLastIndex((label) => notes.has(label));
    return labels.slice(0, Math.max(last, 0)).filter((label) => !notes.has(label));
  }
}
