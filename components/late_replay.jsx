// What shows how an answer came is fetched when somebody asks for it.
import { late } from "./late.js";

const replay = late(() => import("./answer_replay.jsx"));

export function AnswerReplay(shown) {
  const { part } = replay.use();
  return part ? <part.Replay {...shown} /> : <p className="fragment-waiting">Loading…</p>;
}
