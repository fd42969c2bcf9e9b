"""Making a fragment of a code block, at a click."""

import reflex as rx

from app import runtime
from app.errors import RivuletError
from app.persistence.errors import DatabaseError
from app.states.live_answer import LiveAnswer, open_none
from app.states.notices import Notices
from app.states.panel import Panel
from app.states.transcript import Transcript, add_card
from app.states.views import card_view


class Keeping(rx.State):
    """The button in the header of a code block."""

    @rx.event
    async def keep(self, message_id: str, place: int):
        """Make a fragment of the block at `place` of a message, while it is written, too, and show it."""
        services, shown = runtime.current(), await self.get_state(Transcript)
        try:
            kept = await services.fragments.keep(services.local_user_id, shown.id, message_id, place)
        except (RivuletError, DatabaseError) as error:
            (await self.get_state(Notices)).notice = error.sentence
            return None
        card, live = card_view(kept), await self.get_state(LiveAnswer)
        open_none(live)
        if live.message_id == message_id:
            live.fragments = [*(known for known in live.fragments if known.place != place), card]
        else:
            add_card(shown, message_id, card)
        services.feed.changed(services.local_user_id, shown.id)
        return Panel.open(card.fragment_id, card.number)
