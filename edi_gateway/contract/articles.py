"""The articles of a contract: what a customer may order, and by which codes it names them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from edi_gateway.documents import gtin_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article of the contract's catalogue."""

    #: Our own code.
    code: str
    gtin: str | None = None
    #: The customer's code.
    buyer_code: str | None = None
    description: str
    #: UN/ECE code of the unit of quantities and prices.
    unit: str
    pack_multiple: Decimal | None = None
    minimum_quantity: Decimal | None = None
    vat_rate: Decimal
    #: Articles of one group reach quantity breaks together, where breaks count by order.
    break_group: str | None = None
    #: Working days it takes; None: as the contract says.
    lead_time_days: int | None = None
    #: Most of it on one line.
    maximum_quantity: Decimal | None = None
    #: The first day it may be ordered for, and the first on which it no longer may.
    orderable_from: date | None = None
    delisted_from: date | None = None
    #: Our code of the article that takes its place; from `delisted_from` on, or at once.
    replaced_by: str | None = None
    #: Our codes of what may be supplied instead, the best first.
    substitutes: tuple[str, ...] = ()


class Catalogue:
    """The articles of a contract, found by GTIN, by our code or by the customer's."""

    __slots__ = ("by_buyer_code", "by_code", "by_gtin")

    def __init__(self, articles: Iterable[Article]) -> None:
        self.by_code: dict[str, Article] = {article.code: article for article in articles}
        known = self.by_code.values()
        self.by_gtin = {gtin_key(a.gtin): a for a in known if a.gtin is not None}
        self.by_buyer_code = {a.buyer_code: a for a in known if a.buyer_code is not None}

    def __len__(self) -> int:
        return len(self.by_code)

    def __iter__(self) -> Iterator[Article]:
        return iter(self.by_code.values())
