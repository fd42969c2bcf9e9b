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

// A server that cannot be reached has no page to give either.
async function isThere() {
  try {
    return (await fetch(location.href, { method: "HEAD", cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

async function loadAnew() {
  const left = leftVersions();
  if (left.includes(VERSION) || !(await isThere())) return;
  sessionStorage.setItem(LEFT, JSON.stringify([...left, VERSION].slice(-MOST_KEPT)));
  location.reload();
}

if (typeof window !== "undefined") window.addEventListener("vite:preloadError", loadAnew);
