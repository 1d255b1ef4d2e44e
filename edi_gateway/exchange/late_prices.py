"""
Price what is to be invoiced by the day it left, or the day of the invoice, where that counts.

The prices are those of the package in force when the report is taken; for prices that count what was
bought, that is what the customer had bought when it ordered.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import msgspec

from edi_gateway.contract.answers.late_prices import (
    LatePrice,
    is_provisional,
    priced_for,
    with_prices,
)
from edi_gateway.contract.terms import PriceDate
from edi_gateway.documents import (
    DocumentType,
    ErpDespatch,
    ErpOrder,
    from_json,
)
from edi_gateway.errors import HeldError
from edi_gateway.exchange.life.orders import first_message, order_as_it_stands
from edi_gateway.exchange.standing.history import bought_when_ordered
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.store import Ledger, StandingOrder


@dataclass(frozen=True, slots=True)
class Priced:
    """An order at the prices that are to be invoiced, and what `show` tells about those of a later day."""

    order: ErpOrder
    decision: str | None = None


def priced_to_invoice(
    place: Workplace,
    ledger: Ledger,
    standing: StandingOrder,
    order: ErpOrder,
    quantities: Mapping[str, Decimal],
    *,
    issued_on: date,
    despatch: ErpDespatch | str | None,
) -> Priced:
    """
    The order with the prices at which `quantities` of it are invoiced; `HeldError` if there is none.

    `despatch` is what is invoiced, or the number of it; None: whatever was despatched.
    """
    lines = [
        line
        for line in order.lines
        if quantities.get(line.number, Decimal(0)) > 0 and is_provisional(line)
    ]
    if not lines:
        return Priced(order)
    waiting = {line.number for line in lines if line.provisional_until == PriceDate.DESPATCH}
    days = {line.number: issued_on for line in lines}
    if isinstance(despatch, ErpDespatch):
        days |= dict.fromkeys(waiting, _day_of(despatch))
    else:
        days |= _days_despatched(ledger, standing, waiting, despatch)
    prices = _prices(place, ledger, standing, order, days)
    return Priced(with_prices(order, prices), _told(prices, quantities))


def _prices(
    place: Workplace,
    ledger: Ledger,
    standing: StandingOrder,
    order: ErpOrder,
    days: Mapping[str, date],
) -> list[LatePrice]:
    ordered = order_as_it_stands(ledger, standing)
    codes = {code for line in order.lines for code in (line.article, line.substituted_for) if code}
    agreement = place.partners.for_articles(order.partner, codes)
    if ordered is None or agreement is None:
        raise HeldError(
            f"order {order.number} is no longer on record, and its prices are not known",
            code="no-price-to-invoice",
            remedy="State the prices in an invoice of the ERP, or discard this with a reason.",
        )
    agreement = agreement.for_order(order.contract)
    bought = bought_when_ordered(ledger, agreement, ordered, first_message(ledger, standing))
    return priced_for(days, order, ordered, agreement, bought=bought)


def _days_despatched(
    ledger: Ledger, standing: StandingOrder, lines: Collection[str], number: str | None
) -> dict[str, date]:
    """The one day each line was despatched on, as the ERP reported; `HeldError` where there is none."""
    days: dict[str, set[date]] = {line: set() for line in lines}
    kind = DocumentType.ERP_DESPATCH
    for stored in ledger.documents.of_order(standing, kind) if lines else ():
        report = from_json(kind, stored.content)
        assert isinstance(report, ErpDespatch)  # noqa: S101  (its kind says so)
        if number in (None, report.number):
            for line in report.lines:
                if line.order_line in days and line.quantity > 0:
                    days[line.order_line].add(_day_of(report))
    unclear = [_unclear(line, days[line], number) for line in days if len(days[line]) != 1]
    if unclear:
        raise HeldError(
            "; ".join(unclear),
            code="price-day-unknown",
            remedy="Have the ERP report the despatch, or name it in despatch_number, and send the "
            "invoice again; or discard it.",
        )
    return {line: next(iter(found)) for line, found in days.items()}


def _day_of(despatch: ErpDespatch) -> date:
    return despatch.despatch_date or despatch.issue_date


def _unclear(line: str, days: Collection[date], number: str | None) -> str:
    what = f"despatch {number}" if number else "despatch"
    if not days:
        return (
            f"line {line}: its price is that of the day of despatch, and no {what} of it is known"
        )
    said = " and ".join(map(str, sorted(days)))
    return f"line {line}: its price is that of the day of despatch, and it left on {said}"


class _Explanation(msgspec.Struct, kw_only=True, gc=False):
    """What `show` tells about a line, in the words it has for those of orders."""

    line: str
    action: str = "invoiced"
    article: str | None
    ordered: Decimal
    confirmed: Decimal
    price: Decimal | None
    per: Decimal | None
    reason: None = None
    trace: tuple[str, ...]


def _told(prices: list[LatePrice], quantities: Mapping[str, Decimal]) -> str:
    explanations = [
        _Explanation(
            line=price.line.number,
            article=price.line.article,
            ordered=price.line.ordered_quantity,
            confirmed=quantities[price.line.number],
            price=price.line.price,
            per=price.line.price_per,
            trace=price.trace,
        )
        for price in prices
    ]
    return msgspec.json.encode(explanations).decode()
