// What the versions of a fragment hold: while its answer is on the page what stands there, else what the server has.
import { useEffect, useState } from "react";
import { useWritten } from "./fragments.js";

const AGAIN_MS = 1000; // for one that somebody else's page shows while it is written
const MOST_KEPT = 20;
const kept = new Map();

const addressOf = (conversationId, fragmentId, number) => `/api/v1/conversations/${conversationId}/fragments/${fragmentId}/versions/${number}`;

export const downloadOf = (...version) => `${addressOf(...version)}/raw`;
export const archiveOf = (conversationId) => `/api/v1/conversations/${conversationId}/fragments/archive`;

async function fetched(address, signal) {
  const answer = await fetch(address, { signal });
  if (!answer.ok) throw new Error((await answer.json().catch(() => null))?.error?.message ?? "It cannot be read just now.");
  return answer.json();
}

// `{ code, isWriting, trouble }`; no code while it is on its way.
export function useContent({ conversationId, fragmentId, number, status }) {
  const written = useWritten(fragmentId, number);
  const [state, setState] = useState({});
  const address = number ? addressOf(conversationId, fragmentId, number) : "";
  const isOnPage = written !== undefined;
  useEffect(() => {
    if (isOnPage || !address) return undefined;
    const leaving = new AbortController();
    let timer;
    const load = async () => {
      try {
        const version = kept.get(address) ?? (await fetched(address, leaving.signal));
        if (version.status === "streaming") timer = setTimeout(load, AGAIN_MS);
        else if (version.status === "complete") kept.set(address, version); // any other may be continued
        if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
        setState({ address, code: version.content, isWriting: version.status === "streaming" });
      } catch (error) {
        if (!leaving.signal.aborted) setState({ address, trouble: error.message });
      }
    };
    load();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [address, isOnPage, status]);
  if (written) return { code: written.code, isWriting: written.isIncomplete };
  return state.address === address ? state : {};
}
