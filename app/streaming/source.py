"""Where an answer comes from: who is asked for what, and by which road it comes."""

from dataclasses import dataclass
from enum import StrEnum

from providers.base import GenerationRequest, StreamingProvider

NO_THINKING = "unavailable"


class Road(StrEnum):
    """How an answer travels.

    `simulated`: a provider that cannot stream is written out as if it could. `traditional`: the whole answer at once,
    because the user wants it so. `fallback`: at once, because streaming failed.
    """

    STREAMED = "streamed"
    SIMULATED = "simulated"
    TRADITIONAL = "traditional"
    FALLBACK = "fallback"

    @property
    def is_whole(self) -> bool:
        """Say whether the answer comes in one piece."""
        return self in (Road.TRADITIONAL, Road.FALLBACK)


@dataclass(frozen=True, slots=True)
class Source:
    """Who is asked, for what, by which road.

    `has_prefill` says that the request ends in the beginning of the answer, from which the model writes on. `thinking`
    is how much of it was asked for: off, brief, long, or `NO_THINKING` where the user wants some and the model cannot.
    """

    provider: StreamingProvider
    request: GenerationRequest
    road: Road = Road.STREAMED
    has_prefill: bool = False
    thinking: str = "off"

    @property
    def model_key(self) -> str:
        """The model as rows and events name it: `provider/model`."""
        return f"{self.provider.name}/{self.request.model}"
