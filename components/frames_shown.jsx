// Tells the server which frame of the answer this page has shown, over the page's own socket.
import { useEffect } from "react";
import { io } from "socket.io-client";
import { whenIdle } from "./late.js";
import { beforePaint } from "./painting.js";
import env from "$/env.json";
import { getBackendURL } from "$/utils/state";

let socket;

// Another namespace of the connection that Reflex has opened.
function connect() {
  const { host, pathname, protocol } = getBackendURL(env.EVENT);
  return io(`${protocol}//${host}/frames`, { path: pathname }).connect();
}

const theSocket = () => (socket ??= connect());

// Once the page `isReady` its connection is there, so that the first frame is told of as soon as it is shown.
export function FramesShown({ frame, isReady }) {
  useEffect(() => void (isReady && whenIdle(theSocket)), [isReady]);
  useEffect(() => (frame ? beforePaint(() => theSocket().emit("shown", frame)) : undefined), [frame]);
  return null;
}
