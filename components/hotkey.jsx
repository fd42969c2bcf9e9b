// A key that works wherever the focus is, except in what lies over the page.
import { useEffect, useRef } from "react";
import { onKeys } from "./keys.js";

const OVERLAYS = 'dialog[open], [data-streamdown="mermaid-fullscreen"]';
let isCovered = false; // when the key went down: by now it may have closed what lay over the page
if (typeof window !== "undefined") {
  const look = () => (isCovered = document.querySelector(OVERLAYS) !== null);
  window.addEventListener("keydown", look, { capture: true });
}

const isElsewhere = (event) => event.repeat || isCovered || event.target.closest?.("select, dialog");

export function Hotkey({ keys, onPress }) {
  const press = useRef(onPress);
  press.current = onPress;
  useEffect(() => {
    const pressed = (event) => {
      if (event.altKey) event.preventDefault(); // it would write a letter
      press.current(event);
    };
    return onKeys(window, { [keys]: pressed }, isElsewhere);
  }, [keys]);
  return null;
}
