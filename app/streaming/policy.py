"""What is done when a provider fails: one table."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from providers.errors import (
    AuthenticationFailed,
    BadRequest,
    BrokenStream,
    CannotStream,
    CertificateRejected,
    ContextTooLong,
    EmptyAnswer,
    MalformedReply,
    ModelNotLoaded,
    NeverBegan,
    NoEndpoint,
    Overloaded,
    PermissionDenied,
    ProcessorTooOld,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Redirected,
    Refused,
    StillWorking,
    TimedOut,
    UnknownModel,
    Unreachable,
    Unsupported,
    WrongAddress,
)


class Step(StrEnum):
    """One thing to do about a failure."""

    RETRY = "retry"
    WHOLE_ANSWER = "whole_answer"
    OTHER_MODEL = "other_model"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long to wait before a failed request is made again, in seconds.

    Pauses double from the first one, each with up to as much again of jitter. A provider that asks for a longer wait
    than `longest_wait_seconds` is not waited for.
    """

    retries: int = 2
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 30.0

    def wait_seconds(self, attempt: int, error: ProviderError) -> float:
        """Give the pause after the `attempt`th try (from 1)."""
        backing_off = self.first_wait_seconds * (2 ** (attempt - 1) + random.random())  # noqa: S311 (jitter)
        return max(min(backing_off, self.longest_wait_seconds), error.retry_after_seconds or 0)


_NOTHING: tuple[Step, ...] = ()
_ANYTHING = (Step.RETRY, Step.WHOLE_ANSWER, Step.OTHER_MODEL)

# Before the first character of the answer: what is tried, from left to right, each as long as it can be done. When
# nothing is left, the answer fails with the error's sentence.
# After the first character nothing is asked again: the text stays, the answer counts as failed, and the user is offered
# to continue it or to try again.
POLICY: Mapping[type[ProviderError], tuple[Step, ...]] = {
    RateLimited: (Step.RETRY, Step.OTHER_MODEL),
    Overloaded: _ANYTHING,
    Unreachable: (Step.RETRY, Step.OTHER_MODEL),
    BrokenStream: _ANYTHING,
    NeverBegan: _ANYTHING,
    MalformedReply: _ANYTHING,
    EmptyAnswer: _ANYTHING,
    # It has been waited for long enough: once more, without streaming, and no third time.
    TimedOut: (Step.WHOLE_ANSWER, Step.OTHER_MODEL),
    # Asking it again, in whatever way, would be the same work once more on top of what is going on.
    StillWorking: (Step.OTHER_MODEL,),
    ModelNotLoaded: (Step.RETRY, Step.OTHER_MODEL),
    ProcessorTooOld: (Step.OTHER_MODEL,),
    # Servers that cannot stream say so in these two ways.
    BadRequest: (Step.WHOLE_ANSWER, Step.OTHER_MODEL),
    Unsupported: (Step.WHOLE_ANSWER, Step.OTHER_MODEL),
    CannotStream: (Step.WHOLE_ANSWER, Step.OTHER_MODEL),
    WrongAddress: (Step.OTHER_MODEL,),
    NoEndpoint: (Step.OTHER_MODEL,),
    Redirected: (Step.OTHER_MODEL,),
    CertificateRejected: (Step.OTHER_MODEL,),
    AuthenticationFailed: (Step.OTHER_MODEL,),
    PermissionDenied: (Step.OTHER_MODEL,),
    QuotaExhausted: (Step.OTHER_MODEL,),
    ContextTooLong: (Step.OTHER_MODEL,),
    Refused: _NOTHING,
    UnknownModel: _NOTHING,
}


def steps_for(error: ProviderError, *, has_text: bool) -> tuple[Step, ...]:
    """Say what may be tried about an error, before or after the first character of the answer."""
    return _NOTHING if has_text else POLICY.get(type(error), _NOTHING)
