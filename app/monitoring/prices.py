"""What tokens cost, where the owner has said so."""

from dataclasses import dataclass

PER = 1_000_000  # tokens


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for a million tokens of the prompt and of the answer."""

    input_usd: float
    output_usd: float

    def cost(self, input_tokens: int | None, output_tokens: int | None) -> float | None:
        """Give the cost of an answer in dollars; None, which is not 0, when its tokens are not known."""
        if input_tokens is None or output_tokens is None:
            return None
        return (input_tokens * self.input_usd + output_tokens * self.output_usd) / PER
