"""What a page says of the frames it has shown."""

import reflex as rx

from components.library import Part, script


class FramesShown(Part):
    """Tells the number of the newest frame that has been painted; shows nothing."""

    library = script("frames_shown.jsx")
    tag = "FramesShown"
    frame: rx.Var[int]
    is_ready: rx.Var[bool]


frames_shown = FramesShown.create
