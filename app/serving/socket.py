"""The page's socket: a window of compression in which a frame of the live answer finds the one before it, and a count.

The page names itself in the address of its socket, by Reflex's client token.
"""

import logging
from typing import Any
from urllib.parse import parse_qs
from weakref import WeakValueDictionary

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request
from websockets.server import ServerProtocol

# 32 KB, and 144 KB of memory a tab. With uvicorn's 4 KB, what was sent 4 KB ago is paid for again: 7.7 bytes a
# character of markdown instead of 2 (`make bench`).
WINDOW_BITS = 15
MEMORY_LEVEL = 5


class _Connection(ServerProtocol):
    """Counts the bytes that it gives out to be sent."""

    sent_bytes = 0

    def data_to_send(self) -> list[bytes]:
        output = super().data_to_send()
        self.sent_bytes += sum(map(len, output))
        return output


_connections: WeakValueDictionary[str, _Connection] = WeakValueDictionary()


def sent_bytes(client_token: str) -> int:
    """Count what has been sent on the connection that a page has now; 0 without one."""
    connection = _connections.get(client_token)
    return connection.sent_bytes if connection else 0


class Socket(WebSocketsSansIOProtocol):
    """uvicorn's own, but for the size of the window and the count."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        deflate = ServerPerMessageDeflateFactory(
            server_max_window_bits=WINDOW_BITS,
            client_max_window_bits=12,
            compress_settings={"memLevel": MEMORY_LEVEL},
        )
        self.conn = _Connection(
            extensions=[deflate], max_size=self.config.ws_max_size, logger=logging.getLogger("uvicorn.error")
        )

    def handle_connect(self, event: Request) -> None:
        """Take a connection, and note whose it is."""
        super().handle_connect(event)
        query = parse_qs(event.path.partition("?")[2])
        for token in query.get("token", [])[:1]:
            _connections[token] = self.conn
