"""`contract history`: the versions of a package, from when to when, by whom, and what each changed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer

from edi_gateway.cli.output import ConfigOption, JsonOption, console, print_json, shown
from edi_gateway.cli.packages import open_ledger, shown_progress, version_of
from edi_gateway.cli.planned import SHOWN, print_changes
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.packages.agreements import load_indexed
from edi_gateway.exchange.packages.forms import Progress
from edi_gateway.exchange.packages.planning import Changes, changes
from edi_gateway.store import Package, PackageKind, Store, applying


def history(
    partner: Annotated[str, typer.Option("--partner", help="The partner's id.")],
    version: Annotated[int | None, typer.Option("--version", help="Only this version.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every change, not only the first of each kind.")
    ] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List the versions of a partner's package: from when to when, by whom, and what changed."""
    most = None if everything else SHOWN
    with open_ledger(config) as (settings, store), shown_progress(quiet=json) as progress:
        version_of(settings, store, partner, None)
        versions = [p for p in store.package_versions(PackageKind.PARTNER) if p.partner == partner]
        wanted = [each for each in versions if version in (None, each.version)]
        if not wanted:
            raise ConfigError(f"{partner} has no version {version}; the newest is {len(versions)}")
        rows: list[dict[str, Any]] = []
        for each in wanted:
            found = _changes(store, each, versions, most, progress)
            rows.append(_row(each, versions, found))
            if not json:
                _print_version(rows[-1], found)
    if json:
        print_json(rows)


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
        old, new = load_indexed(store, before, {}), load_indexed(store, version, {})
    except ConfigError as error:
        return error
    try:
        return changes(old, new, most=most, progress=progress)
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
