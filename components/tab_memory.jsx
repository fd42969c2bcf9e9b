// Keeps in the browser what a tab shows beyond its address.
import { useEffect, useState } from "react";

// What is there when a page is loaded is of the page before it, unless that is loaded again.
function markAsOld(name) {
  const isReloaded = performance.getEntriesByType("navigation")[0]?.type === "reload";
  const mark = isReloaded ? { is_reloaded: true } : { is_of_page_before: true };
  try {
    const known = sessionStorage.getItem(name);
    if (known) sessionStorage.setItem(name, JSON.stringify({ ...JSON.parse(known), ...mark }));
  } catch {
    // A browser that keeps nothing has nothing old.
  }
}

export function TabMemory({ facts, isReady, name }) {
  const text = JSON.stringify(facts);
  useState(() => typeof window !== "undefined" && markAsOld(name)); // before Reflex reads it
  useEffect(() => {
    if (!isReady) return; // nothing of it has come yet
    try {
      const others = JSON.parse(sessionStorage.getItem(name) ?? "{}"); // of another page of this tab
      const own = { ...facts, is_of_page_before: false, is_reloaded: false };
      sessionStorage.setItem(name, JSON.stringify({ ...others, ...own }));
    } catch {
      sessionStorage.removeItem(name); // a browser that keeps nothing forgets it
    }
  }, [isReady, name, text]);
  return null;
}
