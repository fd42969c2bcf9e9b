"""PageReport: tells the server how busy this page was while it showed an answer, and what failed in it."""

import reflex as rx

from components.library import Part, script


class PageReport(Part):
    """Shows nothing; `run_id` is the run that is shown now, or empty."""

    library = script("page_report.jsx")
    tag = "PageReport"
    run_id: rx.Var[str]
    has_errors: rx.Var[bool]


page_report = PageReport.create
