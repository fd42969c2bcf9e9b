"""The messages that this tab shows, of one conversation."""

import dataclasses
from collections.abc import Mapping

import reflex as rx

from app.services.chat import OpenedConversation, Turn
from app.states.views import CardView, MessageView, message_view, named
from app.streaming.store import StreamingStatus

WINDOW_MESSAGES = 100
NEWER_MESSAGES = 40
NEWER_CHARS = 32_000


class Transcript(rx.State):
    """The open conversation; the functions of this module change it.

    A list var is sent whole when it changes, so the messages of this visit grow in `newer`, which moves to `older` when
    it is full; the page shows `older + newer`. The last one may be live: its text is then in `LiveAnswer`.
    """

    id: str = ""
    title: str = ""
    older: list[MessageView] = []
    newer: list[MessageView] = []
    last_id: str = ""
    has_earlier: bool = False
    scroll_signal: int = 0

    _limit: int = WINDOW_MESSAGES


def limit_of(transcript: Transcript) -> int:
    """Give how many messages the tab shows at most."""
    return transcript._limit


def widen(transcript: Transcript) -> None:
    """Show twice as many messages from the next reading on."""
    transcript._limit *= 2


def turn_to(transcript: Transcript, conversation_id: str, limit: int = WINDOW_MESSAGES) -> None:
    """Begin anew with another conversation, or an empty page; the page shows its end, `limit` messages at most."""
    transcript.id, transcript.title, transcript.last_id = conversation_id, "", ""
    transcript.older, transcript.newer, transcript.has_earlier = [], [], False
    transcript.scroll_signal += 1
    transcript._limit = limit


def show(transcript: Transcript, opened: OpenedConversation) -> None:
    """Show what is stored of the conversation; the text of a live message is left to `LiveAnswer`."""
    last = opened.messages[-1:]
    messages = [
        message_view(
            message,
            opened.versions_of(message),
            opened.attempt if (message,) == last else None,
            opened.cards.get(message.id, ()),
        )
        for message in opened.messages
    ]
    if opened.active is not None:
        messages = [
            dataclasses.replace(view, text="", thinking="") if view.id == opened.active.message_id else view
            for view in messages
        ]
    transcript.title = opened.conversation.title
    transcript.has_earlier = len(messages) > transcript._limit
    transcript.older, transcript.newer = messages[-transcript._limit :], []
    transcript.last_id = messages[-1].id if messages else ""


def add_turn(transcript: Transcript, turn: Turn) -> None:
    """Show a question and its pending answer at the end."""
    _make_room(transcript)
    for view in _all(transcript)[-1:]:
        if view.attempt:  # nobody speaks of it once the conversation goes on
            replace(transcript, view.id, dataclasses.replace(view, attempt=""))
    question = MessageView(turn.user_message_id, turn.user_message_id, "user", turn.user_text)
    transcript.newer = [*transcript.newer, question, pending(turn.message_id)]
    transcript.last_id = turn.message_id


def replace(transcript: Transcript, message_id: str, message: MessageView) -> None:
    """Put a message in the place of another, sending only the list that holds it."""
    for name in ("older", "newer"):
        known: list[MessageView] = getattr(transcript, name)
        if any(view.id == message_id for view in known):
            shown = [dataclasses.replace(message, key=view.key) if view.id == message_id else view for view in known]
            setattr(transcript, name, shown)


def add_card(transcript: Transcript, message_id: str, card: CardView) -> None:
    """Show that a code block of a message is a fragment."""
    if view := find(transcript, message_id):
        others = (known for known in view.fragments if known.place != card.place)
        replace(transcript, message_id, dataclasses.replace(view, fragments=[*others, card]))


def has_cards(transcript: Transcript) -> bool:
    """Say whether a message that is shown has made a fragment."""
    return any(view.fragments for view in _all(transcript))


def name_cards(transcript: Transcript, names: Mapping[str, str]) -> None:
    """Show the names that fragments have by now, sending only the lists in which one is another."""
    for view in _all(transcript):
        cards = named(view.fragments, names)
        if cards != view.fragments:
            replace(transcript, view.id, dataclasses.replace(view, fragments=cards))


def find(transcript: Transcript, message_id: str) -> MessageView | None:
    """Give a message that is shown."""
    return next((view for view in _all(transcript) if view.id == message_id), None)


def last_shown(transcript: Transcript) -> MessageView | None:
    """Give the last message that is shown."""
    return next(iter(_all(transcript)[-1:]), None)


def pending(message_id: str) -> MessageView:
    """Make an answer that has no text yet."""
    return MessageView(message_id, message_id, "assistant", "", StreamingStatus.PENDING.value)


def _all(transcript: Transcript) -> list[MessageView]:
    return [*transcript.older, *transcript.newer]


def _make_room(transcript: Transcript) -> None:
    newer = transcript.newer
    if len(newer) < NEWER_MESSAGES and sum(len(view.text) for view in newer) < NEWER_CHARS:
        return
    merged = _all(transcript)
    transcript.older, transcript.newer = merged[-transcript._limit :], []
    transcript.has_earlier = transcript.has_earlier or len(merged) > transcript._limit
