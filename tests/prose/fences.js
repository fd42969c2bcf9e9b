// The code blocks that the page's reader of text finds, for each text of the JSON list in the file that is named.
import { Prose } from "../../components/prose.js";

class Watched extends Prose {
  blocks = [];

  openFence(prefix, marks, info) {
    this.blocks.push({ place: this.fences, info: info.replace(/`/g, ""), isClosed: false });
    super.openFence(prefix, marks, info);
  }

  readInFence(line, isOpen) {
    const { fence } = this;
    const block = this.blocks.at(-1);
    super.readInFence(line, isOpen);
    block.isClosed = this.fence !== fence;
  }
}

function blocksOf(text) {
  const prose = new Watched();
  const lines = text.split("\n");
  if (!lines.at(-1)) lines.pop();
  for (const line of lines) prose.readLine(line.endsWith("\r") ? line.slice(0, -1) : line);
  prose.finish(false);
  return prose.blocks;
}

const texts = JSON.parse(await Bun.file(process.argv[2]).text());
console.log(JSON.stringify(texts.map(blocksOf)));
