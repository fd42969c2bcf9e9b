// Tells the server how busy this page was while it showed an answer, and what failed in it: once an answer ends, or the
// reader leaves, and no more than can be of use.
import { useEffect, useRef } from "react";

const MOST_FAULTS = 10; // of one visit
const LONGEST_SAID = 500;
const IGNORED = /ResizeObserver loop/; // browsers say it of what works

const send = (path, said) => {
  const body = new Blob([JSON.stringify(said)], { type: "application/json" });
  navigator.sendBeacon?.(`/api/v1/${path}`, body);
};

let faults = 0;

function tellFault(error, message) {
  const said = String(error?.message ?? message ?? "").slice(0, LONGEST_SAID);
  if (faults >= MOST_FAULTS || IGNORED.test(said)) return;
  faults += 1;
  send("pages/faults", { kind: String(error?.name ?? "Error").slice(0, 100), said });
}

function useFaults() {
  useEffect(() => {
    const failed = (event) => event.error && tellFault(event.error, event.message);
    const refused = (event) => tellFault(event.reason);
    window.addEventListener("error", failed);
    window.addEventListener("unhandledrejection", refused);
    return () => {
      window.removeEventListener("error", failed);
      window.removeEventListener("unhandledrejection", refused);
    };
  }, []);
}

const nothing = () => ({ hidden_ms: 0, long_tasks: 0, longest_task_ms: 0, reconnects: 0 });

export function PageReport({ hasErrors, runId }) {
  const told = useRef(nothing());
  useFaults();
  useEffect(() => {
    if (hasErrors) told.current.reconnects += 1;
  }, [hasErrors]);
  useEffect(() => {
    if (!runId) return undefined;
    told.current = nothing();
    let hiddenAt = document.hidden ? performance.now() : null;
    const note = (list) => {
      for (const { duration } of list.getEntries()) {
        told.current.long_tasks += 1;
        told.current.longest_task_ms = Math.max(told.current.longest_task_ms, Math.round(duration));
      }
    };
    const look = () => {
      if (hiddenAt !== null) told.current.hidden_ms += Math.round(performance.now() - hiddenAt);
      hiddenAt = document.hidden ? performance.now() : null;
    };
    const tasks = PerformanceObserver.supportedEntryTypes?.includes("longtask") ? new PerformanceObserver(note) : null;
    tasks?.observe({ entryTypes: ["longtask"] });
    let isTold = false;
    const tell = () => {
      if (isTold) return;
      isTold = true;
      look();
      send(`runs/${runId}/views`, told.current);
    };
    document.addEventListener("visibilitychange", look);
    window.addEventListener("pagehide", tell);
    return () => {
      tell();
      tasks?.disconnect();
      document.removeEventListener("visibilitychange", look);
      window.removeEventListener("pagehide", tell);
    };
  }, [runId]);
  return null;
}
