"""
Every price list of an agreement, and the order in which they are asked for a price.

Line contract before header contract before promotion before the customer's price list before the
group's before the base list; in each, the rows for the order's delivery party before those for
all. Rows in another currency than the order's are never looked at: nothing is converted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import NamedTuple

import msgspec

from edi_gateway.contract.pricing.price_list import PriceList
from edi_gateway.contract.pricing.rows import PriceRow
from edi_gateway.contract.pricing.units import NO_UNITS, Units


class Source(StrEnum):
    """Where a price comes from; the first that has one decides."""

    LINE_CONTRACT = "line contract"
    CONTRACT = "contract"
    PROMOTION = "promotion"
    CUSTOMER_LIST = "price list"
    GROUP_LIST = "group price list"
    BASE_LIST = "base price list"


class Kind(StrEnum):
    """What a row belongs to."""

    CONTRACT = "contract"
    PROMOTION = "promotion"
    LIST = "price list"


class Scope(NamedTuple):
    """What the rows of one list have in common; a promotion without name is any of them."""

    kind: Kind
    name: str
    delivery_party: str | None
    currency: str


class Link(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One list of a chain."""

    source: Source
    scope: Scope
    prices: PriceList
    #: What was said of its rows: the same rows answer order after order (`steps`).
    said: dict[tuple[int, date], tuple[str, str, str]] = {}


#: The lists to ask, in turn.
Chain = tuple[Link, ...]


class SharedList(msgspec.Struct, frozen=True, kw_only=True):
    """A price list that several customers share: a buying group's, or the base list."""

    id: str
    currency: str
    rows: tuple[PriceRow, ...]


class Ask(NamedTuple):
    """Under which terms a price is asked for."""

    currency: str
    delivery_party: str | None
    contract: str
    #: The contract the line itself names.
    line_contract: str | None
    #: The promotion the line or the order names.
    promotion: str | None
    #: Whether promotions apply without being named.
    automatic: bool
    price_list: str
    group_list: str | None
    base_list: str | None


class PriceBook:
    """
    The price rows of an agreement by what they belong to.

    `home` and `currency` are those of a row that names none. `scopes` are those of all rows there
    are, where `rows` are only some of them.
    """

    __slots__ = ("_chains", "_lists", "_own", "_parties", "_threshold", "home", "names")

    def __init__(
        self,
        rows: Iterable[PriceRow],
        *,
        home: str = "",
        currency: str = "",
        units: Units = NO_UNITS,
        shared: Iterable[SharedList] = (),
        scopes: Iterable[Scope] = (),
    ) -> None:
        self.home = home
        # No method of its own: with that in its lists each book would wait for the collector of
        # cycles, and large packages have a new one for every few orders.
        factors = {(row.article, row.unit): row.factor for row in units.rows}
        self._threshold = partial(_threshold, factors)
        self._lists: dict[Scope, PriceList] = {}
        self._chains: dict[Ask, Chain] = {}
        for scope in scopes:
            self._lists_of(scope)
        self._own = self._fill(rows, home, currency)
        for each in shared:
            self._fill(each.rows, each.id, each.currency)
        #: What an order may name.
        self.names = {(scope.kind, scope.name) for scope in self._lists}
        self._parties = {scope.delivery_party for scope in self._lists}

    def __len__(self) -> int:
        """How many rows there are, those of the shared lists left out."""
        return self._own

    def of(self, article: str) -> list[PriceRow]:
        """Every price of an article, whatever it belongs to, list by list."""
        own = [prices for scope, prices in self._lists.items() if not _pooled(scope)]
        return [row for prices in own for row in prices.of(article)]

    def knows(self, kind: Kind, name: str) -> bool:
        """Whether there is a price list, a contract or a promotion of this name."""
        return (kind, name) in self.names

    def chain(self, ask: Ask) -> Chain:
        """The lists to ask for a price under these terms, in turn; empty ones are left out."""
        if ask.delivery_party not in self._parties:
            ask = ask._replace(delivery_party=None)
        known = self._chains.get(ask)
        if known is None:
            known = self._chains[ask] = tuple(self._links(ask))
        return known

    def _links(self, ask: Ask) -> Iterator[Link]:
        seen = set()
        for source, kind, name in _sources(ask):
            for party in dict.fromkeys((ask.delivery_party, None)):
                scope = Scope(kind, name, party, ask.currency)
                prices = self._lists.get(scope)
                if prices is not None and scope not in seen:
                    seen.add(scope)
                    yield Link(source=source, scope=scope, prices=prices)

    def _fill(self, rows: Iterable[PriceRow], home: str, currency: str) -> int:
        count = 0
        for row in rows:
            count += 1
            for prices in self._lists_of(scope_of(row, home, currency)):
                prices.add(row)
        return count

    def _lists_of(self, scope: Scope) -> tuple[PriceList, ...]:
        """Every list rows of this scope stand in: a promotion's also in that of all promotions."""
        if scope.kind is Kind.PROMOTION:
            return self._list(scope), self._list(scope._replace(name=""))
        return (self._list(scope),)

    def _list(self, scope: Scope) -> PriceList:
        prices = self._lists.get(scope)
        if prices is None:
            prices = self._lists[scope] = PriceList((), self._threshold)
        return prices


def _threshold(factors: Mapping[tuple[str, str], Decimal], row: PriceRow) -> Decimal:
    """Where a row's break begins, in the article's unit."""
    if row.unit is None:
        return row.from_quantity
    factor = factors.get((row.article, row.unit))
    return row.from_quantity if factor is None else row.from_quantity * factor


def scope_of(row: PriceRow, home: str, currency: str) -> Scope:
    """What a row belongs to; `home` and `currency` where it does not say."""
    if row.promotion is not None:
        kind, name = Kind.PROMOTION, row.promotion
    elif row.contract is not None:
        kind, name = Kind.CONTRACT, row.contract
    else:
        kind, name = Kind.LIST, row.price_list or home
    return Scope(kind, name, row.delivery_party, row.currency or currency)


def _pooled(scope: Scope) -> bool:
    """Whether a list holds the rows of all promotions again."""
    return scope.kind is Kind.PROMOTION and not scope.name


def _sources(ask: Ask) -> Iterator[tuple[Source, Kind, str]]:
    if ask.line_contract is not None:
        yield Source.LINE_CONTRACT, Kind.CONTRACT, ask.line_contract
    yield Source.CONTRACT, Kind.CONTRACT, ask.contract
    if ask.promotion is not None:
        yield Source.PROMOTION, Kind.PROMOTION, ask.promotion
    if ask.automatic:
        yield Source.PROMOTION, Kind.PROMOTION, ""
    lists = (
        (Source.CUSTOMER_LIST, ask.price_list),
        (Source.GROUP_LIST, ask.group_list),
        (Source.BASE_LIST, ask.base_list),
    )
    for source, name in lists:
        if name is not None:
            yield source, Kind.LIST, name
