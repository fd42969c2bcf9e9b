// The few parts of a page that need the browser: scrolling, hotkeys, dialogs.
import { useEffect, useRef, useState } from "react";
import { useNavigationType } from "react-router";
import { useStickToBottomContext } from "use-stick-to-bottom";
import "./look.js";

// Where the reader was in each place: the message at the top of the view and how far it is scrolled, or nothing at the
// end. It outlives a reload.
const READING = "rivulet.reading";
const reading = (() => {
  try {
    return new Map(Object.entries(JSON.parse(sessionStorage.getItem(READING) ?? "{}")));
  } catch {
    return new Map();
  }
})();
if (typeof window !== "undefined") {
  window.addEventListener("pagehide", () => sessionStorage.setItem(READING, JSON.stringify(Object.fromEntries(reading))));
}

const REMEMBER_MS = 100;
const SETTLE_MS = 1500; // until what is rendered late has its height
const END_PIXELS = 4;

function positionIn(area, content) {
  if (area.scrollHeight - area.clientHeight - area.scrollTop < END_PIXELS) return null;
  const top = area.getBoundingClientRect().top;
  const rows = [...content.children].filter((row) => row.dataset.messageId);
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].getBoundingClientRect().bottom > top) high = middle;
    else low = middle + 1;
  }
  return rows[low] ? { id: rows[low].dataset.messageId, offset: rows[low].getBoundingClientRect().top - top } : null;
}

function goTo({ id, offset }, area, content) {
  const row = [...content.children].find((each) => each.dataset.messageId === id);
  if (row) area.scrollTop += row.getBoundingClientRect().top - area.getBoundingClientRect().top - offset;
  return row !== undefined;
}

// Whoever comes back, by the browser's buttons or a reload, is where they were.
function useReadingPosition(place, goToEnd, signal) {
  const { contentRef, scrollRef, stopScroll } = useStickToBottomContext();
  const isReturn = useNavigationType() === "POP";
  const shown = useRef("");
  const here = useRef(place);
  here.current = place;
  useEffect(() => {
    const area = scrollRef.current;
    let timer;
    const remember = () => {
      timer = undefined;
      if (here.current) reading.set(here.current, positionIn(area, contentRef.current));
    };
    const soon = () => (timer ??= setTimeout(remember, REMEMBER_MS));
    area.addEventListener("scroll", soon, { passive: true });
    return () => {
      clearTimeout(timer);
      area.removeEventListener("scroll", soon);
    };
  }, []);
  useEffect(() => {
    const position = shown.current !== place && isReturn ? reading.get(place) : null;
    shown.current = place;
    const area = scrollRef.current;
    if (!position || !goTo(position, area, contentRef.current)) {
      goToEnd();
      const frame = requestAnimationFrame(goToEnd); // what came with the signal may be laid out only now
      return () => cancelAnimationFrame(frame);
    }
    stopScroll();
    const observer = new ResizeObserver(() => goTo(position, area, contentRef.current));
    const stop = () => observer.disconnect();
    observer.observe(contentRef.current);
    const timer = setTimeout(stop, SETTLE_MS);
    const acts = ["wheel", "pointerdown", "keydown"];
    acts.forEach((act) => area.addEventListener(act, stop, { once: true, passive: true }));
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [signal]);
}

// Offers a way down, and goes there by itself when `signal` changes. Without `follows` the view stays wherever it is:
// the library holds on to the end again and again, and is told to let go. It lets go, too, for whoever selects words or
// unfolds something.
export function ScrollToEnd({ follows = true, isWriting = false, label, place = "", signal }) {
  const { escapedFromLock, isAtBottom, scrollRef, scrollToBottom, stopScroll } = useStickToBottomContext();
  const goToEnd = () =>
    follows ? scrollToBottom("instant") : scrollRef.current.scrollTo({ top: scrollRef.current.scrollHeight, behavior: "instant" });
  useReadingPosition(place, goToEnd, signal);
  useEffect(() => {
    if (!follows && !escapedFromLock) stopScroll();
  }, [escapedFromLock, follows, isAtBottom]);
  useEffect(() => {
    // The library takes a wheel over a box that could scroll for that box's own.
    const area = scrollRef.current;
    const letGo = (event) => event.deltaY < 0 && stopScroll();
    const unfold = (event) => event.target.closest("summary, [aria-expanded]") && stopScroll();
    area.addEventListener("wheel", letGo, { passive: true });
    area.addEventListener("click", unfold);
    return () => {
      area.removeEventListener("wheel", letGo);
      area.removeEventListener("click", unfold);
    };
  }, []);
  useEffect(() => {
    if (!isWriting) return undefined;
    const letGo = () => {
      const selection = document.getSelection();
      if (!selection.isCollapsed && scrollRef.current.contains(selection.anchorNode)) stopScroll();
    };
    document.addEventListener("selectionchange", letGo);
    return () => document.removeEventListener("selectionchange", letGo);
  }, [isWriting]);
  if (isAtBottom) return null;
  return (
    <button
      aria-label={label}
      className="scroll-to-end"
      data-testid="scroll-to-end"
      onClick={goToEnd}
      title={label}
      type="button"
    >
      <span aria-hidden="true">↓</span>
    </button>
  );
}

// Counts on from an age by the browser's own stopwatch: what its clock says need not be what the server's says.
export function Elapsed({ ageMs }) {
  const begun = useRef(0);
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    begun.current = performance.now() - ageMs;
    const count = () => setSeconds(Math.floor((performance.now() - begun.current) / 1000));
    count();
    const timer = setInterval(count, 1000);
    return () => clearInterval(timer);
  }, [ageMs]);
  return ageMs >= 0 && seconds > 0 ? <span className="elapsed" aria-hidden="true"> {seconds} s</span> : null;
}

const OVERLAYS = 'dialog[open], [data-streamdown="mermaid-fullscreen"], [data-streamdown="table-fullscreen"]';

export function Hotkey({ name, alt = false, onPress }) {
  useEffect(() => {
    const press = (event) => {
      const isMeant = [event.key, event.code].includes(name) && event.altKey === alt && !event.ctrlKey && !event.metaKey;
      const isTaken = event.defaultPrevented || event.repeat || event.isComposing;
      const isInside = event.target.closest?.("select, dialog") || document.querySelector(OVERLAYS);
      if (isMeant && !isTaken && !isInside) {
        if (alt) event.preventDefault();
        onPress(event);
      }
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [name, alt, onPress]);
  return null;
}

// Only `showModal` makes the page behind inert and Esc close it. A reader's closing shows at once; the page hears of it.
export function ModalDialog({ children, opening, onClose, ...attributes }) {
  const dialog = useRef(null);
  useEffect(() => {
    if (opening && !dialog.current.open) dialog.current.showModal();
    if (!opening) dialog.current.close();
  }, [opening]);
  return (
    <dialog closedby="any" {...attributes} onClose={onClose} ref={dialog}>
      {children}
    </dialog>
  );
}

export function EndNotice({ afterSeconds, body, isEnabled, isWriting, title }) {
  const startedAt = useRef(0);
  useEffect(() => {
    const isLong = startedAt.current && Date.now() - startedAt.current >= afterSeconds * 1000;
    startedAt.current = isWriting ? Date.now() : 0;
    if (isWriting || !isLong || !isEnabled || !body || !document.hidden) return;
    try {
      if (window.Notification?.permission === "granted") new Notification(title, { body, tag: title });
    } catch {
      // Chrome on Android has notifications, but only for service workers.
    }
  }, [isWriting]);
  return null;
}

export function PageTitle({ title }) {
  useEffect(() => {
    document.title = title;
  }, [title]);
  return null;
}
