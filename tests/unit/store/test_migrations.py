"""A ledger of any earlier version is brought to the tables as they are now."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, text
from sqlmodel import SQLModel

from edi_gateway.store.database import migrate, migrations

REVISIONS = [
    script.revision for script in ScriptDirectory.from_config(migrations()).walk_revisions()
]


def engine_at(file: Path, revision: str) -> Engine:
    engine = create_engine(f"sqlite:///{file}")
    config = migrations()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    return engine


@pytest.mark.parametrize("revision", sorted(REVISIONS))
def test_a_ledger_of_this_version_gets_the_tables_of_today(tmp_path, revision):
    engine = engine_at(tmp_path / "ledger.sqlite", revision)

    migrate(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, SQLModel.metadata)
    engine.dispose()
    assert differences == []


def test_a_delivery_of_the_first_version_is_not_watched(tmp_path):
    engine = engine_at(tmp_path / "ledger.sqlite", "0001")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO delivery (partner, connector, type, name, size, sha256, test, state, "
                "attempts, next_attempt_at, created_at) VALUES ('acme', 'local', 'ORDRSP', 'n', 1, "
                "'', 0, 'sent', 1, '2026-11-16', '2026-11-16')"
            )
        )

    migrate(engine)

    with engine.connect() as connection:
        watched = connection.execute(
            text("SELECT acknowledgement_hours FROM delivery")
        ).scalar_one()
    engine.dispose()
    assert watched is None
