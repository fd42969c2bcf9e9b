import { createElement, useState } from "react";
import { defaultComponents } from "streamdown";

// A remote image tells its server that the answer is being read, and can carry text away in its address. One without an
// address of its own is its words.
export function Image(props) {
  const [isAllowed, setAllowed] = useState(false);
  const source = props.src ?? "";
  if (isAllowed || source.startsWith("data:image/")) return createElement(defaultComponents.img, props);
  if (!/^https?:\/\//i.test(source)) return props.alt ?? "";
  return (
    <button className="image-gate" data-testid="image-gate" onClick={() => setAllowed(true)} type="button">
      Load image from {new URL(source).host}
      {props.alt ? `: ${props.alt}` : ""}
    </button>
  );
}
