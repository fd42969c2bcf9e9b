"""The title of the browser's tab, as a Var."""

import reflex as rx

from components.library import Part


class PageTitle(Part):
    """Sets the tab's title whenever it changes; a page's own `title` is fixed when it is built."""

    tag = "PageTitle"
    title: rx.Var[str]


page_title = PageTitle.create
