// Fonts, palette and styles, which every part needs.
import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import "./streaming.css";

export const Look = () => null;
