import { useEffect, useRef, useState } from "react";
import "./look.jsx";

// Only `showModal` makes the page behind inert and Esc close it. A reader's closing shows at once; the page hears of it.
// What is in it is made when it is first opened.
export function ModalDialog({ children, opening, onClose, ...attributes }) {
  const dialog = useRef(null);
  const [wasOpened, setOpened] = useState(false);
  if (opening && !wasOpened) setOpened(true);
  useEffect(() => {
    if (opening && !dialog.current.open) dialog.current.showModal();
    if (!opening) dialog.current.close();
  }, [opening]);
  return (
    <dialog closedby="any" {...attributes} onClose={onClose} ref={dialog}>
      {wasOpened && children}
    </dialog>
  );
}
