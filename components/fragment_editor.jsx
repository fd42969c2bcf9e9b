// An editor for a fragment; fetched when somebody first edits one.
import { useEffect, useRef } from "react";
import { basicSetup } from "codemirror";
import { html } from "@codemirror/lang-html";
import { markdown } from "@codemirror/lang-markdown";
import { python } from "@codemirror/lang-python";
import { javascript } from "@codemirror/lang-javascript";
import { css } from "@codemirror/lang-css";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { indentWithTab } from "@codemirror/commands";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { tags } from "@lezer/highlight";

const LANGUAGES = {
  html,
  svg: html,
  vue: html,
  svelte: html,
  markdown,
  python,
  css,
  scss: css,
  javascript: () => javascript({ jsx: true }),
  jsx: () => javascript({ jsx: true }),
  typescript: () => javascript({ typescript: true }),
  tsx: () => javascript({ jsx: true, typescript: true }),
};

const LOOK = EditorView.theme({
  "&": { height: "100%", backgroundColor: "var(--card)", color: "var(--foreground)", fontSize: "13.5px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "21px", fontVariantLigatures: "none" },
  ".cm-gutters": { backgroundColor: "var(--muted)", color: "var(--muted-foreground)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--accent)" },
  ".cm-cursor": { borderLeftColor: "var(--foreground)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in oklab, var(--primary) 28%, transparent)" },
  ".cm-panels": { backgroundColor: "var(--muted)", color: "var(--foreground)" },
});

// The colours of the code blocks (GitHub's), in whichever theme is on.
const paint = (light, dark) => `light-dark(${light}, ${dark})`;
const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.processingInstruction], color: paint("#cf222e", "#ff7b72") },
  { tag: [tags.string, tags.special(tags.string), tags.regexp, tags.attributeValue], color: paint("#0a3069", "#a5d6ff") },
  { tag: [tags.number, tags.bool, tags.null, tags.atom, tags.propertyName, tags.attributeName, tags.unit, tags.color], color: paint("#0550ae", "#79c0ff") },
  { tag: [tags.comment, tags.meta, tags.documentMeta], color: paint("#59636e", "#9198a1") },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.className, tags.definition(tags.className)], color: paint("#6639ba", "#d2a8ff") },
  { tag: [tags.tagName, tags.heading], color: paint("#116329", "#7ee787") },
  { tag: tags.heading, fontWeight: "600" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.strong, fontWeight: "600" },
  { tag: tags.link, textDecoration: "underline" },
]);

export function Editor({ code, language, name, onChange, onSave }) {
  const place = useRef(null);
  const handlers = useRef({});
  handlers.current = { onChange, onSave };
  useEffect(() => {
    const known = Object.hasOwn(LANGUAGES, language) ? [LANGUAGES[language]()] : [];
    const save = () => {
      handlers.current.onSave();
      return true;
    };
    const view = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: code,
        extensions: [
          keymap.of([{ key: "Mod-s", run: save, preventDefault: true }, indentWithTab]),
          syntaxHighlighting(COLOURS),
          basicSetup,
          ...known,
          LOOK,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": `Text of ${name}` }),
          EditorView.updateListener.of((update) => update.docChanged && handlers.current.onChange(update.state.doc.toString())),
        ],
      }),
    });
    view.focus();
    return () => view.destroy();
  }, []);
  return <div className="fragment-editor" data-testid="fragment-editor" ref={place} />;
}
