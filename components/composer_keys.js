// What the keys do in the composer's field.
import { onKeys } from "./keys.js";

export const isTouch = () => matchMedia("(pointer: coarse)").matches;
const PAGE = 0.85;

function turnPage(event) {
  const area = document.querySelector(".transcript-scroll");
  const field = event.target;
  if (!area || field.scrollHeight > field.clientHeight + 1) return;
  event.preventDefault();
  area.scrollBy({ top: (event.key === "PageUp" ? -PAGE : PAGE) * area.clientHeight, behavior: "instant" });
}

// `facts` tells, at each key, whether Enter alone breaks the line.
export function composerKeys(field, facts) {
  const send = (event) => {
    if (event.repeat) return;
    event.preventDefault();
    field.form.requestSubmit();
  };
  const enter = (event) => {
    if (!field.value) event.preventDefault(); // the second of two, when the first has sent the text
    if (!facts().sendsWithMod && !isTouch()) send(event);
  };
  const breakLine = (event) => field.value || event.preventDefault();
  return onKeys(field, {
    Enter: enter,
    "[Shift]+[Alt]+[Meta]+Control+Enter": send,
    "[Shift]+[Alt]+Meta+Enter": send,
    "[Shift]+[Alt]+Enter": breakLine,
    "[Control]+[Alt]+[Meta]+PageUp": turnPage,
    "[Control]+[Alt]+[Meta]+PageDown": turnPage,
  });
}
