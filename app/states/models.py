"""The models on offer and the one that answers next."""

import reflex as rx

from app import runtime
from app.states.views import ModelView, model_view
from providers.errors import ProviderError


class Models(rx.State):
    """The model picker; `trouble` says which configured provider cannot be used, and why."""

    key: str = ""
    offered: list[ModelView] = []
    label: str = ""
    trouble: str = ""

    _server_default: str = ""

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
            if not self._is_offered(self.key):
                self.key = ""
                self._begin(preferred)
            self._name()

    @rx.event
    def choose(self, key: str):
        """Answer with another model from the next message on."""
        if self._is_offered(key):
            self.key = key
            self._name()

    def _prefer(self, key: str) -> None:
        """Take the model of the conversation that is opened; `load` corrects it if it is no longer on offer."""
        self.key = key or self.key
        self._name()

    def _begin(self, preferred: str) -> None:
        """Take the model for a new chat: the preferred one, else the server's; before `load` neither is known."""
        key = preferred if self._is_offered(preferred) else self._server_default
        if key and key != self.key:
            self.key = key
            self._name()

    def _is_offered(self, key: str) -> bool:
        return any(model.key == key for model in self.offered)

    def _name(self) -> None:
        self.label = next((model.label for model in self.offered if model.key == self.key), self.key)
