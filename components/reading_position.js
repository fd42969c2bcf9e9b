// Where the reader was in each conversation.
import { useEffect, useRef } from "react";
import { useNavigationType } from "react-router";
import { useStickToBottomContext } from "use-stick-to-bottom";
import { showsText } from "./late_markdown.jsx";

// In each place: the message at the top of the view and how far it is scrolled, or nothing at the
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
const SETTLE_MS = 1500; // once text is shown, until what is rendered late has its height
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

// Stay at a message until what is rendered late has its height, or somebody moves. Gives what ends that.
function stay(position, area, content) {
  const observer = new ResizeObserver(() => goTo(position, area, content));
  const stop = () => observer.disconnect();
  observer.observe(content);
  let timer;
  const settle = () => {
    const hasText = showsText();
    timer = setTimeout(() => (hasText ? stop() : settle()), SETTLE_MS);
  };
  settle();
  const acts = ["wheel", "pointerdown", "keydown"];
  acts.forEach((act) => area.addEventListener(act, stop, { once: true, passive: true }));
  return () => {
    stop();
    clearTimeout(timer);
  };
}

const firstIn = (content) => content.querySelector(":scope > [data-message-id]")?.dataset.messageId;

// Whoever has earlier messages shown, by what is marked as `.earlier`, stays at those that they see. (No browser holds on to
// what is shown at the very top of an area.)
function useEarlier({ contentRef, scrollRef, stopScroll }) {
  useEffect(() => {
    const [area, content] = [scrollRef.current, contentRef.current];
    let [first, position] = [null, null];
    let end = () => {};
    const ask = ({ target }) => {
      if (target.closest(".earlier")) [first, position] = [firstIn(content), positionIn(area, content)];
    };
    const observer = new MutationObserver(() => {
      if (!position || firstIn(content) === first) return;
      stopScroll();
      goTo(position, area, content);
      end();
      end = stay(position, area, content);
      position = null;
    });
    area.addEventListener("click", ask, true);
    observer.observe(content, { childList: true });
    return () => {
      area.removeEventListener("click", ask, true);
      observer.disconnect();
      end();
    };
  }, []);
}

// Whoever comes back, by the browser's buttons or a reload, is where they were.
export function useReadingPosition(place, goToEnd, signal) {
  const { contentRef, scrollRef, stopScroll } = useStickToBottomContext();
  useEarlier({ contentRef, scrollRef, stopScroll });
  const isReturn = useNavigationType() === "POP";
  const shown = useRef("");
  const told = useRef(0);
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
    const isOther = shown.current !== place;
    const isTold = isOther || signal > told.current; // a server that was started anew counts from the beginning
    told.current = signal;
    if (!isTold) return undefined;
    const position = isOther && isReturn ? reading.get(place) : null;
    shown.current = place;
    const area = scrollRef.current;
    if (!position || !goTo(position, area, contentRef.current)) {
      goToEnd();
      const frame = requestAnimationFrame(goToEnd); // what came with the signal may be laid out only now
      return () => cancelAnimationFrame(frame);
    }
    stopScroll();
    return stay(position, area, contentRef.current);
  }, [signal]);
}
