"""The failure policy: complete, and told in the README as it is in the code."""

from pathlib import Path

import pytest

from app.streaming.policy import POLICY, RetryPolicy, Step, steps_for
from providers import errors
from providers.errors import ProviderError

README = Path(__file__).parents[3] / "README.md"
WORDS = {"again": Step.RETRY, "whole answer": Step.WHOLE_ANSWER, "other model": Step.OTHER_MODEL}
ROWS = {
    errors.RateLimited: "rate limited",
    errors.Overloaded: "overloaded, internal fault",
    errors.BrokenStream: "broken stream, unreadable or empty answer",
    errors.NeverBegan: "broken stream, unreadable or empty answer",
    errors.MalformedReply: "broken stream, unreadable or empty answer",
    errors.EmptyAnswer: "broken stream, unreadable or empty answer",
    errors.TimedOut: "silent for too long",
    errors.StillWorking: "own server silent for ten minutes",
    errors.ProcessorTooOld: "wrong address, untrusted certificate, or processor too old",
    errors.WrongAddress: "wrong address, untrusted certificate, or processor too old",
    errors.NoEndpoint: "wrong address, untrusted certificate, or processor too old",
    errors.Redirected: "wrong address, untrusted certificate, or processor too old",
    errors.CertificateRejected: "wrong address, untrusted certificate, or processor too old",
    errors.Unreachable: "cannot be reached",
    errors.ModelNotLoaded: "local model not loaded",
    errors.BadRequest: "request rejected, or something not supported",
    errors.CannotStream: "request rejected, or something not supported",
    errors.Unsupported: "request rejected, or something not supported",
    errors.AuthenticationFailed: "key, permission, credit, or too long a conversation",
    errors.PermissionDenied: "key, permission, credit, or too long a conversation",
    errors.QuotaExhausted: "key, permission, credit, or too long a conversation",
    errors.ContextTooLong: "key, permission, credit, or too long a conversation",
    errors.Refused: "declined by the provider, unknown model",
    errors.UnknownModel: "declined by the provider, unknown model",
}


def documented_steps(row: str) -> tuple[Step, ...]:
    line = next(line for line in README.read_text().splitlines() if line.startswith(f"| {row} |"))
    before = line.split("|")[2].strip()
    return () if before == "nothing" else tuple(WORDS[word] for word in before.split(", "))


def every_kind(base: type[ProviderError]) -> list[type[ProviderError]]:
    return [kind for child in base.__subclasses__() for kind in (child, *every_kind(child))]


def test_every_error_has_its_row() -> None:
    assert set(POLICY) == set(ROWS) == set(every_kind(ProviderError))


@pytest.mark.parametrize("kind", ROWS, ids=lambda kind: kind.__name__)
def test_the_readme_says_what_the_code_does(kind: type[ProviderError]) -> None:
    assert documented_steps(ROWS[kind]) == POLICY[kind]


@pytest.mark.parametrize("kind", ROWS, ids=lambda kind: kind.__name__)
def test_after_the_first_character_nothing_is_asked_again(kind: type[ProviderError]) -> None:
    assert steps_for(kind("Claude", "detail"), has_text=True) == ()
    assert steps_for(kind("Claude", "detail"), has_text=False) == POLICY[kind]


def test_pauses_double_with_jitter_up_to_the_longest_unless_the_provider_asks_for_more() -> None:
    retry, busy = RetryPolicy(first_wait_seconds=1, longest_wait_seconds=5), errors.Overloaded("Claude", "detail")
    for attempt, (least, most) in {1: (1, 2), 2: (2, 3), 3: (4, 5), 9: (5, 5)}.items():
        waits = [retry.wait_seconds(attempt, busy) for _ in range(50)]
        assert least <= min(waits) <= max(waits) <= most
    asked = errors.RateLimited("Claude", "detail", retry_after_seconds=29)
    assert retry.wait_seconds(1, asked) == 29
