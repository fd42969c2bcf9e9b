import { expect, test } from "bun:test";
import { rowsOfCsv, tableOfJson } from "../../components/table_data.js";

test("cells are divided by whatever divides the head", () => {
  for (const sign of [",", ";", "\t", "|"]) expect(rowsOfCsv(`a${sign}b\n1${sign}2\n`)).toEqual([["a", "b"], ["1", "2"]]);
});

test("a quoted cell holds anything", () => {
  expect(rowsOfCsv('a,b\r\n"x, ""y""\nz",2\r\n')).toEqual([["a", "b"], ['x, "y"\nz', "2"]]);
  expect(rowsOfCsv('a,b\n5" pipe,1')).toEqual([["a", "b"], ['5" pipe', "1"]]);
});

test("the line that is being written waits", () => {
  expect(rowsOfCsv("a,b\n1,", true)).toEqual([["a", "b"]]);
  expect(rowsOfCsv("a,b\n1,", false)).toEqual([["a", "b"], ["1", ""]]);
});

test("nothing is no row", () => {
  expect(rowsOfCsv("\n\n  \n")).toEqual([]);
});

test("objects that are alike are a table", () => {
  expect(tableOfJson([{ a: 1, b: "x" }, { a: 2, c: { d: 1 } }])).toEqual([["a", "b", "c"], ["1", "x", ""], ["2", "", '{"d":1}']]);
  for (const other of [{ a: 1 }, [1, 2], [{ a: 1 }], [], [null, null], [{}, {}], [{ a: 1, b: 2, c: 3, d: 4 }, { e: 1 }, { f: 1 }, { g: 1 }, { h: 1 }]]) expect(tableOfJson(other)).toBeNull();
});
