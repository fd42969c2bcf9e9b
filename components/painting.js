// When the page is painted.
const UNPAINTED_MS = 250; // a page that is hidden meanwhile paints nothing

// Act just before the page is painted next. Gives what takes that back.
export function beforePaint(act) {
  const once = () => {
    stop();
    act();
  };
  const stop = () => {
    cancelAnimationFrame(painted);
    clearTimeout(timer);
  };
  const painted = requestAnimationFrame(once);
  const timer = setTimeout(once, document.hidden ? 0 : UNPAINTED_MS);
  return stop;
}
