"""What a line may call off, from which line of a blanket order, and at which price."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi_gateway.contract.blankets import Blanket, BlanketLine, quantity_for
from edi_gateway.contract.circumstances import Circumstances
from edi_gateway.contract.decision import Decision
from edi_gateway.contract.package import read_package
from edi_gateway.contract.policies import BlanketOrders
from edi_gateway.contract.pricing.figures import line_amount
from edi_gateway.contract.pricing.short_form import short_form
from edi_gateway.contract.rules import decide
from edi_gateway.contract.stock import StockFigure
from edi_gateway.contract.terms import Agreement, StockCheck
from edi_gateway.documents import LineAction, Order, Party, Price
from edi_gateway.errors import ConfigError
from tests.unit.contract.builders import (
    ACME_TOML,
    COMPANY,
    agreement_of,
    codes,
    line_of,
    order_of,
    package_of,
)

NOW = datetime(2026, 11, 16, 8, 15, tzinfo=UTC)


def of_line(number: str = "10", article: str | None = "BACHE-4X5", **values: Any) -> BlanketLine:
    facts = {"quantity": Decimal(100), **values}
    return BlanketLine(number=number, article=article, **facts)


def blanket_of(*lines: BlanketLine, **values: Any) -> Blanket:
    facts = {"number": "BO-1", "valid_from": date(2026, 1, 1), "lines": lines or (of_line(),)}
    return Blanket(**{**facts, **values})


def called_off(order: Order, *blankets: Blanket, **policies: Any) -> Decision:
    agreement: Agreement = agreement_of(
        blanket_orders=BlanketOrders.ACCEPT, below_minimum_value="accept", **policies
    )
    known = Circumstances(blankets={blanket.number: blanket for blanket in blankets})
    return decide(order, agreement, company=COMPANY, circumstances=known)


def call_off_of(*lines: Any, **values: Any) -> Order:
    return order_of(*lines, **{"type_code": "226", "blanket_order": "BO-1", **values})


# --- which blanket order, and which line of it ----------------------------------------------------


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(call_off_of(line_of()), id="named by the order"),
        pytest.param(
            call_off_of(line_of(blanket_order="BO-1"), blanket_order=None), id="named by the line"
        ),
        pytest.param(
            call_off_of(line_of(blanket_order="BO-1"), blanket_order="BO-9"),
            id="the line goes before the order",
        ),
        pytest.param(
            call_off_of(line_of(), blanket_order=None, contract_number="BO-1"),
            id="named as the contract",
        ),
        pytest.param(
            order_of(line_of(), contract_number="BO-1"), id="named as the contract by an order"
        ),
        pytest.param(order_of(line_of(), blanket_order="BO-1"), id="named by an ordinary order"),
        pytest.param(call_off_of(line_of(blanket_line="10")), id="with its line"),
    ],
)
def test_a_line_calls_off_the_blanket_order_it_names(order: Order) -> None:
    decision = called_off(order, blanket_of())

    (line,) = decision.lines
    assert codes(decision) == []
    assert line.called_off is not None
    assert (line.called_off.line, line.called_off.quantity, line.called_off.value) == (
        "10",
        3,
        Decimal("72.00"),
    )


def with_further(order: Order) -> Decision:
    """Decide under `[contract]` and a further contract for one delivery party."""
    text = ACME_TOML.replace("[contract]\n", '[contract]\nblanket_orders = "accept"\n')
    text += (
        '\n[[contracts]]\nnumber = "C-SHOP"\ndelivery_parties = ["5412345000037"]\n'
        '[contracts.policies]\nover_consumption = "reject"\n'
    )
    agreement = read_package(package_of(partner=text), "acme")
    known = Circumstances(blankets={"BO-1": blanket_of()})
    return decide(order, agreement, company=COMPANY, circumstances=known)


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(call_off_of(line_of(contract_number="C-SHOP")), id="blanket order by its own"),
        pytest.param(
            call_off_of(
                line_of(contract_number="C-SHOP"), blanket_order=None, contract_number="BO-1"
            ),
            id="blanket order as the contract",
        ),
    ],
)
def test_a_call_off_may_name_another_contract_for_a_line(order: Order) -> None:
    (line,) = with_further(order).lines

    assert line.called_off is not None
    assert line.called_off.blanket == "BO-1"
    assert any("contract C-SHOP" in sentence for sentence in line.trace)


def test_another_contract_is_no_blanket_order() -> None:
    order = call_off_of(
        line_of(contract_number="C-SHOP"), blanket_order=None, contract_number="C-2026-017"
    )

    (finding,) = with_further(order).findings

    assert finding.text == "unknown blanket order: a call-off that names no blanket order"


def test_a_blanket_order_named_as_the_contract_leaves_the_contract_to_be_found() -> None:
    shop = Party(gln="5412345000037")
    order = call_off_of(line_of(), blanket_order=None, contract_number="BO-1", delivery_party=shop)

    (line,) = with_further(order).lines

    assert line.called_off is not None
    assert any("contract C-SHOP" in sentence for sentence in line.trace)


@pytest.mark.parametrize(
    ("order", "blanket", "code"),
    [
        pytest.param(
            call_off_of(line_of(), blanket_order="BO-9"),
            blanket_of(),
            "unknown-blanket",
            id="another blanket order",
        ),
        pytest.param(
            call_off_of(line_of(), blanket_order=None), blanket_of(), "unknown-blanket", id="none"
        ),
        pytest.param(
            call_off_of(line_of(), blanket_order=None, contract_number="C-1"),
            blanket_of(),
            "unknown-blanket",
            id="a contract that is no blanket order",
        ),
        pytest.param(
            order_of(line_of(), contract_number="C-1"),
            blanket_of(),
            "unknown-contract",
            id="an order with a contract that is no blanket order",
        ),
        pytest.param(
            call_off_of(line_of(blanket_line="20")),
            blanket_of(),
            "unknown-blanket",
            id="a line it does not have",
        ),
        pytest.param(
            call_off_of(line_of("CAFE-VR")), blanket_of(), "unknown-blanket", id="another article"
        ),
        pytest.param(
            call_off_of(line_of("CAFE-VR", blanket_line="10")),
            blanket_of(),
            "blanket-line-differs",
            id="another article than the line's",
        ),
        pytest.param(
            call_off_of(line_of()),
            blanket_of(of_line("10"), of_line("20")),
            "blanket-line-unclear",
            id="two lines of the article",
        ),
        pytest.param(
            call_off_of(line_of()), blanket_of(is_closed=True), "blanket-expired", id="cancelled"
        ),
        pytest.param(
            call_off_of(line_of()),
            blanket_of(valid_from=date(2026, 11, 17)),
            "blanket-expired",
            id="not begun",
        ),
    ],
)
def test_what_is_unclear_about_a_call_off_is_held(
    order: Order, blanket: Blanket, code: str
) -> None:
    decision = called_off(order, blanket)

    assert codes(decision) == [code]
    assert decision.status is None


def test_where_there_are_no_blanket_orders_a_reference_to_one_is_not_looked_at() -> None:
    order = order_of(line_of(), blanket_order="BO-1")

    decision = decide(order, agreement_of(), company=COMPANY)

    assert codes(decision) == []


def test_a_line_for_any_article_gives_way_to_one_of_its_own() -> None:
    blanket = blanket_of(of_line("*", None, quantity=None), of_line("10"), value=Decimal(1000))
    order = call_off_of(line_of(), line_of("CAFE-VR", 2))

    decision = called_off(order, blanket)

    assert [line.called_off.line for line in decision.lines if line.called_off] == ["10", "*"]


# --- price ----------------------------------------------------------------------------------------


def test_the_price_of_the_blanket_order_goes_before_the_contract_s() -> None:
    blanket = blanket_of(of_line(price=Decimal("2200.00"), per=Decimal(100)))

    (line,) = called_off(call_off_of(line_of(quantity=3)), blanket).lines

    assert line.price == Price(amount=Decimal("2200.00"), per=Decimal(100), unit="PCE")
    assert line.amount == Decimal("66.00")
    assert any(
        said.startswith("price 2200.00 / 100 of blanket order BO-1, before those of the contract")
        and "contract C-2026-017" in said
        for said in line.trace
    )


def test_the_customer_reads_that_its_price_is_that_of_the_blanket_order() -> None:
    blanket = blanket_of(of_line(price=Decimal("22.00")))

    (line,) = called_off(call_off_of(line_of(quantity=3)), blanket).lines

    assert line.price is not None
    assert short_form(line.steps, line.price, "PCE") == "Price 22.00 per blanket order BO-1"


def test_a_blanket_order_without_a_price_is_called_off_at_the_contract_s() -> None:
    (line,) = called_off(call_off_of(line_of(quantity=3)), blanket_of()).lines

    assert line.price is not None
    assert line.price.amount == Decimal("24.00")


# --- how much -------------------------------------------------------------------------------------


def test_what_is_left_may_be_called_off_to_the_last_piece() -> None:
    blanket = blanket_of(of_line(used_quantity=Decimal(97)))

    assert codes(called_off(call_off_of(line_of(quantity=3)), blanket)) == []


def test_a_line_that_amounts_to_too_much_leaves_its_part_to_the_next() -> None:
    lines = (line_of(quantity=90), line_of(quantity=50))
    limit = {"maximum_line_value": Decimal(1500), "above_maximum_value": "reject"}

    decision = called_off(call_off_of(*lines), blanket_of(), over_consumption="lower", **limit)

    assert [line.confirmed for line in decision.lines] == [0, 50]


def test_a_blanket_order_without_lines_is_named_without_one() -> None:
    blanket = blanket_of(of_line("*", None, quantity=None), value=Decimal(50))

    decision = called_off(call_off_of(line_of(quantity=3)), blanket)

    (found,) = decision.findings
    assert (
        found.text == "over-consumption: 72.00 EUR called off, 50.00 EUR left of blanket order BO-1"
    )


def test_a_rejected_line_leaves_its_part_to_the_next() -> None:
    lines = (line_of(quantity=90, price="99.00"), line_of(quantity=90))

    decision = called_off(call_off_of(*lines), blanket_of(), price_beyond_tolerance="reject")

    assert [line.action for line in decision.lines] == [LineAction.REJECTED, LineAction.ACCEPTED]


def test_an_order_rejected_for_its_value_takes_nothing() -> None:
    order = call_off_of(line_of(quantity=1))
    agreement = agreement_of(blanket_orders=BlanketOrders.ACCEPT, below_minimum_value="reject")
    known = Circumstances(blankets={"BO-1": blanket_of()})

    decision = decide(order, agreement, company=COMPANY, circumstances=known)

    assert [line.called_off for line in decision.lines] == [None]


@pytest.mark.parametrize(
    ("blanket", "confirmed"),
    [
        pytest.param(blanket_of(of_line(quantity=None, value=Decimal("120.00"))), 5, id="line"),
        pytest.param(blanket_of(of_line(quantity=None), value=Decimal("119.99")), 4, id="whole"),
        pytest.param(
            blanket_of(of_line(quantity=None, value=Decimal("96.00")), value=Decimal("50.00")),
            2,
            id="the lesser of both",
        ),
    ],
)
def test_a_value_is_called_off_no_further_than_it_goes(blanket: Blanket, confirmed: int) -> None:
    order = call_off_of(line_of(quantity=9))

    (line,) = called_off(order, blanket, over_consumption="lower").lines

    assert (line.action, line.confirmed, line.reason_code) == (
        LineAction.CHANGED,
        confirmed,
        "over-consumption",
    )


def test_less_than_a_pack_is_nothing_to_confirm() -> None:
    blanket = blanket_of(of_line(article="COLLE-50", quantity=Decimal(5)))

    (line,) = called_off(
        call_off_of(line_of("COLLE-50", 12)), blanket, over_consumption="lower"
    ).lines

    assert (line.action, line.called_off) == (LineAction.REJECTED, None)


def test_what_is_accepted_beyond_what_is_left_is_no_part_of_the_blanket_order() -> None:
    (line,) = called_off(
        call_off_of(line_of(quantity=130)), blanket_of(), over_consumption="accept"
    ).lines

    assert line.confirmed == 130
    assert line.called_off is not None
    assert (line.called_off.quantity, line.called_off.beyond) == (100, 30)
    assert line.called_off.value == Decimal("2400.00")


@pytest.mark.parametrize(
    ("policy", "taken"),
    [
        pytest.param("cancel_rest", [20, 80], id="what is not supplied is left to the next line"),
        pytest.param("backorder", [60, 40], id="what follows later is taken now"),
    ],
)
def test_what_the_stock_allows_is_called_off(policy: str, taken: list[int]) -> None:
    agreement = agreement_of(
        blanket_orders=BlanketOrders.ACCEPT,
        stock=StockCheck.CHECK,
        stock_short=policy,
        over_consumption="lower",
        below_minimum_value="accept",
    )
    figures = {"BACHE-4X5": StockFigure(at=NOW, available=Decimal(20))}
    known = Circumstances(now=NOW, blankets={"BO-1": blanket_of(of_line("10"))}, stock=figures)
    free = replace(known, stock={})

    first = decide(
        call_off_of(line_of(quantity=60)), agreement, company=COMPANY, circumstances=known
    )

    assert first.lines[0].called_off is not None
    assert first.lines[0].called_off.quantity == taken[0]
    left = blanket_of(of_line("10")).after(first.lines[0].called_off)
    second = decide(
        call_off_of(line_of(quantity=90)),
        agreement_of(agreement, stock=StockCheck.IGNORE),
        company=COMPANY,
        circumstances=replace(free, blankets={"BO-1": left}),
    )
    assert second.lines[0].confirmed == taken[1]


_FIGURES = st.decimals(min_value="0.001", max_value=5000, places=3)


@given(
    quantity=st.none() | _FIGURES,
    value=st.none() | st.decimals(min_value="0.01", max_value=5000, places=2),
    price=_FIGURES,
    asked=_FIGURES,
    pack=st.none() | st.sampled_from([Decimal(1), Decimal(6), Decimal("0.5")]),
)
def test_what_is_confirmed_of_what_is_left_never_exceeds_it(
    quantity: Decimal | None,
    value: Decimal | None,
    price: Decimal,
    asked: Decimal,
    pack: Decimal | None,
) -> None:
    most = quantity_for(quantity, value, price=Price(amount=price), asked=asked, pack=pack)

    assert 0 <= most <= asked
    assert quantity is None or most <= quantity
    assert value is None or line_amount(most, price, Decimal(1)) <= value
    assert pack is None or most % pack == 0


# --- the package ----------------------------------------------------------------------------------

TABLES = """
[[contract.blankets]]
number = "BO-1"
valid_from = 2026-01-01
valid_until = 2026-06-30

[[contract.blankets]]
number = "BO-2"
valid_from = 2026-01-01
value = "5000.00"
"""
ROWS = """\
blanket,line,article,quantity,value,price,per_quantity
BO-1,10,BACHE-4X5,500,,23.00,
BO-1,20,VIS-M6X20,100000,,33.00,1000
"""


def read(tables: str = TABLES, rows: str | None = ROWS) -> Agreement:
    files = package_of(partner=f"{ACME_TOML}\n{tables}")
    if rows is not None:
        files["blankets.csv"] = rows.encode()
    return read_package(files, origin="")


def test_blanket_orders_and_their_lines_have_their_faults_named_at_once() -> None:
    tables = TABLES.replace('value = "5000.00"', 'value = "-1"').replace("2026-06-30", "2025-06-30")
    rows = ROWS.replace("100000", "-5") + "BO-3,10,NAGEL,0,,,\n"

    with pytest.raises(ConfigError) as raised:
        read(tables, rows)

    assert [fault.split("; ")[0] for fault in raised.value.faults] == [
        "partner.toml:41:1: blanket order 'BO-1': valid_until: 2025-06-30 lies before "
        "valid_from 2026-01-01",
        "partner.toml:46:1: contract.blankets[2].value: '-1' is not above 0",
        "blankets.csv:3:19: quantity: '-5' is not above 0",
        "blankets.csv:4:1: no [[contract.blankets]] in partner.toml has the number 'BO-3'",
        "blankets.csv:4:9: article 'NAGEL' is not in articles.csv",
        "blankets.csv:4:15: quantity: '0' is not above 0",
    ]


def test_a_package_states_blanket_orders_and_their_lines() -> None:
    first, second = read().contract.blankets

    assert (first.number, first.valid_until) == ("BO-1", date(2026, 6, 30))
    assert [
        (line.number, line.article, line.quantity, line.price, line.per) for line in first.lines
    ] == [
        ("10", "BACHE-4X5", Decimal(500), Decimal("23.00"), Decimal(1)),
        ("20", "VIS-M6X20", Decimal(100000), Decimal("33.00"), Decimal(1000)),
    ]
    assert (second.value, [(line.number, line.article) for line in second.lines]) == (
        Decimal("5000.00"),
        [("*", None)],
    )


@pytest.mark.parametrize(
    ("tables", "rows", "fault"),
    [
        pytest.param(
            TABLES,
            ROWS + "BO-3,10,BACHE-4X5,1,,,\n",
            "blankets.csv:4:1: no [[contract.blankets]] in partner.toml has the number 'BO-3'; "
            "add it",
            id="a blanket order that is not stated",
        ),
        pytest.param(
            TABLES,
            ROWS + "BO-1,30,NAGEL,1,,,\n",
            "blankets.csv:4:9: article 'NAGEL' is not in articles.csv; add it there",
            id="an unknown article",
        ),
        pytest.param(
            TABLES,
            ROWS + "BO-1,10,GANT-T9,1,,,\n",
            "blankets.csv:4:6: line '10' of BO-1 stands twice; remove one",
            id="a line twice",
        ),
        pytest.param(
            TABLES,
            ROWS + "BO-1,30,GANT-T9,,,,\n",
            "blankets.csv:4:9: neither quantity nor value, here or in partner.toml; write one",
            id="no limit at all",
        ),
        pytest.param(
            TABLES,
            ROWS + "BO-1,30,GANT-T9,5,,,100\n",
            "blankets.csv:4:21: per_quantity without a price; write both, or none",
            id="a price basis without a price",
        ),
        pytest.param(
            TABLES,
            None,
            "partner.toml:39:1: blanket order 'BO-1' has no value and no line in blankets.csv; "
            "write one of them",
            id="nothing committed",
        ),
        pytest.param(
            TABLES.replace("BO-2", "BO-1"),
            ROWS,
            "partner.toml:44:1: blanket order 'BO-1' stands twice; remove one",
            id="a number twice",
        ),
        pytest.param(
            TABLES.replace("2026-06-30", "2025-06-30"),
            ROWS,
            "partner.toml:41:1: blanket order 'BO-1': valid_until: 2025-06-30 lies before "
            "valid_from 2026-01-01; correct one of them",
            id="ends before it begins",
        ),
    ],
)
def test_a_fault_of_a_blanket_order_is_named_with_its_place(
    tables: str, rows: str | None, fault: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        read(tables, rows)

    assert fault in raised.value.faults
