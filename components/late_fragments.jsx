// The place beside the transcript where a fragment stands; what shows it is fetched when one is first opened.
import { useEffect, useRef, useState } from "react";
import { late } from "./late.js";
import "./look.jsx";

const body = late(() => import("./fragment_panel.jsx"));
body.prepare();

const KEY = "rivulet.panel";
const [LEAST, MOST, FIRST] = [30, 70, 44]; // percent of the window
const NARROW = "(max-width: 999px), (max-height: 500px)";

const clamped = (share) => Math.min(MOST, Math.max(LEAST, Math.round(share)));

function remembered() {
  try {
    return clamped(Number(localStorage.getItem(KEY)) || FIRST);
  } catch {
    return FIRST;
  }
}

function remember(share) {
  try {
    localStorage.setItem(KEY, String(share));
  } catch {
    // A browser that keeps nothing forgets the width.
  }
}

function Separator({ onMove, share }) {
  const drag = (event) => {
    event.preventDefault();
    event.target.setPointerCapture(event.pointerId);
    const isRight = getComputedStyle(event.target).direction !== "rtl";
    const move = ({ clientX }) => onMove(clamped(((isRight ? innerWidth - clientX : clientX) / innerWidth) * 100));
    const end = () => event.target.removeEventListener("pointermove", move);
    event.target.addEventListener("pointermove", move);
    event.target.addEventListener("pointerup", end, { once: true });
    event.target.addEventListener("pointercancel", end, { once: true });
  };
  const press = (event) => {
    const to = { ArrowLeft: share + 2, ArrowRight: share - 2, Home: MOST, End: LEAST }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    onMove(clamped(to));
  };
  return (
    <div
      aria-label="Width of the fragment"
      aria-orientation="vertical"
      aria-valuemax={MOST}
      aria-valuemin={LEAST}
      aria-valuenow={share}
      className="fragment-separator"
      data-testid="fragment-separator"
      onKeyDown={press}
      onPointerDown={drag}
      role="separator"
      tabIndex={0}
    />
  );
}

// Stands as long as `opening` is a number other than 0. Closed at once; the page hears of it.
export function FragmentPanel({ isAutomatic = false, onClose, opening = 0, ...shown }) {
  const [share, setShare] = useState(FIRST);
  const [closed, setClosed] = useState(0);
  const root = useRef(null);
  const asked = useRef(null);
  const isOpen = opening !== 0 && opening !== closed;
  const { isMissing, part } = body.use({ isNeeded: isOpen });
  useEffect(() => setShare(remembered()), []);
  const close = () => {
    setClosed(opening);
    onClose();
    asked.current?.focus?.();
  };
  useEffect(() => {
    if (!opening) {
      setClosed(0); // a server that was started anew counts from the beginning
      return;
    }
    if (isAutomatic && matchMedia(NARROW).matches) {
      setClosed(opening); // it would hide the answer
      onClose();
      return;
    }
    if (isAutomatic) return; // the keyboard stays where it is
    if (!root.current?.contains(document.activeElement)) asked.current = document.activeElement;
    root.current?.focus({ preventScroll: true });
  }, [opening]);
  // Back closes it where it covers the page.
  useEffect(() => {
    if (!isOpen || !matchMedia(NARROW).matches) return undefined;
    history.pushState({ ...history.state, fragment: true }, "");
    const back = () => close();
    window.addEventListener("popstate", back);
    return () => {
      window.removeEventListener("popstate", back);
      if (history.state?.fragment) history.back();
    };
  }, [isOpen]);
  if (!isOpen) return null;
  const press = (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.stopPropagation();
    close();
  };
  const move = (to) => {
    setShare(to);
    remember(to);
  };
  return (
    <aside
      aria-label="Fragment"
      className="fragment-panel"
      data-testid="fragment-panel"
      onKeyDown={press}
      ref={root}
      style={{ "--share": `${share}vw` }}
      tabIndex={-1}
    >
      <Separator onMove={move} share={share} />
      {part ? <part.FragmentBody {...shown} onClose={close} /> : <p className="fragment-waiting">{isMissing ? "A part of the page could not be fetched. It is tried again." : "Loading…"}</p>}
    </aside>
  );
}
