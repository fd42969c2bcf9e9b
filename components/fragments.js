// Which code blocks of a message are fragments, and what stands in them while they are written.
import { createContext, useContext, useEffect, useRef, useSyncExternalStore } from "react";

// `{ messageId, cards, open(card), keep(place) }` of the message around; `cards` by the place of their block.
export const Fragments = createContext(null);

const written = new Map(); // what a block holds, by its version
const listeners = new Map();
const timers = new Map();
const MOST = 50;
const CALM_MS = 100; // between two steps beside the transcript, which goes first

const versionOf = (card) => `${card.fragment_id} ${card.number}`;

function publish(version, state) {
  clearTimeout(timers.get(version));
  timers.delete(version);
  written.delete(version);
  if (state) written.set(version, state);
  if (written.size > MOST) written.delete(written.keys().next().value);
  listeners.get(version)?.forEach((listen) => listen());
}

// The first and the last step are told at once, those between them a few times a second.
function tell(version, state, latest) {
  const isBetween = state.isIncomplete && written.get(version)?.isIncomplete;
  if (!isBetween) publish(version, state);
  else if (!timers.has(version)) timers.set(version, setTimeout(() => publish(version, latest.current), CALM_MS));
}

// What the transcript shows of a version, `{ code, isIncomplete }`, or nothing where its message is not on the page.
export function useWritten(fragmentId, number) {
  const version = `${fragmentId} ${number}`;
  const subscribe = (listen) => {
    const known = listeners.get(version) ?? new Set();
    listeners.set(version, known.add(listen));
    return () => known.delete(listen);
  };
  return useSyncExternalStore(subscribe, () => written.get(version), () => undefined);
}

// The fragment that the block at a place is, if it is one, and what can be done with it.
export function useFragment(place, code, isIncomplete) {
  const around = useContext(Fragments);
  const card = around?.cards.get(place);
  const version = card ? versionOf(card) : "";
  const latest = useRef(null);
  useEffect(() => {
    latest.current = { code, isIncomplete };
    if (version) tell(version, latest.current, latest);
  }, [version, code, isIncomplete]);
  useEffect(() => (version ? () => publish(version) : undefined), [version]); // it may go on without this page
  if (!around || place < 0) return { card: undefined };
  return { card, open: () => around.open(card), keep: () => around.keep(place) };
}
