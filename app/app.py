"""The assembly: the Reflex app, its page, and what lives as long as the process."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

import reflex as rx

from app import runtime
from app.pages import chat
from app.same_origin import LOOPBACK, SameOrigin
from app.settings import Settings
from app.states.conversation import Conversation
from app.static_cache import StaticCache

settings = Settings.from_environment()


@asynccontextmanager
async def services(app: rx.App) -> AsyncGenerator[None]:
    """Hold the runtime open while the server runs."""
    async with runtime.running(settings):
        yield


app = rx.App(
    stylesheets=["/rivulet.css"],
    html_lang="en",
    head_components=[
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        rx.el.meta(name="viewport", content="width=device-width, initial-scale=1, interactive-widget=resizes-content"),
    ],
    app_wraps={},
    toaster=None,
    api_transformer=[StaticCache, partial(SameOrigin, is_local=settings.host in LOOPBACK)],
)
app.add_page(chat.page, route=chat.ROUTE, title="Rivulet", on_load=Conversation.open)
app.register_lifespan_task(services)
