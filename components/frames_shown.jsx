// Tells the server which frame of the answer this page has shown, over the page's own socket.
import { useEffect } from "react";
import { io } from "socket.io-client";
import env from "$/env.json";
import { getBackendURL } from "$/utils/state";

const UNPAINTED_MS = 250; // a page that is hidden meanwhile paints nothing

let socket;

// Another namespace of the connection that Reflex has opened.
function open() {
  const { host, pathname, protocol } = getBackendURL(env.EVENT);
  return io(`${protocol}//${host}/frames`, { path: pathname }).connect();
}

function tell(frame) {
  socket ??= open();
  socket.emit("shown", frame);
}

export function FramesShown({ frame }) {
  useEffect(() => {
    if (!frame) return undefined;
    const shown = () => {
      stop();
      tell(frame);
    };
    const stop = () => {
      cancelAnimationFrame(painted);
      clearTimeout(timer);
    };
    const painted = requestAnimationFrame(shown);
    const timer = setTimeout(shown, document.hidden ? 0 : UNPAINTED_MS);
    return stop;
  }, [frame]);
  return null;
}
