"""Units of one article: exact factors from the package, or no conversion at all."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from edi_gateway.documents import gtin_key

if TYPE_CHECKING:
    from edi_gateway.contract.articles import Article

_ONE = Decimal(1)

#: Codes that all mean "piece" (UN/ECE recommendation 20, and what partners write).
PIECES = frozenset({"PCE", "H87", "EA", "C62"})


class UnitRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row of units.csv: one `unit` of the article holds `factor` of the article's own unit."""

    article: str
    unit: str
    factor: Decimal
    #: Of the packaging level; a line may name the article by it.
    gtin: str | None = None
    source_line: int | None = None


def same_unit(one: str, other: str) -> bool:
    """
    Whether two codes mean one unit; the codes for a piece all do.

    >>> same_unit("PCE", "H87"), same_unit("KGM", "PCE")
    (True, False)
    """
    return one == other or (one in PIECES and other in PIECES)


class Units:
    """The further units of the articles, and the packaging levels by their GTIN."""

    __slots__ = ("_factors", "_levels", "rows")

    def __init__(self, rows: Iterable[UnitRow] = ()) -> None:
        self.rows = tuple(rows)
        self._factors = {(row.article, row.unit): row.factor for row in self.rows}
        self._levels = {gtin_key(row.gtin): row for row in self.rows if row.gtin is not None}

    def __bool__(self) -> bool:
        return bool(self.rows)

    def level(self, gtin: str) -> UnitRow | None:
        """The packaging level a GTIN names."""
        return self._levels.get(gtin_key(gtin))

    def factor(self, article: Article, unit: str | None) -> Decimal | None:
        """How many of the article's unit one `unit` holds; None where the package does not say."""
        if unit is None or same_unit(unit, article.unit):
            return _ONE
        factor = self._factors.get((article.code, unit))
        if factor is None and unit in PIECES:
            known = (self._factors.get((article.code, piece)) for piece in sorted(PIECES))
            factor = next((each for each in known if each is not None), None)
        return factor


#: Nothing but the articles' own units.
NO_UNITS = Units()
