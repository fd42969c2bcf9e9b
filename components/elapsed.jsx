import { useEffect, useRef, useState } from "react";

// Counts on from an age by the browser's own stopwatch: what its clock says need not be what the server's says.
export function Elapsed({ ageMs }) {
  const begun = useRef(0);
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    begun.current = performance.now() - ageMs;
    const count = () => setSeconds(Math.floor((performance.now() - begun.current) / 1000));
    count();
    const timer = setInterval(count, 1000);
    return () => clearInterval(timer);
  }, [ageMs]);
  return ageMs >= 0 && seconds > 0 ? <span className="elapsed" aria-hidden="true"> {seconds} s</span> : null;
}
