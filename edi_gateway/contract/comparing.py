"""
What a changed package changes: keys, articles, units, prices, and the days it leaves without a price.

Pure, and of any two agreements: of large packages it is asked about a few articles at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from edi_gateway.contract.answers.catalogue_prices import plain_chain
from edi_gateway.contract.articles import Article
from edi_gateway.contract.policies import policy_meaning
from edi_gateway.contract.pricing.book import SharedList
from edi_gateway.contract.pricing.figures import price_text
from edi_gateway.contract.pricing.price_list import PriceList
from edi_gateway.contract.pricing.rows import PriceRow
from edi_gateway.contract.terms import Agreement, Contract

_HUNDRED = Decimal(100)
_DAY = timedelta(days=1)

#: What the ledger keeps of a blanket order, and no package says.
_KEPT = frozenset({"used_quantity", "used_value"})

#: Tables in a table that are compared for themselves.
_TABLES = frozenset({"formats", "policies"})

#: What tells prices of one article apart, beside the days they are valid on.
_SCOPE = tuple(
    name
    for name in PriceRow.__struct_fields__
    if name
    not in {
        "price",
        "per_quantity",
        "valid_from",
        "valid_until",
        "guaranteed_until",
        "source_line",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """A key of partner.toml that says something else; None where it says nothing."""

    key: str
    old: str | None
    new: str | None
    #: What the key decides, where it is a policy.
    meaning: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleChange:
    """An article that comes, goes or changes; `fields` are what changed, old and new."""

    what: str
    article: str
    fields: Mapping[str, tuple[str | None, str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitChange:
    """A unit of an article that comes, goes or changes: how many of the article's own it holds."""

    what: str
    article: str
    unit: str
    old: Decimal | None = None
    new: Decimal | None = None
    #: The GTIN of the packaging level, before and after.
    old_gtin: str | None = None
    new_gtin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChange:
    """A price that comes, goes or changes, in per cent of the old one."""

    what: str
    article: str
    from_quantity: Decimal
    #: What else tells it from the article's other prices.
    scope: Mapping[str, str]
    old: str | None = None
    new: str | None = None
    percent: Decimal | None = None
    #: The days before and after: the first and the last.
    old_days: tuple[date, date | None] | None = None
    new_days: tuple[date, date | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Days on which an article has no price; `until` None: from then on."""

    article: str
    since: date
    until: date | None


def key_changes(old: Agreement, new: Agreement) -> list[KeyChange]:
    """Every key of partner.toml that has another value, with what each policy decides."""
    before = {contract.number: contract for contract in old.contracts[1:]}
    after = {contract.number: contract for contract in new.contracts[1:]}
    changes = [
        *_keys("partner", old.partner, new.partner),
        *_keys("partner.formats", old.partner.formats, new.partner.formats),
        *_keys("contract", old.contract, new.contract),
        *_keys("contract.policies", old.contract.policies, new.contract.policies),
    ]
    for number in dict.fromkeys((*before, *after)):
        changes += _of_further(number, before.get(number), after.get(number), new.contract)
    return changes


def _of_further(
    number: str, old: Contract | None, new: Contract | None, main: Contract
) -> Iterator[KeyChange]:
    """What becomes of one of `[[contracts]]`; of a new one, where it differs from `[contract]`."""
    path = f"contracts.{number}"
    if old is None or new is None:
        yield KeyChange(key=path, old=_title(old), new=_title(new))
    if new is not None:
        was = old or main
        yield from (key for key in _keys(path, was, new) if key.key != f"{path}.number")
        yield from _keys(f"{path}.policies", was.policies, new.policies)


def _title(contract: Contract | None) -> str | None:
    if contract is None:
        return None
    until = contract.valid_until or "further notice"
    return f"in {contract.currency}, {contract.valid_from} to {until}"


def _keys(path: str, old: Any, new: Any) -> Iterator[KeyChange]:
    """The keys of one table that have another value; those of a table in it by their own names."""
    for name in _names(new if old is None else old):
        before, after = getattr(old, name, None), getattr(new, name, None)
        if before == after or name in _TABLES:
            continue
        if _names(before) or _names(after):
            yield from _keys(f"{path}.{name}", before, after)
            continue
        if isinstance(before, tuple) and isinstance(after, tuple):
            before, after = _only_in(before, after), _only_in(after, before)
        yield KeyChange(
            key=f"{path}.{name}",
            old=_text(before),
            new=_text(after),
            meaning=policy_meaning(name),
        )


def _only_in(these: tuple[Any, ...], those: tuple[Any, ...]) -> tuple[Any, ...]:
    """Of lists of tables the tables that came or went; other lists are told whole."""
    return tuple(x for x in these if x not in those) if any(map(_names, these)) else these


def _names(value: object) -> tuple[str, ...]:
    """The fields of a table; none of anything else."""
    if is_dataclass(value):
        return tuple(field.name for field in fields(value))
    return value.__struct_fields__ if isinstance(value, msgspec.Struct) else ()


def article_changes(old: Agreement, new: Agreement) -> Iterator[ArticleChange]:
    """What becomes of the articles of both, by code."""
    before, after = old.articles.by_code, new.articles.by_code
    for code in sorted({*before, *after}):
        was, now = before.get(code), after.get(code)
        if was != now:
            what = "added" if was is None else "removed" if now is None else "changed"
            yield ArticleChange(what=what, article=code, fields=_changed_fields(was, now))


def unit_changes(old: Agreement, new: Agreement) -> Iterator[UnitChange]:
    """What becomes of the units of both, by article and unit."""
    before = {(row.article, row.unit): row for row in old.units.rows}
    after = {(row.article, row.unit): row for row in new.units.rows}
    for article, unit in sorted({*before, *after}):
        was, now = before.get((article, unit)), after.get((article, unit))
        change = UnitChange(
            what="added" if was is None else "removed" if now is None else "changed",
            article=article,
            unit=unit,
            old=was.factor if was else None,
            new=now.factor if now else None,
            old_gtin=was.gtin if was else None,
            new_gtin=now.gtin if now else None,
        )
        if (change.old, change.old_gtin) != (change.new, change.new_gtin):
            yield change


def price_changes(old: Agreement, new: Agreement) -> Iterator[PriceChange]:
    """
    What becomes of the prices of both, by article.

    A price is told from others by article, quantity and what else it applies to. One that merely
    begins on another day is changed, if just one such price came and went.
    """
    for article in sorted({*old.articles.by_code, *new.articles.by_code}):
        yield from _paired(old.prices.of(article), new.prices.of(article))


def list_key_changes(old: SharedList, new: SharedList) -> list[KeyChange]:
    """The keys of price-list.toml that have another value."""
    if old.currency == new.currency:
        return []
    return [KeyChange(key="price_list.currency", old=old.currency, new=new.currency)]


def list_price_changes(old: SharedList, new: SharedList) -> Iterator[PriceChange]:
    """What becomes of the prices of two versions of a shared list, as in `price_changes`."""
    was, now = PriceList(old.rows), PriceList(new.rows)
    for article in sorted({row.article for row in (*old.rows, *new.rows)}):
        yield from _paired(was.of(article), now.of(article))


def gaps(agreement: Agreement, since: date) -> Iterator[Gap]:
    """
    The days from a day on, while the contract is valid, on which an article has no price.

    What an order gets that names no delivery party, contract or promotion: rows for others do not
    count, those of the shared lists do.
    """
    contract = agreement.contract
    since, until = max(since, contract.valid_from), contract.valid_until
    chain = plain_chain(agreement)
    for article in agreement.articles:
        rows = [row for link in chain for row in link.prices.of(article.code)]
        yield from _gaps_of(article.code, rows, since, until)


def _gaps_of(article: str, rows: list[PriceRow], since: date, until: date | None) -> Iterator[Gap]:
    free: date | None = since
    for row in sorted(rows, key=lambda row: row.valid_from):
        if free is None or (until is not None and free > until):
            return
        if row.valid_from > free:
            end = row.valid_from - _DAY
            yield Gap(article=article, since=free, until=end if until is None else min(end, until))
        free = None if row.valid_until is None else max(free, row.valid_until + _DAY)
    if free is not None and (until is None or free <= until):
        yield Gap(article=article, since=free, until=until)


def _paired(old: list[PriceRow], new: list[PriceRow]) -> Iterator[PriceChange]:
    was = {(_place(row), row.valid_from): row for row in old}
    now = {(_place(row), row.valid_from): row for row in new}
    gone = [row for key, row in was.items() if key not in now]
    come = [row for key, row in now.items() if key not in was]
    for key in sorted(was.keys() & now.keys(), key=str):
        if _terms(was[key]) != _terms(now[key]):
            yield _price_change(was[key], now[key])
    moved = {_place(row) for row in gone} & {_place(row) for row in come}
    for place in sorted(moved, key=str):
        left = [row for row in gone if _place(row) == place]
        right = [row for row in come if _place(row) == place]
        if len(left) == len(right) == 1:
            yield _price_change(left[0], right[0])
            gone.remove(left[0])
            come.remove(right[0])
    for row in gone:
        yield _price_change(row, None)
    for row in come:
        yield _price_change(None, row)


def _price_change(was: PriceRow | None, now: PriceRow | None) -> PriceChange:
    row = now or was
    assert row is not None  # noqa: S101  (one of them is)
    percent = None
    if was is not None and now is not None:
        before, after = was.price * now.per_quantity, now.price * was.per_quantity
        percent = ((after - before) * _HUNDRED / before).quantize(Decimal("0.01"))
    return PriceChange(
        what="added" if was is None else "removed" if now is None else "changed",
        article=row.article,
        from_quantity=row.from_quantity,
        scope=_scope(row),
        old=price_text(was.price, was.per_quantity) if was else None,
        new=price_text(now.price, now.per_quantity) if now else None,
        percent=percent,
        old_days=(was.valid_from, was.valid_until) if was else None,
        new_days=(now.valid_from, now.valid_until) if now else None,
    )


def _place(row: PriceRow) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in _SCOPE)


def _terms(row: PriceRow) -> tuple[Any, ...]:
    return (row.price, row.per_quantity, row.valid_until)


#: What a price may be bound to, beside article and quantity.
_BOUND = tuple(name for name in _SCOPE if name not in {"article", "from_quantity", "kind"})


def _scope(row: PriceRow) -> dict[str, str]:
    values = ((name, getattr(row, name)) for name in _BOUND)
    return {name: str(value) for name, value in values if value is not None}


def _changed_fields(
    was: Article | None, now: Article | None
) -> dict[str, tuple[str | None, str | None]]:
    if was is None or now is None:
        return {}
    pairs = ((f.name, getattr(was, f.name), getattr(now, f.name)) for f in fields(was))
    return {name: (_text(a), _text(b)) for name, a, b in pairs if a != b}


def _text(value: object) -> str | None:
    if value is None or value == () or value == frozenset():
        return None
    if names := _names(value):
        said = ((name, getattr(value, name)) for name in names if name not in _KEPT)
        return ", ".join(f"{n} {_text(v)}" for n, v in said if v is not False and _text(v))
    if isinstance(value, tuple):
        return ("; " if _names(value[0]) else ", ").join(str(_text(each)) for each in value)
    if isinstance(value, frozenset):
        return ", ".join(sorted(map(str, value)))
    return str(value)
