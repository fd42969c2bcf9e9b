"""What a row of a wire table is: what a server replies, and what the stored answer must be."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.wire.raw_server import Asked, Reply, json_reply

CANNOT_STREAM = "This server cannot stream; send stream=false."
MIDDLE = "in the middle of the answer"


@dataclass(frozen=True, slots=True)
class Right:
    """The right result. An answer that failed kept the text that had come.

    `shows` stands among the server's words or in our sentence, `says_one_of` in our sentence; `requests` is the most
    that may be made.
    """

    status: str = "complete"
    text: str = "Hello"
    thinking: str = ""
    shows: str = ""
    says_one_of: tuple[str, ...] = ()
    never_says: str = ""
    requests: int | None = None
    usage: tuple[int, int] | None = None
    stop_reason: str = ""
    road: str = ""


RIGHT = Right(requests=1)


def failed(text: str = "", shows: str = "", **more: object) -> Right:
    return Right(status="failed", text=text, shows=shows, **more)  # pyright: ignore[reportArgumentType]


NOTHING_CAME = failed(says_one_of=("nothing", "empty", "no answer"), never_says=MIDDLE)


@dataclass(frozen=True, slots=True)
class Case:
    """A row: its name, how the server replies, and what must come of it."""

    name: str
    answering: Callable[[Asked], Reply]
    right: Right = RIGHT

    def __str__(self) -> str:
        return self.name


def always(name: str, reply: Reply, right: Right = RIGHT) -> Case:
    """Give the same reply to every request."""
    return Case(name, lambda _: reply, right)


def in_one_piece(name: str, reply: Reply, right: Right | None = None) -> Case:
    """Reply to a request without `stream`; one with it is refused."""
    refusal = json_reply({"error": {"message": CANNOT_STREAM}}, 400)
    right = right or Right(requests=2, road="simulated")
    return Case(name, lambda asked: refusal if asked.is_streaming else reply, right)
