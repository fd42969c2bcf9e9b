"""Reflex configuration, nothing else."""

import sysconfig
from pathlib import Path

import reflex as rx

_BUN = Path(sysconfig.get_path("scripts")) / "bun"
_STREAMDOWN = ["streamdown", "@streamdown/code"]
_COLORS = (
    "background foreground card card-foreground popover popover-foreground primary primary-foreground secondary "
    "secondary-foreground muted muted-foreground accent accent-foreground destructive border input ring sidebar"
)

config = rx.Config(
    app_name="app",
    app_module_import="app.app",
    backend_host="127.0.0.1",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    default_color_mode="system",
    state_manager_mode=rx.constants.StateManagerMode.MEMORY,
    plugins=[
        rx.plugins.TailwindV4Plugin(
            {
                "content": [
                    "./app/**/*.{js,ts,jsx,tsx}",
                    "./utils/**/*.{js,ts,jsx,tsx}",
                    *(f"./node_modules/{package}/dist/*.js" for package in _STREAMDOWN),
                ],
                "theme": {"extend": {"colors": {name: f"var(--{name})" for name in _COLORS.split()}}},
            }
        )
    ],
    disable_plugins=[rx.plugins.SitemapPlugin, rx.plugins.RadixThemesPlugin],
    bun_path=_BUN if _BUN.exists() else rx.constants.Bun.DEFAULT_PATH,
)
