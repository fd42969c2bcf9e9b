// A text that is folded when it is long, as the question that somebody has pasted a file into.
import { useEffect, useId, useLayoutEffect, useRef, useState } from "react";

const LONG_PIXELS = 384; // a fold that hides a line or two would be worth nothing; the folded height is the stylesheet's

export function Folded({ text, ...attributes }) {
  const root = useRef(null);
  const content = useRef(null);
  const wasOpen = useRef(false);
  const [isLong, setLong] = useState(false);
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  useLayoutEffect(() => {
    const measure = () => setLong(content.current.offsetHeight > LONG_PIXELS);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(content.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (wasOpen.current && !isOpen) root.current.scrollIntoView({ block: "nearest" }); // its top may be far above
    wasOpen.current = isOpen;
  }, [isOpen]);
  return (
    <div className="folded" data-folded={isLong && !isOpen} ref={root}>
      <div className="folded-text" id={id}>
        <div {...attributes} dir="auto" ref={content}>
          {text.trimEnd()}
        </div>
      </div>
      {isLong && (
        <button aria-controls={id} aria-expanded={isOpen} className="fold-button" onClick={() => setOpen(!isOpen)} type="button">
          {isOpen ? "Show less" : "Show more"}
        </button>
      )}
    </div>
  );
}
