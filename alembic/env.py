"""How Alembic reaches the database: on the connection it is given, or on one of its own from the command line."""

import asyncio
import os
from logging.config import fileConfig
from pathlib import Path

from sqlalchemy import Connection
from sqlmodel import SQLModel

import app.persistence.tables  # noqa: F401  (fills the metadata)
from alembic import context
from app.persistence.database import Database


def configured_url() -> str:
    default = Path(os.environ.get("RIVULET_DATA_DIR") or ".rivulet").expanduser() / "rivulet.db"
    return os.environ.get("DATABASE_URL") or f"sqlite:///{default}"


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
    # The transaction around it is the caller's, so that the lock is held until all is done.
    with context.begin_transaction():
        context.run_migrations()


async def migrate_from_command_line() -> None:
    database = Database(configured_url())
    try:
        await database.migrate(migrate)
    finally:
        await database.aclose()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
elif context.is_offline_mode():
    raise SystemExit("Rivulet's migrations need a database to work on: leave out --sql.")
else:
    if context.config.config_file_name is not None:
        fileConfig(context.config.config_file_name, disable_existing_loggers=False)
    asyncio.run(migrate_from_command_line())
