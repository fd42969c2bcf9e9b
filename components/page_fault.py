"""What is shown instead of a page that could not be drawn, and of one that does not exist."""

import reflex as rx

from components.look import look


def page_fault() -> rx.Component:
    """Say what happened and what to do, without the error's own words."""
    return rx.el.main(
        rx.el.h1("This page could not be drawn."),
        rx.el.p("Everything you wrote and every answer is stored. Load the page again to go on."),
        rx.el.a("Load the page again", href="", class_name="quiet-button"),
        role="alert",
        class_name="page-fault",
    )


def page_missing() -> rx.Component:
    """Say that there is nothing at this address, with a way back."""
    return rx.el.main(
        look(),
        rx.el.h1("There is nothing at this address."),
        rx.el.p("Your conversations are all where they were."),
        rx.el.a("Go to Rivulet", href="/", class_name="quiet-button"),
        class_name="page-fault",
        data_testid="page-missing",
    )
