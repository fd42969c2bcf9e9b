// Finds out whether the server can be reached, and says so.
import { useEffect, useRef, useState } from "react";
import { useLocation } from "react-router";
import { note, useFact } from "./lost.js";
import { NEW, placeOf } from "./places.js";

const SILENCE_MS = 800; // without a frame while one is awaited, before the server is asked whether it is there
const ANSWER_MS = 3000;
const OFFLINE_ANSWER_MS = 600;
const AGAIN_MS = 1000;
const OPEN_MS = 1500; // a socket that opens has done so by then
const LOOK_MS = 200;

// A socket does not tell why it was refused; a plain request from a page that names itself does.
async function reach(milliseconds) {
  const headers = { "X-Rivulet-Page": window.location.origin };
  try {
    const response = await fetch("/healthz", { cache: "no-store", headers, signal: AbortSignal.timeout(milliseconds) });
    return { isThere: response.status < 500, refusal: response.status === 403 ? await response.text() : "" };
  } catch {
    return { isThere: false, refusal: "" };
  }
}

// Why the server refuses this page, when its socket is lost or does not open.
function useRefusal(isLost, isReady) {
  const [refusal, setRefusal] = useState("");
  useEffect(() => {
    setRefusal("");
    if (isReady && !isLost) return undefined;
    let isCurrent = true;
    const ask = async () => {
      const found = await reach(ANSWER_MS);
      if (isCurrent) setRefusal(found.refusal);
    };
    const timer = setTimeout(ask, isLost ? 0 : OPEN_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [isLost, isReady]);
  return refusal;
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
      const { isThere } = await reach(milliseconds);
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

export function Connection({ beat, conversationId, hasErrors, isReady, isWriting, meanwhile }) {
  const isLost = useIsLost({ beat, hasErrors, isReady, isWriting });
  const refusal = useRefusal(isLost, isReady);
  const opening = useOpening(conversationId);
  const isOpening = opening !== "" && /^[\w-]+$/.test(opening);
  useEffect(() => note({ isLost }), [isLost]);
  const chosen = opening === NEW ? " A new chat opens then, too." : " The chat you chose opens then, too.";
  return (
    <>
      {isOpening && <style>{marks(opening)}</style>}
      {refusal && (
        <p className="connection" data-testid="refusal" role="alert">
          {refusal}
        </p>
      )}
      {isLost && !refusal && (
        <p className="connection" data-testid="connection" role="status">
          {navigator.onLine ? "Connection lost, reconnecting" : "This device is offline, waiting"}
          <Seconds />… {meanwhile}
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
