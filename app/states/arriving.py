"""What a page is told first."""

from typing import Any

from reflex.middleware.middleware import Middleware
from reflex.state import State

from app.states import navigation
from app.states.navigation import Navigation
from app.states.tab_memory import remembered


class Arriving(Middleware):
    """Lets the first snapshot of a page's state, sent when it connects, hold what the page shows.

    Reflex sends that snapshot before the page's `on_load`, with the defaults of a state that is new.
    """

    async def preprocess(self, app: Any, state: Any, event: Any) -> None:
        """Load before the snapshot is taken."""
        if event.name == f"{State.get_full_name()}.hydrate_and_load":
            await navigation.arrive(await state.get_state(Navigation), remembered(event.payload.get("vars")))
