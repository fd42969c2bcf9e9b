"""What Tailwind must know to style the components: hand it to `rx.plugins.TailwindV4Plugin` in `rxconfig.py`."""

from reflex_base.plugins.shared_tailwind import TailwindConfig

_SCANNED = ("streamdown", "@streamdown/code")
_COLORS = (
    "background foreground card card-foreground popover popover-foreground primary primary-foreground secondary "
    "secondary-foreground muted muted-foreground accent accent-foreground destructive border input ring sidebar"
)

TAILWIND: TailwindConfig = {
    "content": [
        "./app/**/*.{js,ts,jsx,tsx}",
        "./utils/**/*.{js,ts,jsx,tsx}",
        *(f"./node_modules/{package}/dist/*.js" for package in _SCANNED),
    ],
    "theme": {"extend": {"colors": {name: f"var(--{name})" for name in _COLORS.split()}}},
}
