// Keeps in the browser what a tab shows beyond its address.
import { useEffect } from "react";

export function TabMemory({ facts, isReady, name }) {
  const text = JSON.stringify(facts);
  useEffect(() => {
    if (!isReady) return; // nothing of it has come yet
    try {
      const others = JSON.parse(sessionStorage.getItem(name) ?? "{}"); // of another page of this tab
      sessionStorage.setItem(name, JSON.stringify({ ...others, ...JSON.parse(text) }));
    } catch {
      sessionStorage.removeItem(name); // a browser that keeps nothing forgets it
    }
  }, [isReady, name, text]);
  return null;
}
