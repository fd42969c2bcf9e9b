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

    @rx.event(background=True)
    async def load(self):
        """Ask the providers what they offer; one that cannot be reached offers nothing and is named in `trouble`."""
        registry = runtime.current().registry
        offered = [model_view(model) for model in await registry.offered()]
        sentences = [error.sentence for error in registry.troubles.values()]
        try:
            default = await registry.default_model()
        except ProviderError as error:
            default = ""
            sentences.append(error.sentence)
        async with self:
            self.offered = offered
            self.trouble = " ".join(sentences)
            if self.key not in {model.key for model in offered}:
                self.key = default
            self._name()

    @rx.event
    def choose(self, key: str):
        """Answer with another model from the next message on."""
        if any(model.key == key for model in self.offered):
            self.key = key
            self._name()

    def _prefer(self, key: str) -> None:
        """Take the model of the conversation that is opened; `load` corrects it if it is no longer on offer."""
        self.key = key or self.key
        self._name()

    def _name(self) -> None:
        self.label = next((model.label for model in self.offered if model.key == self.key), self.key)
