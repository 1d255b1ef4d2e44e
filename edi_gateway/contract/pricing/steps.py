"""
How a price came about, step by step: figures first, sentences only when somebody reads them.

A step costs little to note while an order is decided; `sentences` says it in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from edi_gateway.contract.pricing.book import Chain, Link, Source, scope_of
from edi_gateway.contract.pricing.figures import price_text
from edi_gateway.contract.pricing.rows import PriceKind, PriceRow

if TYPE_CHECKING:
    from edi_gateway.contract.terms import Agreement, PriceDate

#: Rows of one list whose sentences are kept.
_KEPT = 10_000


class Step(Protocol):
    """One step of an explanation."""

    def sentences(self) -> tuple[str, ...]:
        """Say it in words."""


class UnitStep(msgspec.Struct, frozen=True, kw_only=True, tag="unit", gc=False):
    """A quantity in another unit than the article's, and what it is in the article's."""

    quantity: Decimal
    unit: str
    factor: Decimal
    result: Decimal
    article_unit: str

    def sentences(self) -> tuple[str, ...]:
        """Say it."""
        return (
            f"{self.quantity} {self.unit} x {self.factor} = {self.result} {self.article_unit} "
            "(units.csv)",
        )


class BreakStep(msgspec.Struct, frozen=True, kw_only=True, tag="break", gc=False):
    """The quantity a break is looked up for, where it is not the line's own."""

    line: Decimal
    #: What the other lines of the order add, and what was bought in the period before.
    others: Decimal
    bought: Decimal
    period: str
    result: Decimal

    def sentences(self) -> tuple[str, ...]:
        """Say it."""
        parts = [f"{self.line} on this line"]
        if self.others:
            parts.append(f"{self.others} on other lines")
        if self.bought:
            parts.append(f"{self.bought} bought in the {self.period} before")
        return (f"quantity for the break: {' + '.join(parts)} = {self.result}",)


class RowStep(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The row that prices a line: where it stands, and which others were not taken."""

    row: PriceRow
    link: Link
    chain: Chain
    agreement: Agreement
    on: date
    #: In the article's unit.
    quantity: Decimal

    def sentences(self) -> tuple[str, ...]:
        """Say it, and then why no other row was taken."""
        key = id(self.row), self.on
        said = self.link.said.get(key)
        if said is None:
            said = self.link.said[key] = self._said()
            if len(self.link.said) > _KEPT:
                self.link.said.clear()
        before, after, lost = said
        won = f"{before}{self.quantity!s}{after}"
        return (won, lost) if lost else (won,)

    def _said(self) -> tuple[str, str, str]:
        """All but the quantity; kept, because the same rows answer order after order."""
        lost = "; ".join(f"{_place(row)} {why}" for row, why in self.lost())
        return (
            f"{described(self.row, _of(self.link, self.row))}, for ",
            f" ordered on {asked_on(self.agreement, self.on)}",
            f"other rows: {lost}" if lost else "",
        )

    def lost(self) -> Iterator[tuple[PriceRow, str]]:
        """The other rows of the article, in the order they are asked, and why each lost."""
        won_at = self.chain.index(self.link)
        for asked, link in enumerate(self.chain):
            for row in link.prices.of(self.row.article):
                if row is self.row:
                    continue
                why = _invalid(row, self.on)
                if why is None and asked < won_at:
                    why = "begins at a higher quantity"
                elif why is None and asked > won_at:
                    why = f"yields to the {won_by(self.link, self.row)}"
                elif why is None:
                    is_lower = row.from_quantity < self.row.from_quantity
                    why = "is a lower break" if is_lower else "is a higher break"
                yield row, f"({price_text(row.price, row.per_quantity)}) {why}"

    def data(self) -> dict[str, Any]:
        """The figures, for programs."""
        return {
            "step": "row",
            "source": self.link.source,
            "name": self.link.scope.name,
            "contract": self.agreement.contract.number,
            "version": self.agreement.version,
            "row": msgspec.to_builtins(self.row, builtin_types=(Decimal, date)),
            "quantity": self.quantity,
            "price_date": self.on,
            "price_date_policy": self.agreement.contract.price_date,
            "lost": [{"line": row.source_line, "why": why} for row, why in self.lost()],
        }


class TierStep(msgspec.Struct, frozen=True, kw_only=True, tag="tier", gc=False):
    """One bracket of tiered breaks: so many units at their own price."""

    begin: Decimal
    quantity: Decimal
    price: Decimal
    #: In the article's unit.
    per: Decimal
    #: Not rounded, unless the division does not end.
    amount: Decimal

    def sentences(self) -> tuple[str, ...]:
        """Say it."""
        price = price_text(self.price, self.per)
        return (f"bracket from {self.begin}: {self.quantity} x {price} = {self.amount}",)


class RestatedStep(msgspec.Struct, frozen=True, kw_only=True, tag="restated", gc=False):
    """A price for one unit, stated for the one that is ordered."""

    price: Decimal
    per: Decimal
    unit: str
    result: Decimal
    result_per: Decimal
    result_unit: str

    def sentences(self) -> tuple[str, ...]:
        """Say it."""
        one = f"{price_text(self.price, self.per)} per {self.unit}"
        other = f"{price_text(self.result, self.result_per)} per {self.result_unit}"
        return (f"{one} is {other} (units.csv)",)


class NoPriceStep(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """No row of any list applies."""

    article: str
    chain: Chain
    agreement: Agreement
    on: date
    quantity: Decimal
    #: Shared lists the contract names and that are not there.
    missing: tuple[str, ...] = ()

    def sentences(self) -> tuple[str, ...]:
        """Say why there is none, then by which terms it was looked for and why each row lost."""
        asked = f"asked for {self.quantity} ordered on {asked_on(self.agreement, self.on)}"
        lost = "; ".join(f"{_place(row)} {why}" for row, why in self.lost())
        return ("; ".join(self._reasons()), asked, *([f"other rows: {lost}"] if lost else ()))

    def lost(self) -> Iterator[tuple[PriceRow, str]]:
        """Every row of the article, in the order they are asked, and why it does not apply."""
        for link in self.chain:
            for row in link.prices.of(self.article):
                why = _invalid(row, self.on) or "begins at a higher quantity"
                yield row, f"({price_text(row.price, row.per_quantity)}) {why}"

    def data(self) -> dict[str, Any]:
        """The figures, for programs."""
        return {
            "step": "no-price",
            "sentence": "; ".join(self._reasons()),
            "contract": self.agreement.contract.number,
            "version": self.agreement.version,
            "quantity": self.quantity,
            "price_date": self.on,
            "price_date_policy": self.agreement.contract.price_date,
            "lost": [{"line": row.source_line, "why": why} for row, why in self.lost()],
        }

    def _reasons(self) -> Iterator[str]:
        rows = [row for link in self.chain for row in link.prices.of(self.article)]
        valid = [row for row in rows if row.is_valid_on(self.on)]
        others = self._others() if not rows else ()
        if others:
            only = "; ".join(others)
            yield f"the contract has no price for {self.article} on these terms, only {only}"
        elif not rows:
            yield f"the contract has no price for {self.article} at all"
        elif valid:
            begin = valid[0].from_quantity
            yield f"the prices of {self.article} begin at quantity {begin}, not {self.quantity}"
        else:
            yield f"no price row of {self.article} covers {self.on}"
        for name in self.missing:
            yield f"the price list {name} is not here: import it"

    def _others(self) -> tuple[str, ...]:
        """What the prices of the article are for that the order did not ask for."""
        book, currency = self.agreement.prices, self.agreement.every_contract[0].currency
        rows = book.of(self.article)
        return tuple(sorted({_meant_for(row, book.home, currency) for row in rows}))


class TermsStep(msgspec.Struct, frozen=True, kw_only=True, tag="terms", gc=False):
    """The terms of a line that came to no price, which would name them."""

    contract: str
    version: int

    @classmethod
    def of(cls, agreement: Agreement) -> TermsStep:
        """The terms that apply."""
        return cls(contract=agreement.contract.number, version=agreement.version)

    def sentences(self) -> tuple[str, ...]:
        """Say it."""
        return (f"decided under {_named(self.contract, self.version)}",)


class BlanketPriceStep(msgspec.Struct, frozen=True, kw_only=True, tag="blanket-price", gc=False):
    """The blanket order a line calls off has a price of its own."""

    blanket: str
    price: Decimal
    per: Decimal
    #: The price date, and the terms it is a date of.
    asked_on: str

    def sentences(self) -> tuple[str, ...]:
        """Say it."""
        return (
            f"price {price_text(self.price, self.per)} of blanket order {self.blanket}, before those "
            f"of the contract, on {self.asked_on}",
        )


class StandingStep(msgspec.Struct, frozen=True, kw_only=True, tag="standing", gc=False):
    """Which price stands, where the ordered one is not the contract's."""

    is_ordered: bool
    sentence: str

    def sentences(self) -> tuple[str, ...]:
        """Say it."""
        return (self.sentence,)


class AmountStep(msgspec.Struct, frozen=True, kw_only=True, tag="amount", gc=False):
    """What a line amounts to."""

    quantity: Decimal
    price: Decimal
    per: Decimal
    amount: Decimal

    def sentences(self) -> tuple[str, ...]:
        """Say it."""
        return (f"{self.quantity!s} x {price_text(self.price, self.per)} = {self.amount!s}",)


def told(steps: Iterable[Step | str]) -> tuple[str, ...]:
    """The steps as sentences; a text is one already."""
    said: list[str] = []
    for step in steps:
        if isinstance(step, str):
            said.append(step)
        else:
            said.extend(step.sentences())
    return tuple(said)


def data(step: Step | str) -> object:
    """A step as plain figures, for programs."""
    if isinstance(step, str):
        return {"step": "said", "sentence": step}
    if isinstance(step, RowStep | NoPriceStep):
        return step.data()
    figures = msgspec.to_builtins(step, builtin_types=(Decimal, date))
    return {"step": figures.pop("type"), **figures}


def provisional(policy: PriceDate) -> str:
    """Say that another day's price will be invoiced."""
    return f"provisional: the price on the day of the {policy} counts, and is invoiced"


def described(row: PriceRow, of: str) -> str:
    """Describe a row, beginning with what it belongs to."""
    until = row.valid_until or "further notice"
    kind = "gross price" if row.kind is PriceKind.GROSS else "price"
    unit = f" {row.unit}" if row.unit else ""
    more = f", for {row.delivery_party}" if row.delivery_party else ""
    if row.guaranteed_until:
        more += f", guaranteed until {row.guaranteed_until}"
    line = f" (prices.csv line {row.source_line})" if row.source_line else ""
    return (
        f"{of} {kind} {price_text(row.price, row.per_quantity)}{unit} from quantity "
        f"{row.from_quantity}, valid {row.valid_from} to {until}{more}{line}"
    )


def _meant_for(row: PriceRow, home: str, currency: str) -> str:
    """Which orders a row is for; `home` and `currency` where it does not say."""
    kind, name, party, currency = scope_of(row, home, currency)
    of = f", {kind} {name}" if name else ""
    return f"in {currency}{of}{f', for {party}' if party else ''}"


def _place(row: PriceRow) -> str:
    """Where a row stands."""
    return f"line {row.source_line}" if row.source_line else f"from {row.from_quantity}"


def won_by(link: Link, row: PriceRow) -> str:
    """Name the list a row is of: what it belongs to, and for whom it is."""
    party = link.scope.delivery_party
    # The rows of all promotions are asked at once where promotions are automatic.
    named = link.scope.name or row.promotion
    name = f" {named}" if named else ""
    return f"{link.source}{name}{f' for {party}' if party else ''}"


def _of(link: Link, row: PriceRow) -> str:
    return "contract" if link.source is Source.CUSTOMER_LIST else won_by(link, row)


def asked_on(agreement: Agreement, on: date) -> str:
    """Name the price date, and the terms it is a date of."""
    contract = agreement.contract
    terms = _named(contract.number, agreement.version)
    return f"price date {on} (price_date = {contract.price_date}; {terms})"


def _named(contract: str, version: int) -> str:
    """Name a contract, and the version of the package it is in where it was imported."""
    return f"contract {contract}, version {version}" if version else f"contract {contract}"


def _invalid(row: PriceRow, on: date) -> str | None:
    if on < row.valid_from:
        return f"begins {row.valid_from}"
    if row.valid_until is not None and row.valid_until < on:
        return f"ended {row.valid_until}"
    return None
