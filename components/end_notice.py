"""A notification of the system when a long answer ends while nobody looks at the tab."""

import reflex as rx

from components.library import Part, script


class EndNotice(Part):
    """Notifies when `is_writing` ends after `after_seconds` or more in a hidden tab, if the browser allows it."""

    library = script("end_notice.jsx")
    tag = "EndNotice"
    is_enabled: rx.Var[bool]
    is_writing: rx.Var[bool]
    after_seconds: rx.Var[int]
    title: rx.Var[str]
    body: rx.Var[str]


end_notice = EndNotice.create
