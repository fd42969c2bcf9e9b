// What is on its way from the composer to the server.
import { useEffect, useRef, useState } from "react";
import { useLocation } from "react-router";
import { composerKeys, isTouch } from "./composer_keys.js";
import { openDrafts } from "./drafts.js";
import { connection, note, useFact } from "./lost.js";
import { takeLostFocus } from "./lost_focus.js";
import { NEW, placeOf } from "./places.js";

// `randomUUID` is missing where the page is not served securely, as in a home network.
const randomKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const HELD_MS = 2000;

// What is on its way: sent one after the other, each until the server has answered for it.
function openSending(form, field, name, show) {
  const drafts = openDrafts(name);
  let items = [];
  let place = NEW;
  let facts = {};
  const timers = new Set();
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
  const update = (key, changed) => change(items.map((item) => (item.key === key ? { ...item, ...changed } : item)));
  // The first that need not wait: for the end of the answer in its chat, or for an earlier one of the same chat.
  const next = () => {
    const { conversationId, isWriting } = facts;
    const here = conversationId || NEW;
    const busy = new Set(isWriting ? [here, NEW] : []);
    return items.find((item) => {
      const isBusy = busy.has(item.place) || (item.isHeld && !item.isDue);
      if (isBusy) busy.add(item.place);
      return !isBusy;
    });
  };
  const pump = () => {
    if (!facts.isReady || connection.isLost || items.some((item) => item.isOut)) return;
    const item = next();
    if (!item) return;
    update(item.key, { isOut: true, isDue: false });
    facts.onSend({ text: item.text, key: item.key, conversation_id: item.conversationId });
  };
  // When the answer of another chat ends, or one that another tab has just begun here, the server knows.
  const hold = ({ detail: key }) => {
    update(key, { isOut: false, isHeld: true });
    timers.add(
      setTimeout(() => {
        update(key, { isDue: true });
        pump();
      }, HELD_MS),
    );
    pump();
  };
  // A refused text comes back into the field of its chat, and with it what would have gone out behind it, in its order.
  const giveBack = (event) => {
    const at = items.findIndex((item) => item.key === event.detail);
    if (at < 0) return;
    event.preventDefault();
    const back = items.filter((item, number) => number >= at && item.place === items[at].place);
    const own = items[at].place === place ? inField() : drafts.at(items[at].place);
    const text = [...back, own].map((part) => part.text).filter(Boolean).join("\n");
    Object.assign(drafts.at(items[at].place), { text, key: "" });
    if (items[at].place === place) field.value = text;
    change(items.filter((item) => !back.includes(item)));
    pump();
  };
  const submit = (event) => {
    event.preventDefault();
    const text = field.value;
    if (!text.trim()) return;
    // The address knows of another or a new chat before the server does; behind the settings it knows of none.
    const named = placeOf(location.pathname);
    const { begunId, conversationId: shown } = facts;
    const atNew = shown === begunId ? shown : NEW;
    const conversationId = named === null ? shown : named === NEW ? atNew : named;
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
      const named = to === NEW ? {} : { conversationId: to };
      items = items.map((item) => (item.place === from ? { ...item, ...named, place: to } : item));
    } else {
      Object.assign(draft(), inField());
    }
    place = to;
    const own = draft().text;
    field.value = isCarried && text ? (own ? `${own}\n${text}` : text) : own;
    keep(from);
    show(items);
  };
  const sendAnew = () => change(items.map((item) => ({ ...item, isOut: false, isDue: true })));
  const typed = () => keep();
  field.addEventListener("input", typed);
  field.addEventListener("hold", hold);
  field.addEventListener("refused", giveBack);
  form.addEventListener("submit", submit);
  window.addEventListener("pagehide", drafts.leave);
  const close = () => {
    timers.forEach(clearTimeout);
    field.removeEventListener("input", typed);
    field.removeEventListener("hold", hold);
    field.removeEventListener("refused", giveBack);
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

const LATE_MS = 400; // a text that the server takes at once is a message before it is seen on its way

function Item({ isLost, isWriting, item, onDrop, onEdit }) {
  const [isLate, setLate] = useState(false);
  const isOut = item.isOut && !isLost && !item.isHeld;
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), LATE_MS);
    return () => clearTimeout(timer);
  }, []);
  if (isOut && !isLate) return null;
  const waiting = item.isHeld ? "Goes out after the answer in its chat" : isWriting ? "Goes out after the answer" : "Sending…";
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
  const { key: visit, pathname } = useLocation();
  const keys = useRef({});
  keys.current = { sendsWithMod };
  useEffect(() => {
    const field = document.getElementById(fieldId);
    const { form } = field;
    sending.current = openSending(form, field, name, show);
    sending.current.begin(placeOf(location.pathname));
    const ends = [composerKeys(field, () => keys.current), takeLostFocus(field)];
    field.enterKeyHint = isTouch() ? "enter" : "send";
    field.closest(".is-empty")?.scrollTo(0, 0); // the keyboard is in the field at once, which has led to it
    return () => {
      ends.forEach((end) => end());
      sending.current.close();
    };
  }, [fieldId, name]);
  const begunId = useRef(""); // the new chat that is shown, while it has not got its address
  useEffect(() => {
    begunId.current = "";
  }, [visit]);
  useEffect(() => {
    if (placeOf(location.pathname) === NEW) begunId.current = conversationId;
  }, [conversationId]);
  useEffect(() => {
    sending.current.know({ begunId: begunId.current, conversationId, isReady, isWriting, onSend });
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
