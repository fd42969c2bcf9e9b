// What of a model's text may become a live part of the page: markdown's own elements and a few tags that only show.
import { defaultRehypePlugins } from "streamdown";

const TAGS = (
  "a abbr b blockquote br caption code del details div em h1 h2 h3 h4 h5 h6 hr i img input ins kbd li mark ol p pre rp rt ruby s samp " +
  "section small span strong sub summary sup table tbody td tfoot th thead tr u ul var wbr"
).split(" ");

const [sanitize, known] = defaultRehypePlugins.sanitize;
const [harden] = defaultRehypePlugins.harden;

const SCHEMA = {
  ...known,
  tagNames: TAGS,
  attributes: {
    "*": ["id"],
    a: ["href", "title", "ariaDescribedBy", "ariaLabel", "dataFootnoteRef", "dataFootnoteBackref"],
    code: known.attributes.code,
    details: ["open"],
    div: [["className", "math", "math-display"]],
    h2: [["className", "sr-only"]],
    img: ["src", "alt", "title"],
    input: [["type", "checkbox"], ["disabled", true], "checked"],
    li: [["className", "task-list-item"]],
    ol: ["start", ["className", "contains-task-list"]],
    section: ["dataFootnotes", ["className", "footnotes"]],
    span: [["className", "math", "math-inline"]],
    td: ["align"],
    th: ["align"],
    ul: [["className", "contains-task-list"]],
  },
  protocols: { ...known.protocols, href: ["http", "https", "mailto"], src: ["http", "https", "data"] },
};
// What may not be followed or loaded stays as its words, without a remark.
const BLOCKED = { linkBlockPolicy: "text-only", imageBlockPolicy: "text-only" };
const ADDRESSES = { allowedImagePrefixes: ["*"], allowedLinkPrefixes: ["*"], allowDataImages: true };

const FOOTNOTE = /^(?:user-content-)*(fn(?:ref)?-.+|footnote-label)$/;

// Footnotes have ids of their own in each message; nothing else of a text has one.
const ownIds = ({ prefix }) => (tree) => {
  const own = (id) => String(id).replace(FOOTNOTE, `${prefix}-$1`);
  const visit = (node) => {
    const { properties } = node;
    if (properties?.id) properties.id = FOOTNOTE.test(properties.id) ? own(properties.id) : undefined;
    if (properties?.ariaDescribedBy) properties.ariaDescribedBy = [properties.ariaDescribedBy].flat().map(own);
    if (properties?.href?.startsWith?.("#")) properties.href = `#${own(properties.href.slice(1))}`;
    node.children?.forEach(visit);
  };
  visit(tree);
};

// Their marks, edges and columns stand on the side where their own words begin.
const DIRECTED = new Set(["blockquote", "ol", "table", "ul"]);

const ownDirection = () => (tree) => {
  const visit = (node) => {
    if (DIRECTED.has(node.tagName)) node.properties.dir = "auto";
    node.children?.forEach(visit);
  };
  visit(tree);
};

export const harmless = (prefix) => [
  defaultRehypePlugins.raw,
  [sanitize, SCHEMA],
  [harden, { ...ADDRESSES, ...BLOCKED }],
  [ownIds, { prefix }],
  ownDirection,
];
