// Finds words in a code, and shows where they are without touching it (the CSS Custom Highlight API).
import { useEffect, useRef, useState } from "react";
import { ChevronDown, ChevronUp } from "lucide-react";

const MOST_FOUND = 2000;
const ALL = "fragment-found";
const THIS = "fragment-found-now";

function placesOf(root, words) {
  const wanted = words.toLowerCase();
  const texts = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  let all = "";
  while (walker.nextNode()) {
    texts.push({ node: walker.currentNode, start: all.length });
    all += walker.currentNode.data;
  }
  const lower = all.toLowerCase();
  const isAligned = lower.length === all.length;
  const searched = isAligned ? lower : all;
  const found = [];
  let at = 0;
  const point = (offset) => {
    while (at + 1 < texts.length && texts[at + 1].start <= offset) at += 1;
    return [texts[at].node, offset - texts[at].start];
  };
  for (let from = searched.indexOf(wanted); from >= 0 && found.length < MOST_FOUND; from = searched.indexOf(wanted, from + wanted.length)) {
    const range = new Range();
    range.setStart(...point(from));
    range.setEnd(...point(from + wanted.length - 1).map((value, index) => (index ? value + 1 : value)));
    found.push(range);
  }
  return found;
}

export function FindInCode({ code, root }) {
  const [words, setWords] = useState("");
  const [found, setFound] = useState([]);
  const [at, setAt] = useState(0);
  const canShow = typeof CSS !== "undefined" && CSS.highlights;
  useEffect(() => {
    const timer = setTimeout(() => {
      setFound(words && root.current ? placesOf(root.current, words) : []);
    }, 60);
    return () => clearTimeout(timer);
  }, [words, code]);
  useEffect(() => setAt(0), [words]);
  useEffect(() => {
    if (!canShow) return undefined;
    const now = found[Math.min(at, found.length - 1)];
    CSS.highlights.set(ALL, new Highlight(...found));
    CSS.highlights.set(THIS, new Highlight(...(now ? [now] : [])));
    now?.startContainer.parentElement?.scrollIntoView({ block: "nearest", inline: "nearest" });
    return () => {
      CSS.highlights.delete(ALL);
      CSS.highlights.delete(THIS);
    };
  }, [at, found]);
  const step = (by) => found.length && setAt((at + by + found.length) % found.length);
  const press = (event) => {
    if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
    if (event.key === "Escape" && words) {
      event.stopPropagation();
      setWords("");
    }
  };
  return (
    <div className="find" role="search">
      <input
        aria-label="Find in the code"
        data-testid="fragment-find"
        onChange={(event) => setWords(event.target.value)}
        onKeyDown={press}
        placeholder="Find"
        type="search"
        value={words}
      />
      <span className="find-count" role="status">
        {words && (found.length ? `${at + 1} of ${found.length}` : "Nothing")}
      </span>
      <button aria-label="Previous place" disabled={!found.length} onClick={() => step(-1)} type="button">
        <ChevronUp aria-hidden="true" size={16} strokeWidth={1.75} />
      </button>
      <button aria-label="Next place" disabled={!found.length} onClick={() => step(1)} type="button">
        <ChevronDown aria-hidden="true" size={16} strokeWidth={1.75} />
      </button>
    </div>
  );
}
