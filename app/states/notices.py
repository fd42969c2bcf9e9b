"""What the page tells in words: a notice to be read, and what a screen reader hears."""

import reflex as rx

from components.composer import focus

FAULT = "Rivulet had a fault of its own. Nothing is lost; load the page again if something looks wrong."


class Notices(rx.State):
    """One notice at a time, until it is dismissed or something succeeds; announcements are only heard."""

    notice: str = ""
    announcement: str = ""

    @rx.event
    def say_fault(self):
        """Tell that a handler of ours has failed."""
        self.notice = FAULT

    @rx.event
    def dismiss(self):
        """Take the notice away."""
        self.notice = ""
        return focus()
