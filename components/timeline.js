// An answer's timeline: `[ms, characters]` points in order, the last one its end.

const FIRST_MS = 0;

export const durationOf = (points) => points.at(-1)?.[0] ?? 0;

// How many characters stood at a moment: those of the last point that is not later.
export function charactersAt(points, ms) {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle][0] <= ms) low = middle + 1;
    else high = middle;
  }
  return low ? points[low - 1][1] : 0;
}

// The text up to so many characters, as Python counts them: an emoji is one, though JavaScript has two units for it.
export function textOf(text, characters) {
  let units = 0;
  for (let count = 0; count < characters && units < text.length; count += 1) units += text.codePointAt(units) > 0xffff ? 2 : 1;
  return text.slice(0, units);
}

// The stretches of at least `least` milliseconds in which nothing came, as `[from, to]`.
export function gapsOf(points, least) {
  const gaps = [];
  let before = FIRST_MS;
  for (const [ms, characters] of points) {
    if (ms - before >= least && characters > 0) gaps.push([before, ms]);
    before = ms;
  }
  return gaps;
}

// The curve as the points of a polygon in a box of this size.
export function curveOf(points, width, height) {
  const [duration, most] = [durationOf(points) || 1, points.at(-1)?.[1] || 1];
  let before = 0;
  const corners = points.flatMap(([ms, characters]) => {
    const x = (ms / duration) * width;
    const corner = [[x, height - (before / most) * height], [x, height - (characters / most) * height]];
    before = characters;
    return corner;
  });
  return [[0, height], ...corners, [width, height]].map((corner) => corner.map((value) => value.toFixed(1)).join(",")).join(" ");
}
