"""
Tell the customer what the ERP said of its order: dates, parts, backorders, substitutes, nothing.

Nothing is invented: a line the report does not name stands as it was answered, and where the ERP knows no
date none is promised. What cannot be true is `HeldError`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from edi_gateway.contract.articles import Article
from edi_gateway.contract.circumstances import Circumstances
from edi_gateway.contract.explaining import Enquiry, explain
from edi_gateway.contract.life.changed_answer import as_answered, as_it_stood, without
from edi_gateway.contract.partner import Company
from edi_gateway.contract.policies import ErpSubstitution
from edi_gateway.contract.pricing.figures import line_amount
from edi_gateway.contract.resolution import price_date
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import (
    ErpOrder,
    ErpOrderLine,
    ErpOrderStatus,
    ErpStatusLine,
    LineAction,
    Order,
    OrderResponse,
    Price,
    ResponseLine,
)
from edi_gateway.errors import HeldError

_ZERO = Decimal(0)
_NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an order stands when the ERP reports on it."""

    #: The customer's order.
    order: Order
    #: As the contract decided it: the most that can be supplied.
    decided: ErpOrder
    #: As the ERP got it last.
    handed: ErpOrder
    last: OrderResponse | None
    despatched: Mapping[str, Decimal]
    company: Company
    #: When it reports, in the company's time zone.
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What a report makes of an order."""

    handed: ErpOrder
    lines: tuple[ResponseLine, ...]
    #: Whether other quantities or articles are supplied than the ERP was told to.
    differs: bool


def report_order(status: ErpOrderStatus, standing: Standing, agreement: Agreement) -> Reported:
    """Read the ERP's report into what is supplied now, and how each line is answered."""
    _refuse_unknown_lines(status, standing)
    handed_lines, lines = [], []
    for line in standing.handed.lines:
        parts = [each for each in status.lines if each.order_line == line.number]
        new, told = _line(line, parts, standing, agreement)
        handed_lines.append(new)
        lines += told
    net = standing.handed.net_amount
    for before, after in zip(standing.handed.lines, handed_lines, strict=True):
        net += (after.amount or _NOTHING) - (before.amount or _NOTHING)
    return Reported(
        handed=replace(standing.handed, lines=tuple(handed_lines), net_amount=net),
        lines=tuple(replace(line, number=str(place)) for place, line in enumerate(lines, 1)),
        differs=[_supplied(line) for line in standing.handed.lines]
        != [_supplied(line) for line in handed_lines],
    )


def _supplied(line: ErpOrderLine) -> tuple[Decimal, Decimal, str | None]:
    return line.confirmed_quantity, line.backordered or _ZERO, line.article


def _line(
    line: ErpOrderLine,
    parts: Sequence[ErpStatusLine],
    standing: Standing,
    agreement: Agreement,
) -> tuple[ErpOrderLine, list[ResponseLine]]:
    said = as_it_stood(line.number, standing.last, standing.handed)
    if not parts:
        return line, said
    decided = next(each for each in standing.decided.lines if each.number == line.number)
    supplied = [part for part in parts if part.quantity]
    _refuse_impossible(line, decided, supplied, standing)
    if not supplied:
        reason = "; ".join(part.reason for part in parts if part.reason) or "not supplied"
        gone = without(line, "not-supplied", reason)
        return gone, [replace(as_answered(gone), price=None)]
    article = _article(line, supplied, agreement)
    if article is not None:
        line = _substituted(line, article, supplied, standing, agreement)
    code = _what_differs(line, decided, supplied, standing)
    now = [part for part in supplied if not part.backorder]
    later = sum([part.quantity for part in supplied if part.backorder], _ZERO)
    new = replace(
        line,
        action=decided.action if code is None else LineAction.CHANGED,
        confirmed_quantity=sum([part.quantity for part in now], _ZERO),
        backordered=later or None,
        promised_delivery=now[0].delivery_date if now else None,
        reason_code=decided.reason_code if code is None else code,
        reason=decided.reason if code is None else _reason(supplied),
    )
    price, per = new.price or _ZERO, new.price_per or Decimal(1)
    new = replace(new, amount=line_amount(new.confirmed_quantity, price, per))
    same = said and article is None
    return new, _told(said[0] if same else as_answered(new), new, now, supplied)


def _told(
    before: ResponseLine,
    line: ErpOrderLine,
    now: Sequence[ErpStatusLine],
    supplied: Sequence[ErpStatusLine],
) -> list[ResponseLine]:
    """The line with its first part, and one line for each further part that has a date or is here."""
    first = now[0] if now else None
    main = replace(
        before,
        action=line.action,
        ordered=line.ordered_quantity,
        confirmed=first.quantity if first is not None else _ZERO,
        backordered=line.backordered,
        promised_delivery=line.promised_delivery,
        reason_code=line.reason_code,
        reason=line.reason,
        replaced_supplier_article=line.substituted_for,
    )
    others = [
        part
        for part in supplied
        if part is not first and (not part.backorder or part.delivery_date is not None)
    ]
    return [main, *(_part(main, part) for part in others)]


def _part(main: ResponseLine, part: ErpStatusLine) -> ResponseLine:
    return replace(
        main,
        action=LineAction.ADDED,
        ordered=part.quantity,
        confirmed=part.quantity,
        backordered=None,
        promised_delivery=part.delivery_date,
        reason_code="backordered" if part.backorder else "split-delivery",
        reason=part.reason,
    )


def _what_differs(
    line: ErpOrderLine,
    decided: ErpOrderLine,
    parts: Sequence[ErpStatusLine],
    standing: Standing,
) -> str | None:
    """The weightiest way in which a line is not supplied as it was decided; None: it is."""
    wanted = line.requested_delivery or standing.handed.requested_delivery
    if line.substituted_for is not None:
        return "substituted"
    if any(part.backorder for part in parts):
        return "backordered"
    if sum([part.quantity for part in parts], _ZERO) < _all_of(decided):
        return "quantity-reduced"
    if len(parts) > 1:
        return "split-delivery"
    return None if parts[0].delivery_date in (None, wanted) else "date-changed"


def _reason(parts: Sequence[ErpStatusLine]) -> str:
    """When which quantity comes, with the ERP's own words."""
    sentences = []
    for part in parts:
        when = f" on {part.delivery_date}" if part.delivery_date else ""
        if part.backorder:
            when = f" later{when}" if when else " later, date not known yet"
        sentences.append(f"{part.quantity} delivered{when}")
    said = dict.fromkeys(part.reason for part in parts if part.reason)
    return "; ".join([", ".join(sentences), *said])


# --- another article -----------------------------------------------------------------------------


def _article(
    line: ErpOrderLine, parts: Sequence[ErpStatusLine], agreement: Agreement
) -> Article | None:
    """The article that is supplied instead, where the contract lets the ERP choose one."""
    codes = {part.article or line.article for part in parts}
    if codes == {line.article}:
        return None
    if len(codes) > 1:
        raise _wrong(line, "its parts are of several articles; a line has one", "status-impossible")
    code = next(iter(codes))
    article = agreement.articles.by_code.get(code or "")
    if article is None:
        raise _wrong(line, f"{code} is no article of the contract", "unknown-substitute")
    if agreement.contract.policies.erp_substitution is ErpSubstitution.HOLD:
        raise _wrong(line, f"{code} instead of {line.article} is not agreed", "substitute-held")
    return article


def _substituted(
    line: ErpOrderLine,
    article: Article,
    parts: Sequence[ErpStatusLine],
    standing: Standing,
    agreement: Agreement,
) -> ErpOrderLine:
    """The line about the article that is supplied, at the contract's price for it."""
    quantity = sum([part.quantity for part in parts], _ZERO)
    price = _price_of(article, quantity, line.number, standing, agreement)
    if price is None:
        raise _wrong(line, f"the contract has no price for {article.code}", "unknown-substitute")
    return replace(
        line,
        article=article.code,
        gtin=article.gtin,
        buyer_article=article.buyer_code,
        description=article.description,
        unit=article.unit,
        vat_rate=article.vat_rate,
        price=price.amount,
        price_per=price.per,
        substituted_for=line.substituted_for or line.article,
    )


def _price_of(
    article: Article, quantity: Decimal, number: str, standing: Standing, agreement: Agreement
) -> Price | None:
    order, known = standing.order, Circumstances(now=standing.now)
    ordered = next((each for each in order.lines if each.number == number), None)
    on = price_date(order, ordered, agreement.contract, known) if ordered is not None else None
    if on is None:
        return None
    enquiry = Enquiry(
        article=article.code,
        quantity=quantity,
        on=on,
        delivery_party=order.delivery_party.gln if order.delivery_party else None,
        currency=order.currency,
        contract=agreement.contract.number,
    )
    zone = standing.now.tzinfo
    assert zone is not None  # noqa: S101  (moments are aware)
    return explain(enquiry, agreement, standing.company, zone).lines[0].price


# --- what cannot be true -------------------------------------------------------------------------


def _refuse_unknown_lines(status: ErpOrderStatus, standing: Standing) -> None:
    known = {line.number for line in standing.decided.lines}
    known &= {line.number for line in standing.handed.lines}
    for line in status.lines:
        if line.order_line not in known:
            raise HeldError(
                f"line {line.order_line}: order {standing.handed.number} has no such line",
                code="status-impossible",
                remedy=_REMEDY,
            )


def _refuse_impossible(
    line: ErpOrderLine,
    decided: ErpOrderLine,
    parts: Sequence[ErpStatusLine],
    standing: Standing,
) -> None:
    total = sum([part.quantity for part in parts], _ZERO)
    most, despatched = _all_of(decided), standing.despatched.get(line.number, _ZERO)
    if total > most:
        raise _wrong(line, f"{total} is more than the {most} confirmed", "status-impossible")
    if total < despatched:
        text = f"{total} is less than the {despatched} despatched"
        raise _wrong(line, text, "status-impossible")


def _all_of(line: ErpOrderLine) -> Decimal:
    return line.confirmed_quantity + (line.backordered or _ZERO)


_REMEDY = "Correct the ERP's file and send it again under a higher number, or discard it."


def _wrong(line: ErpOrderLine, text: str, code: str) -> HeldError:
    return HeldError(f"line {line.number}: {text}", code=code, remedy=_REMEDY)
