// What the keys do in the composer's field.
// Enter is the keyboard's own while it confirms a candidate of an input method. Safari says so too late: there the
// composition has ended by then, and only the old key code tells.
const isComposing = (event) => event.isComposing || event.keyCode === 229;
export const isTouch = () => matchMedia("(pointer: coarse)").matches;
const PAGE = 0.85;

export function pressed(event, form, { isBusy, sendsWithMod }) {
  const field = event.target;
  if (event.key === "PageUp" || event.key === "PageDown") {
    const area = document.querySelector(".transcript-scroll");
    if (!area || field.scrollHeight > field.clientHeight + 1 || event.shiftKey) return;
    event.preventDefault();
    area.scrollBy({ top: (event.key === "PageUp" ? -PAGE : PAGE) * area.clientHeight, behavior: "instant" });
  }
  if (event.key !== "Enter" || isComposing(event)) return;
  const hasMod = event.ctrlKey || event.metaKey;
  if (!field.value && !hasMod) event.preventDefault(); // the second of two, when the first has sent the text
  const isMeant = hasMod || !(sendsWithMod || event.shiftKey || event.altKey || isTouch());
  if (!isMeant || isBusy || event.repeat) return;
  event.preventDefault();
  form.requestSubmit();
}
