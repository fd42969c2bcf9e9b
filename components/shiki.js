// The highlighter as one part that is fetched late.
export { code } from "@streamdown/code";
