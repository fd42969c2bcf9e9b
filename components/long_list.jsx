// What a list needs that is loaded page by page.
import { useEffect, useRef } from "react";

const EARLY_PIXELS = 600;

// A button at the list's end that presses itself before the reader comes to it, once for each length of the list.
export function LoadMore({ count, label, onReach }) {
  const button = useRef(null);
  const asked = useRef(-1);
  const reach = () => {
    if (asked.current === count) return;
    asked.current = count;
    onReach();
  };
  useEffect(() => {
    const root = button.current.closest("ul");
    const look = ([entry]) => entry.isIntersecting && reach();
    const observer = new IntersectionObserver(look, { root, rootMargin: `${EARLY_PIXELS}px` });
    observer.observe(button.current);
    return () => observer.disconnect();
  }, [count]);
  return (
    <button className="load-more" data-testid="load-more" onClick={onReach} ref={button} type="button">
      {label}
    </button>
  );
}

// Scrolls the list around it to the line of the page that is shown, once each time that is another.
export function CurrentInView({ current, count }) {
  const mark = useRef(null);
  const shown = useRef("");
  useEffect(() => {
    if (shown.current === current) return;
    const list = mark.current.closest("ul");
    const line = current && list.querySelector('[aria-current="page"]')?.closest("li");
    if (current && !line) return; // it may come with the next page
    shown.current = current;
    if (!line) return;
    const [inside, place] = [list.getBoundingClientRect(), line.getBoundingClientRect()];
    if (place.top < inside.top || place.bottom > inside.bottom) {
      list.scrollTop += (place.top + place.bottom - inside.top - inside.bottom) / 2;
    }
  }, [current, count]);
  return <span hidden ref={mark} />;
}
