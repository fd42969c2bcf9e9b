// The rows of a comparison, for each pair of texts in the JSON list in the file that is named.
import { rowsOf } from "../../components/change_rows.js";

const pairs = JSON.parse(await Bun.file(process.argv[2]).text());
console.log(JSON.stringify(pairs.map(([older, newer]) => rowsOf(older, newer))));
