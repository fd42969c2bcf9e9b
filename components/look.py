"""Fonts, palette and styles, for what stands on a page without any of the other components."""

from components.library import Part, script


class Look(Part):
    """Brings them to the page."""

    library = script("look.jsx")
    tag = "Look"


look = Look.create
