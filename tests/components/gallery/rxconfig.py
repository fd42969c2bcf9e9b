"""The configuration of the gallery."""

import reflex as rx

from components.bundling import Bundling
from components.tailwind import TAILWIND

config = rx.Config(
    app_name="gallery",
    app_module_import="gallery",
    plugins=[rx.plugins.TailwindV4Plugin(TAILWIND), Bundling()],
    disable_plugins=[rx.plugins.SitemapPlugin, rx.plugins.RadixThemesPlugin],
    show_built_with_reflex=False,
)
