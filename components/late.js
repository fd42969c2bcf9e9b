// Parts of the page that are fetched when they are first needed; those that will be, when somebody does something or the
// browser has nothing else to do.
import { useEffect, useSyncExternalStore } from "react";
import "./new_version.js";

const AGAIN_MS = 2000; // after a part has not come; twice as long each time
const LONGEST_MS = 60_000;
const FIRST_MS = 500; // what the page itself needs comes before
const ACTS = ["keydown", "pointerdown"];
const NOT_THERE = { part: null, isMissing: false };

export const whenIdle = (act) => void (window.requestIdleCallback ?? setTimeout)(() => act());

// `fetchPart` imports a module. What it gives is there for ever; what has not come is asked for again while it is used.
export function late(fetchPart) {
  const listeners = new Set();
  let state = NOT_THERE;
  let coming = null;
  let pause = AGAIN_MS;
  const become = (found) => {
    state = found;
    listeners.forEach((listen) => listen());
  };
  const load = () => {
    coming ??= fetchPart().then(
      (part) => become({ part, isMissing: false }),
      () => {
        coming = null;
        become({ part: null, isMissing: true });
        setTimeout(() => listeners.size > 0 && load(), pause);
        pause = Math.min(2 * pause, LONGEST_MS);
      },
    );
    return coming;
  };
  const subscribe = (listen) => {
    listeners.add(listen);
    return () => listeners.delete(listen);
  };
  // `part` is null until it is there; `isMissing` says that it has not come, though it has been asked for. Whoever only
  // waits for it says that it is not needed.
  const use = ({ isNeeded = true } = {}) => {
    useEffect(() => void (isNeeded && load()), [isNeeded]);
    return useSyncExternalStore(subscribe, () => state, atFirst);
  };
  const atFirst = () => (typeof window === "undefined" ? state : NOT_THERE); // what the server has drawn
  const prepare = ({ isSoon = false } = {}) => {
    if (typeof window === "undefined") return;
    if (isSoon) load();
    ACTS.forEach((act) => window.addEventListener(act, load, { once: true, passive: true }));
    setTimeout(() => whenIdle(load), FIRST_MS);
  };
  return { load, now: () => state.part, prepare, use };
}
