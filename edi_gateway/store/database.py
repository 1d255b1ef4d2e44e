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

from sqlalchemy import Engine, create_engine, event, inspect
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


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision; nothing happens when it is there already."""
    if _revision(engine) != newest_revision():
        # Loaded only here: alembic takes as long to load as a tenth of the start.
        from edi_gateway.store.upgrading import upgrade

        upgrade(engine)


def newest_revision() -> str:
    """The revision of the tables as they are now: that of the last migration, by its file name."""
    versions = resources.files("edi_gateway") / "store" / "migrations" / "versions"
    return max(file.name[:4] for file in versions.iterdir() if file.name[:4].isdigit())


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return None if found is None else str(found)


@contextmanager
def database_errors() -> Iterator[None]:
    """Translate a lock that outlasts our patience into `StoreBusy`, a failing disk otherwise."""
    try:
        yield
    except OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise StoreBusy("the ledger stayed locked by another process") from error
        raise LedgerFailed(f"the ledger failed: {error.orig}") from error
