// The keyboard is lost when what had it is gone, as Stop is at the end of an answer; who has put it down has not lost it.
const LOST = "lostfocus";

// Take the keyboard to a field when that is told of `lostfocus`, if it is lost. Gives what ends that.
export function takeLostFocus(field) {
  let last = null;
  const hasNobody = () => document.activeElement === document.body;
  const gain = ({ target }) => {
    last = target;
  };
  const leave = () =>
    setTimeout(() => {
      if (last?.isConnected && hasNobody()) last = null;
    });
  const take = () => {
    const canType = matchMedia("(hover: hover)").matches; // else the keyboard on the screen would cover the answer
    if (canType && hasNobody() && last && !last.isConnected) field.focus({ preventScroll: true });
  };
  document.addEventListener("focusin", gain);
  document.addEventListener("focusout", leave);
  field.addEventListener(LOST, take);
  return () => {
    document.removeEventListener("focusin", gain);
    document.removeEventListener("focusout", leave);
    field.removeEventListener(LOST, take);
  };
}
