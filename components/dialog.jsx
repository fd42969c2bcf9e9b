import { useEffect, useRef } from "react";
import "./look.jsx";

// Only `showModal` makes the page behind inert and Esc close it. A reader's closing shows at once; the page hears of it.
export function ModalDialog({ children, opening, onClose, ...attributes }) {
  const dialog = useRef(null);
  useEffect(() => {
    if (opening && !dialog.current.open) dialog.current.showModal();
    if (!opening) dialog.current.close();
  }, [opening]);
  return (
    <dialog closedby="any" {...attributes} onClose={onClose} ref={dialog}>
      {children}
    </dialog>
  );
}
