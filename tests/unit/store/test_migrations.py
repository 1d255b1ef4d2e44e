"""A ledger of any earlier version is brought to the tables as they are now."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, text
from sqlmodel import SQLModel

from edi_gateway.store.database import migrate, newest_revision
from edi_gateway.store.upgrading import migrations

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


def test_the_newest_revision_is_the_last_of_the_chain():
    script = ScriptDirectory.from_config(migrations())

    assert newest_revision() == script.get_current_head()


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


def test_orders_answered_before_stand_where_they_stood(tmp_path):
    engine = engine_at(tmp_path / "ledger.sqlite", "0002")
    with engine.begin() as connection:
        for number, (key, kinds) in enumerate(
            [
                ("OPEN", ["order-response", "erp-order"]),
                ("REJECTED", ["order-response"]),
                ("PARTIAL", ["order-response", "erp-order", "erp-despatch"]),
                ("HELD", []),
            ],
            start=1,
        ):
            connection.execute(
                text(_MESSAGE), {"id": number, "number": key, "state": _state(kinds)}
            )
            connection.execute(text(_KEY), {"id": number, "number": key})
            for kind in kinds:
                values = {"id": number, "kind": kind, "number": f"{kind}-1", "order": key}
                connection.execute(text(_DOCUMENT), values)

    migrate(engine)

    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT key, state, revision, response FROM customer_order ORDER BY message_id")
        ).all()
    engine.dispose()
    assert [tuple(row) for row in rows] == [
        ("OPEN", "open", 1, "order-response-1"),
        ("REJECTED", "rejected", 0, "order-response-1"),
        ("PARTIAL", "partial", 1, "order-response-1"),
    ]


def _state(kinds):
    return "answered" if kinds else "held"


_MESSAGE = (
    "INSERT INTO message (id, transmission_id, interchange_id, position, reference, type, release, "
    '"offset", length, segments, partner, number, test, state, faults) VALUES (:id, 1, 1, :id, '
    "'1', 'ORDERS', 'D.96A', 0, 0, 0, 'acme', :number, 0, :state, '[]')"
)
_KEY = (
    "INSERT INTO business_key (partner, kind, number, fingerprint, message_id) "
    "VALUES ('acme', 'order', :number, '', :id)"
)
_DOCUMENT = (
    "INSERT INTO document (message_id, kind, partner, number, order_number, content) "
    "VALUES (:id, :kind, 'acme', :number, :order, '')"
)
