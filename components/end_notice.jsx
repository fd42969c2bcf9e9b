// A notification of the system, for whoever has turned to another tab.
import { useEffect, useRef } from "react";

export function EndNotice({ afterSeconds, body, isEnabled, isWriting, title }) {
  const startedAt = useRef(0);
  useEffect(() => {
    const isLong = startedAt.current && Date.now() - startedAt.current >= afterSeconds * 1000;
    startedAt.current = isWriting ? Date.now() : 0;
    if (isWriting || !isLong || !isEnabled || !body || !document.hidden) return;
    try {
      if (window.Notification?.permission === "granted") new Notification(title, { body, tag: title });
    } catch {
      // Chrome on Android has notifications, but only for service workers.
    }
  }, [isWriting]);
  return null;
}
