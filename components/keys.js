// Keys that do something: `tinykeys` says which are meant, this says when they are not.
import { tinykeys } from "tinykeys";

// Enter is the keyboard's own while it confirms a candidate of an input method. Safari says so too late: there the
// composition has ended by then, and only the old key code tells.
export const isComposing = (event) => event.isComposing || event.keyCode === 229;

// Calls what `bindings` names for a key (`"Alt+KeyP"`), unless somebody else has taken it or `ignore` says that it is
// not meant. Gives a function that ends it.
export const onKeys = (target, bindings, ignore = () => false) =>
  tinykeys(target, bindings, {
    ignore: (event) => event.defaultPrevented || isComposing(event) || ignore(event),
  });
