// After an update the server no longer has the files of a page that stayed open. One that is missing loads the page anew,
// once a version: what it brings has its own files. Drafts and reading positions outlive that by themselves.
const LEFT = "rivulet.left-versions";
const MOST_KEPT = 20;

// The name of a built file holds the hash of its content, which names the files that it may fetch.
const VERSION = import.meta.url;

const leftVersions = () => {
  try {
    return JSON.parse(sessionStorage.getItem(LEFT) ?? "[]");
  } catch {
    return [];
  }
};

const NAMED = /https?:\/\/\S+|\/assets\/\S+/; // browsers and Vite name what is missing, all but Safari

const head = (address) => fetch(address, { method: "HEAD", cache: "no-store" });

// A network that is gone for a moment, or a server, is no new version.
async function isGone(error) {
  const [part] = NAMED.exec(String(error?.message)) ?? [];
  try {
    return (await head(location.href)).ok && (!part || (await head(part)).status === 404);
  } catch {
    return false;
  }
}

async function loadAnew({ payload }) {
  const left = leftVersions();
  if (left.includes(VERSION) || !(await isGone(payload))) return;
  sessionStorage.setItem(LEFT, JSON.stringify([...left, VERSION].slice(-MOST_KEPT)));
  location.reload();
}

if (typeof window !== "undefined") window.addEventListener("vite:preloadError", loadAnew);
