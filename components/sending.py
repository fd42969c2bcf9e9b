"""What is on its way to the server, and whether it can arrive."""

import reflex as rx

from components.library import Part, script


class Sending(Part):
    """Sends the texts of a field one after the other, and shows those that are on their way.

    Each text is sent with a random `key` (32 hexadecimal characters), so that the server can tell a repeat from a
    second message. One waits while the connection is lost or an answer is written in its conversation; it can be
    edited or dropped then. What has not been answered (`answered_key`) when the page is connected anew (`is_ready`) is
    sent again by itself; after a reload it stands in the field again, with its key as long as it is not edited.

    Unsent texts are the tab's own, one a conversation; that of `gone_id`, which has been deleted, goes along to what is
    opened instead.
    """

    library = script("sending.jsx")
    tag = "Sending"
    field_id: rx.Var[str]
    name: rx.Var[str]
    conversation_id: rx.Var[str]
    gone_id: rx.Var[str]
    answered_key: rx.Var[str]
    is_ready: rx.Var[bool]
    is_writing: rx.Var[bool]
    sends_with_mod: rx.Var[bool]
    on_send: rx.EventHandler[rx.event.passthrough_event_spec(dict[str, str])]


class Connection(Part):
    """Says that the server is lost: `has_errors`, the browser is offline, or awaited frames (`beat`) stay away.

    Says as well what that means for what is done `meanwhile` (a `Sending` on the page keeps what is sent), and when the
    page does not show yet the conversation of its address.
    """

    library = script("connection.jsx")
    tag = "Connection"
    beat: rx.Var[str]
    conversation_id: rx.Var[str]
    has_errors: rx.Var[bool]
    is_ready: rx.Var[bool]
    is_writing: rx.Var[bool]
    meanwhile: rx.Var[str]


connection = Connection.create
