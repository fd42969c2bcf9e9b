// What of a diagram's text and of its SVG is taken away before it is drawn and shown.

const DIRECTIVE = /%%\{[\s\S]*?\}%%/g;
const FRONT_MATTER = /^\s*---\n([\s\S]*?)\n---[ \t]*(?:\n|$)/;
const TITLE = /^title:[ \t]*(["']?)([^|>].*?)\1[ \t]*$/m;
const SHAPE = /@\{([^}]*)\}/g;
const PICTURE = /\b(?:img|icon|image|sprite|logo)\s*:/i;
const LABEL = /\blabel\s*:\s*"([^"]*)"/;
const LOOK = /<(b|i|em|strong|u|s|small|big|sub|sup|span|font|code|center)(?:\s[^<>]*)?>([^<>]*)<\/\1\s*>/gi;
const TAG = /<\/?(?!br\s*\/?>)[a-zA-Z][^<>]*>?/g;
const OUTSIDE = /@(?=import\b)|(?<=\b(?:url|image-set)\s*)\(|(?<=\bsrc\s*)=|(?<=\bjavascript\s*):(?=\S)|(?<=\bdata):(?=[\w.+-]+\/)/gi;
const ACTION = /^[ \t]*(?:(?:click|callback)[ \t]+[\w.-]+[ \t]+(?:"|href[ \t]|call[ \t])|link[ \t]+[\w.-]+[ \t]*(?:"|:.*@)|links[ \t]+[\w.-]+[ \t]*:).*$/gm;

const asEntity = (sign) => `#${sign.codePointAt(0)};`; // in the way that Mermaid writes signs
const withoutLook = (source) => source.replace(LOOK, "$2").replace(LOOK, "$2"); // one in the other

// Of its settings a text keeps its title.
function titleOf(settings) {
  const title = TITLE.exec(settings)?.[2];
  return title ? `---\ntitle: ${JSON.stringify(title)}\n---\n` : "";
}

// The text without settings, pictures and actions; HTML and addresses in it are text.
export function harmlessSource(source) {
  const settings = FRONT_MATTER.exec(source);
  const body = source
    .slice(settings?.[0].length ?? 0)
    .replace(DIRECTIVE, "")
    .replace(SHAPE, (shape, inside) => (PICTURE.test(inside) ? `["${LABEL.exec(inside)?.[1] ?? " "}"]` : shape))
    .replace(ACTION, "")
    .replace(OUTSIDE, asEntity);
  const bare = withoutLook(body).replace(TAG, (tag) => `#lt;${tag.replace(/^<|>$/g, "").replace(/[";]/g, " ")}#gt;`);
  return titleOf(settings?.[1] ?? "") + bare;
}

// Where Mermaid writes text without HTML it leaves its own signs written out.
const DOUBLE_ENTITY = /&amp;(?=(?:#\d+|quot|apos|nbsp);)/g;

const REFERENCE = /url\(\s*(["']?)(?!["']?#)[^)]*\)/gi;
const IMPORT = /@import[^;}]*;?/gi;
const safeStyle = (style) => style.replaceAll("\\", "").replace(IMPORT, "").replace(REFERENCE, "none");

// With a width of its own, in place of the one in per cent that Mermaid gives, a drawing is scaled once to fill the screen.
export const inItsSize = (svg) => svg.replace(/(<svg\b[^>]*\sstyle=")max-width: ([\d.]+px)/, "$1flex: none; width: $2");

export function withoutReferences(purify, svg) {
  const keepInside = (_, attribute) => {
    const { attrName, attrValue } = attribute;
    const isReference = /^(?:xlink:)?href$/.test(attrName) || attrName === "src";
    if (isReference && !attrValue.startsWith("#")) attribute.keepAttr = false;
    attribute.attrValue = attrName === "style" ? safeStyle(attrValue) : attrValue.replace(REFERENCE, "none");
  };
  const keepStyle = (node, { tagName }) => {
    if (tagName === "style") node.textContent = safeStyle(node.textContent);
  };
  purify.addHook("uponSanitizeAttribute", keepInside);
  purify.addHook("uponSanitizeElement", keepStyle);
  try {
    return purify.sanitize(svg.replace(DOUBLE_ENTITY, "&"), {
      USE_PROFILES: { svg: true, svgFilters: true },
      ADD_TAGS: ["style"],
      FORBID_TAGS: ["a", "animate", "feImage", "foreignObject", "iframe", "image", "img", "script", "set"],
    });
  } finally {
    purify.removeHook("uponSanitizeAttribute", keepInside);
    purify.removeHook("uponSanitizeElement", keepStyle);
  }
}
