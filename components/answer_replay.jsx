// How an answer came: the curve of its characters, and the answer itself, played at its real pace or faster.
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { Pause, Play } from "lucide-react";
import { Markdown } from "./markdown.jsx";
import { charactersAt, curveOf, durationOf, gapsOf, textOf } from "./timeline.js";

const [WIDTH, HEIGHT] = [600, 96];
const GAP_MS = 1000; // so long nothing came: marked in the curve
const SPEEDS = [1, 2, 4, 8, 16];

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

function Curve({ points, ms, step }) {
  const duration = durationOf(points) || 1;
  const curve = useMemo(() => curveOf(points, WIDTH, HEIGHT), [points]);
  const gaps = useMemo(() => gapsOf(points, Math.max(GAP_MS, 2 * step)), [points, step]);
  const x = (moment) => (moment / duration) * WIDTH;
  const said = `${points.at(-1)?.[1] ?? 0} characters in ${seconds(duration)}${gaps.length ? `, with ${gaps.length} gaps of a second or more` : ""}`;
  return (
    <svg aria-label={said} className="replay-curve" data-gaps={gaps.length} preserveAspectRatio="none" role="img" viewBox={`0 0 ${WIDTH} ${HEIGHT}`}>
      {gaps.map(([from, to]) => (
        <rect className="replay-gap" height={HEIGHT} key={from} width={x(to) - x(from)} x={x(from)} y={0} />
      ))}
      <polygon points={curve} />
      <line x1={x(ms)} x2={x(ms)} y1={0} y2={HEIGHT} />
    </svg>
  );
}

// The moment of the replay, moved on by the clock while it plays.
function usePlaying(duration) {
  const [ms, setMs] = useState(duration);
  const [isPlaying, setPlaying] = useState(false);
  const [speed, setSpeed] = useState(1);
  const last = useRef(0);
  useEffect(() => {
    if (!isPlaying) return undefined;
    last.current = performance.now();
    let frame = 0;
    const step = () => {
      const now = performance.now();
      const passed = (now - last.current) * speed;
      last.current = now;
      setMs((before) => Math.min(duration, before + passed));
      frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, [duration, isPlaying, speed]);
  useEffect(() => {
    if (ms >= duration) setPlaying(false);
  }, [duration, ms]);
  const toggle = () => {
    if (!isPlaying && ms >= duration) setMs(0);
    setPlaying(!isPlaying);
  };
  return { isPlaying, ms, setMs, setSpeed, speed, toggle };
}

export function Replay({ step, text, timeline }) {
  const id = useId();
  const duration = durationOf(timeline);
  const { isPlaying, ms, setMs, setSpeed, speed, toggle } = usePlaying(duration);
  const characters = charactersAt(timeline, ms);
  const shown = useMemo(() => textOf(text, characters), [characters, text]);
  return (
    <section aria-label="Replay" className="replay" data-testid="replay">
      <Curve ms={ms} points={timeline} step={step} />
      <div className="replay-controls">
        <button aria-label={isPlaying ? "Pause" : "Play"} className="icon-button" data-testid="replay-play" onClick={toggle} title={isPlaying ? "Pause" : "Play"} type="button">
          {isPlaying ? <Pause aria-hidden="true" size={18} strokeWidth={1.75} /> : <Play aria-hidden="true" size={18} strokeWidth={1.75} />}
        </button>
        <input
          aria-label="Moment of the answer"
          aria-valuetext={`${seconds(ms)}, ${characters} characters`}
          data-testid="replay-moment"
          max={duration}
          min={0}
          onChange={(event) => setMs(Number(event.target.value))}
          step={1}
          type="range"
          value={Math.round(ms)}
        />
        <output htmlFor={id}>
          {seconds(ms)} of {seconds(duration)}
        </output>
        <select aria-label="Speed" data-testid="replay-speed" onChange={(event) => setSpeed(Number(event.target.value))} value={speed}>
          {SPEEDS.map((one) => (
            <option key={one} value={one}>
              {one}×
            </option>
          ))}
        </select>
      </div>
      <div className="replay-text" data-characters={characters} data-testid="replay-text" dir="auto" tabIndex={0}>
        <Markdown isWriting={ms < duration} text={shown} />
      </div>
    </section>
  );
}
