"""
The database of the ledger: how it is opened, migrated and locked.

SQLite writes ahead (WAL) with `synchronous=FULL`, because NORMAL loses acknowledged commits on power
loss. Before 3.51.3, WAL can corrupt the file when two connections write or checkpoint at once: so
exactly one connection of one process may write, the one that holds the data directory's lock, and
commands beside the service open the file read-only, which can do neither.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool

from edi_gateway.errors import ConfigError, LedgerFailed, StoreBusy

_BUSY_MILLISECONDS = 30_000


def open_for_writing(file: Path) -> Engine:
    """Open the ledger for the one writer, creating or migrating it first."""
    engine = _engine(f"file:{file}?mode=rwc")
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    _assert_durable(engine)
    migrate(engine)
    return engine


def open_for_reading(file: Path) -> Engine:
    """Open the ledger read-only, beside the service; `ConfigError` when there is none yet."""
    if not file.exists():
        raise ConfigError(f"{file}: there is no ledger yet; start the gateway once (`run`)")
    engine = _engine(f"file:{file}?mode=ro")
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _engine(uri: str) -> Engine:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        connection.execute("PRAGMA foreign_keys = ON")
        if "mode=ro" not in uri:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        return connection

    return create_engine("sqlite://", creator=connect, poolclass=StaticPool)


def _assert_durable(engine: Engine) -> None:
    with engine.connect() as connection:
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    if synchronous != 2:
        raise ConfigError(f"SQLite would not set synchronous=FULL (it says {synchronous})")


def migrations() -> Config:
    """Alembic's configuration: the migrations lie inside the package."""
    config = Config()
    location = resources.files("edi_gateway") / "store" / "migrations"
    config.set_main_option("script_location", str(location))
    return config


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision; nothing happens when it is there already."""
    config = migrations()
    newest = ScriptDirectory.from_config(config).get_current_head()
    with engine.begin() as connection:
        if MigrationContext.configure(connection).get_current_revision() == newest:
            return
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def database_errors() -> Iterator[None]:
    """Translate a lock that outlasts our patience into `StoreBusy`, a failing disk otherwise."""
    try:
        yield
    except OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise StoreBusy("the ledger stayed locked by another process") from error
        raise LedgerFailed(f"the ledger failed: {error.orig}") from error
