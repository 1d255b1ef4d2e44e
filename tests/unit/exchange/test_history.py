"""What was sold: recorded once with the answer, changed and withdrawn with the order, added up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec import structs

from edi_gateway.contract.answers.response import hand_over
from edi_gateway.contract.clauses import GuardPolicy, Guards
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import DocumentType, Order, to_json
from edi_gateway.exchange.standing import Standing
from edi_gateway.exchange.standing.history import History
from edi_gateway.store import Ledger, Store, StoredDocument
from tests.unit.contract.builders import COMPANY, agreement_of, decided, line_of, order_of
from tests.unit.exchange.calling_off import cancel, message_in, open_store, take

GUARDED = agreement_of(guards=Guards(quantity_factor=Decimal(5)), duplicate_days=30)
COUNTED = agreement_of(guards=Guards(new_delivery_address=GuardPolicy.FLAG))
PLAIN = agreement_of()

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.close()


def order(number: str, quantity: int | str, on: date = date(2026, 11, 16), **others) -> Order:
    return order_of(line_of(quantity=quantity), number=number, issue_date=on, **others)


def bought(store: Store, since: date = JANUARY, until: date = date(2027, 1, 1)) -> Decimal:
    with store.transaction() as ledger:
        found = ledger.sales.bought("acme", ["BACHE-4X5"], since=since, until=until)
    return found.get("BACHE-4X5", Decimal(0))


def quantities(store: Store, agreement: Agreement = GUARDED) -> tuple[Decimal, ...]:
    """What the guards would see of the article."""
    with store.transaction() as ledger:
        history = History(ledger, agreement, [order("NEW", 1)])
    pattern = history.pattern(agreement.contract.guards)
    assert pattern is not None
    return pattern.quantities["BACHE-4X5"].figures


def test_what_is_confirmed_is_what_was_sold(store):
    take(store, GUARDED, order("1", 3))
    take(store, GUARDED, order("2", 4))

    assert bought(store) == 7


def test_lines_of_one_article_are_sold_together(store):
    take(store, GUARDED, order_of(line_of(quantity=3), line_of(quantity=4)))

    assert quantities(store) == (7,)


def test_a_period_begins_on_its_first_day_and_ends_before_the_next(store):
    for day in (JANUARY, date(2026, 1, 31), FEBRUARY):
        take(store, COUNTED, order(f"{day}", 1, day))

    assert (bought(store, JANUARY, FEBRUARY), bought(store, FEBRUARY, MARCH)) == (2, 1)


def test_quantities_add_up_without_rounding(store):
    for number in range(10):
        line = line_of("MASTIC-VR", "1.5")
        take(store, COUNTED, order_of(line, number=str(number)))

    with store.transaction() as ledger:
        found = ledger.sales.bought("acme", ["MASTIC-VR"], since=JANUARY, until=date(2027, 1, 1))
    assert found == {"MASTIC-VR": Decimal(15)}


@pytest.mark.parametrize("type_code", ["228", "221"])
def test_samples_and_blanket_orders_are_not_sold(store, type_code):
    agreement = replace(GUARDED, contract=replace(GUARDED.contract, order_types=("220", type_code)))

    take(store, agreement, order("1", 3, type_code=type_code))

    assert bought(store) == 0


def test_an_order_that_is_changed_takes_the_place_of_what_it_was(store):
    order_id, _ = take(store, GUARDED, order("1", 3))

    take(store, GUARDED, order("1", 5), instead_of=order_id)

    assert bought(store) == 5


def test_a_changed_order_is_not_compared_with_itself(store):
    order_id, _ = take(store, GUARDED, order("1", 3))

    with store.transaction() as ledger:
        standing = Standing(ledger, GUARDED, [order("1", 3)])
        standing.reopen(order_id)
        circumstances = standing.circumstances(order("1", 5))

    assert circumstances.pattern is not None
    assert circumstances.pattern.quantities["BACHE-4X5"].figures == ()
    assert circumstances.twin is None


def test_a_cancelled_order_was_not_sold(store):
    order_id, _ = take(store, GUARDED, order("1", 3))

    cancel(store, GUARDED, order_id)

    assert bought(store) == 0


def test_a_reopened_order_that_is_held_stays_as_it_was(store):
    order_id, _ = take(store, GUARDED, order("1", 3))

    take(store, GUARDED, order("1", 5, contract_number="C-1"), instead_of=order_id)

    assert bought(store) == 3


def test_only_the_last_orders_are_looked_at_the_newest_first(store):
    agreement = agreement_of(guards=Guards(quantity_factor=Decimal(5), last_orders=2))
    for day, quantity in ((MARCH, 3), (JANUARY, 1), (FEBRUARY, 2)):
        take(store, agreement, order(f"{day}", quantity, day))

    assert quantities(store, agreement) == (3, 2)


def test_orders_too_long_ago_are_not_looked_at(store):
    agreement = agreement_of(guards=Guards(quantity_factor=Decimal(5), within_months=9))
    for day, quantity in ((date(2026, 2, 15), 1), (date(2026, 2, 16), 2)):
        take(store, agreement, order(f"{day}", quantity, day))

    assert quantities(store, agreement) == (2,)


# --- orders from before the contract asked ---


def handed_over(ledger: Ledger, asked: Order, *, revision: int = 1, **changes: object) -> None:
    """An order as the ledger has it that was answered under a contract which asks for nothing."""
    message = message_in(ledger, PLAIN)
    handed = hand_over(asked, decided(asked), PLAIN, company=COMPANY, revision=revision)
    for kind, document in (
        (DocumentType.ORDER, asked),
        (DocumentType.ERP_ORDER, structs.replace(handed, **changes)),
    ):
        ledger.documents.add(
            StoredDocument(
                message_id=message.id,
                kind=kind,
                partner="acme",
                number=asked.number,
                order_number=asked.number,
                content=to_json(document),
            )
        )


def test_orders_that_were_answered_before_are_recorded_once(store):
    with store.transaction() as ledger:
        handed_over(ledger, order("1", 3))

    take(store, GUARDED, order("2", 4))
    take(store, replace(GUARDED, version=2), order("3", 5))

    assert bought(store) == 12


def test_of_an_order_in_several_revisions_the_last_is_recorded(store):
    with store.transaction() as ledger:
        handed_over(ledger, order("1", 3))
        handed_over(ledger, order("1", 7), revision=2)

    assert quantities(store) == (7,)


def test_an_order_that_was_cancelled_before_is_not_recorded(store):
    with store.transaction() as ledger:
        handed_over(ledger, order("1", 3))
        handed_over(ledger, order("1", 3), revision=2, status="cancelled")

    assert quantities(store) == ()


def test_a_twin_from_before_is_found(store):
    with store.transaction() as ledger:
        handed_over(ledger, order("1", 3))

    with store.transaction() as ledger:
        twin = History(ledger, GUARDED, [order("2", 3)]).twin(order("2", 3), GUARDED.contract)

    assert twin is not None
    assert twin.number == "1"


def test_a_twin_outside_the_days_of_the_contract_hides_none_within_them(store):
    far = agreement_of(duplicate_days=30, suspected_duplicate="note")
    near = replace(far.contract, number="C-NEAR", duplicate_days=10)
    both = replace(far, contracts=(far.contract, near))
    days = {"before": date(2026, 11, 8), "later": date(2026, 12, 1)}
    for number, on in days.items():
        take(store, both, order(number, 3, on))

    with store.transaction() as ledger:
        history = History(ledger, both, [order("2", 3)])
        found = [history.twin(order("2", 3), each) for each in both.contracts]

    assert [twin.number for twin in found if twin is not None] == ["later", "before"]
