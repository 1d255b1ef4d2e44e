"""
What one version of a package changes against another.

In a sentence, told by the rows that differ; or key by key and row by row (articles, units, prices).
Either way the rows of both are gone through by article, so that size does not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice
from operator import itemgetter
from typing import Generic, TypeVar

from edi_gateway.contract.comparing import (
    ArticleChange,
    Gap,
    KeyChange,
    PriceChange,
    UnitChange,
    article_changes,
    gaps,
    key_changes,
    list_key_changes,
    price_changes,
    unit_changes,
)
from edi_gateway.contract.package import PARTNER
from edi_gateway.contract.package.price_list import PRICE_LIST
from edi_gateway.exchange.packages.forms import IndexedList, IndexedPackage, Progress, no_progress
from edi_gateway.store import PackageIndex

T = TypeVar("T")

_BATCH = 500  # articles that are compared at once


def differences(old: IndexedPackage | None, new: IndexedPackage) -> str:
    """What changes, in a sentence: partner, contract, and how many rows."""
    if old is None:
        return "new"
    told = [
        f"{what} changed"
        for what, differs in (
            ("partner", old.terms.partner != new.terms.partner),
            ("contract", old.terms.every_contract != new.terms.every_contract),
        )
        if differs
    ]
    if not told and old.toml != new.toml:
        told.append(f"{PARTNER} rewritten")
    return ", ".join((*told, *row_differences(old.index, new.index))) or "nothing changes"


def list_differences(old: IndexedList, new: IndexedList) -> str:
    """What changes in a shared price list, in a sentence."""
    told = row_differences(old.index, new.index)
    if list_key_changes(old.for_articles(()), new.for_articles(())):
        told.insert(0, "currency changed")
    elif not told and old.toml != new.toml:
        told.append(f"{PRICE_LIST} rewritten")
    return ", ".join(told) or "nothing changes"


def counted(count: int, noun: str) -> str:
    """
    How many there are of something, in words.

    >>> counted(1, "gap"), counted(4, "gap")
    ('1 gap', '4 gaps')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


def row_differences(old: PackageIndex, new: PackageIndex) -> list[str]:
    """How many rows of each table are new, gone or changed."""
    told = []
    for what, before, after in (
        ("article", old.article_records(), new.article_records()),
        ("unit", old.unit_records(), new.unit_records()),
        ("price", old.price_records(), new.price_records()),
    ):
        gone = come = 0
        for _, was, now in differing(before, after):
            gone += (was - now).total()
            come += (now - was).total()
        told += [f"{counted(come, what)} new or changed"] if come else []
        told += [f"{counted(gone, what)} gone or changed"] if gone else []
    return told


@dataclass(slots=True)
class Listed(Generic[T]):
    """How many there are of something, and the first of them."""

    first: list[T]
    #: By what becomes of them.
    counts: dict[str, int]

    def add(self, what: str, item: T, most: int | None) -> None:
        """Count one in, and list it while there are not `most`."""
        self.counts[what] = self.counts.get(what, 0) + 1
        if most is None or len(self.first) < most:
            self.first.append(item)


@dataclass(frozen=True, slots=True)
class Changes:
    """What one package changes against another, in keys and rows."""

    keys: list[KeyChange]
    articles: Listed[ArticleChange]
    units: Listed[UnitChange]
    prices: Listed[PriceChange]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a changed package would change."""

    partner: str
    #: The version it is compared with; None: a new partner.
    version: int | None
    #: What an operator should know before it is in force.
    warnings: list[str]
    keys: list[KeyChange]
    articles: Listed[ArticleChange]
    units: Listed[UnitChange]
    prices: Listed[PriceChange]
    gaps: Listed[Gap]


def plan(
    old: IndexedPackage | None,
    new: IndexedPackage,
    *,
    since: date,
    most: int | None,
    progress: Progress = no_progress,
) -> Plan:
    """
    What putting `new` in force from a day on would change; of each kind the first `most`.

    Gaps are those of the new package, whether or not the old one has them too.
    """
    found = no_changes() if old is None else changes(old, new, most=most, progress=progress)
    every = dict.fromkeys(code for code, _ in new.index.article_records())
    return Plan(
        partner=new.terms.partner.id,
        version=old.version if old is not None else None,
        warnings=_warnings(new, since),
        keys=found.keys,
        articles=found.articles,
        units=found.units,
        prices=found.prices,
        gaps=gaps_among(every, new, since, most=most, progress=progress),
    )


def changes(
    old: IndexedPackage, new: IndexedPackage, *, most: int | None, progress: Progress = no_progress
) -> Changes:
    """What `new` changes against `old`; of articles, units and prices the first `most`."""
    found = no_changes(key_changes(old.terms, new.terms))
    for codes in batches(changed_articles(old.index, new.index)):
        was, now = old.for_articles(codes), new.for_articles(codes)
        for article in article_changes(was, now):
            if article.article in codes:
                found.articles.add(article.what, article, most)
        for unit in unit_changes(was, now):
            if unit.article in codes:
                found.units.add(unit.what, unit, most)
        for price in price_changes(was, now):
            if price.article in codes:
                found.prices.add(price.what, price, most)
        progress("comparing", sum(found.articles.counts.values()), 0)
    return found


def no_changes(keys: Iterable[KeyChange] = ()) -> Changes:
    """Changes with no row among them yet."""
    return Changes(list(keys), Listed([], {}), Listed([], {}), Listed([], {}))


def gaps_among(
    articles: Iterable[str],
    new: IndexedPackage,
    since: date,
    *,
    most: int | None,
    progress: Progress = no_progress,
) -> Listed[Gap]:
    """The days from a day on for which some of a package's articles have no price."""
    found: Listed[Gap] = Listed([], {})
    done = 0
    for codes in batches(articles):
        for gap in gaps(new.for_articles(codes), since):
            if gap.article in codes:
                found.add("gap", gap, most)
        done += len(codes)
        progress("looking for gaps", done, 0)
    return found


def _warnings(new: IndexedPackage, since: date) -> list[str]:
    """Say that no contract would be valid on the day, which is easily overlooked."""
    if any(contract.is_valid_on(since) for contract in new.terms.every_contract):
        return []
    return [
        f"no contract is valid on {since}: orders of that day would be held (outside-validity); "
        "correct valid_from or valid_until, or add the contract that follows"
    ]


def changed_articles(old: PackageIndex, new: PackageIndex) -> Iterator[str]:
    """The articles any row of which differs, each once."""
    seen = set()
    for before, after in (
        (old.article_records(), new.article_records()),
        (old.unit_records(), new.unit_records()),
        (old.price_records(), new.price_records()),
    ):
        for article, _, _ in differing(before, after):
            if article not in seen:
                seen.add(article)
                yield article


def batches(codes: Iterable[str]) -> Iterator[set[str]]:
    """The codes in sets of as many as are compared at once."""
    iterator = iter(codes)
    while batch := set(islice(iterator, _BATCH)):
        yield batch


#: The rows of one article, as they are written.
Rows = Counter[str]


def differing(
    old: Iterator[tuple[str, str]], new: Iterator[tuple[str, str]]
) -> Iterator[tuple[str, Rows, Rows]]:
    """Go through the rows of both by article, and yield those articles whose rows differ."""
    before, after = _grouped(old), _grouped(new)
    left, right = next(before, None), next(after, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left[0] < right[0]):
            assert left is not None  # noqa: S101  (the loop's condition)
            yield left[0], Counter(left[1]), Counter()
            left = next(before, None)
        elif left is None or right[0] < left[0]:
            yield right[0], Counter(), Counter(right[1])
            right = next(after, None)
        else:
            if left[1] != right[1]:
                was, now = Counter(left[1]), Counter(right[1])
                if was != now:
                    yield left[0], was, now
            left, right = next(before, None), next(after, None)


def _grouped(rows: Iterator[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    for article, group in groupby(rows, key=itemgetter(0)):
        yield article, [record for _, record in group]
