"""
From a gross price to a net one: the contract's allowances and charges, in their sequence.

Those of one sequence number (1227) apply to the same amount, higher ones to what the lower ones
left: 10 % and then 5 % take 14.5 %, not 15 %.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import groupby

import msgspec

from edi_gateway.contract.pricing.figures import money, plain, rounded

_HUNDRED = Decimal(100)


class Rounding(StrEnum):
    """When a price that allowances lead to is rounded."""

    END = "end"
    STEP = "step"


class AllowanceTerm(msgspec.Struct, frozen=True, kw_only=True):
    """An allowance or a charge the contract takes from gross prices, or adds to them."""

    sequence: int
    #: Of what the lower sequences left; else `amount` for each of the article's units.
    percent: Decimal | None = None
    amount: Decimal | None = None
    charge: bool = False
    #: UNCL 7161 or 5189.
    code: str | None = None
    reason: str | None = None
    #: The only articles, and the only price list, it is for; none: all.
    articles: tuple[str, ...] = ()
    price_list: str | None = None
    valid_from: date | None = None
    #: Inclusive.
    valid_until: date | None = None

    def covers(self, article: str, price_list: str, on: date) -> bool:
        """Whether it applies to an article's price of a list on a day."""
        return (
            (not self.articles or article in self.articles)
            and (self.price_list is None or self.price_list == price_list)
            and (self.valid_from is None or self.valid_from <= on)
            and (self.valid_until is None or on <= self.valid_until)
        )


class CascadeStep(msgspec.Struct, frozen=True, kw_only=True, tag="allowance"):
    """One allowance or charge: `base`, the `part` it takes or adds, and what is `left` after it."""

    sequence: int
    base: Decimal
    part: Decimal
    left: Decimal
    percent: Decimal | None = None
    amount: Decimal | None = None
    charge: bool = False
    code: str | None = None
    reason: str | None = None
    #: What `left` was before it was rounded; None: it was not.
    unrounded: Decimal | None = None

    def sentences(self) -> tuple[str, ...]:
        """Say it."""
        what = "charge" if self.charge else "allowance"
        name = f" ({self.reason})" if self.reason else ""
        sign = "+" if self.charge else "-"
        share = f"{self.percent} % of {self.base}" if self.percent is not None else "an amount"
        rest = f"{self.left}"
        if self.unrounded is not None:
            rest = f"{self.unrounded}, rounded {self.left}"
        return (f"{what} {self.sequence}{name}: {share}, {sign} {self.part} leaves {rest}",)


def cascade(
    gross: Decimal,
    units: Decimal,
    terms: Sequence[AllowanceTerm],
    *,
    rounding: Rounding,
    decimals: int,
) -> tuple[Decimal, list[CascadeStep]]:
    """
    Take the terms from a gross price for `units` of the article's units; return net and steps.

    With rounding `step` each result is rounded half up, with `end` only the last.
    """
    left, steps = gross, list[CascadeStep]()
    ordered = sorted(terms, key=lambda term: term.sequence)
    for _, level in groupby(ordered, key=lambda term: term.sequence):
        base = left
        for term in level:
            part = _part(term, base, units)
            exact = money(left + part if term.charge else left - part)
            is_last = term is ordered[-1]
            left = rounded(exact, decimals) if is_last or rounding is Rounding.STEP else exact
            steps.append(_step(term, base, part, left, exact))
    return left, steps


def applicable(
    terms: Iterable[AllowanceTerm], article: str, price_list: str, on: date
) -> list[AllowanceTerm]:
    """The terms that apply to an article's price of a list on a day."""
    return [term for term in terms if term.covers(article, price_list, on)]


def _part(term: AllowanceTerm, base: Decimal, units: Decimal) -> Decimal:
    if term.percent is not None:
        return plain(base * term.percent / _HUNDRED)
    return plain((term.amount or Decimal(0)) * units)


def _step(
    term: AllowanceTerm, base: Decimal, part: Decimal, left: Decimal, exact: Decimal
) -> CascadeStep:
    return CascadeStep(
        sequence=term.sequence,
        base=base,
        part=part,
        left=left,
        percent=term.percent,
        amount=term.amount,
        charge=term.charge,
        code=term.code,
        reason=term.reason,
        unrounded=None if exact == left else exact,
    )
