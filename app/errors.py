"""What Rivulet itself can refuse or fail at, each with a sentence for the user."""


class RivuletError(Exception):
    """Base of the app's own errors; the message is a sentence that may be shown to the user."""

    code = "error"

    @property
    def sentence(self) -> str:
        """The sentence to show."""
        return str(self)


class SettingsError(RivuletError):
    """A start-up setting is wrong; the sentence names it."""

    code = "settings"


class EmptyMessageError(RivuletError):
    """There is nothing to send."""

    code = "empty_message"


class MessageTooLongError(RivuletError):
    """The message is over the limit."""

    code = "message_too_long"

    def __init__(self, chars: int, limit: int) -> None:
        super().__init__(
            f"The message has {chars:,} characters; {limit:,} is the most that can be sent. Shorten it and send again."
        )


class BadPreferenceError(RivuletError):
    """A preference cannot have this value; the sentence says what fits."""

    code = "bad_preference"


class ConversationNotFoundError(RivuletError):
    """No such conversation, or somebody else's."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__("This conversation does not exist. It may have been deleted.")


class AnswerInProgressError(RivuletError):
    """The conversation is being answered already."""

    code = "answer_in_progress"

    def __init__(self) -> None:
        super().__init__("An answer is still being written here. Stop it or wait for its end, then send again.")


class NothingToContinueError(RivuletError):
    """The answer is whole, or has no text."""

    code = "nothing_to_continue"

    def __init__(self) -> None:
        super().__init__("There is nothing to continue: this answer was not cut off. Ask for another one instead.")


class TooManyRunsError(RivuletError):
    """The server is writing as many answers as it may."""

    code = "too_many_runs"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The server is writing {limit} answers already. Try again in a moment.")


class ServerStoppingError(RivuletError):
    """The server is on its way down."""

    code = "stopping"

    def __init__(self) -> None:
        super().__init__("The server is stopping. Send again when it is back.")


class FragmentNotFoundError(RivuletError):
    """No such fragment, version or code block, or somebody else's."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__("This fragment does not exist. Its conversation may have been deleted.")


class FragmentLimitError(RivuletError):
    """Something is larger or more than fragments may be; the sentence says what."""

    code = "fragment_limit"


class FragmentNameError(RivuletError):
    """A fragment cannot have this name; the sentence says why."""

    code = "bad_name"


class FragmentChangedError(RivuletError):
    """A fragment has changed since it was read."""

    code = "fragment_changed"

    def __init__(self) -> None:
        super().__init__("This fragment has a newer version by now. Look at it, then save yours again.")
