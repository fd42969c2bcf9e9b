// What an address names.
export const NEW = "new";

// The place that an address names: a conversation's id, a new one, or none, as the settings lie over what was there.
export function placeOf(pathname) {
  const [, section, id] = pathname.split("/");
  if (section === "c" && id) return id;
  return section ? null : NEW;
}
