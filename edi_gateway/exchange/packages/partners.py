"""
The agreements in force: which package applies at a moment, and the orders it is asked about.

A version that takes effect while the service runs does so without a restart: whoever asks is
answered for the moment of asking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import Order
from edi_gateway.exchange.packages.agreements import (
    Known,
    Lists,
    by_name,
    load_list,
    load_package,
    terms_of,
)
from edi_gateway.exchange.packages.forms import IndexedPackage, List
from edi_gateway.formats.interchange import Sender
from edi_gateway.store import Package, PackageKind, Store, applying

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _InForce:
    """What applies until the next version takes effect; never changed, only replaced."""

    #: From when something else may apply; None: for good, as far as is known.
    until: datetime | None
    by_id: Mapping[str, Known]
    by_sender: Mapping[tuple[str, str], Agreement]


class Partners:
    """The agreements in force, by partner id and by interchange identifier."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._versions: dict[str, list[Package]] = {}
        self._list_versions: dict[str, list[Package]] = {}
        #: By the ids of what they were read from: a partner's package, and all shared lists.
        self._loaded: dict[tuple[int, ...], Known] = {}
        self._lists: dict[int, List] = {}
        self._in_force = _InForce(None, {}, {})
        self.reload()

    def reload(self) -> None:
        """Read from the ledger which packages there are."""
        self._versions = by_name(self._store.package_versions(PackageKind.PARTNER))
        self._list_versions = by_name(self._store.package_versions(PackageKind.PRICE_LIST))
        self._in_force = self._resolved(self._now())

    def __iter__(self) -> Iterator[Agreement]:
        return (terms_of(known) for known in self._current().by_id.values())

    def get(self, partner: str | None) -> Agreement | None:
        """
        The agreement with a partner, by its id.

        Where the package is large, its articles and prices are not among it: `for_orders` has
        those that some orders need.
        """
        known = self._current().by_id.get(partner) if partner is not None else None
        return None if known is None else terms_of(known)

    def for_orders(self, partner: str | None, orders: Iterable[Order]) -> Agreement | None:
        """The agreement with a partner, with every article and price these orders need."""
        known = self._current().by_id.get(partner) if partner is not None else None
        return known.for_orders(orders) if isinstance(known, IndexedPackage) else known

    def for_articles(self, partner: str | None, codes: Iterable[str]) -> Agreement | None:
        """The agreement with a partner, with these articles of ours and all they refer to."""
        known = self._current().by_id.get(partner) if partner is not None else None
        return known.for_articles(codes) if isinstance(known, IndexedPackage) else known

    def in_slices(self, partner: str, most: int) -> Iterator[tuple[Agreement, Iterable[str]]]:
        """The agreement with all its articles and prices, of a large one `most` at a time: codes too."""
        known = self._current().by_id.get(partner)
        if isinstance(known, IndexedPackage):
            yield from known.in_slices(most)
        elif known is not None:
            yield known, known.articles.by_code

    def of_sender(self, identifier: str, qualifier: str) -> Agreement | None:
        """The agreement with whoever uses this interchange identifier and qualifier."""
        return self._current().by_sender.get((identifier, qualifier))

    def id_of_sender(self, identifier: str, qualifier: str) -> str | None:
        """The id of the partner who uses this interchange identifier."""
        agreement = self.of_sender(identifier, qualifier)
        return agreement.partner.id if agreement else None

    def sender(self, identifier: str, qualifier: str) -> Sender | None:
        """The partner who uses this interchange identifier, with what is agreed about syntax."""
        agreement = self.of_sender(identifier, qualifier)
        if agreement is None:
            return None
        partner = agreement.partner
        return Sender(
            partner=partner.id,
            tolerates=frozenset(partner.tolerates),
            insists=frozenset(partner.insists),
        )

    def versions(self, name: str, kind: PackageKind = PackageKind.PARTNER) -> list[Package]:
        """Every version of a partner's package, or of a shared price list, oldest first."""
        known = self._versions if kind is PackageKind.PARTNER else self._list_versions
        return list(known.get(name, ()))

    def lists(self, at: datetime) -> Lists:
        """The shared price lists that apply at a moment, or will."""
        return self._read_lists(self._lists_at(at))

    def owner(self, identifier: str, qualifier: str, since: datetime) -> str | None:
        """Who uses an interchange identifier at a moment to come, or later."""
        for partner, versions in self._versions.items():
            for package in self._from(versions, since):
                terms = terms_of(self._known(package, since)).partner
                if (terms.interchange_id, terms.interchange_qualifier) == (identifier, qualifier):
                    return partner
        return None

    @staticmethod
    def _from(versions: list[Package], since: datetime) -> list[Package]:
        """The version in force at a moment, and those that take effect later."""
        first = applying(versions, since)
        later = [p for p in versions if p.effective_from > since and p is not first]
        return later if first is None else [first, *later]

    def _current(self) -> _InForce:
        current = self._in_force
        if current.until is not None and (now := self._now()) >= current.until:
            current = self._in_force = self._resolved(now)
            log.info("package.effective", partners=sorted(current.by_id))
        return current

    def _resolved(self, now: datetime) -> _InForce:
        loaded, self._loaded = self._loaded, {}
        by_id: dict[str, Known] = {}
        for partner, versions in self._versions.items():
            # Versions to come are read now: a fault of theirs must not wait for their day.
            for package in self._from(versions, now):
                known = self._known(package, now, loaded)
                if package == applying(versions, now):
                    by_id[partner] = known
        agreements = [terms_of(known) for known in by_id.values()]
        # A GLN identifies its owner whatever the agreed interchange identifier is (qualifier 14).
        by_sender = {(a.partner.gln, "14"): a for a in agreements} | {
            (a.partner.interchange_id, a.partner.interchange_qualifier): a for a in agreements
        }
        everything = (*self._versions.values(), *self._list_versions.values())
        dates = [package.effective_from for versions in everything for package in versions]
        until = min((date for date in dates if date > now), default=None)
        return _InForce(until, by_id, by_sender)

    def _known(
        self, package: Package, at: datetime, before: Mapping[tuple[int, ...], Known] | None = None
    ) -> Known:
        """The package with the shared lists of a moment; read only if it is not known."""
        there = self._lists_at(at)
        key = (package.id, *(each.id for each in there))
        known = self._loaded.get(key) or (before or {}).get(key)
        self._loaded[key] = known or load_package(self._store, package, self._read_lists(there))
        return self._loaded[key]

    def _lists_at(self, at: datetime) -> list[Package]:
        lists = [applying(versions, at) for versions in self._list_versions.values()]
        return [each for each in lists if each is not None]

    def _read_lists(self, packages: Iterable[Package]) -> Lists:
        self._lists = {
            package.id: self._lists.get(package.id) or load_list(self._store, package)
            for package in packages
        }
        return {each.id: each for each in self._lists.values()}
