// A table in a text: it scrolls in its frame, under what copies and downloads it.
import { TableCopyDropdown, TableDownloadDropdown } from "streamdown";

// A menu of Streamdown's goes with a press outside of it; here with Esc, too, which then stops no answer.
function closeMenu(event) {
  const opener = event.currentTarget.querySelector("button:has(+ div)");
  if (event.key !== "Escape" || !opener) return;
  event.stopPropagation();
  opener.click();
  opener.focus();
}

// Both look for the table in what is marked as Streamdown's own frame.
export const Table = ({ children, dir }) => (
  <div className="table-frame" data-streamdown="table-wrapper" data-testid="table">
    <div className="table-actions" onKeyDown={closeMenu}>
      <TableCopyDropdown />
      <TableDownloadDropdown />
    </div>
    <div className="table-scroll">
      <table dir={dir}>{children}</table>
    </div>
  </div>
);
