// A mark and its note belong to one message; pressing one scrolls to the other.
function jump(event) {
  event.preventDefault();
  const id = decodeURIComponent(event.currentTarget.hash.slice(1));
  const target = event.currentTarget.closest(".markdown").querySelector(`[id="${CSS.escape(id)}"]`);
  target?.scrollIntoView({ block: "center" });
}

export function Link({ node, ...props }) {
  if (props.href?.startsWith("#")) return <a {...props} className="footnote-link" onClick={jump} />;
  return <a {...props} className="link" rel="noreferrer" target="_blank" />;
}
