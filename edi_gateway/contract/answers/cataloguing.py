"""
The customer's own catalogue: what it may order, and at which prices, from the agreement alone.

No database, no clock: the same agreement on the same day gives the same catalogue. What was sent
before is known by a digest of each article, so that a change can tell what was added, changed and
deleted without the catalogue of then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from edi_gateway.contract.answers.catalogue_prices import by_bracket, plain_chain, prices_of
from edi_gateway.contract.articles import Article
from edi_gateway.contract.partner import Company
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import Catalogue, CatalogueLine, CataloguePrice, Party

#: 1225: the first catalogue, the same anew, and only what changed.
ORIGINAL, REPLACEMENT, CHANGE = "9", "5", "4"
#: 1229 of an article.
_ADDED, _DELETED, _CHANGED = "1", "2", "3"

#: Most articles in one message; a longer catalogue goes out in several.
LARGEST = 10_000

_UBL = "urn:fdc:peppol.eu:poacc:trns:catalogue:3"
_UBL_PROCESS = "urn:fdc:peppol.eu:poacc:bis:catalogue_wo_response:3"

#: What is known of a catalogue that was sent: the digest of each article, by our code.
Digests = Mapping[str, str]


def catalogue_of(
    agreement: Agreement, *, company: Company, number: str, today: date, function: str = ORIGINAL
) -> Catalogue:
    """
    Return everything the customer may order from today on, with its prices.

    Articles that are delisted or replaced are not in it, nor are prices whose time is over.
    """
    offered = [article for article in agreement.articles if is_offered(article, today)]
    named = [(str(place), article) for place, article in enumerate(offered, 1)]
    head = _head(agreement, company, number, today, function)
    chain, terms = plain_chain(agreement), by_bracket(agreement)
    return replace(
        head,
        lines=tuple(_line(agreement, place, article, today) for place, article in named),
        prices=tuple(
            price
            for place, article in named
            for price in prices_of(terms, chain, article, place, today)
        ),
    )


def changes_of(full: Catalogue, agreement: Agreement, before: Digests) -> Catalogue | None:
    """
    Return what is new, changed and gone in `full` since the catalogue of which `before` are the digests.

    None where nothing is. A changed article is sent whole, with all its prices.
    """
    now = digests_of(full)
    lines: list[CatalogueLine] = []
    renumbered: dict[str, str] = {}
    for line in full.lines:
        code = line.supplier_article or ""
        if before.get(code) == now[code]:
            continue
        renumbered[line.number] = str(len(lines) + 1)
        action = _CHANGED if code in before else _ADDED
        lines.append(replace(line, number=renumbered[line.number], action=action))
    for code in before:
        if code not in now:
            lines.append(_deleted(agreement, str(len(lines) + 1), code))
    if not lines:
        return None
    prices = tuple(
        replace(price, line=renumbered[price.line])
        for price in full.prices
        if price.line in renumbered
    )
    return replace(full, function=CHANGE, lines=tuple(lines), prices=prices)


def digests_of(catalogue: Catalogue) -> dict[str, str]:
    """The digest of each article with its prices, by our code."""
    prices = _by_line(catalogue)
    return {
        line.supplier_article or "": _digest(line, prices.get(line.number, []))
        for line in catalogue.lines
    }


def parts_of(catalogue: Catalogue, most: int = LARGEST) -> Iterator[Catalogue]:
    """
    Yield the catalogue in messages of at most `most` articles, each with a number of its own.

    Those after the first of a whole catalogue are changes that add to it: another original would
    take the place of the first.
    """
    if len(catalogue.lines) <= most:
        yield catalogue
        return
    prices = _by_line(catalogue)
    for place, begin in enumerate(range(0, len(catalogue.lines), most), 1):
        lines = catalogue.lines[begin : begin + most]
        yield replace(
            catalogue,
            number=f"{catalogue.number}-{place}",
            function=catalogue.function if place == 1 else CHANGE,
            lines=lines,
            prices=tuple(price for line in lines for price in prices.get(line.number, ())),
        )


def is_offered(article: Article, today: date) -> bool:
    """Whether the customer may order an article today or later."""
    if article.delisted_from is not None:
        return today < article.delisted_from
    return article.replaced_by is None


def _head(
    agreement: Agreement, company: Company, number: str, today: date, function: str
) -> Catalogue:
    contract, partner = agreement.contract, agreement.partner
    is_ubl = not (partner.formats.catalogue or "").startswith("EDIFACT")
    return Catalogue(
        number=number,
        issue_date=today,
        function=function,
        currency=contract.currency,
        contract_number=contract.number,
        price_list=contract.price_list,
        valid_from=max(today, contract.valid_from),
        valid_until=contract.valid_until,
        buyer=partner.party(),
        supplier=_trading(company.party()),
        process=_UBL_PROCESS if is_ubl else None,
        specification=_UBL if is_ubl else None,
    )


def _trading(party: Party) -> Party:
    """A catalogue is no invoice: what the law wants there has no place here."""
    return replace(party, legal_note=None)


def _line(agreement: Agreement, place: str, article: Article, today: date) -> CatalogueLine:
    successor = _successor(agreement, article)
    start, end = article.orderable_from, article.delisted_from
    return CatalogueLine(
        number=place,
        gtin=article.gtin,
        supplier_article=article.code,
        buyer_article=article.buyer_code,
        description=article.description,
        unit=article.unit,
        pack_multiple=article.pack_multiple,
        minimum_quantity=article.minimum_quantity,
        maximum_quantity=article.maximum_quantity,
        replaced_by=article.replaced_by,
        replaced_by_gtin=successor.gtin if successor else None,
        valid_from=start if start is not None and start > today else None,
        valid_until=end - timedelta(days=1) if end is not None else None,
        vat_rate=article.vat_rate,
        vat_category="S" if article.vat_rate > Decimal(0) else "Z",
    )


def _deleted(agreement: Agreement, place: str, code: str) -> CatalogueLine:
    """An article that may not be ordered any more: by its codes, as far as they are still known."""
    article = agreement.articles.by_code.get(code)
    if article is None:
        return CatalogueLine(number=place, action=_DELETED, supplier_article=code)
    successor = _successor(agreement, article)
    return CatalogueLine(
        number=place,
        action=_DELETED,
        gtin=article.gtin,
        supplier_article=code,
        buyer_article=article.buyer_code,
        description=article.description,
        replaced_by=article.replaced_by,
        replaced_by_gtin=successor.gtin if successor else None,
    )


def _successor(agreement: Agreement, article: Article) -> Article | None:
    return agreement.articles.by_code.get(article.replaced_by) if article.replaced_by else None


def _by_line(catalogue: Catalogue) -> dict[str, list[CataloguePrice]]:
    found: dict[str, list[CataloguePrice]] = {}
    for price in catalogue.prices:
        found.setdefault(price.line, []).append(price)
    return found


def _digest(line: CatalogueLine, prices: list[CataloguePrice]) -> str:
    """What an article says, whatever its place in the catalogue."""
    said = (replace(line, number="", action=""), [replace(price, line="") for price in prices])
    encoded = msgspec.json.encode(said, enc_hook=str)
    return hashlib.sha256(encoded).hexdigest()[:32]
