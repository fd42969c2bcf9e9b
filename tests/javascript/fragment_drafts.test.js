import { beforeEach, expect, test } from "bun:test";
import { openFragmentDrafts } from "../../components/fragment_drafts.js";

// A browser's storage, with room for so many characters in one entry.
class Storage {
  constructor(room = 3_000_000) {
    this.entries = new Map();
    this.room = room;
  }
  get length() {
    return this.entries.size;
  }
  key(index) {
    return [...this.entries.keys()][index] ?? null;
  }
  getItem(name) {
    return this.entries.get(name) ?? null;
  }
  setItem(name, value) {
    if (value.length > this.room) throw new DOMException("full", "QuotaExceededError");
    this.entries.set(name, value);
  }
  removeItem(name) {
    this.entries.delete(name);
  }
}

beforeEach(() => {
  globalThis.sessionStorage = new Storage();
});

const open = () => openFragmentDrafts("d");

test("each version has a text of its own, which a reload finds again, an empty one too", () => {
  const drafts = open();
  drafts.keep("a", 1, "one");
  drafts.keep("a", 12, "");
  drafts.keep("b", 1, "other");
  expect([open().at("a", 1), open().at("a", 12), open().at("b", 1)]).toEqual(["one", "", "other"]);
  expect(open().at("a", 2)).toBeUndefined();
});

test("what was dropped is nowhere", () => {
  const drafts = open();
  drafts.keep("a", 1, "one");
  drafts.drop("a", 1);
  expect(drafts.at("a", 1)).toBeUndefined();
  expect(sessionStorage.length).toBe(0);
});

test("the version that was typed into last is known, after a reload too", () => {
  const drafts = open();
  drafts.keep("a", 2, "two");
  drafts.keep("a", 12, "twelve");
  drafts.keep("a", 2, "two again");
  drafts.keep("b", 7, "other");
  expect([drafts.latest("a"), drafts.latest("b"), drafts.latest("c")]).toEqual([2, 7, 0]);
  open().keep("a", 12, "twelve again");
  expect(open().latest("a")).toBe(12);
});

test("of many the oldest go, and of large ones", () => {
  const drafts = open();
  for (let number = 1; number <= 25; number += 1) drafts.keep("a", number, "x");
  expect(sessionStorage.length).toBe(20);
  expect([drafts.at("a", 5), drafts.at("a", 6)]).toEqual([undefined, "x"]);
  drafts.keep("b", 1, "x".repeat(1_500_000));
  drafts.keep("b", 2, "y".repeat(1_500_000));
  expect(sessionStorage.length).toBe(1);
  expect(drafts.at("b", 2)).toHaveLength(1_500_000);
});

test("a text for which there is no room stays until the page goes, and leaves no older one in its place", () => {
  sessionStorage.room = 100;
  const drafts = open();
  drafts.keep("a", 1, "old");
  drafts.keep("a", 1, "x".repeat(200));
  expect(drafts.at("a", 1)).toHaveLength(200);
  expect(open().at("a", 1)).toBeUndefined();
});

test("what cannot be read, or is another's, is nothing", () => {
  for (const broken of ["{", "null", "7", '{"text": null, "turn": 1}', '{"text": "x"}']) sessionStorage.setItem(`d:${broken} 1`, broken);
  sessionStorage.setItem("other:a 1", '{"text": "x", "turn": 1}');
  expect(open().latest("a")).toBe(0);
  expect(open().at("{", 1)).toBeUndefined();
});
