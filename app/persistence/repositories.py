"""Everything that is kept about conversations, in one hand."""

from dataclasses import dataclass

from app.persistence.conversations import ConversationRepository
from app.persistence.database import Database
from app.persistence.fragments import FragmentRepository
from app.persistence.messages import MessageRepository
from app.persistence.runs import RunRepository
from app.persistence.turns import TurnRepository
from app.persistence.usage import UsageRepository


@dataclass(frozen=True, slots=True)
class Repositories:
    """The repositories of one database."""

    conversations: ConversationRepository
    fragments: FragmentRepository
    messages: MessageRepository
    turns: TurnRepository
    runs: RunRepository
    usage: UsageRepository

    @classmethod
    def of(cls, database: Database) -> "Repositories":
        """Make them all."""
        return cls(
            ConversationRepository(database),
            FragmentRepository(database),
            MessageRepository(database),
            TurnRepository(database),
            RunRepository(database),
            UsageRepository(database),
        )
