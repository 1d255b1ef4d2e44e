"""
`contract history`: the versions of a package or shared list, from when to when, by whom, and what
each changed.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer

from edi_gateway.cli.output import ConfigOption, JsonOption, console, print_json, shown
from edi_gateway.cli.packages import open_ledger, shown_progress, version_of
from edi_gateway.cli.planned import SHOWN, print_changes
from edi_gateway.config import Settings
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.packages.agreements import load_indexed, load_indexed_list
from edi_gateway.exchange.packages.forms import Progress
from edi_gateway.exchange.packages.planning import Changes, changes
from edi_gateway.exchange.packages.shared_lists import list_changes
from edi_gateway.store import Package, PackageKind, Store, applying


def history(
    partner: Annotated[str | None, typer.Option("--partner", help="The partner's id.")] = None,
    price_list: Annotated[
        str | None, typer.Option("--price-list", help="Or the id of a shared price list.")
    ] = None,
    version: Annotated[int | None, typer.Option("--version", help="Only this version.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every change, not only the first of each kind.")
    ] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List the versions of a package or shared list: from when to when, by whom, what changed."""
    most = None if everything else SHOWN
    with open_ledger(config) as (settings, store), shown_progress(quiet=json) as progress:
        versions = _versions(settings, store, partner, price_list)
        wanted = [each for each in versions if version in (None, each.version)]
        if not wanted:
            name = versions[0].partner
            raise ConfigError(f"{name} has no version {version}; the newest is {len(versions)}")
        rows: list[dict[str, Any]] = []
        for each in wanted:
            found = _changes(store, each, versions, most, progress)
            rows.append(_row(each, versions, found))
            if not json:
                _print_version(rows[-1], found)
    if json:
        print_json(rows)


def _versions(
    settings: Settings, store: Store, partner: str | None, price_list: str | None
) -> list[Package]:
    """The versions of what was asked for, oldest first; `ConfigError` where there are none."""
    if partner is not None and price_list is None:
        version_of(settings, store, partner, None)
        return [p for p in store.package_versions(PackageKind.PARTNER) if p.partner == partner]
    if price_list is None or partner is not None:
        raise ConfigError("whose history? Give either --partner or --price-list, with its id")
    found = [p for p in store.package_versions(PackageKind.PRICE_LIST) if p.partner == price_list]
    if not found:
        raise ConfigError(
            f"there is no shared price list {price_list!r}; `edi-gateway partner list` names them"
        )
    return found


def _changes(
    store: Store, version: Package, versions: list[Package], most: int | None, progress: Progress
) -> Changes | ConfigError | None:
    """
    What a version changed against the one it took the place of; None: it was the first.

    Shared price lists have versions of their own, and count for nothing here. A package that an
    older gateway took may have a key that none takes today: that is told, and stops nothing.
    """
    earlier = [other for other in versions if other.version < version.version]
    before = applying(earlier, version.effective_from)
    if before is None:
        return None
    try:
        if version.kind is PackageKind.PRICE_LIST:
            return _list_changes(store, before, version, most, progress)
        old, new = load_indexed(store, before, {}), load_indexed(store, version, {})
    except ConfigError as error:
        return error
    try:
        return changes(old, new, most=most, progress=progress)
    finally:
        old.index.close()
        new.index.close()


def _list_changes(
    store: Store, before: Package, version: Package, most: int | None, progress: Progress
) -> Changes:
    old, new = load_indexed_list(store, before), load_indexed_list(store, version)
    try:
        return list_changes(old, new, most=most, progress=progress)
    finally:
        old.index.close()
        new.index.close()


def _row(
    version: Package, versions: list[Package], found: Changes | ConfigError | None
) -> dict[str, Any]:
    return {
        "version": version.version,
        "effective_from": _shown_moment(version.effective_from),
        "effective_until": _until(version, versions),
        "imported": _shown_moment(version.imported_at),
        "by": version.imported_by,
        "articles": version.articles,
        "prices": version.prices,
        "changes": version.changes,
        "changed": asdict(found) if isinstance(found, Changes) else None,
        "not_compared": found.faults[0] if isinstance(found, ConfigError) else None,
    }


def _print_version(row: dict[str, Any], found: Changes | ConfigError | None) -> None:
    until = row["effective_until"] or "further notice"
    console.print(
        f"version {row['version']}, from {row['effective_from']} until {until}: "
        f"{shown(row['changes'])}"
    )
    console.print(f"  imported {row['imported']} by {shown(row['by'])}")
    if isinstance(found, Changes):
        print_changes(found)
    elif found is not None:
        console.print(f"  not compared: {shown(row['not_compared'])}")


def _shown_moment(value: datetime) -> str:
    return value.isoformat(timespec="seconds")


def _until(version: Package, versions: list[Package]) -> str | None:
    """When another version takes its place, or took it; it may never have been in force."""
    later = [
        max(other.effective_from, other.imported_at)
        for other in versions
        if (other.effective_from, other.version) > (version.effective_from, version.version)
    ]
    if not later:
        return None
    return _shown_moment(max(min(later), version.effective_from))
