import { createElement, useState } from "react";
import { defaultComponents } from "streamdown";

// A remote image tells its server that the answer is being read, and can carry text away in its address.
export function Image(props) {
  const [isAllowed, setAllowed] = useState(false);
  const source = props.src ?? "";
  if (isAllowed || source.startsWith("data:image/")) return createElement(defaultComponents.img, props);
  let host = "";
  try {
    host = new URL(source, window.location.href).host;
  } catch {
    return null;
  }
  if (!host) return null;
  return (
    <button className="image-gate" data-testid="image-gate" onClick={() => setAllowed(true)} type="button">
      Load image from {host}
      {props.alt ? `: ${props.alt}` : ""}
    </button>
  );
}
