"""NewAddress: where the page goes when a new chat has got its address."""

import reflex as rx

from components.library import Part, script


class NewAddress(Part):
    """Leads to `path`, if there is one, when what came with it has been painted; shows nothing."""

    library = script("new_address.jsx")
    tag = "NewAddress"
    path: rx.Var[str]


new_address = NewAddress.create
