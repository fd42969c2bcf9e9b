// The few parts of a page that need the browser: scrolling, drafts, hotkeys, dialogs.
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

// Ctrl or Cmd with Enter sends the form of the field.
export function ModEnter({ fieldId }) {
  useEffect(() => {
    const field = document.getElementById(fieldId);
    const press = (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing || event.repeat) return;
      event.preventDefault();
      field.form.requestSubmit();
    };
    field.addEventListener("keydown", press);
    return () => field.removeEventListener("keydown", press);
  }, [fieldId]);
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

// `randomUUID` is missing where the page is not served securely, as in a home network.
const randomKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const store = (name, value) => {
  try {
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch {
    localStorage.removeItem(name); // larger than the browser keeps
  }
};

const NEW_CONVERSATION = "new";

// What a reload would give back: every text that the server has not answered for, and what is in the field.
function openDraft(field, name) {
  const keyName = `${name}.key`;
  const givenBack = { text: localStorage.getItem(name) ?? "", key: localStorage.getItem(keyName) ?? "" };
  const unanswered = [];
  let kept = givenBack.text;
  const keyOf = (text) => (text && text === givenBack.text ? givenBack.key : "");
  const keep = () => {
    const drafts = [...unanswered, { text: field.value, key: keyOf(field.value) }].filter(({ text }) => text);
    if (!drafts.length && localStorage.getItem(name) !== kept) return; // another tab's
    kept = drafts.map(({ text }) => text).join("\n");
    store(name, kept);
    store(keyName, drafts.length === 1 ? drafts[0].key : "");
  };
  const keepSoon = () => queueMicrotask(keep);
  const send = () => {
    const text = field.value;
    if (!text.trim()) return;
    const { conversation_id, key } = field.form.elements;
    key.value = keyOf(text) || randomKey();
    givenBack.key = ""; // if this is refused, what is sent next is another message
    // The address knows of another or a new chat before the server does; behind the settings it knows of none.
    const [, section, id] = location.pathname.split("/");
    if (section !== "settings") conversation_id.value = id ?? (conversation_id.value && NEW_CONVERSATION);
    unanswered.push({ text, key: key.value, conversation_id: conversation_id.value });
  };
  const settle = (key) => {
    const place = unanswered.findIndex((sent) => sent.key === key);
    const isGivenBack = key && keyOf(field.value) === key;
    if (isGivenBack) field.value = "";
    if (place >= 0) unanswered.splice(place, 1);
    if (place >= 0 || isGivenBack) keep();
  };
  if (!field.value) field.value = givenBack.text;
  field.addEventListener("input", keep);
  field.form.addEventListener("submit", send);
  field.form.addEventListener("reset", keepSoon);
  const close = () => {
    field.removeEventListener("input", keep);
    field.form?.removeEventListener("submit", send);
    field.form?.removeEventListener("reset", keepSoon);
  };
  return { close, settle, unanswered };
}

export function Draft({ answeredKey, fieldId, isReady, name, onResend }) {
  const draft = useRef(null);
  useEffect(() => {
    draft.current = openDraft(document.getElementById(fieldId), name);
    return draft.current.close;
  }, [fieldId, name]);
  useEffect(() => draft.current.settle(answeredKey), [answeredKey]);
  useEffect(() => {
    if (isReady) draft.current.unanswered.forEach((sent) => onResend(sent));
  }, [isReady]);
  return null;
}
