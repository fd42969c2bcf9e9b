// Keeps in the browser what a tab shows beyond its address.
import { useEffect } from "react";

export function TabMemory({ facts, isReady, name }) {
  const text = JSON.stringify(facts);
  useEffect(() => {
    if (!isReady) return; // nothing of it has come yet
    try {
      sessionStorage.setItem(name, text);
    } catch {
      // A browser that keeps nothing forgets it.
    }
  }, [isReady, name, text]);
  return null;
}
