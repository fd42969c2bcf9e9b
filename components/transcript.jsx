// The way to the end of a scroll area, and when it is gone by itself.
import { useEffect, useRef } from "react";
import { useStickToBottomContext } from "use-stick-to-bottom";
import { useReadingPosition } from "./reading_position.js";
import "./look.jsx";

// Offers a way down, and goes there by itself when `signal` changes. Without `follows` the view stays wherever it is:
// the library holds on to the end again and again, and is told to let go. It lets go, too, for whoever selects words or
// unfolds something.
export function ScrollToEnd({ follows = true, isWriting = false, label, place = "", signal }) {
  const { escapedFromLock, isAtBottom, scrollRef, scrollToBottom, stopScroll } = useStickToBottomContext();
  const goToEnd = () =>
    follows ? scrollToBottom("instant") : scrollRef.current.scrollTo({ top: scrollRef.current.scrollHeight, behavior: "instant" });
  const latest = useRef(goToEnd);
  latest.current = goToEnd;
  useReadingPosition(place, goToEnd, signal);
  useEffect(() => {
    if (!follows && !escapedFromLock) stopScroll();
  }, [escapedFromLock, follows, isAtBottom]);
  const isAtEnd = useRef(isAtBottom);
  isAtEnd.current = isAtBottom;
  useEffect(() => {
    scrollRef.current.tabIndex = -1;
    // The library looks at what is shown, not at the room for it, which grows and shrinks with the composer.
    const area = scrollRef.current;
    let room = area.clientHeight;
    const observer = new ResizeObserver(() => {
      if (area.clientHeight !== room && isAtEnd.current) latest.current();
      room = area.clientHeight;
    });
    observer.observe(area);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    // The library takes a wheel over a box that could scroll for that box's own.
    const area = scrollRef.current;
    const letGo = (event) => event.deltaY < 0 && stopScroll();
    const unfold = (event) => event.target.closest("summary, [aria-expanded], .image-gate, .versions") && stopScroll();
    area.addEventListener("wheel", letGo, { passive: true });
    area.addEventListener("click", unfold);
    return () => {
      area.removeEventListener("wheel", letGo);
      area.removeEventListener("click", unfold);
    };
  }, []);
  useEffect(() => {
    if (!isWriting) return undefined;
    const letGo = () => {
      const selection = document.getSelection();
      if (!selection.isCollapsed && scrollRef.current.contains(selection.anchorNode)) stopScroll();
    };
    document.addEventListener("selectionchange", letGo);
    return () => document.removeEventListener("selectionchange", letGo);
  }, [isWriting]);
  if (isAtBottom) return null;
  return (
    <button
      aria-label={label}
      className="scroll-to-end"
      data-testid="scroll-to-end"
      onClick={() => {
        goToEnd();
        scrollRef.current.focus({ preventScroll: true }); // the button goes, and the keyboard scrolls there
      }}
      title={label}
      type="button"
    >
      <span aria-hidden="true">↓</span>
    </button>
  );
}
