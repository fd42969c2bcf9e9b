// Whether the server is lost and whether something of it is awaited: the banner finds out, the composer acts on it.
import { useSyncExternalStore } from "react";

export const connection = { isLost: false, isAwaited: false, listeners: new Set() };
export const note = (facts) => {
  if (Object.entries(facts).every(([name, fact]) => connection[name] === fact)) return;
  Object.assign(connection, facts);
  connection.listeners.forEach((listen) => listen());
};
const subscribe = (listen) => {
  connection.listeners.add(listen);
  return () => connection.listeners.delete(listen);
};
export const useFact = (name) => useSyncExternalStore(subscribe, () => connection[name], () => false);
