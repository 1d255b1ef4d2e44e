"""
A changed shared price list: what it changes, for whom, and what it would have made of their orders.

The list has no articles and no terms of its own, so it is looked at in each package that names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from edi_gateway.contract.comparing import (
    Gap,
    KeyChange,
    PriceChange,
    list_key_changes,
    list_price_changes,
)
from edi_gateway.contract.package import FILES, PARTNER, read_partner
from edi_gateway.contract.package.faults import Faults
from edi_gateway.contract.terms import Contract
from edi_gateway.exchange.packages.agreements import (
    Lists,
    by_name,
    lists_in_force,
    load_indexed,
    origin_of,
    with_lists,
)
from edi_gateway.exchange.packages.forms import (
    IndexedList,
    IndexedPackage,
    Progress,
    bytes_of,
    no_progress,
)
from edi_gateway.exchange.packages.planning import (
    Changes,
    Listed,
    batches,
    changed_articles,
    gaps_among,
    no_changes,
)
from edi_gateway.store import Package, PackageKind, Store, in_force


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """A partner whose package names a shared list, and what changes for it."""

    partner: str
    version: int
    #: The contracts that name the list.
    contracts: list[str]
    #: How many of its articles have other prices in the list.
    articles: int
    #: The days on which these have no price, from the list or any other.
    gaps: Listed[Gap]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPlan:
    """What a changed shared list would change, and for whom."""

    price_list: str
    #: The version it is compared with; None: a new list.
    version: int | None
    #: What an operator should know before it is in force.
    warnings: list[str]
    keys: list[KeyChange]
    prices: Listed[PriceChange]
    partners: list[Concerned]


def partners_naming(store: Store, name: str, at: datetime) -> list[Package]:
    """The packages in force at a moment, a contract of which names a shared list."""
    versions = by_name(store.package_versions(PackageKind.PARTNER)).values()
    found = (in_force(each, at) for each in versions)
    return [each for each in found if each is not None and _names_list(store, each, name)]


def plan_list(
    store: Store,
    old: IndexedList | None,
    new: IndexedList,
    *,
    version: int | None,
    at: datetime,
    since: date,
    most: int | None,
    progress: Progress = no_progress,
) -> ListPlan:
    """
    What putting a list in force from a moment on would change; of each kind the first `most`.

    `since` is the day of the moment. A new list changes no price, and concerns those who name it
    already; a new currency concerns every price.
    """
    found = no_changes() if old is None else list_changes(old, new, most=most, progress=progress)
    articles = _articles(new) if old is None or found.keys else set()
    if old is not None:
        articles.update(changed_articles(old.index, new.index))
    partners = [
        _concerned(package, new.id, articles, since, most, progress)
        for package in _packages_under(store, new, at, lists_in_force(store, at))
    ]
    return ListPlan(
        price_list=new.id,
        version=version,
        warnings=_warnings(new.id, partners),
        keys=found.keys,
        prices=found.prices,
        partners=partners,
    )


def list_changes(
    old: IndexedList, new: IndexedList, *, most: int | None, progress: Progress = no_progress
) -> Changes:
    """What one version of a list changes against another; of prices the first `most`."""
    found = no_changes(list_key_changes(old.for_articles(()), new.for_articles(())))
    for codes in batches(changed_articles(old.index, new.index)):
        for price in list_price_changes(old.for_articles(codes), new.for_articles(codes)):
            found.prices.add(price.what, price, most)
        progress("comparing", sum(found.prices.counts.values()), 0)
    return found


def each_partner_twice(
    store: Store, new: IndexedList, at: datetime
) -> Iterator[tuple[IndexedPackage, IndexedPackage]]:
    """The packages in force that name a list: each as it is, and priced by this form of the list."""
    lists = lists_in_force(store, at)
    for package in _packages_under(store, new, at, lists):
        yield with_lists(package, lists, version=package.version), package


def _packages_under(
    store: Store, new: IndexedList, at: datetime, lists: Lists
) -> Iterator[IndexedPackage]:
    """The packages in force at a moment that name a list, each priced by this form of it."""
    for package in partners_naming(store, new.id, at):
        loaded = load_indexed(store, package, {**lists, new.id: new})
        try:
            yield loaded
        finally:
            loaded.index.close()


def _contracts_naming(contracts: Iterable[Contract], name: str) -> list[str]:
    """The numbers of the contracts that name a shared list."""
    return [each.number for each in contracts if name in _lists_of(each)]


def _lists_of(contract: Contract) -> tuple[str | None, ...]:
    return contract.group_price_list, contract.base_price_list


def _names_list(store: Store, package: Package, name: str) -> bool:
    toml = bytes_of(store.package_files(package)[PARTNER])
    _, contracts, _ = read_partner(toml, None, Faults(origin_of(package), FILES))
    return bool(_contracts_naming(contracts, name))


def _articles(shared: IndexedList) -> set[str]:
    return {article for article, _ in shared.index.price_records()}


def _concerned(
    package: IndexedPackage,
    name: str,
    articles: set[str],
    since: date,
    most: int | None,
    progress: Progress,
) -> Concerned:
    its = sorted(package.index.codes(codes=articles))
    return Concerned(
        partner=package.terms.partner.id,
        version=package.version,
        contracts=_contracts_naming(package.terms.every_contract, name),
        articles=len(its),
        gaps=gaps_among(its, package, since, most=most, progress=progress),
    )


def _warnings(name: str, partners: list[Concerned]) -> list[str]:
    """Say that a list is named by nobody, which a misspelt id looks like."""
    if partners:
        return []
    return [
        f"no contract in force names {name}, so that it prices nothing: name it as "
        "group_price_list or base_price_list, or correct its id"
    ]
