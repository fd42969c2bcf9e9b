// Keeps in the browser what a tab shows beyond its address.
import { useEffect, useRef, useState } from "react";
import { useLocation } from "react-router";
import { NEW, placeOf } from "./places.js";

// Beside what another page of this tab keeps.
function keep(name, facts) {
  try {
    const known = JSON.parse(sessionStorage.getItem(name) ?? "{}");
    sessionStorage.setItem(name, JSON.stringify({ ...known, ...facts }));
  } catch {
    sessionStorage.removeItem(name); // a browser that keeps nothing forgets it
  }
}

// What is there when a page is loaded is of the page before it, unless that is loaded again. Reflex reads it later only
// where the page is built in advance, as a new chat's is: nothing else may depend on it.
function markAsOld(name) {
  const isReloaded = performance.getEntriesByType("navigation")[0]?.type === "reload";
  keep(name, isReloaded ? { is_reloaded: true } : { is_of_page_before: true });
}

export function TabMemory({ facts, isReady, name }) {
  const text = JSON.stringify(facts);
  const place = placeOf(useLocation().pathname);
  const left = useRef(place);
  useState(() => typeof window !== "undefined" && markAsOld(name));
  useEffect(() => {
    if (isReady) keep(name, { ...facts, is_of_page_before: false, is_reloaded: false });
  }, [isReady, name, text]);
  // Who goes from a chat to a new one shows none of the old, also before the server has heard of it.
  useEffect(() => {
    const hasLeftChat = left.current && left.current !== NEW;
    if (place === NEW && hasLeftChat) keep(name, { conversation_id: "" });
    left.current = place;
  }, [name, place]);
  return null;
}
