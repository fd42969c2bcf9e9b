"""Whom an answer is asked of, and how."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.fragments.telling import how_fragments_work
from app.ids import new_id
from app.persistence.turns import NewAnswer
from app.services.preference_book import PreferenceBook
from app.services.preferences import Mode, PaceChoice, Preferences, ThinkingAmount
from app.streaming.asking import NO_THINKING, DeliveryMode, ModelCall
from app.streaming.run import RunSpec
from app.streaming.stitching import Prefix, continuing
from providers.base import Capabilities, ChatMessage, GenerationRequest, ThinkingEffort
from providers.registry import ProviderRegistry


class Sources:
    """Turns a model's name and a conversation into what a run shall do, as the user prefers it at that moment."""

    def __init__(self, registry: ProviderRegistry, preferences: PreferenceBook) -> None:
        self._registry = registry
        self._preferences = preferences

    async def default_model(self, user_id: str) -> str:
        """Give the model for a new conversation: the preferred one while it is on offer, else the server's.

        Raises `UnknownModel` when there is none.
        """
        preferred = (await self._preferences.of(user_id)).model
        if preferred and any(model.key == preferred for model in await self._registry.offered()):
            return preferred
        return await self._registry.default_model()

    async def prepare(
        self, user_id: str, model: str, thinking: str = "", message_id: str = "", **metadata: Any
    ) -> "PreparedAnswer":
        """Name an answer that is about to be made, in a new message or at the end of one; raises `UnknownModel`.

        `thinking` is what the conversation says of it (a `ThinkingAmount`), or empty for the user's preference.
        """
        provider, _ = self._registry.resolve(model)
        preferred = await self._preferences.of(user_id)
        answer = NewAnswer(message_id or new_id(), new_id(), provider.name, model, thinking, metadata)
        if thinking:
            preferred = replace(preferred, thinking_amount=ThinkingAmount(thinking))
        return PreparedAnswer(answer, self._registry, preferred)


@dataclass(frozen=True, slots=True)
class PreparedAnswer:
    """An answer that is about to be made, by what the user preferred when it was asked for."""

    answer: NewAnswer
    registry: ProviderRegistry
    preferred: Preferences

    def spec(self, context: tuple[ChatMessage, ...], prefix: Prefix, made: Sequence[tuple[str, int]] = ()) -> RunSpec:
        """Say what the run of the answer shall do, and whom else to ask when its model fails.

        `made` names the fragments that there are, of which the model is told if the user wants that.
        """
        other = self.registry.fallback_model
        call = self._call(self.answer.model, context, prefix, made)
        fallback = self._call(other, context, prefix, made) if other and other != self.answer.model else None
        return RunSpec(self.answer.run_id, self.answer.message_id, call, fallback, prefix)

    def _call(
        self, model: str, context: tuple[ChatMessage, ...], prefix: Prefix, made: Sequence[tuple[str, int]]
    ) -> ModelCall:
        preferred = self.preferred
        provider, model_name = self.registry.resolve(model)
        can = provider.capabilities(model_name)
        amount = preferred.thinking_amount
        is_thinking = amount is not ThinkingAmount.OFF and can.thinking
        request = GenerationRequest(
            model_name,
            context,
            _system_prompt(preferred, made) if can.system_prompt else "",
            thinking=ThinkingEffort(amount) if is_thinking else None,
            unstreamed_rate=preferred.characters_per_second if preferred.pace is PaceChoice.TYPEWRITER else None,
        )
        has_prefill = can.prefill and not is_thinking  # Anthropic takes one or the other
        if prefix.text:
            request = continuing(request, prefix.text, has_prefill=has_prefill)
        asked_thinking = amount.value if can.thinking or amount is ThinkingAmount.OFF else NO_THINKING
        return ModelCall(provider, request, _delivery_mode(preferred.mode, can), has_prefill, asked_thinking)


def _system_prompt(preferred: Preferences, made: Sequence[tuple[str, int]]) -> str:
    told = how_fragments_work(made) if preferred.tells_fragments else ""
    return "\n\n".join(filter(None, (preferred.system_prompt, told)))


def _delivery_mode(mode: Mode, can: Capabilities) -> DeliveryMode:
    if mode is Mode.TRADITIONAL:
        return DeliveryMode.TRADITIONAL
    return DeliveryMode.STREAMED if can.streaming else DeliveryMode.SIMULATED
