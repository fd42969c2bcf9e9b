// Words that somebody has selected in a text that grows.
import { useEffect, useLayoutEffect, useRef } from "react";

const PARTS = ["anchorNode", "anchorOffset", "focusNode", "focusOffset"];
const holds = (node, offset) => node.isConnected && offset <= (node.length ?? node.childNodes.length);

// React writes a text node anew when it grows, and a browser then takes the selection out of it; it is put back.
export function useKeptSelection(root, text, isWriting) {
  const kept = useRef(null);
  useEffect(() => {
    if (!isWriting) return undefined;
    const note = () => {
      const selection = document.getSelection();
      const isHere = !selection.isCollapsed && root.current.contains(selection.focusNode);
      kept.current = isHere ? PARTS.map((part) => selection[part]) : null;
    };
    document.addEventListener("selectionchange", note);
    return () => {
      document.removeEventListener("selectionchange", note);
      kept.current = null; // what is selected by then nobody watches any more
    };
  }, [isWriting]);
  useLayoutEffect(() => {
    if (!kept.current) return;
    const selection = document.getSelection();
    const [anchor, anchorOffset, focus, focusOffset] = kept.current;
    if (kept.current.every((fact, at) => selection[PARTS[at]] === fact)) return;
    if (holds(anchor, anchorOffset) && holds(focus, focusOffset)) selection.setBaseAndExtent(...kept.current);
  }, [text]);
}
