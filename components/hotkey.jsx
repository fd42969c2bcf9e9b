// A key that works wherever the focus is, except in what lies over the page.
import { useEffect, useRef } from "react";
import { onKeys } from "./keys.js";

const OVERLAYS = 'dialog[open], [data-streamdown="mermaid-fullscreen"]';
const isElsewhere = (event) =>
  event.repeat || event.target.closest?.("select, dialog") || document.querySelector(OVERLAYS) !== null;

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
