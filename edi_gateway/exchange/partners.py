"""
The agreements in force: which package applies at a moment, and the orders it is asked about.

A version that takes effect while the service runs does so without a restart: whoever asks is
answered for the moment of asking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from edi_gateway.contract.package import PARTNER, read_package
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import Order
from edi_gateway.exchange.packages import (
    Files,
    IndexedPackage,
    build_index,
    bytes_of,
    no_progress,
)
from edi_gateway.formats.interchange import Sender
from edi_gateway.store import Package, PackageIndex, PackageKind, Store, applying, staging

log = structlog.get_logger()

#: What is known of a package: all of it, or its index.
Known = Agreement | IndexedPackage


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
        self._loaded: dict[int, Known] = {}
        self._in_force = _InForce(None, {}, {})
        self.reload()

    def reload(self) -> None:
        """Read from the ledger which packages there are."""
        versions: dict[str, list[Package]] = {}
        for package in self._store.package_versions(PackageKind.PARTNER):
            versions.setdefault(package.partner, []).append(package)
        self._versions = versions
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

    def versions(self, partner: str) -> list[Package]:
        """Every version of a partner's package, oldest first."""
        return list(self._versions.get(partner, ()))

    def owner(self, identifier: str, qualifier: str, since: datetime) -> str | None:
        """Who uses an interchange identifier at a moment to come, or later."""
        for partner, versions in self._versions.items():
            for package in self._from(versions, since):
                terms = terms_of(self._known(package)).partner
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
        by_id: dict[str, Known] = {}
        needed: dict[int, Known] = {}
        for partner, versions in self._versions.items():
            # Versions to come are read now: a fault of theirs must not wait for their day.
            for package in self._from(versions, now):
                needed[package.id] = self._known(package)
            current = applying(versions, now)
            if current is not None:
                by_id[partner] = needed[current.id]
        self._loaded = needed
        agreements = [terms_of(known) for known in by_id.values()]
        # A GLN identifies its owner whatever the agreed interchange identifier is (qualifier 14).
        by_sender = {(a.partner.gln, "14"): a for a in agreements} | {
            (a.partner.interchange_id, a.partner.interchange_qualifier): a for a in agreements
        }
        dates = [p.effective_from for versions in self._versions.values() for p in versions]
        until = min((date for date in dates if date > now), default=None)
        return _InForce(until, by_id, by_sender)

    def _known(self, package: Package) -> Known:
        known = self._loaded.get(package.id)
        if known is None:
            known = self._loaded[package.id] = load_package(self._store, package)
        return known


def load_package(store: Store, package: Package) -> Known:
    """Read a package that was imported: the whole of it, or through its index."""
    files = store.package_files(package)
    origin = f"partner {package.partner}"
    if package.index_sha256 is None:
        whole = {name: bytes_of(file) for name, file in files.items()}
        return read_package(whole, origin, version=package.version)
    index = store.open_index(package.index_sha256)
    if index is None:
        index = _made_again(store, package.index_sha256, files, origin)
    return IndexedPackage.of(
        index, bytes_of(files[PARTNER]), origin=origin, version=package.version
    )


def _made_again(store: Store, sha256: str, files: Files, origin: str) -> PackageIndex:
    """Build the index of an imported package anew: it was lost, or is of an older form."""
    log.warning("package.indexed", package=origin, reason="its index was missing or outdated")
    with staging(store.data) as folder:
        file: Path = folder / "index.sqlite"
        index = PackageIndex.create(file)
        build_index(files, index, origin=origin, progress=no_progress)
        index.close()
        store.place_index(file, sha256)
    found = store.open_index(sha256)
    assert found is not None  # noqa: S101  (just put there)
    return found


def terms_of(known: Known) -> Agreement:
    """The agreement, with its articles and prices only where all of them are at hand."""
    return known.terms if isinstance(known, IndexedPackage) else known
