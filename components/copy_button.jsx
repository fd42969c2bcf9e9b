// Copies a text, also where the page is not served securely and the browser keeps its clipboard from it; says what came of it.
import { Check, CircleAlert, Copy } from "lucide-react";
import { useEffect, useState } from "react";

const SHOWN_MS = 2000;
const SAID = { done: "Copied", failed: "The browser does not let the page copy. Select the text instead." };
const ICONS = { done: Check, failed: CircleAlert };

// The old way, which needs no secure page: a field that is selected and copied.
function copySelected(text) {
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.style.cssText = "position:fixed;opacity:0";
  (focused?.closest("dialog") ?? document.body).append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  focused?.focus({ preventScroll: true });
  return isCopied;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text);
  }
}

export function CopyButton({ label, text, size = 18, ...attributes }) {
  const [outcome, setOutcome] = useState("");
  useEffect(() => {
    if (!outcome) return undefined;
    const timer = setTimeout(() => setOutcome(""), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const Icon = ICONS[outcome] ?? Copy;
  const press = async () => setOutcome((await copy(text)) ? "done" : "failed");
  return (
    <>
      <button {...attributes} aria-label={label} data-outcome={outcome} onClick={press} title={SAID[outcome] ?? label} type="button">
        <Icon aria-hidden="true" size={size} strokeWidth={1.75} />
      </button>
      <span className="sr-only" role="status">
        {SAID[outcome]}
      </span>
    </>
  );
}
