// The few parts of a page that need the browser: scrolling, hotkeys, dialogs.
import { useEffect, useRef, useState } from "react";
import { useStickToBottomContext } from "use-stick-to-bottom";
import "./look.js";

// Offers a way down, and goes there by itself when `signal` changes. Without `follows` the view stays wherever it is:
// the library holds on to the end again and again, and is told to let go.
export function ScrollToEnd({ follows = true, label, signal }) {
  const { escapedFromLock, isAtBottom, scrollRef, scrollToBottom, stopScroll } = useStickToBottomContext();
  const goToEnd = () =>
    follows ? scrollToBottom("instant") : scrollRef.current.scrollTo({ top: scrollRef.current.scrollHeight, behavior: "instant" });
  useEffect(() => {
    goToEnd();
  }, [signal]);
  useEffect(() => {
    if (!follows && !escapedFromLock) stopScroll();
  }, [escapedFromLock, follows, isAtBottom]);
  useEffect(() => {
    // The library takes a wheel over a box that could scroll for that box's own.
    const area = scrollRef.current;
    const letGo = (event) => event.deltaY < 0 && stopScroll();
    area.addEventListener("wheel", letGo, { passive: true });
    return () => area.removeEventListener("wheel", letGo);
  }, []);
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

export function Elapsed({ sinceMs }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = sinceMs ? Math.floor((now - sinceMs) / 1000) : 0;
  return seconds > 0 ? <span className="elapsed" aria-hidden="true"> {seconds} s</span> : null;
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
