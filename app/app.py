"""The assembly: the Reflex app, its page, and what lives as long as the process."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import cast

import reflex as rx
from reflex.utils.exec import is_prod_mode
from reflex_components_core.base.error_boundary import ErrorBoundary

from app import runtime
from app.api.application import make_http
from app.pages import analytics, chat
from app.serving.page_policy import PagePolicy
from app.serving.same_origin import SameOrigin
from app.serving.static_cache import StaticCache
from app.settings import Settings
from app.states import tabs
from app.states.analytics import Analytics
from app.states.arriving import Arriving
from app.states.navigation import Navigation
from app.states.notices import Notices
from app.states.preferences import Preferred
from components.page_fault import page_fault, page_missing
from components.theme import first_paint

# In this order: what depends on the screen speaks over what does not.
STYLES = (
    "page",
    "sidebar",
    "top_bar",
    "transcript",
    "welcome",
    "composer",
    "outbox",
    "settings",
    "details",
    "analytics",
    "small_screen",
    "forced_colors",
    "touch",
    "print",
)

logger = logging.getLogger(__name__)
settings = Settings.from_environment()

same_origin = partial(
    SameOrigin, host=settings.host, public_urls=settings.public_urls, is_development=not is_prod_mode()
)


@asynccontextmanager
async def services(app: rx.App) -> AsyncGenerator[None]:
    """Hold the runtime open while the server runs."""
    async with runtime.running(settings):
        yield


def report(exception: Exception) -> rx.event.EventSpec:
    """Log a fault of a handler and tell the user in a plain sentence."""
    logger.error("An event handler failed", exc_info=exception)
    runtime.current().usage.failed(type(exception).__name__, "Rivulet")
    return cast("rx.event.EventSpec", Notices.say_fault())


app = rx.App(
    stylesheets=[f"/styles/{name}.css" for name in STYLES],
    html_lang="en",
    head_components=[
        first_paint(),
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        rx.el.meta(name="viewport", content="width=device-width, initial-scale=1, interactive-widget=resizes-content"),
    ],
    app_wraps={(55, "ErrorBoundary"): lambda _: ErrorBoundary.create(fallback_render=page_fault())},
    backend_exception_handler=report,
    toaster=None,
    api_transformer=[make_http(), StaticCache, PagePolicy, same_origin],  # the last one is outermost
)
app.add_page(chat.page, route=chat.ROUTE, title=chat.title(), on_load=Navigation.open)
app.add_page(analytics.page, route="/analytics", title=analytics.TITLE, on_load=[Preferred.load, Analytics.watch])
app.add_page(page_missing, route="404", title="Not found · Rivulet", description="")
app.add_middleware(Arriving())
app.register_lifespan_task(services)
tabs.listen(app)
