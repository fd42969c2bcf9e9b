// Keeps in the browser what a tab shows beyond its address.
import { useEffect, useRef, useState } from "react";
import { useLocation } from "react-router";

const NEW_CHAT = "/";

// Beside what another page of this tab keeps.
function keep(name, facts) {
  try {
    const known = JSON.parse(sessionStorage.getItem(name) ?? "{}");
    sessionStorage.setItem(name, JSON.stringify({ ...known, ...facts }));
  } catch {
    sessionStorage.removeItem(name); // a browser that keeps nothing forgets it
  }
}

// What is there when a page is loaded is of the page before it, unless that is loaded again.
function markAsOld(name) {
  const isReloaded = performance.getEntriesByType("navigation")[0]?.type === "reload";
  keep(name, isReloaded ? { is_reloaded: true } : { is_of_page_before: true });
}

export function TabMemory({ facts, isReady, name }) {
  const text = JSON.stringify(facts);
  const { pathname } = useLocation();
  const left = useRef(pathname);
  useState(() => typeof window !== "undefined" && markAsOld(name)); // before Reflex reads it
  useEffect(() => {
    if (isReady) keep(name, { ...facts, is_of_page_before: false, is_reloaded: false });
  }, [isReady, name, text]);
  // Who goes to a new chat shows none of the old, also before the server has heard of it.
  useEffect(() => {
    if (pathname === NEW_CHAT && left.current !== NEW_CHAT) keep(name, { conversation_id: "" });
    left.current = pathname;
  }, [name, pathname]);
  return null;
}
