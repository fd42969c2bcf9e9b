// Which code blocks of a message are fragments, and what stands in them while they are written.
import { createContext, useContext, useEffect, useSyncExternalStore } from "react";

// `{ messageId, cards, open(card), keep(place) }` of the message around; `cards` by the place of their block.
export const Fragments = createContext(null);

const written = new Map(); // what a block holds, by its version
const listeners = new Map();
const MOST = 50;

const versionOf = (card) => `${card.fragment_id} ${card.number}`;

function tell(version, state) {
  written.delete(version);
  written.set(version, state);
  if (written.size > MOST) written.delete(written.keys().next().value);
  listeners.get(version)?.forEach((listen) => listen());
}

// What has left the page may go on without it.
function forget(version) {
  written.delete(version);
  listeners.get(version)?.forEach((listen) => listen());
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
  useEffect(() => {
    if (version) tell(version, { code, isIncomplete });
  }, [version, code, isIncomplete]);
  useEffect(() => (version ? () => forget(version) : undefined), [version]);
  if (!around || place < 0) return { card: undefined };
  return { card, open: () => around.open(card), keep: () => around.keep(place) };
}
