"""What a changed or cancelled order takes of the stock, whether the ERP has counted it in or not."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from edi_gateway.config import load_settings
from edi_gateway.contract.rules import decide
from edi_gateway.documents import DocumentType, Order, Quantity, from_json
from edi_gateway.exchange.standing import Standing
from edi_gateway.gateway import open_gateway
from edi_gateway.store.stock_views import list_stock
from tests.conftest import Installation
from tests.journeys.test_supply import PAIL, Day, package


@pytest.fixture
def ordered(sample_installation: Installation) -> Day:
    """40 pails of 60 are ordered."""
    sample_installation.import_partner(package(sample_installation.base))
    day = Day(sample_installation)
    day.stock(SEAU_10=60)
    day.order("S-1", PAIL)
    return day


def decided_anew(day: Day, quantity: str | None) -> tuple[Decimal, Decimal]:
    """Decide the order of message 2 for another quantity, or withdraw it; confirmed and later."""
    with open_gateway(load_settings(day.installation.config), now=lambda: day.now) as gateway:
        place: Any = gateway.place
        message = place.store.message(2)
        stored = place.store.document(2, DocumentType.ORDER)
        order = from_json(DocumentType.ORDER, stored.content)
        assert isinstance(order, Order)
        agreement = place.partners.for_orders("maisonvert", [order])
        with place.store.transaction() as ledger:
            standing = Standing(ledger, agreement, [order])
            if quantity is None:
                standing.withdraw(2, message)
                return Decimal(0), Decimal(0)
            standing.reopen(2)
            line = replace(order.lines[0], quantity=Quantity(value=Decimal(quantity)))
            changed = replace(order, lines=(line,))
            decision = decide(
                changed,
                agreement,
                company=place.company,
                circumstances=standing.circumstances(changed),
            )
            standing.settle(message, changed, decision)
    (decided,) = decision.lines
    return decided.confirmed, decided.backordered


def left(day: Day) -> Decimal:
    with day.installation.open() as gateway:
        (row,) = list_stock(gateway.place.store, article="SEAU-10")
    return Decimal(row["available"]) - Decimal(row["promised"])


def test_a_changed_order_may_have_what_it_had_and_what_is_left(ordered: Day) -> None:
    outcome = decided_anew(ordered, "70")

    assert (outcome, left(ordered)) == ((60, 10), 0)


def test_a_changed_order_gives_back_what_it_no_longer_wants(ordered: Day) -> None:
    outcome = decided_anew(ordered, "15")

    assert (outcome, left(ordered)) == ((15, 0), 45)


def test_a_figure_that_counts_the_order_in_is_corrected_by_the_difference(ordered: Day) -> None:
    ordered.stock(SEAU_10=20)

    outcome = decided_anew(ordered, "50")

    assert (outcome, left(ordered)) == ((50, 0), 10)


def test_a_cancelled_order_gives_all_of_it_back(ordered: Day) -> None:
    ordered.stock(SEAU_10=20)
    ordered.now += timedelta(hours=1)

    decided_anew(ordered, None)

    assert left(ordered) == 60
