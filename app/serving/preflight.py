"""What must hold before the server starts; each check raises an error whose sentence says what to do."""

import errno
import os
import socket
import tempfile

from app.errors import SettingsError
from app.persistence.database import Database
from app.persistence.ownership import owning
from app.runtime import check_network, make_registry
from app.settings import Settings


async def check(settings: Settings) -> tuple[str, ...]:
    """Check the data folder, the model and the database, and bring the database up to date; gives warnings.

    Raises `SettingsError`, `UnknownModel`, `Unsupported`, `DatabaseInUse`, `DatabaseTooNew` or `DatabaseUnavailable`.
    """
    check_data_dir(settings)
    await check_network(settings)
    warnings = await _check_model(settings)
    await _check_database(settings)
    return warnings


def check_data_dir(settings: Settings) -> None:
    """Make the data folder and try to write in it; raises `SettingsError`."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.data_dir):
            pass
    except OSError as error:
        raise SettingsError(
            f"The data folder {settings.data_dir} cannot be written to ({os.strerror(error.errno or errno.EIO)}). "
            "Set RIVULET_DATA_DIR to another folder."
        ) from error


def bind(settings: Settings) -> socket.socket:
    """Take the address to serve on; raises `SettingsError` when somebody else has it or it is not ours to have."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"HOST is {settings.host!r}, which is not an address of this computer.") from error
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(socket.SOMAXCONN)
    except OSError as error:
        listener.close()
        raise SettingsError(_why_not_bound(settings, error)) from error
    return listener


def _why_not_bound(settings: Settings, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {settings.port} is in use by another program. Stop that program or set PORT to another number."
    if error.errno == errno.EACCES:
        return f"Port {settings.port} may not be used by this user. Set PORT to a number above 1023."
    return f"HOST is {settings.host!r}, which is not an address of this computer."


async def _check_model(settings: Settings) -> tuple[str, ...]:
    if settings.model is None and settings.fallback_model is None:
        return ()  # nothing to check, and the SDKs take a second to load
    registry = make_registry(settings)
    try:
        return await registry.check_configured()
    finally:
        await registry.aclose()


async def _check_database(settings: Settings) -> None:
    database = Database(settings.database_url)
    try:
        async with owning(database.address):
            await database.upgrade()
            await database.compact()
    finally:
        await database.aclose()
