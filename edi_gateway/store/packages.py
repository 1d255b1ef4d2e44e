"""
The packages in the ledger: versions that take effect on a date, and stay for good.

In force at a moment is, of the versions imported by then whose date has come, the one with the
latest date; of several with one date, the one imported last.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from edi_gateway.store import tables
from edi_gateway.store.records import NewPackage, Package, PackageKind

_package = tables.Package.__table__
_file = tables.PackageFile.__table__


def add_package(connection: Connection, new: NewPackage, *, now: datetime, who: str) -> int:
    """Record a new version of a package with its files; return its id."""
    fields = {name: getattr(new, name) for name in new.__slots__ if name != "files"}
    key = connection.execute(
        insert(_package).returning(_package.c.id),
        fields | {"imported_at": now, "imported_by": who},
    ).scalar_one()
    connection.execute(
        insert(_file),
        [
            {"package_id": key} | {name: getattr(file, name) for name in file.__slots__}
            for file in new.files
        ],
    )
    return int(key)


def all_packages(connection: Connection, kind: PackageKind | None = None) -> list[Package]:
    """Every version of every package, by id of the partner or list, then by version."""
    statement = select(_package).order_by(_package.c.kind, _package.c.partner, _package.c.version)
    if kind is not None:
        statement = statement.where(_package.c.kind == kind)
    return [_package_of(row) for row in connection.execute(statement)]


def files_of(connection: Connection, package_id: int) -> list[tuple[str, str, bytes | None]]:
    """The files of a version: name, hash, and the bytes of those that lie in the ledger."""
    rows = connection.execute(
        select(_file.c.name, _file.c.sha256, _file.c.content).where(
            _file.c.package_id == package_id
        )
    )
    return [(row.name, row.sha256, row.content) for row in rows]


def in_force(versions: Iterable[Package], at: datetime) -> Package | None:
    """Which of the versions of one package is, or was, in force at a moment."""
    return _latest(v for v in versions if v.imported_at <= at and v.effective_from <= at)


def applying(versions: Iterable[Package], now: datetime) -> Package | None:
    """
    Which of the versions of one package applies now.

    What took effect when it was imported stays so, even if the clock was set back since.
    """
    return _latest(
        v for v in versions if v.effective_from <= now or v.effective_from <= v.imported_at
    )


def _latest(versions: Iterable[Package]) -> Package | None:
    return max(versions, key=lambda v: (v.effective_from, v.version), default=None)


def _package_of(row: Any) -> Package:
    values = {name: getattr(row, name) for name in Package.__slots__}
    return Package(**values | {"kind": PackageKind(row.kind)})
