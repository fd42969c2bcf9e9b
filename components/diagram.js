// What of a diagram's text and of its SVG is taken away before it is drawn and shown.

const DIRECTIVE = /%%\{[\s\S]*?\}%%/g;
const FRONT_MATTER = /^\s*---\n[\s\S]*?\n---[ \t]*(?:\n|$)/;
const SHAPE = /@\{([^}]*)\}/g;
const PICTURE = /\b(?:img|icon|image|sprite|logo)\s*:/i;
const LABEL = /\blabel\s*:\s*"([^"]*)"/;
const TAG = /<\/?(?!br\s*\/?>)[a-zA-Z][^<>]*>?/g;
const OUTSIDE = /@import[^;]*;?|\burl\s*\(|\bimage-set\s*\(|\bsrc\s*=|\bjavascript:|\bdata:/gi;
const ACTION = /^[ \t]*(?:click|href|callback|link|links)\b.*$/gm;

// The text without settings, pictures and actions; HTML in it is text, in the way that Mermaid writes signs.
export const harmlessSource = (source) =>
  source
    .replace(FRONT_MATTER, "")
    .replace(DIRECTIVE, "")
    .replace(SHAPE, (shape, inside) => (PICTURE.test(inside) ? `["${LABEL.exec(inside)?.[1] ?? " "}"]` : shape))
    .replace(OUTSIDE, "")
    .replace(TAG, (tag) => `#lt;${tag.replace(/^<|>$/g, "").replace(/[";]/g, " ")}#gt;`)
    .replace(ACTION, "");

const REFERENCE = /url\(\s*(["']?)(?!["']?#)[^)]*\)/gi;
const IMPORT = /@import[^;}]*;?/gi;

export function withoutReferences(purify, svg) {
  const keepInside = (_, attribute) => {
    const { attrName, attrValue } = attribute;
    const isReference = /^(?:xlink:)?href$/.test(attrName) || attrName === "src";
    if (isReference && !attrValue.startsWith("#")) attribute.keepAttr = false;
    attribute.attrValue = attrValue.replace(REFERENCE, "none");
  };
  purify.addHook("uponSanitizeAttribute", keepInside);
  try {
    return purify.sanitize(svg.replace(IMPORT, "").replace(REFERENCE, "none"), {
      USE_PROFILES: { svg: true, svgFilters: true },
      ADD_TAGS: ["style"],
      FORBID_TAGS: ["a", "animate", "feImage", "foreignObject", "iframe", "image", "img", "script", "set"],
    });
  } finally {
    purify.removeHook("uponSanitizeAttribute", keepInside);
  }
}
