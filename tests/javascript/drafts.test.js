import { beforeEach, expect, test } from "bun:test";
import { openDrafts } from "../../components/drafts.js";

// A browser's storage, with room for so many characters in one entry.
class Storage {
  constructor(room = 1000) {
    this.entries = new Map();
    this.room = room;
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

const newTab = () => (globalThis.sessionStorage = new Storage());

beforeEach(() => {
  newTab();
  globalThis.localStorage = new Storage();
});

const part = (text, key = "") => ({ text, key });
const read = (place) => openDrafts("d").at(place);

test("where nothing was written there is nothing", () => {
  expect(read("a")).toEqual(part(""));
});

test("each place has a text of its own, which a reload finds again", () => {
  const drafts = openDrafts("d");
  drafts.keep("a", [part("one", "k1")]);
  drafts.keep("b", [part("two")]);
  expect(read("a")).toEqual(part("one", "k1"));
  expect(read("b")).toEqual(part("two"));
});

test("what is on its way and what is written come back as one text, which is another message than each", () => {
  openDrafts("d").keep("a", [part("sent", "k1"), part(""), part("written", "k2")]);
  expect(read("a")).toEqual(part("sent\nwritten"));
  openDrafts("d").keep("a", [part("sent", "k1"), part("")]);
  expect(read("a")).toEqual(part("sent", "k1"));
});

test("an emptied field leaves nothing behind", () => {
  const drafts = openDrafts("d");
  drafts.keep("a", [part("one")]);
  drafts.keep("a", [part("")]);
  expect(sessionStorage.entries.size).toBe(0);
});

test("the next tab finds what a closed one left, once", () => {
  const drafts = openDrafts("d");
  drafts.at("a");
  drafts.keep("a", [part("left", "k1")]);
  drafts.leave();
  newTab();
  expect(read("a")).toEqual(part("left", "k1"));
  newTab();
  expect(read("a")).toEqual(part(""));
});

test("a tab leaves only the places where it was", () => {
  const drafts = openDrafts("d");
  drafts.keep("a", [part("unseen")]);
  drafts.leave();
  expect(localStorage.entries.size).toBe(0);
});

test("a tab's own text goes before one that was left, which waits for another tab", () => {
  const drafts = openDrafts("d");
  drafts.at("a");
  drafts.keep("a", [part("left")]);
  drafts.leave();
  newTab();
  openDrafts("d").keep("a", [part("own")]);
  expect(read("a")).toEqual(part("own"));
  newTab();
  expect(read("a")).toEqual(part("left"));
});

test("a reload takes its own text back from where it left it", () => {
  const drafts = openDrafts("d");
  drafts.at("a");
  drafts.keep("a", [part("mine")]);
  drafts.leave();
  expect(read("a")).toEqual(part("mine"));
  expect(localStorage.entries.size).toBe(0);
});

test("what cannot be read is nothing", () => {
  for (const broken of ["{", "null", "7", "[]", '{"text": null}']) {
    sessionStorage.setItem("d:a", broken);
    expect(read("a")).toEqual(part(""));
  }
});

test("a text for which there is no room does not leave an older one in its place", () => {
  const drafts = openDrafts("d");
  drafts.keep("a", [part("old")]);
  drafts.keep("a", [part("x".repeat(2000))]);
  expect(read("a")).toEqual(part(""));
});
