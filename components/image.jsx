import { createElement, useState } from "react";
import { defaultComponents } from "streamdown";

const takeKeyboard = (element) => element?.focus(); // from the button in whose place it stands

// A remote image tells its server that the answer is being read, and can carry text away in its address. One without an
// address of its own is its words.
export function Image(props) {
  const [isAllowed, setAllowed] = useState(false);
  const source = props.src ?? "";
  if (source.startsWith("data:image/")) return createElement(defaultComponents.img, props);
  if (isAllowed)
    return (
      <span ref={takeKeyboard} tabIndex={-1}>
        {createElement(defaultComponents.img, props)}
      </span>
    );
  if (!/^https?:\/\//i.test(source)) return props.alt ?? "";
  return (
    <button className="image-gate" data-testid="image-gate" onClick={() => setAllowed(true)} type="button">
      Load image from {new URL(source).host}
      {props.alt ? `: ${props.alt}` : ""}
    </button>
  );
}
