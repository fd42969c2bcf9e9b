"""The models on offer and the one that answers next."""

import reflex as rx

from app import runtime
from app.services.preferences import ThinkingAmount
from app.states.tab_memory import Remembered
from app.states.views import ModelView, model_view
from providers.base import Capabilities
from providers.errors import ProviderError

LONGEST_NAME_CHARS = 200
EMBEDDED = "local/"


class Models(rx.State):
    """The model picker; `trouble` says which configured provider cannot be used, and why.

    What `is_chosen` has not been asked with yet, and stays until the next message or another conversation.
    """

    key: str = ""
    thinking: str = ""
    can_think: bool = False
    is_chosen: bool = False
    offered: list[ModelView] = []
    name: str = ""
    is_embedded: bool = False
    trouble: str = ""

    _server_default: str = ""
    _is_guess: bool = False

    @rx.event(background=True)
    async def load(self):
        """Ask the providers what they offer; one that cannot be reached offers nothing and is named in `trouble`."""
        services = runtime.current()
        offered = [model_view(model) for model in await services.registry.offered()]
        sentences = [error.sentence for error in services.registry.troubles.values()]
        try:
            default = await services.registry.default_model()
        except ProviderError as error:
            default = ""
            sentences.append(error.sentence)
        preferred = (await services.preferences.of(services.local_user_id)).model
        async with self:
            self.offered = offered
            self.trouble = " ".join(sentences)
            self._server_default = default
            if self._is_guess or not self._can_be_asked(self.key):
                self.key = ""
                begin(self, preferred)
            self._name()

    @rx.event
    def choose(self, name: str):
        """Answer with another model from the next message on; a name without a provider is one of the present one's."""
        key = name.strip()[:LONGEST_NAME_CHARS]
        provider, _, _ = self.key.partition("/")
        for candidate in (key, f"{provider}/{key}"):
            if key and self._can_be_asked(candidate):
                self.key, self.is_chosen, self._is_guess = candidate, True, False
                self._name()
                return

    @rx.event
    def choose_thinking(self, amount: str):
        """Let the model think so much from the next message of this conversation on; empty is as in the settings."""
        if amount == "" or amount in set(ThinkingAmount):
            self.thinking, self.is_chosen = amount, True

    def _can_be_asked(self, key: str) -> bool:
        """Say whether there is somebody to ask for a model, listed or not."""
        return self._capabilities(key) is not None

    def _capabilities(self, key: str) -> Capabilities | None:
        try:
            provider, model = runtime.current().registry.resolve(key)
        except ProviderError:
            return None
        return provider.capabilities(model)

    def _name(self) -> None:
        shown = next(
            (model for model in self.offered if model.key == self.key), ModelView(self.key, self.key, self.key)
        )
        self.name = shown.name
        self.is_embedded = self.key.startswith(EMBEDDED)
        can = self._capabilities(self.key)
        self.can_think = can is not None and can.thinking


def prefer(models: Models, key: str, thinking: str) -> None:
    """Take what the open conversation was last asked with; `load` corrects a model that nobody can be asked for."""
    models.key, models.thinking = key or models.key, thinking
    models.is_chosen = models._is_guess = False
    models._name()


def choose_again(models: Models, remembered: Remembered) -> None:
    """Take what was chosen in this tab; what nobody chose stands until `load` knows better."""
    if not models._can_be_asked(remembered.model) or (models.key and not remembered.is_chosen):
        return
    models.key, models.is_chosen, models._is_guess = remembered.model, remembered.is_chosen, not remembered.is_chosen
    if remembered.is_chosen and remembered.thinking in ("", *ThinkingAmount):
        models.thinking = remembered.thinking
    models._name()


def begin(models: Models, preferred: str) -> None:
    """Take the model for a new chat: the preferred one, else the server's; before `load` neither is known."""
    models.thinking = ""
    models.is_chosen = models._is_guess = False
    is_offered = any(model.key == preferred for model in models.offered)
    key = preferred if is_offered else models._server_default
    if key and key != models.key:
        models.key = key
        models._name()
