"""Read prices.csv: every row names a known article, and no two claim one price at one time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from edi_gateway.contract.articles import Article
from edi_gateway.contract.package.columns import ARTICLES, PRICE_COLUMNS, PRICES, UNITS
from edi_gateway.contract.package.csv_file import CsvRow, Source, csv_rows
from edi_gateway.contract.package.faults import Faults
from edi_gateway.contract.pricing.book import Kind, scope_of
from edi_gateway.contract.pricing.breaks import Promotions
from edi_gateway.contract.pricing.rows import PriceRow
from edi_gateway.contract.pricing.units import NO_UNITS, Units
from edi_gateway.contract.terms import Contract

_BELONGS_TO = ("price_list", "contract", "promotion")

#: What stands for values that cannot be read, and that nothing is held against.
_STAND_INS = {
    "from_quantity": Decimal(1),
    "price": Decimal(1),
    "per_quantity": Decimal(1),
    "valid_from": date.min,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a price row is held against: whatever of it could be read."""

    #: Every code of articles.csv, faulty rows included; None: unknown.
    codes: frozenset[str] | None = None
    articles: Mapping[str, Article] = field(default_factory=dict)
    units: Units = NO_UNITS
    #: The contracts, `[contract]` first; none: unknown, or a shared list.
    contracts: Sequence[Contract] = ()
    home: str = ""
    currency: str = ""

    @property
    def pools_promotions(self) -> bool:
        """Whether promotions apply without being named, so that two of them may tie."""
        return any(each.promotions is Promotions.AUTOMATIC for each in self.contracts)


def read_prices(source: Source | None, around: Surroundings, faults: Faults) -> list[PriceRow]:
    """Return the right rows of prices.csv."""
    rows = csv_rows(PRICES, source, PRICE_COLUMNS, faults) if source is not None else None
    priced = [(row, price_of(row, around, faults)) for row in rows or ()]
    prices = [price for _, price in priced if price is not None]
    right = {row.line: row for row, price in priced if price is not None}
    _refuse_ties(prices, right, around, faults)
    return prices


def check_prices(source: Source, around: Surroundings, faults: Faults) -> None:
    """Check rows of prices.csv one by one, not for ties."""
    for row in csv_rows(PRICES, source, PRICE_COLUMNS, faults) or ():
        price_of(row, around, faults)


def price_of(row: CsvRow, around: Surroundings, faults: Faults) -> PriceRow | None:
    """
    The price of a row, checked for all but ties with others; None where the row is not right.

    Of one that is not, what can be read is checked all the same: every fault is told at once.
    """
    values: dict[str, Any] = row.values
    if not row.is_right:
        if "article" not in values:
            return None
        values = _STAND_INS | values
    if values.get("kind") is None:
        values.pop("kind", None)
    price = PriceRow(source_line=row.line, **values)
    _check_price(row, price, around, faults)
    _check_belonging(row, price, around, faults)
    return price if row.is_right else None


def _check_price(row: CsvRow, price: PriceRow, around: Surroundings, faults: Faults) -> None:
    end = price.valid_until
    if around.codes is not None and price.article not in around.codes:
        _fault(
            row,
            "article",
            f"article {price.article!r} is not in {ARTICLES}; add it there or remove the price",
            faults,
        )
    if end is not None and end < price.valid_from:
        _fault(
            row,
            "valid_until",
            f"valid_until {end} lies before valid_from {price.valid_from}; correct one of them",
            faults,
        )
    if price.guaranteed_until and end is not None and end < price.guaranteed_until:
        _fault(
            row,
            "guaranteed_until",
            f"guaranteed_until {price.guaranteed_until} lies after valid_until {end}; the row must "
            "be valid as long as its price is guaranteed",
            faults,
        )


def _check_belonging(row: CsvRow, price: PriceRow, around: Surroundings, faults: Faults) -> None:
    named = [name for name in _BELONGS_TO if getattr(price, name) is not None]
    if len(named) > 1:
        text = f"a row belongs to one of {' or '.join(named)}, not to both; leave one blank"
        _fault(row, named[1], text, faults)
    numbers = [contract.number for contract in around.contracts]
    if price.contract is not None and numbers and price.contract not in numbers:
        text = f"contract {price.contract!r} is not in partner.toml; write {' or '.join(numbers)}"
        _fault(row, "contract", text, faults)
    article = around.articles.get(price.article)
    if article is not None and around.units.factor(article, price.unit) is None:
        text = (
            f"{price.article} is sold in {article.unit}, and no factor of {price.unit} is known; "
            f"add it to {UNITS}"
        )
        _fault(row, "unit", text, faults)


def _fault(row: CsvRow, column: str, text: str, faults: Faults) -> None:
    faults.add(PRICES, row.line, row.column_of(column), text)


def _refuse_ties(
    prices: Iterable[PriceRow], rows: Mapping[int, CsvRow], around: Surroundings, faults: Faults
) -> None:
    """Two prices of one article for one quantity on one day are a tie, which nobody may break."""
    pools = around.pools_promotions
    keyed = [(_tie_key(row, around, pools), row.valid_from, row) for row in prices]
    last: tuple[tuple[object, ...], PriceRow] | None = None
    for key, start, row in sorted(keyed, key=lambda item: item[:2]):
        if last is None or last[0] != key:
            last = key, row
            continue
        end = last[1].valid_until
        if end is None or start <= end:
            _note_tie(row, last[1], rows, faults)
        if end is not None and (row.valid_until is None or row.valid_until > end):
            last = key, row


def _tie_key(row: PriceRow, around: Surroundings, pools: bool) -> tuple[Any, ...]:
    """What rows that may tie have in common; where a break begins counts in the article's unit."""
    begin = row.from_quantity
    if row.unit is not None:
        article = around.articles.get(row.article)
        begin *= (article and around.units.factor(article, row.unit)) or Decimal(1)
    kind, name, party, currency = scope_of(row, around.home, around.currency)
    if pools and kind is Kind.PROMOTION:
        name = ""
    return row.article, kind, name, party or "", currency, begin


def _note_tie(row: PriceRow, other: PriceRow, rows: Mapping[int, CsvRow], faults: Faults) -> None:
    first, second = sorted((row, other), key=lambda one: one.source_line or 0)
    line = second.source_line or 1
    _fault(
        rows[line],
        "valid_from",
        f"two prices of {row.article} from quantity {row.from_quantity} on the same day: this row "
        f"and line {first.source_line}; end one before the other begins",
        faults,
    )
