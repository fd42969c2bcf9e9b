// Says in a dialog, which covers the banner of the page, that the server is lost.
import { useFact } from "./lost.js";

export function LostNote({ meanwhile }) {
  const isLost = useFact("isLost");
  return (
    <p className="lost-note" data-testid="lost-note" role="status">
      {isLost && `Connection lost, reconnecting… ${meanwhile}`}
    </p>
  );
}
