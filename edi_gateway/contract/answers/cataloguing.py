"""
The customer's own catalogue: what it may order, and at which prices, from the agreement alone.

No database, no clock: the same agreement on the same day gives the same catalogue. It is made article
by article, so that one of any length can be made of an agreement of which a part is at hand at a time.
What was sent before is known by a digest of each article, so that a change can tell what was added,
changed and deleted without the catalogue of then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice

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

#: Most articles, and most prices, in one message; a longer catalogue goes out in several.
LARGEST = 10_000

_UBL = "urn:fdc:peppol.eu:poacc:trns:catalogue:3"
_UBL_PROCESS = "urn:fdc:peppol.eu:poacc:bis:catalogue_wo_response:3"

#: What is known of a catalogue that was sent: the digest of each article, by our code.
Digests = Mapping[str, str]


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """An article with its prices, as a catalogue states it; its place there is still open."""

    line: CatalogueLine
    prices: tuple[CataloguePrice, ...] = ()

    @property
    def code(self) -> str:
        """Our code of the article."""
        return self.line.supplier_article or ""


def offers_of(agreement: Agreement, codes: Iterable[str], today: date) -> Iterator[Offer]:
    """
    Yield those of some articles that the customer may order from today on, with their prices.

    Articles that are delisted or replaced are not among them, nor are prices whose time is over.
    """
    chain, terms = plain_chain(agreement), by_bracket(agreement)
    for code in codes:
        article = agreement.articles.by_code[code]
        if is_offered(article, today):
            yield Offer(
                line=_line(agreement, article, today),
                prices=tuple(prices_of(terms, chain, article, "", today)),
            )


def changed_since(before: Digests, offers: Iterable[Offer], now: dict[str, str]) -> Iterator[Offer]:
    """
    Yield the offers that are new or changed since those of which `before` are the digests.

    A changed article is sent whole, with all its prices. The digest of each offer is noted in `now`;
    what `before` has and `now` has not in the end is gone.
    """
    for offer in offers:
        now[offer.code] = digest = digest_of(offer)
        known = before.get(offer.code)
        if known != digest:
            action = _ADDED if known is None else _CHANGED
            yield replace(offer, line=replace(offer.line, action=action))


def gone_since(before: Digests, now: Digests, agreement: Agreement) -> Iterator[Offer]:
    """Yield the articles that may not be ordered any more, by their codes as far as still known."""
    for code in before:
        if code not in now:
            yield Offer(line=_deleted(agreement, code))


def digest_of(offer: Offer) -> str:
    """What an article says, whatever its place in the catalogue."""
    said = (replace(offer.line, number="", action=""), offer.prices)
    return hashlib.sha256(msgspec.json.encode(said, enc_hook=str)).hexdigest()[:32]


class Sizes:
    """How many offers each message of a catalogue holds: the limit is of articles and of prices."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._prices = 0
        self.parts: list[int] = [0]

    def count(self, offer: Offer) -> None:
        """Put an offer into the last message, or begin another; an article is never divided."""
        prices = self._prices + len(offer.prices)
        if self.parts[-1] and (self.parts[-1] >= self._most or prices > self._most):
            self.parts.append(0)
            prices = len(offer.prices)
        self.parts[-1] += 1
        self._prices = prices

    @property
    def total(self) -> int:
        """How many offers there are in all."""
        return sum(self.parts)


def parts_of(head: Catalogue, offers: Iterable[Offer], sizes: Sizes) -> Iterator[Catalogue]:
    """
    Yield a catalogue in as many messages as its offers were counted into, each with its own number.

    Each says which of how many it is. Those after the first of a whole catalogue are changes that
    add to it: another original would take the place of the first. Articles are numbered throughout.
    """
    rest, first, of = iter(offers), 1, len(sizes.parts)
    for place, size in enumerate(sizes.parts, 1):
        part = head
        if of > 1:
            note = f"part {place} of {of} of catalogue {head.number}, {sizes.total} articles in all"
            part = replace(
                head,
                number=f"{head.number}-{place}",
                function=head.function if place == 1 else CHANGE,
                notes=(*head.notes, note),
            )
        yield _with_offers(part, islice(rest, size), first)
        first += size


def _with_offers(head: Catalogue, offers: Iterable[Offer], first: int) -> Catalogue:
    lines: list[CatalogueLine] = []
    prices: list[CataloguePrice] = []
    for place, offer in enumerate(offers, first):
        lines.append(replace(offer.line, number=str(place)))
        prices += [replace(price, line=str(place)) for price in offer.prices]
    return replace(head, lines=tuple(lines), prices=tuple(prices))


def is_offered(article: Article, today: date) -> bool:
    """Whether the customer may order an article today or later."""
    if article.delisted_from is not None:
        return today < article.delisted_from
    return article.replaced_by is None


def head_of(
    agreement: Agreement, *, company: Company, number: str, today: date, function: str = ORIGINAL
) -> Catalogue:
    """The catalogue without its articles."""
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


def _line(agreement: Agreement, article: Article, today: date) -> CatalogueLine:
    successor = _successor(agreement, article)
    start, end = article.orderable_from, article.delisted_from
    return CatalogueLine(
        number="",
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


def _deleted(agreement: Agreement, code: str) -> CatalogueLine:
    article = agreement.articles.by_code.get(code)
    if article is None:
        return CatalogueLine(number="", action=_DELETED, supplier_article=code)
    successor = _successor(agreement, article)
    return CatalogueLine(
        number="",
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
