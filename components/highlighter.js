// Shiki behind the one function that is used of it; until it is there, code is plain.
import { late } from "./late.js";

const shiki = late(() => import("./shiki.js"));
shiki.prepare();

// Gives lines of tokens that are known already, or null and calls `show` with them later.
export function highlight(request, show) {
  if (shiki.now()) return shiki.now().code.highlight(request, show);
  shiki.load().then(() => {
    const ready = shiki.now()?.code.highlight(request, show);
    if (ready) show(ready);
  });
  return null;
}
