// Fonts, palette and styles, which every part needs. Later files may speak over earlier ones.
import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import "./palette.css";
import "./transcript.css";
import "./streaming_message.css";
import "./thinking.css";
import "./markdown.css";
import "./diagram_block.css";
import "./table.css";
import "./code_block.css";
import "./fragment_panel.css";
import "./cursor.css";
import "./motion.css";

export const Look = () => null;
