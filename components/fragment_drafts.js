// What was typed into fragments and is not saved, a text a version, which a reload of the tab finds again.
import { store } from "./drafts.js";

const MOST = 20;
const MOST_CHARS = 2_000_000; // the browser keeps 5 million for all of a page

const parsed = (entry) => {
  try {
    const { text, turn } = JSON.parse(entry);
    return typeof text === "string" && Number.isInteger(turn) ? { text, turn } : null;
  } catch {
    return null;
  }
};

// Those that were kept, the last typed last.
function kept(name) {
  const places = Array.from({ length: sessionStorage.length }, (_, index) => sessionStorage.key(index));
  return places
    .filter((place) => place.startsWith(`${name}:`))
    .map((place) => [place.slice(name.length + 1), parsed(sessionStorage.getItem(place))])
    .filter(([, draft]) => draft)
    .sort(([, one], [, other]) => one.turn - other.turn);
}

const versionOf = (fragmentId, number) => `${fragmentId} ${number}`;

export function openFragmentDrafts(name) {
  const drafts = new Map(kept(name));
  let turn = [...drafts.values()].at(-1)?.turn ?? 0;
  const drop = (version) => {
    drafts.delete(version);
    store(sessionStorage, `${name}:${version}`, "");
  };
  const isTooMuch = () => drafts.size > MOST || [...drafts.values()].reduce((sum, { text }) => sum + text.length, 0) > MOST_CHARS;
  const keep = (fragmentId, number, text) => {
    const version = versionOf(fragmentId, number);
    const draft = { text, turn: ++turn };
    drafts.delete(version);
    drafts.set(version, draft);
    while (drafts.size > 1 && isTooMuch()) drop(drafts.keys().next().value);
    store(sessionStorage, `${name}:${version}`, JSON.stringify(draft));
  };
  const at = (fragmentId, number) => drafts.get(versionOf(fragmentId, number))?.text;
  // The number of the version of a fragment that was typed into last.
  const latest = (fragmentId) => {
    const version = [...drafts.keys()].findLast((known) => known.startsWith(versionOf(fragmentId, "")));
    return Number(version?.split(" ")[1] ?? 0);
  };
  return { at, drop: (fragmentId, number) => drop(versionOf(fragmentId, number)), keep, latest };
}
