// What stands between a text and the server: whether the server can be reached, what is on its way there, and drafts.
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useLocation } from "react-router";

// Whether the server is lost, shared by the banner, which finds out, and the composer, which acts on it.
const connection = { isLost: false, isAwaited: false, listeners: new Set() };
const note = (facts) => {
  if (Object.entries(facts).every(([name, fact]) => connection[name] === fact)) return;
  Object.assign(connection, facts);
  connection.listeners.forEach((listen) => listen());
};
const subscribe = (listen) => {
  connection.listeners.add(listen);
  return () => connection.listeners.delete(listen);
};
const useFact = (name) => useSyncExternalStore(subscribe, () => connection[name], () => false);

const SILENCE_MS = 800; // without a frame while one is awaited, before the server is asked whether it is there
const ANSWER_MS = 3000;
const OFFLINE_ANSWER_MS = 600;
const AGAIN_MS = 1000;
const LOOK_MS = 200;

async function isReachable(milliseconds) {
  try {
    const response = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(milliseconds) });
    return response.status < 500;
  } catch {
    return false;
  }
}

// A socket that has died without a word finds out after half a minute; told that the network is gone, it closes and is
// opened anew at once.
let isOurs = false;
function reopenSocket() {
  isOurs = true;
  window.dispatchEvent(new Event("offline"));
  isOurs = false;
}

// Finds out that the server is away: the socket says so, the browser goes offline, or nothing comes while something is
// awaited and the server does not answer a plain request either.
function useIsLost({ beat, hasErrors, isReady, isWriting }) {
  const [isUnreachable, setUnreachable] = useState(false);
  const isAwaited = useFact("isAwaited") || isWriting;
  const lastSign = useRef(0);
  const errors = useRef(hasErrors);
  errors.current = hasErrors;
  const heard = () => {
    lastSign.current = performance.now();
    setUnreachable(false);
  };
  useEffect(heard, [beat]);
  useEffect(() => {
    if (isReady) heard();
  }, [isReady]);
  useEffect(() => {
    lastSign.current = performance.now();
  }, [isAwaited]);
  useEffect(() => {
    let isCurrent = true;
    let isAsking = false;
    const ask = async (milliseconds) => {
      if (isAsking) return;
      isAsking = true;
      const isThere = await isReachable(milliseconds);
      isAsking = false;
      if (!isCurrent) return;
      lastSign.current = performance.now() + (isThere ? AGAIN_MS : 0);
      if (isThere && isUnreachable && !errors.current) reopenSocket();
      setUnreachable(!isThere);
    };
    const look = () => {
      const silence = performance.now() - lastSign.current;
      if (isUnreachable ? silence > AGAIN_MS : isAwaited && silence > SILENCE_MS) ask(ANSWER_MS);
    };
    const goOffline = () => isOurs || ask(OFFLINE_ANSWER_MS);
    const goOnline = () => ask(ANSWER_MS);
    const timer = isUnreachable || isAwaited ? setInterval(look, LOOK_MS) : undefined;
    window.addEventListener("offline", goOffline);
    window.addEventListener("online", goOnline);
    return () => {
      isCurrent = false;
      clearInterval(timer);
      window.removeEventListener("offline", goOffline);
      window.removeEventListener("online", goOnline);
    };
  }, [isAwaited, isUnreachable]);
  return hasErrors || isUnreachable;
}

const OPENING_MS = 300;
const NEW = "new";

// The place that an address names: a conversation's id, a new one, or none, as the settings lie over what was there.
function placeOf(pathname) {
  const [, section, id] = pathname.split("/");
  if (section === "c" && id) return id;
  return section ? null : NEW;
}

// The conversation that the address names, while the page still shows another.
function useOpening(conversationId) {
  const place = placeOf(useLocation().pathname);
  const opening = place && place !== (conversationId || NEW) ? place : "";
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    setSlow(false);
    if (!opening) return undefined;
    const timer = setTimeout(() => setSlow(true), OPENING_MS);
    return () => clearTimeout(timer);
  }, [opening]);
  return opening && isSlow ? opening : "";
}

// What has been clicked is marked before the server has heard of it.
const marks = (opening) => `
  .transcript-area, .welcome { opacity: 0.5; }
  .conversation[aria-current="page"] { background: transparent; font-weight: 400; }
  .conversation[data-conversation-id="${opening}"] { background: var(--accent); font-weight: 500; }
`;

function Seconds() {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return seconds > 2 ? <span aria-hidden="true"> for {seconds} s</span> : null;
}

export function Connection({ beat, conversationId, hasErrors, isReady, isWriting }) {
  const isLost = useIsLost({ beat, hasErrors, isReady, isWriting });
  const opening = useOpening(conversationId);
  const isOpening = opening !== "" && /^[\w-]+$/.test(opening);
  useEffect(() => note({ isLost }), [isLost]);
  const chosen = opening === NEW ? " A new chat opens then, too." : " The chat you chose opens then, too.";
  return (
    <>
      {isOpening && <style>{marks(opening)}</style>}
      {isLost && (
        <p className="connection" data-testid="connection" role="status">
          {navigator.onLine ? "Connection lost, reconnecting" : "This device is offline, waiting"}
          <Seconds />… What you send now waits here and goes out when the connection is back.
          {isOpening && chosen}
        </p>
      )}
      {isOpening && !isLost && (
        <p className="connection" data-testid="opening" role="status">
          {opening === NEW ? "Opening a new chat…" : "Opening the chat…"}
        </p>
      )}
    </>
  );
}

// `randomUUID` is missing where the page is not served securely, as in a home network.
const randomKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const store = (storage, name, value) => {
  try {
    if (value) storage.setItem(name, value);
    else storage.removeItem(name);
  } catch {
    storage.removeItem(name); // larger than the browser keeps
  }
};

const parsed = (text) => {
  try {
    const { text: draft, key } = JSON.parse(text ?? "");
    return { text: String(draft ?? ""), key: String(key ?? "") };
  } catch {
    return { text: "", key: "" };
  }
};

// The unsent texts of this tab, one a conversation. They are the tab's own, so that two tabs never write over each
// other's; a tab that goes leaves them, and the next one that comes to the conversation without a text takes them.
function openDrafts(name) {
  const drafts = new Map();
  const read = (place) => {
    const own = parsed(sessionStorage.getItem(`${name}:${place}`));
    const left = parsed(localStorage.getItem(`${name}.left:${place}`));
    if (!own.text || left.text === own.text) store(localStorage, `${name}.left:${place}`, "");
    return own.text ? own : left;
  };
  const at = (place) => {
    if (!drafts.has(place)) drafts.set(place, read(place));
    return drafts.get(place);
  };
  const keep = (place, parts) => {
    const texts = parts.filter(({ text }) => text);
    const [text, key] = [texts.map((part) => part.text).join("\n"), texts.length === 1 ? texts[0].key : ""];
    store(sessionStorage, `${name}:${place}`, text && JSON.stringify({ text, key }));
  };
  const leave = () => {
    for (const place of drafts.keys()) {
      const draft = sessionStorage.getItem(`${name}:${place}`);
      if (draft) store(localStorage, `${name}.left:${place}`, draft);
    }
  };
  return { at, keep, leave };
}

// What is on its way: sent one after the other, each until the server has answered for it.
function openSending(form, field, name, show) {
  const drafts = openDrafts(name);
  let items = [];
  let place = NEW;
  let facts = {};
  const draft = () => drafts.at(place);
  const keyOf = (text) => (text && text === draft().text ? draft().key : "");
  const inField = () => ({ text: field.value, key: keyOf(field.value) });
  const keep = (...places) => {
    for (const each of new Set([place, ...places])) {
      const own = each === place ? inField() : drafts.at(each);
      drafts.keep(each, [...items.filter((item) => item.place === each), own]);
    }
    const isEmpty = !field.value.trim();
    form.dataset.empty = isEmpty;
    form.querySelector('[type="submit"]')?.setAttribute("aria-disabled", isEmpty);
  };
  const change = (changed) => {
    const places = items.map((item) => item.place);
    items = changed;
    keep(...places);
    note({ isAwaited: items.some((item) => item.isOut) });
    show(items);
  };
  const pump = () => {
    const { conversationId, isReady, isWriting, onSend } = facts;
    const [first] = items;
    if (!first || first.isOut || !isReady || connection.isLost) return;
    if (isWriting && [conversationId || NEW, NEW].includes(first.place)) return; // its turn comes with the end
    change([{ ...first, isOut: true }, ...items.slice(1)]);
    onSend({ text: first.text, key: first.key, conversation_id: first.conversationId });
  };
  const submit = (event) => {
    event.preventDefault();
    const text = field.value;
    if (!text.trim()) return;
    // The address knows of another or a new chat before the server does; behind the settings it knows of none.
    const named = placeOf(location.pathname);
    const shown = facts.conversationId;
    const conversationId = named === null ? shown : named === NEW ? shown && NEW : named;
    const item = { text, key: keyOf(text) || randomKey(), conversationId, place, isOut: false };
    draft().key = ""; // if this is refused, what is sent next is another message
    field.value = "";
    change([...items, item]);
    pump();
  };
  const drop = (key) => {
    change(items.filter((item) => item.key !== key));
    field.focus();
  };
  const edit = (key) => {
    const item = items.find((each) => each.key === key);
    field.value = field.value ? `${item.text}\n${field.value}` : item.text;
    Object.assign(draft(), { text: field.value, key: field.value === item.text ? item.key : "" });
    drop(key);
  };
  const settle = (key) => {
    const isGivenBack = key && keyOf(field.value) === key;
    if (isGivenBack) field.value = "";
    if (isGivenBack) Object.assign(draft(), { text: "", key: "" });
    if (isGivenBack || items.some((item) => item.key === key)) change(items.filter((item) => item.key !== key));
    pump();
  };
  const turn = (to, { isCarried }) => {
    if (!to || to === place) return;
    const from = place;
    const text = field.value;
    if (isCarried) {
      Object.assign(draft(), { text: "", key: "" });
      items = items.map((item) => (item.place === from ? { ...item, place: to } : item));
    } else {
      Object.assign(draft(), inField());
    }
    place = to;
    const own = draft().text;
    field.value = isCarried && text ? (own ? `${own}\n${text}` : text) : own;
    keep(from);
    show(items);
  };
  const sendAnew = () => change(items.map((item) => ({ ...item, isOut: false })));
  const typed = () => keep();
  field.addEventListener("input", typed);
  form.addEventListener("submit", submit);
  window.addEventListener("pagehide", drafts.leave);
  const close = () => {
    field.removeEventListener("input", typed);
    form.removeEventListener("submit", submit);
    window.removeEventListener("pagehide", drafts.leave);
  };
  const begin = (named) => {
    place = named ?? NEW;
    field.value = field.value || draft().text;
    keep();
  };
  return { begin, close, drop, edit, pump, sendAnew, settle, turn, know: (known) => (facts = known) };
}

// Enter is the keyboard's own while it confirms a candidate of an input method. Safari says so too late: there the
// composition has ended by then, and only the old key code tells.
const isComposing = (event) => event.isComposing || event.keyCode === 229;
const isTouch = () => matchMedia("(pointer: coarse)").matches;
const PAGE = 0.85;

function pressed(event, form, { isBusy, sendsWithMod }) {
  const field = event.target;
  if (event.key === "PageUp" || event.key === "PageDown") {
    const area = document.querySelector(".transcript-scroll");
    if (!area || field.scrollHeight > field.clientHeight + 1 || event.shiftKey) return;
    event.preventDefault();
    area.scrollBy({ top: (event.key === "PageUp" ? -PAGE : PAGE) * area.clientHeight, behavior: "instant" });
  }
  if (event.key !== "Enter" || isComposing(event)) return;
  const hasMod = event.ctrlKey || event.metaKey;
  if (!field.value && !hasMod) event.preventDefault(); // the second of two, when the first has sent the text
  const isMeant = hasMod || !(sendsWithMod || event.shiftKey || event.altKey || isTouch());
  if (!isMeant || isBusy || event.repeat) return;
  event.preventDefault();
  form.requestSubmit();
}

const LATE_MS = 400; // a text that the server takes at once is a message before it is seen on its way

function Item({ isLost, isWriting, item, onDrop, onEdit }) {
  const [isLate, setLate] = useState(false);
  const isOut = item.isOut && !isLost;
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), LATE_MS);
    return () => clearTimeout(timer);
  }, []);
  if (isOut && !isLate) return null;
  const waiting = isWriting ? "Goes out after the answer" : "Sending…";
  return (
    <li className="outbox-item" data-testid="outbox-item">
      <span className="outbox-text" dir="auto">
        {item.text}
      </span>
      <span className="outbox-line">
        <span role="status">{isLost ? "Waits for the connection" : waiting}</span>
        <button className="text-button" onClick={() => onEdit(item.key)} type="button">
          Edit
        </button>
        <button className="text-button" onClick={() => onDrop(item.key)} type="button">
          Drop
        </button>
      </span>
    </li>
  );
}

export function Sending({ answeredKey, conversationId, fieldId, goneId, isReady, isWriting, name, onSend, sendsWithMod }) {
  const sending = useRef(null);
  const [items, show] = useState([]);
  const isLost = useFact("isLost");
  const { pathname } = useLocation();
  const keys = useRef({});
  const isBusy = isWriting && !isLost;
  keys.current = { isBusy, sendsWithMod };
  useEffect(() => {
    const field = document.getElementById(fieldId);
    const { form } = field;
    const press = (event) => pressed(event, form, keys.current);
    sending.current = openSending(form, field, name, show);
    sending.current.begin(placeOf(location.pathname));
    field.addEventListener("keydown", press);
    field.enterKeyHint = isTouch() ? "enter" : "send";
    return () => {
      field.removeEventListener("keydown", press);
      sending.current.close();
    };
  }, [fieldId, name]);
  useEffect(() => {
    sending.current.know({ conversationId, isReady, isWriting, onSend });
  });
  useEffect(() => sending.current.settle(answeredKey), [answeredKey]);
  useEffect(() => {
    if (isReady) sending.current.sendAnew();
  }, [isReady]);
  const before = useRef({});
  useEffect(() => {
    const to = placeOf(pathname);
    const { place } = before.current;
    // A text goes along when its new chat gets an address, and when its conversation has been deleted.
    const isCarried = place === NEW ? to === conversationId : to === NEW && place === goneId;
    sending.current.turn(to, { isCarried });
    before.current.place = to ?? place;
  }, [pathname]);
  useEffect(() => {
    document.getElementById(fieldId).form.dataset.lost = isLost;
  }, [fieldId, isLost]);
  useEffect(() => sending.current.pump());
  return (
    <ul aria-label="On its way" className="outbox">
      {items.map((item) => (
        <Item
          isLost={isLost}
          isWriting={isWriting}
          item={item}
          key={item.key}
          onDrop={sending.current.drop}
          onEdit={sending.current.edit}
        />
      ))}
    </ul>
  );
}
