"""The page's socket, compressed with a window in which a frame of the live answer finds the one before it."""

import logging
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.server import ServerProtocol

# 32 KB, and 144 KB of memory a tab. With uvicorn's 4 KB, what was sent 4 KB ago is paid for again: 7.7 bytes a
# character of markdown instead of 2 (`make bench`).
WINDOW_BITS = 15
MEMORY_LEVEL = 5


class Socket(WebSocketsSansIOProtocol):
    """uvicorn's own, but for the size of the window."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        deflate = ServerPerMessageDeflateFactory(
            server_max_window_bits=WINDOW_BITS,
            client_max_window_bits=12,
            compress_settings={"memLevel": MEMORY_LEVEL},
        )
        self.conn = ServerProtocol(
            extensions=[deflate], max_size=self.config.ws_max_size, logger=logging.getLogger("uvicorn.error")
        )
