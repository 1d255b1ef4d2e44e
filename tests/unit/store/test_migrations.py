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


def test_a_package_of_an_earlier_version_is_carried_over(tmp_path):
    engine = engine_at(tmp_path / "ledger.sqlite", "0002")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO partner_package (partner, version, sha256, partner_toml, articles_csv, "
                "prices_csv, imported_at, imported_by) VALUES ('acme', 7, 'ab', :toml, :articles, "
                ":prices, '2026-11-16 08:00:00.000000', 'me')"
            ),
            {"toml": b"[partner]", "articles": b'article\nA\n\n"B\nC"\n', "prices": b"article\r\n"},
        )

    migrate(engine)

    with engine.connect() as connection:
        package = connection.execute(
            text("SELECT kind, version, effective_from, imported_at, articles, prices FROM package")
        ).one()
        files = {
            row.name: row.content
            for row in connection.execute(text("SELECT name, content FROM package_file"))
        }
    engine.dispose()
    assert package[:2] == ("partner", 7)
    assert package.effective_from == package.imported_at
    assert (package.articles, package.prices) == (2, 0)
    assert files["articles.csv"] == b'article\nA\n\n"B\nC"\n'


def test_a_ledger_can_go_back_to_the_tables_before(tmp_path):
    engine = engine_at(tmp_path / "ledger.sqlite", "0003")
    config = migrations()

    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")

    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    engine.dispose()
    assert revision == "0002"
