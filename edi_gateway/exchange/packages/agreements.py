"""
Read imported packages back: whole where they are small, through their index where they are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import structlog

from edi_gateway.contract.package import PARTNER, read_package
from edi_gateway.contract.package.price_list import PRICE_LIST, read_price_list
from edi_gateway.contract.terms import Agreement
from edi_gateway.exchange.packages.forms import (
    Files,
    IndexedList,
    IndexedPackage,
    List,
    WholeList,
    bytes_of,
)
from edi_gateway.exchange.packages.indexing import build_index, index_files, index_list
from edi_gateway.store import Package, PackageIndex, PackageKind, Store, in_force, staging

log = structlog.get_logger()

#: What is known of a package: all of it, or its index.
Known = Agreement | IndexedPackage

#: The shared price lists there are, by id.
Lists = Mapping[str, List]


def terms_of(known: Known) -> Agreement:
    """The agreement, with its articles and prices only where all of them are at hand."""
    return known.terms if isinstance(known, IndexedPackage) else known


def load_package(store: Store, package: Package, lists: Lists) -> Known:
    """A partner's package that was imported, with those of the shared lists it names."""
    if package.index_sha256 is None:
        files = {name: bytes_of(each) for name, each in store.package_files(package).items()}
        whole = {name: each.whole for name, each in lists.items() if isinstance(each, WholeList)}
        agreement = read_package(files, origin_of(package), shared=whole, version=package.version)
        if all(isinstance(each, WholeList) for each in _named(agreement, lists)):
            return agreement
    return load_indexed(store, package, lists)


def load_indexed(store: Store, package: Package, lists: Lists) -> IndexedPackage:
    """The same, with an index of its rows, whatever its size."""
    files = store.package_files(package)
    if package.index_sha256 is None:
        found = index_files(files, origin=origin_of(package))
    else:
        index = open_index(store, package, files)
        found = IndexedPackage.of(index, bytes_of(files[PARTNER]), origin=origin_of(package))
    return with_lists(found, lists, version=package.version)


def with_lists(package: IndexedPackage, lists: Lists, *, version: int = 0) -> IndexedPackage:
    """A package with those of the shared lists that its contracts name."""
    return IndexedPackage.of(
        package.index,
        package.toml,
        origin=package.origin,
        version=version,
        lists=tuple(_named(package.terms, lists)),
    )


def load_list(store: Store, package: Package) -> List:
    """A shared price list that was imported."""
    if package.index_sha256 is not None:
        return load_indexed_list(store, package)
    whole = {name: bytes_of(each) for name, each in store.package_files(package).items()}
    return WholeList(read_price_list(whole, origin_of(package)))


def load_indexed_list(store: Store, package: Package) -> IndexedList:
    """The same, with an index of its rows, whatever its size."""
    files, origin = store.package_files(package), origin_of(package)
    if package.index_sha256 is None:
        return index_list(files, origin=origin)
    index = open_index(store, package, files)
    return IndexedList.of(index, bytes_of(files[PRICE_LIST]), origin=origin)


def lists_in_force(store: Store, at: datetime) -> dict[str, List]:
    """The shared price lists that apply at a moment, or applied."""
    versions = by_name(store.package_versions(PackageKind.PRICE_LIST))
    found = {name: in_force(each, at) for name, each in versions.items()}
    return {name: load_list(store, each) for name, each in found.items() if each is not None}


def by_name(packages: list[Package]) -> dict[str, list[Package]]:
    """Versions by the id of their partner or list."""
    versions: dict[str, list[Package]] = {}
    for package in packages:
        versions.setdefault(package.partner, []).append(package)
    return versions


def origin_of(package: Package) -> str:
    """How an imported package names itself in faults."""
    kind = "partner" if package.kind is PackageKind.PARTNER else "price list"
    return f"{kind} {package.partner}"


def _named(agreement: Agreement, lists: Lists) -> Iterator[List]:
    names = (
        name
        for contract in agreement.every_contract
        for name in (contract.group_price_list, contract.base_price_list)
    )
    return (lists[name] for name in dict.fromkeys(names) if name is not None and name in lists)


def open_index(store: Store, package: Package, files: Files) -> PackageIndex:
    """The index of a large package; built anew where it was lost, or is of an older form."""
    sha256 = str(package.index_sha256)
    index = store.open_index(sha256)
    if index is None:
        log.warning("package.indexed", package=origin_of(package))
        with staging(store.data) as folder:
            file: Path = folder / "index.sqlite"
            new = PackageIndex.create(file)
            build_index(files, new, origin=origin_of(package))
            new.close()
            store.place_index(file, sha256)
        index = store.open_index(sha256)
    assert index is not None  # noqa: S101  (it was just put there)
    return index
