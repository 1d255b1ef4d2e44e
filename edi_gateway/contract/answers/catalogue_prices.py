"""
The prices of one article as a customer's catalogue states them: net, by quantity and time.

What an order gets that names no delivery party, contract or promotion. Each price is what `quote`
says for the quantity at which it begins, on the first day of its time, so that the catalogue and
the answer to an order agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from edi_gateway.contract.articles import Article
from edi_gateway.contract.pricing.book import Ask, Chain
from edi_gateway.contract.pricing.breaks import Promotions, QuantityBreaks
from edi_gateway.contract.pricing.quoting import Question, quote
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import CataloguePrice, Price

_DAY = timedelta(days=1)
_ZERO = Decimal(0)

#: A time: its first day and its last (None: further notice).
_Time = tuple[date, date | None]


def plain_chain(agreement: Agreement) -> Chain:
    """The lists that are asked for an order that names no terms of its own."""
    contract = agreement.contract
    return agreement.prices.chain(
        Ask(
            currency=contract.currency,
            delivery_party=None,
            contract=contract.number,
            line_contract=None,
            promotion=None,
            automatic=contract.promotions is Promotions.AUTOMATIC,
            price_list=contract.price_list or agreement.prices.home,
            group_list=contract.group_price_list,
            base_list=contract.base_price_list,
        )
    )


def by_bracket(agreement: Agreement) -> Agreement:
    """The agreement with the price of each bracket by itself, however a line is priced by them."""
    contract = replace(agreement.contract, quantity_breaks=QuantityBreaks.SLAB)
    return replace(agreement, contract=contract)


def prices_of(
    agreement: Agreement, chain: Chain, article: Article, place: str, today: date
) -> Iterator[CataloguePrice]:
    """The prices from a day on, by quantity; `agreement` is one of `by_bracket`."""
    found: dict[Decimal, list[tuple[_Time, Price]]] = {}
    for time in _times(chain, article.code, today):
        before: Price | None = None
        for quantity in _quantities(chain, article.code, time[0]):
            price = _price(agreement, chain, article, quantity, time[0])
            if price is not None and price != before:
                _add(found.setdefault(quantity, []), time, price)
            before = price
    for quantity, prices in sorted(found.items()):
        for (since, until), price in prices:
            yield CataloguePrice(
                line=place,
                amount=price.amount,
                per=price.per,
                unit=price.unit or article.unit,
                from_quantity=quantity,
                valid_from=since,
                valid_until=until,
            )


def _times(chain: Chain, code: str, today: date) -> Iterator[_Time]:
    """The times in which the same rows are valid, from a day on."""
    rows = [row for link in chain for row in link.prices.of(code)]
    starts = {max(today, row.valid_from) for row in rows}
    ends = {row.valid_until + _DAY for row in rows if row.valid_until is not None}
    days = sorted(day for day in starts | ends if day >= today)
    for place, day in enumerate(days):
        yield day, days[place + 1] - _DAY if place + 1 < len(days) else None


def _quantities(chain: Chain, code: str, on: date) -> list[Decimal]:
    return sorted({quantity for link in chain for quantity, _ in link.prices.brackets(code, on)})


def _price(
    agreement: Agreement, chain: Chain, article: Article, quantity: Decimal, on: date
) -> Price | None:
    asked = Question(
        agreement=agreement,
        article=article,
        chain=chain,
        on=on,
        quantity=quantity,
        confirmed=quantity,
        before=_ZERO,
        unit=article.unit,
    )
    return quote(asked).price


def _add(prices: list[tuple[_Time, Price]], time: _Time, price: Price) -> None:
    """A time that goes on at the same price is one time."""
    if prices:
        (since, until), last = prices[-1]
        if last == price and until is not None and until + _DAY == time[0]:
            prices[-1] = ((since, time[1]), price)
            return
    prices.append((time, price))
