"""Operators see which orders wait: for the customer, for a role, for goods, for an order, for them."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from edi_gateway.cli import app
from edi_gateway.exchange.life.waiting import Waiting, WaitsFor, list_waiting
from tests.conftest import Installation
from tests.journeys.order_life import Desk, change, desk, order, pails
from tests.journeys.test_changes_and_the_rest import STOCK, stock_of_pails
from tests.journeys.test_order_status import part, status

DEAR = ("3769999000114", "MV-501", "60", "7.00", "", "1")


def waiting(at: Desk, waits_for: WaitsFor | None = None) -> list[Waiting]:
    place = at.gateway.place
    return list_waiting(place.store, place.partners, place.roles, waits_for=waits_for)


def test_an_order_waits_for_the_word_of_the_customer_until_its_silence_counts(
    installation: Installation,
) -> None:
    with desk(
        installation, change_confirmation="required", silence="cancel", silence_days="3"
    ) as at:
        at.send(order("MV-1", DEAR))
        at.clock.pass_by(hours=1)

        (row,) = waiting(at)

        assert (row.item, row.order, row.what, row.waits_for) == (
            "m1",
            "MV-1",
            "order",
            "customer",
        )
        assert row.since is not None
        assert row.until is not None
        assert (row.until - row.since).days == 3
        assert row.then == "silence cancels it"
        assert "confirm m1, or cancel m1" in row.do


def test_a_confirmed_order_waits_no_more(installation: Installation) -> None:
    with desk(installation, change_confirmation="required") as at:
        at.send(order("MV-1", DEAR))
        number = at.responses()[-1].number

        at.send(change("C-1", "MV-1", function="29", heading=(f"RFF+POR:{number}",)))

        assert waiting(at) == []


def test_an_order_waits_for_a_role_whose_members_are_named(installation: Installation) -> None:
    config = installation.config
    roles = '\n[roles]\nsales = ["alice"]\n'
    config.write_text(config.read_text(encoding="utf-8") + roles, encoding="utf-8")
    with desk(installation) as at:
        toml = installation.base / "package" / "partner.toml"
        clause = '\n[[contract.approvals]]\nrole = "sales"\nabove_value = "1"\n'
        toml.write_text(toml.read_text(encoding="utf-8") + clause, encoding="utf-8")
        at.take_package(toml.parent)
        at.send(order("MV-1"))

        (row,) = waiting(at)

        assert (row.waits_for, row.detail, row.until) == ("approval", "sales", None)
        assert row.do == "approve m1 (by alice), or refuse m1"


def test_an_order_held_for_goods_waits_for_stock(installation: Installation) -> None:
    with desk(installation, **STOCK) as at:
        stock_of_pails(at, "10")
        at.send(order("MV-1"))

        (row,) = waiting(at)

        assert (row.order, row.waits_for) == ("MV-1", "stock")
        assert row.do == "release m2 when the goods are there, or refuse m2"


def test_a_backordered_line_waits_for_stock_until_its_day(installation: Installation) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))
        at.erp(status(1, part("40", "2026-11-27"), part("20", backorder=True)))
        (unknown,) = waiting(at)

        at.erp(status(2, part("40", "2026-11-27"), part("20", "2026-12-04", backorder=True)))

        (dated,) = waiting(at)
        assert (unknown.item, unknown.waits_for, unknown.until) == ("m1", "stock", None)
        assert unknown.detail == "line 1: 20 PCE of SEAU-10, no day yet"
        assert str(dated.until) == "2026-12-04"
        assert dated.detail == "line 1: 20 PCE of SEAU-10, promised for 2026-12-04"


def test_a_change_waits_for_its_order_until_a_person_is_told(installation: Installation) -> None:
    with desk(installation, park_hours="4") as at:
        at.send(change("C-1", "MV-1", pails(30)))
        (parked,) = waiting(at)

        at.clock.pass_by(hours=5)
        at.work()

        (late,) = waiting(at)
        assert (parked.order, parked.what, parked.waits_for) == ("MV-1", "change", "order")
        assert parked.since is not None
        assert parked.until is not None
        assert (parked.until - parked.since).seconds == 4 * 3600
        assert (late.until, late.do) == (None, "ask the customer for the order, or discard m1")


def test_a_proposal_waits_for_the_order_that_takes_it_up(installation: Installation) -> None:
    with desk(installation, proposals="answer") as at:
        at.send(order("MV-1", function="16"))
        before = waiting(at)

        at.send(order("MV-1"))

        assert [(row.what, row.waits_for) for row in before] == [("proposal", "order")]
        assert waiting(at) == []


def test_what_a_person_must_decide_is_listed_with_its_reason(installation: Installation) -> None:
    with desk(installation, order_changes="hold") as at:
        at.send(order("MV-1"))
        at.clock.pass_by(minutes=1)
        at.send(change("C-1", "MV-1", pails(30)))

        (row,) = waiting(at)

        assert (row.item, row.order, row.what, row.waits_for) == (
            "m2",
            "MV-1",
            "change",
            "operator",
        )
        assert row.detail is not None
        assert row.detail.startswith("change C-1: Change C-1 changes order MV-1")
        assert row.do == "show m2, then release, refuse or discard it"


def test_what_waits_longest_comes_first_and_may_be_told_apart(installation: Installation) -> None:
    with desk(installation, change_confirmation="required", order_changes="hold") as at:
        at.send(order("MV-1", DEAR))
        at.clock.pass_by(hours=1)
        at.send(change("C-1", "MV-2", pails(30)))

        rows = [(row.order, row.waits_for) for row in waiting(at)]

        assert rows == [("MV-1", "customer"), ("MV-2", "operator")]
        assert [row.order for row in waiting(at, WaitsFor.OPERATOR)] == ["MV-2"]


def test_the_command_prints_a_table_and_json(installation: Installation) -> None:
    with desk(installation, order_changes="hold") as at:
        at.send(order("MV-1"))
        at.send(change("C-1", "MV-1", pails(30)))
    config = ["--config", str(installation.config)]

    table = CliRunner().invoke(app, ["waiting", *config])
    printed = CliRunner().invoke(app, ["waiting", "--json", "--for", "operator", *config])
    other = CliRunner().invoke(app, ["waiting", "--json", "--partner", "nordlys", *config])

    (row,) = json.loads(printed.stdout)
    assert "1 waiting, longest first" in table.stdout
    assert (row["item"], row["partner"], row["order"]) == ("m2", "maisonvert", "MV-1")
    assert set(row) == {
        *("item", "partner", "order", "what", "waits_for"),
        *("detail", "since", "until", "then", "do"),
    }
    assert json.loads(other.stdout) == []
