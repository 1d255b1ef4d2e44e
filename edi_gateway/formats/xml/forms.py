"""
What UBL says otherwise than the documents do, put right on the way out and on the way in.

A mapping says where a value sits, never if. These few depend on each other:

- a delivery period has a first and a last day, a document a wish, and limits where they differ;
- the line that answers an order line shows the ordered article, and the one that is delivered
  instead of it in a line beside it (Peppol T76, SellerSubstitutedLineItem);
- a response has one note for its reason and for what else there is to say;
- what we add at no price is free of charge;
- without a date of its own what is delivered is promised for the day that was asked for;
- a handling unit is known by its SSCC, and a line is in the nearest that has one;
- an allowance has an amount; one that is a percentage only is not in the file.
"""

from __future__ import annotations

from typing import TypeVar

from msgspec.structs import replace

from edi_gateway.documents import (
    DespatchAdvice,
    Document,
    LineAction,
    Order,
    OrderChange,
    OrderChangeLine,
    OrderLine,
    OrderResponse,
    Package,
    ResponseLine,
    ResponseStatus,
)

_SSCC_DIGITS = 18

Response = TypeVar("Response", OrderResponse, ResponseLine)
Wish = TypeVar("Wish", Order, OrderChange, OrderLine, OrderChangeLine)
Line = TypeVar("Line", OrderLine, OrderChangeLine)


def for_file(document: Document) -> Document:
    """Return the document as a file says it."""
    if isinstance(document, OrderResponse):
        lines = tuple(_swapped(_line_promised(_with_one_note(line))) for line in document.lines)
        document = replace(_promised(_with_one_note(document)), lines=lines)
    elif isinstance(document, Order):
        spanned = tuple(_reduced(_spanning(line)) for line in document.lines)
        document = replace(_spanning(document), lines=spanned)
    elif isinstance(document, OrderChange):
        changed = tuple(_reduced(_spanning(line)) for line in document.lines)
        document = replace(_spanning(document), lines=changed)
    elif isinstance(document, DespatchAdvice):
        document = _by_sscc(document)
    if isinstance(document, Order | OrderChange | OrderResponse) and document.allowances:
        stated = tuple(each for each in document.allowances if each.amount is not None)
        document = replace(document, allowances=stated)
    return document


def of_file(document: Document) -> Document:
    """Return what a file says as a document."""
    if isinstance(document, OrderResponse):
        lines = tuple(_given(_swapped(_with_notes(line))) for line in document.lines)
        return replace(_with_notes(document), lines=lines)
    if isinstance(document, Order):
        wished = tuple(_gross(_wishing(line)) for line in document.lines)
        return replace(_wishing(document), lines=wished)
    if isinstance(document, OrderChange):
        changed = tuple(_gross(_wishing(line)) for line in document.lines)
        return replace(_wishing(document), lines=changed)
    if isinstance(document, DespatchAdvice):
        return replace(document, packages=tuple(_with_sscc(each) for each in document.packages))
    return document


def _by_sscc(advice: DespatchAdvice) -> DespatchAdvice:
    """Name packages by their SSCC, and for each line the nearest that has one."""
    known = {package.number: package for package in advice.packages}
    return replace(
        advice,
        delivery_party=advice.delivery_party or advice.buyer,
        packages=tuple(
            replace(package, number=package.sscc or package.number) for package in advice.packages
        ),
        lines=tuple(replace(line, package=_unit(line.package, known)) for line in advice.lines),
    )


def _unit(number: str, known: dict[str, Package]) -> str:
    around: str | None = number
    while around is not None and around in known:
        package = known[around]
        if package.sscc is not None:
            return package.sscc
        around = package.parent
    return number


def _with_sscc(package: Package) -> Package:
    """The check digit is the reader's business, not that of the file."""
    looks_like_one = len(package.number) == _SSCC_DIGITS and package.number.isdigit()
    return replace(package, sscc=package.number) if looks_like_one else package


def _spanning(part: Wish) -> Wish:
    return replace(
        part,
        earliest_delivery=part.earliest_delivery or part.requested_delivery,
        latest_delivery=part.latest_delivery or part.requested_delivery,
    )


def _wishing(part: Wish) -> Wish:
    first, last = part.earliest_delivery, part.latest_delivery
    if first is None or last is None or first == last:
        wish = first or last
        return replace(part, requested_delivery=wish, earliest_delivery=None, latest_delivery=None)
    return replace(part, requested_delivery=first)


def _reduced(line: Line) -> Line:
    """The gross price is there by what is taken off it: without that it cannot be said."""
    return line if line.price_reduction is not None else replace(line, gross_price=None)


def _gross(line: Line) -> Line:
    """The gross price counts what the net price counts."""
    if line.gross_price is None or line.price is None:
        return line
    return replace(line, gross_price=replace(line.price, amount=line.gross_price.amount))


def _promised(response: OrderResponse) -> OrderResponse:
    """What is delivered as requested has no day of its own here, where only promises are told."""
    days = any(line.promised_delivery for line in response.lines)
    if days or response.promised_delivery or response.status is ResponseStatus.REJECTED:
        return response
    return replace(response, promised_delivery=response.requested_delivery)


def _line_promised(line: ResponseLine) -> ResponseLine:
    """The same for a line, if anything of it is delivered."""
    if line.promised_delivery or not line.confirmed:
        return line
    return replace(line, promised_delivery=line.requested_delivery)


def _with_one_note(part: Response) -> Response:
    texts = (part.reason, *part.notes) if part.reason else part.notes
    return replace(part, reason="\n".join(texts) or None)


def _with_notes(part: Response) -> Response:
    reason, *notes = (part.reason or "").split("\n")
    if isinstance(part, ResponseLine) and part.action is LineAction.ACCEPTED:
        # What is accepted needs no reason.
        return replace(part, reason=None, notes=tuple(each for each in (reason, *notes) if each))
    return replace(part, reason=reason or None, notes=tuple(notes))


def _given(line: ResponseLine) -> ResponseLine:
    if line.action is LineAction.ADDED and line.price is not None and line.price.amount == 0:
        return replace(line, free=line.confirmed)
    return line


def _swapped(line: ResponseLine) -> ResponseLine:
    """Change places: the article delivered, and the one ordered."""
    if not line.is_substituted:
        return line
    return replace(
        line,
        gtin=line.replaced_gtin,
        supplier_article=line.replaced_supplier_article,
        buyer_article=line.replaced_buyer_article,
        replaced_gtin=line.gtin,
        replaced_supplier_article=line.supplier_article,
        replaced_buyer_article=line.buyer_article,
    )
