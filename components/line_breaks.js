// A remark plugin: a line break of the model is one on the page, as in verses and addresses.
const split = (node) =>
  node.value.split(/[ \t]*\n[ \t]*/).flatMap((value, at) => [
    ...(at ? [{ type: "break" }] : []),
    ...(value ? [{ ...node, value }] : []),
  ]);

export const lineBreaks = () => (tree) => {
  const visit = (node) => {
    if (!node.children) return;
    node.children.forEach(visit);
    if (node.children.some(({ type, value }) => type === "text" && value.includes("\n")))
      node.children = node.children.flatMap((child) => (child.type === "text" ? split(child) : [child]));
  };
  visit(tree);
};
