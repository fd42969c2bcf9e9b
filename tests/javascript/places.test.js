import { expect, test } from "bun:test";
import { NEW, placeOf } from "../../components/places.js";

test.each([
  ["/", NEW],
  ["/c/4f2a", "4f2a"],
  ["/c/4f2a/", "4f2a"],
  ["/settings", null],
  ["/c", null],
  ["/c/", null],
])("the address %p names the place %p", (address, place) => {
  expect(placeOf(address)).toBe(place);
});
