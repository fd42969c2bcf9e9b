"""The configuration of the gallery."""

import reflex as rx

from components.tailwind import TAILWIND
from components.workers import SplitWorkers

config = rx.Config(
    app_name="gallery",
    app_module_import="gallery",
    plugins=[rx.plugins.TailwindV4Plugin(TAILWIND), SplitWorkers()],
    disable_plugins=[rx.plugins.SitemapPlugin, rx.plugins.RadixThemesPlugin],
    show_built_with_reflex=False,
)
