// A table in a text: it scrolls in its frame, under what copies and downloads it.
import { TableCopyDropdown, TableDownloadDropdown } from "streamdown";

// Both look for the table in what is marked as Streamdown's own frame.
export const Table = ({ children, dir }) => (
  <div className="table-frame" data-streamdown="table-wrapper" data-testid="table">
    <div className="table-actions">
      <TableCopyDropdown />
      <TableDownloadDropdown />
    </div>
    <div className="table-scroll">
      <table dir={dir}>{children}</table>
    </div>
  </div>
);
