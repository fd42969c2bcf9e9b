// The unsent texts of a tab.
export const store = (storage, name, value) => {
  try {
    if (value) storage.setItem(name, value);
    else storage.removeItem(name);
  } catch {
    storage.removeItem(name); // larger than the browser keeps
  }
};

const parsed = (text) => {
  try {
    const { text: draft, key } = JSON.parse(text ?? "");
    return { text: String(draft ?? ""), key: String(key ?? "") };
  } catch {
    return { text: "", key: "" };
  }
};

// The unsent texts of this tab, one a conversation. They are the tab's own, so that two tabs never write over each
// other's; a tab that goes leaves them, and the next one that comes to the conversation without a text takes them.
export function openDrafts(name) {
  const drafts = new Map();
  const read = (place) => {
    const own = parsed(sessionStorage.getItem(`${name}:${place}`));
    const left = parsed(localStorage.getItem(`${name}.left:${place}`));
    if (!own.text || left.text === own.text) store(localStorage, `${name}.left:${place}`, "");
    return own.text ? own : left;
  };
  const at = (place) => {
    if (!drafts.has(place)) drafts.set(place, read(place));
    return drafts.get(place);
  };
  const keep = (place, parts) => {
    const texts = parts.filter(({ text }) => text);
    const [text, key] = [texts.map((part) => part.text).join("\n"), texts.length === 1 ? texts[0].key : ""];
    store(sessionStorage, `${name}:${place}`, text && JSON.stringify({ text, key }));
  };
  const leave = () => {
    for (const place of drafts.keys()) {
      const draft = sessionStorage.getItem(`${name}:${place}`);
      if (draft) store(localStorage, `${name}.left:${place}`, draft);
    }
  };
  return { at, keep, leave };
}
