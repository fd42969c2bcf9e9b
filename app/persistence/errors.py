"""What can go wrong with the database, each with a sentence for the person who runs Rivulet."""


class DatabaseError(Exception):
    """The database cannot be used."""

    sentence = "Rivulet's database cannot be used."

    def __init__(self, sentence: str | None = None) -> None:
        self.sentence = sentence or type(self).sentence
        super().__init__(self.sentence)


class DatabaseTooNew(DatabaseError):
    """The schema was written by a later version than this code."""

    sentence = (
        "The database is newer than this version of Rivulet. "
        "Start the version that last used it, or point DATABASE_URL at another database."
    )


class DatabaseInUse(DatabaseError):
    """Another process owns the database; the sentence names it."""

    def __init__(self, place: str, holder: str) -> None:
        who = f"Another Rivulet ({holder})" if holder else "Another Rivulet"
        super().__init__(
            f"{who} is using {place}. Stop that one, or set RIVULET_DATA_DIR to another folder "
            "(or DATABASE_URL to another database)."
        )


class ConversationBusy(Exception):
    """An answer of the conversation is not at its end, so that none may be added."""


class FragmentRefused(Exception):
    """Something passes a limit of fragments; the message is a sentence for the user."""


class FragmentChanged(Exception):
    """A fragment has a newer version than the one that was changed."""


class FragmentNameTaken(Exception):
    """Another fragment of the conversation has this name."""


class DatabaseUnavailable(DatabaseError):
    """The database cannot be reached or opened; the sentence names the place and never a password."""

    sentence = "Rivulet's database cannot be opened."
