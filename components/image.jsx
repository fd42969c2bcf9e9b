import { createElement, useState } from "react";
import { defaultComponents } from "streamdown";

const takeKeyboard = (element) => element?.focus({ preventScroll: true }); // from the button in whose place it stands
const takeLostKeyboard = (element) => document.activeElement === document.body && takeKeyboard(element);

// A remote image tells its server that the answer is being read, and can carry text away in its address. One without an
// address of its own is its words.
export function Image(props) {
  const [isAllowed, setAllowed] = useState(false);
  const [hasFailed, setFailed] = useState(false);
  const source = props.src ?? "";
  if (source.startsWith("data:image/")) return createElement(defaultComponents.img, props);
  if (isAllowed && !hasFailed)
    return (
      <span onErrorCapture={() => setFailed(true)} ref={takeKeyboard} tabIndex={-1}>
        {createElement(defaultComponents.img, props)}
      </span>
    );
  if (!/^https?:\/\//i.test(source)) return props.alt ?? "";
  const load = () => {
    setAllowed(true);
    setFailed(false);
  };
  const host = new URL(source).host;
  return (
    <button className="image-gate" data-testid="image-gate" onClick={load} ref={hasFailed ? takeLostKeyboard : null} type="button">
      {hasFailed ? `The image from ${host} could not be loaded. Try again` : `Load image from ${host}`}
      {props.alt ? `: ${props.alt}` : ""}
    </button>
  );
}
