"""What a page is told first."""

import logging
from typing import Any

from reflex.middleware.middleware import Middleware
from reflex.state import State

from app.states import navigation
from app.states.navigation import Navigation
from app.states.tab_memory import remembered

logger = logging.getLogger(__name__)


class Arriving(Middleware):
    """Lets the first snapshot of a page's state, sent when it connects, hold what the page shows.

    Reflex sends that snapshot before the page's `on_load`, with the defaults of a state that is new.
    """

    async def preprocess(self, app: Any, state: Any, event: Any) -> None:
        """Load before the snapshot is taken; whatever goes wrong with that, the page gets its snapshot."""
        if event.name != f"{State.get_full_name()}.hydrate_and_load":
            return
        try:
            await navigation.arrive(await state.get_state(Navigation), remembered(event.payload.get("vars")))
        except Exception:
            logger.exception("A page could not be given what it shows with its first word")
