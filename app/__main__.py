"""The start: `python -m app` checks, builds when needed, and serves; `--dev` reloads on change instead."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
from datetime import timedelta

from app import runtime
from app.errors import RivuletError
from app.persistence.errors import DatabaseError, DatabaseInUse
from app.serving import frontend, logs, preflight
from app.settings import Settings
from providers.errors import ProviderError

EXIT_REFUSED = 2
EXIT_STOPPED = 130
GRACE_SECONDS = 3
SWITCH_SECONDS = 0.0005  # so long the loop keeps the interpreter from the database's threads (Python's own: 5 ms)
# A pasted text must reach the server to be refused in words (see `components.composer.LONGEST_PASTE_CHARS`).
LARGEST_PACKET_BYTES = 32_000_000
# A network that dies without a word is noticed after both together; Reflex's own are 25 s and 120 s.
PING_INTERVAL = timedelta(seconds=10)
PING_TIMEOUT = timedelta(seconds=20)


def main(arguments: list[str]) -> int:
    """Start the server; gives the exit code, 2 when a setting forbids the start."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        settings = Settings.from_environment()
        logs.configure(settings.log_level, settings.secrets)
        with preflight.bind(settings) as listener:
            for warning in asyncio.run(preflight.check(settings)):
                _say(f"Note: {warning}")
            if "--dev" in arguments:
                listener.close()
                _develop(settings)
            if not frontend.is_fresh():
                frontend.build(_say)
            _serve(settings, listener)
    except frontend.BuildError as error:
        _say(error.sentence)
        return 1
    except (RivuletError, ProviderError, DatabaseError) as error:
        print(error.sentence, file=sys.stderr)
        return EXIT_REFUSED
    except KeyboardInterrupt:
        return EXIT_STOPPED
    return 0


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def _serve(settings: Settings, listener: socket.socket) -> None:
    gc.disable()  # of what is loaded now nothing is garbage
    import uvicorn
    from reflex import constants
    from reflex_base.environment import environment

    sys.setswitchinterval(SWITCH_SECONDS)
    environment.REFLEX_ENV_MODE.set(constants.Env.PROD)
    environment.REFLEX_SKIP_COMPILE.set(True)
    environment.REFLEX_SOCKET_INTERVAL.set(PING_INTERVAL)
    environment.REFLEX_SOCKET_TIMEOUT.set(PING_TIMEOUT)
    environment.REFLEX_SOCKET_MAX_HTTP_BUFFER_SIZE.set(LARGEST_PACKET_BYTES)
    environment.REFLEX_MOUNT_FRONTEND_COMPILED_APP.set(True)

    class Server(uvicorn.Server):
        refusal: DatabaseInUse | None = None

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                runtime.current().disowned.add_done_callback(self._end)
                gc.collect()
                gc.enable()
                gc.freeze()  # else each full collection walks all that was loaded, and stops the loop for 100 ms
                _say(f"Rivulet is running. Stop it with Ctrl+C. Open {_address(settings)}")

        def _end(self, disowned: asyncio.Future[DatabaseInUse]) -> None:
            self.refusal, self.should_exit = disowned.result(), True

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            with contextlib.suppress(RuntimeError):  # there is no runtime when the start has failed
                await runtime.current().manager.aclose()  # so that whoever follows an answer sees its end
            await super().shutdown(sockets)

    config = uvicorn.Config(
        "app.app:app",
        factory=True,
        ws="app.serving.socket:Socket",
        ws_max_size=LARGEST_PACKET_BYTES,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = Server(config)
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    if server.refusal:
        raise server.refusal


def _develop(settings: Settings) -> None:
    command = [sys.executable, "-m", "reflex", "run", "--env", "dev", "--frontend-port", str(settings.port)]
    os.execv(sys.executable, command)  # noqa: S606 (our own interpreter)


def _address(settings: Settings) -> str:
    host = "localhost" if settings.host in ("127.0.0.1", "::1", "0.0.0.0", "::") else settings.host  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
