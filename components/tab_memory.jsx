// Keeps in the browser what a tab shows beyond its address.
import { useEffect, useState } from "react";

// What is there when a page is loaded is of the page before it, unless that is loaded again.
function markAsOld(name) {
  if (performance.getEntriesByType("navigation")[0]?.type === "reload") return;
  try {
    const known = sessionStorage.getItem(name);
    if (known) sessionStorage.setItem(name, JSON.stringify({ ...JSON.parse(known), is_of_page_before: true }));
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
      sessionStorage.setItem(name, JSON.stringify({ ...others, ...facts, is_of_page_before: false }));
    } catch {
      sessionStorage.removeItem(name); // a browser that keeps nothing forgets it
    }
  }, [isReady, name, text]);
  return null;
}
