"""FragmentPanel: a fragment beside the transcript, as what it is, as code, and compared with other versions."""

from typing import Any

import reflex as rx

from components.library import Part, script, text_and_number


class FragmentPanel(Part):
    """A fragment in version `number` of its `versions`, or, without a `fragment_id`, the list in `lines`.

    It stands while `opening` is another number than 0; each other number opens it anew. One that is `is_automatic`
    takes no keyboard, and on a narrow screen it does not come. A version holds what the HTTP API says, and while its
    message is on the page what stands there. `on_edit` is told when the reader begins to edit and when they end, which
    a larger number of `saves` makes them do; what they have typed is kept until then, in a page that is loaded again,
    too, which shows it where the reader `is_editing`. `on_ask` is given a question about what went wrong in a preview.
    """

    library = script("late_fragments.jsx")
    tag = "FragmentPanel"
    opening: rx.Var[int]
    is_automatic: rx.Var[bool]
    conversation_id: rx.Var[str]
    fragment_id: rx.Var[str]
    name: rx.Var[str]
    language: rx.Var[str]
    kind: rx.Var[str]
    number: rx.Var[int]
    is_editing: rx.Var[bool]
    versions: rx.Var[list[Any]]
    lines: rx.Var[list[Any]]
    trouble: rx.Var[str]
    saves: rx.Var[int]
    on_ask: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_close: rx.EventHandler[rx.event.no_args_event_spec]
    on_edit: rx.EventHandler[rx.event.passthrough_event_spec(bool)]
    on_list: rx.EventHandler[rx.event.no_args_event_spec]
    on_open: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_rename: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_restore: rx.EventHandler[rx.event.passthrough_event_spec(int)]
    on_save: rx.EventHandler[text_and_number]
    on_step: rx.EventHandler[rx.event.passthrough_event_spec(int)]


fragment_panel = FragmentPanel.create
