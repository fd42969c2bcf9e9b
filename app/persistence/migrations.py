"""The schema's versions: where Alembic finds them, and the way up to the newest."""

from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from alembic import command
from app.persistence.errors import DatabaseTooNew

_SCRIPTS = Path(__file__).resolve().parents[2] / "alembic"


def configuration(connection: Connection) -> Config:
    """Return an Alembic configuration that works on an open connection, whatever the current folder."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    """Bring the schema to the newest version; raise DatabaseTooNew when it is already beyond it."""
    config = configuration(connection)
    script = ScriptDirectory.from_config(config)
    known = {revision.revision for revision in script.walk_revisions()}
    current = set(MigrationContext.configure(connection).get_current_heads())
    if not current <= known:
        raise DatabaseTooNew
    if current != set(script.get_heads()):
        command.upgrade(config, "head")
