// The document in which a Python program runs, shut in: no network, nothing of the page, a worker that ends with the frame.
import program from "./python_worker.js?raw";
import interpreter from "pyodide/pyodide.asm.mjs?url";
import loader from "pyodide/pyodide.mjs?url";
import { info } from "pyodide/pyodide-lock.json";
import machine from "pyodide/pyodide.asm.wasm?url";
import library from "pyodide/python_stdlib.zip?url";

const policy = (token) =>
  [
    "default-src 'none'",
    `script-src 'nonce-${token}' 'wasm-unsafe-eval' blob:`,
    "worker-src blob:",
    "form-action 'none'",
    "base-uri 'none'",
  ].join("; ");

const STARTER = `
let worker;
const tell = (kind, text) => parent.postMessage(JSON.stringify({ token: TOKEN, kind, text: String(text) }), "*");
const address = (text) => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
addEventListener("message", ({ data, source }) => {
  if (source !== parent) return;
  if (!data.scripts) return worker?.postMessage(data);
  const { scripts, ...rest } = data;
  worker = new Worker(address(scripts.program)); // one of modules cannot be started by a document without an origin
  worker.onmessage = ({ data }) => tell(data?.kind, data?.text);
  worker.onerror = (event) => tell("fault", event.message);
  const addresses = { interpreter: address(scripts.interpreter), loader: address(scripts.loader) };
  worker.postMessage({ ...rest, addresses });
});
tell("here", "");
`;

export const pythonDocument = (token) =>
  `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy(token)}"><script nonce="${token}">${STARTER.replace("TOKEN", JSON.stringify(token))}</script>`;

async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer;
}

const text = async (address) => (await fetched(address)).text();
const bytes = async (address) => (await fetched(address)).arrayBuffer();

let parts = null;

// What a frame needs before a program can run: about 13 MB, fetched once. Raises what `fetch` raises.
export function interpreterParts() {
  parts ??= Promise.all([text(interpreter), text(loader), bytes(machine), bytes(library)]).then(
    ([interpreterText, loaderText, wasm, zip]) => ({
      files: { "pyodide.asm.wasm": wasm, "python_stdlib.zip": zip },
      lock: { info, packages: {} }, // none but the standard library
      scripts: { interpreter: interpreterText, loader: loaderText, program },
    }),
    (error) => {
      parts = null;
      throw error;
    },
  );
  return parts;
}
