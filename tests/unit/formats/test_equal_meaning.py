"""What an answer says in EDIFACT it says in UBL: written in both, read back, and compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from edi_gateway.contract.partner import RELEASES
from edi_gateway.documents import (
    AllowanceCharge,
    DocumentType,
    LineAction,
    OrderResponse,
    Price,
    ResponseLine,
    ResponseStatus,
)
from tests import documents
from tests.unit.formats.edifact import test_messages as edifact
from tests.unit.formats.xml import test_documents as ubl

DAY = date(2026, 12, 3)
ASKED = date(2026, 11, 24)


def line(number: str = "1", order_line: str = "10", **facts: object) -> ResponseLine:
    usual: dict[str, object] = {
        "action": LineAction.CHANGED,
        "ordered": Decimal(100),
        "confirmed": Decimal(100),
        "unit": "PCE",
        "price": Price(amount=Decimal("8.90"), per=Decimal(1), unit="PCE"),
        "gtin": "3760123450041",
        "supplier_article": "VIS-4X40",
        "description": "Vis",
        "promised_delivery": ASKED,
        "reason": "said in words",
    }
    return ResponseLine(number=number, order_line=order_line, **usual | facts)  # type: ignore[arg-type]


ADDED = {"action": LineAction.ADDED, "reason": None}
ACCEPTED = {"action": LineAction.ACCEPTED, "reason": None}
CHARGE = AllowanceCharge(is_charge=True, amount=Decimal("15.00"), code="FC", reason="Port")


@dataclass(frozen=True)
class Said:
    """An answer of one kind."""

    lines: tuple[ResponseLine, ...]
    head: tuple[tuple[str, object], ...] = ()


KINDS = {
    "quantity": Said((line(confirmed=Decimal(120)),)),
    "pack rounding": Said((line(confirmed=Decimal(108)),)),
    "price": Said((line(price=Price(amount=Decimal("9.10"), unit="PCE")),)),
    "date": Said((line(promised_delivery=DAY),)),
    "date of all": Said(
        (line(promised_delivery=DAY, **ACCEPTED),), head=(("promised_delivery", DAY),)
    ),
    "substitution": Said(
        (line(replaced_gtin="3760123450058", replaced_supplier_article="VIS-35"),)
    ),
    "replaced article": Said((line(replaced_buyer_article="MV-10019"),)),
    "split delivery": Said(
        (
            line(confirmed=Decimal(60)),
            line("2", confirmed=Decimal(40), promised_delivery=DAY, **ADDED),
        )
    ),
    "backorder": Said((line(confirmed=Decimal(60), backordered=Decimal(40)),)),
    "partial acceptance": Said((line(confirmed=Decimal(60)),)),
    "line cancelled": Said(
        (line(action=LineAction.REJECTED, confirmed=Decimal(0)), line("2", "20", **ACCEPTED))
    ),
    "order cancelled": Said(
        (line(action=LineAction.REJECTED, confirmed=Decimal(0)),),
        head=(("status", ResponseStatus.REJECTED), ("change_number", "CHG-9"), ("reason", "late")),
    ),
    "added charge": Said(
        (line(**ACCEPTED),), head=(("allowances", (CHARGE, replace(CHARGE, line="1"))),)
    ),
    "free goods": Said(
        (
            line(**ACCEPTED),
            line(
                "2",
                ordered=Decimal(0),
                confirmed=Decimal(5),
                free=Decimal(5),
                price=Price(amount=Decimal("0.00"), unit="PCE"),
                **ADDED,
            ),
        )
    ),
    "how the price came about": Said((line(notes=("price list PL-2026", "break at 100")),)),
}


def response(said: Said) -> OrderResponse:
    blank = documents.order_response(
        allowances=(),
        notes=(),
        change_number=None,
        reason=None,
        promised_delivery=ASKED,
        requested_delivery=None,
        lines=said.lines,
    )
    return replace(blank, **dict(said.head))


def without_ordered(document: OrderResponse) -> OrderResponse:
    """UBL does not say what was ordered."""
    return replace(document, lines=tuple(replace(each, ordered=None) for each in document.lines))


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("said", [pytest.param(said, id=kind) for kind, said in KINDS.items()])
def test_both_read_back_as_what_was_said(said, release):
    document = response(said)
    if release == "D.93A":
        # It has no code for free goods; that they cost nothing is in their price.
        lines = tuple(replace(each, free=None) for each in document.lines)
        document = replace(document, lines=lines)

    in_edifact = edifact.read(edifact.write(DocumentType.ORDER_RESPONSE, release, document))
    in_ubl = ubl.read(ubl.write(document))

    assert in_edifact.document == document
    assert in_ubl.document == without_ordered(response(said))


@pytest.mark.parametrize(
    ("said", "promised"),
    [
        pytest.param(line(promised_delivery=None, **ACCEPTED), (ASKED, ASKED), id="as requested"),
        pytest.param(line(promised_delivery=DAY), (None, DAY), id="a line comes later"),
        pytest.param(
            line(promised_delivery=None, confirmed=Decimal(0), action=LineAction.REJECTED),
            (ASKED, None),
            id="a line does not come",
        ),
    ],
)
def test_ubl_promises_the_requested_day_only_of_what_comes_on_it(
    said: ResponseLine, promised: tuple[date | None, date | None]
) -> None:
    asked = replace(said, requested_delivery=ASKED)
    document = replace(response(Said((asked,))), promised_delivery=None, requested_delivery=ASKED)

    read = ubl.read(ubl.write(document)).document

    assert (read.promised_delivery, read.lines[0].promised_delivery) == promised


def test_ubl_promises_no_day_for_a_rejected_order() -> None:
    document = replace(
        response(Said(())),
        status=ResponseStatus.REJECTED,
        promised_delivery=None,
        requested_delivery=ASKED,
    )

    assert ubl.read(ubl.write(document)).document.promised_delivery is None
