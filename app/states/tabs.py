"""Whether a tab is still there: Reflex keeps background events running after their tab has gone."""

from reflex.utils.prerequisites import get_and_validate_app


def is_connected(client_token: str) -> bool:
    """Say whether the tab holds a socket to this process now."""
    namespace = get_and_validate_app().app.event_namespace
    return namespace is not None and client_token in namespace.token_to_sid
