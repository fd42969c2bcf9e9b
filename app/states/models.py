"""The models on offer and the one that answers next."""

import reflex as rx

from app import runtime
from app.states.views import ModelView, model_view


class Models(rx.State):
    """The model picker."""

    key: str = ""
    offered: list[ModelView] = []
    label: str = ""

    @rx.event(background=True)
    async def load(self):
        """Ask the providers what they offer; one that cannot be reached offers nothing."""
        registry = runtime.current().registry
        offered = [model_view(model) for model in await registry.offered()]
        default = await registry.default_model()
        async with self:
            self.offered = offered
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
