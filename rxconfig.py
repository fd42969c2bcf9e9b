"""Reflex configuration, nothing else."""

import sysconfig
from pathlib import Path

import reflex as rx

from components.bundling import Bundling
from components.tailwind import TAILWIND

_BUN = Path(sysconfig.get_path("scripts")) / "bun"

config = rx.Config(
    app_name="app",
    app_module_import="app.app",
    backend_host="127.0.0.1",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    default_color_mode="system",
    state_manager_mode=rx.constants.StateManagerMode.MEMORY,
    plugins=[rx.plugins.TailwindV4Plugin(TAILWIND), Bundling()],
    disable_plugins=[rx.plugins.SitemapPlugin, rx.plugins.RadixThemesPlugin],
    frontend_compression_formats=["brotli", "gzip"],  # the first that a browser takes
    bun_path=_BUN if _BUN.exists() else rx.constants.Bun.DEFAULT_PATH,
)
