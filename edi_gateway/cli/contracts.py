"""`contract plan|simulate|apply|history|explain|blankets`: how a contract changes, before it does and since."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from edi_gateway.cli.blankets import blankets
from edi_gateway.cli.catalogues import catalogue
from edi_gateway.cli.explaining import explain_
from edi_gateway.cli.history import history
from edi_gateway.cli.output import ConfigOption, JsonOption, print_json
from edi_gateway.cli.packages import moment, open_ledger, shown_progress, version_of
from edi_gateway.cli.partners import apply_folders
from edi_gateway.cli.planned import SHOWN, print_list_plan, print_plan
from edi_gateway.cli.simulated import told_of_list, told_of_package
from edi_gateway.config import Settings
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.operator import utc_now
from edi_gateway.exchange.packages.agreements import (
    lists_in_force,
    load_indexed,
    load_indexed_list,
    with_lists,
)
from edi_gateway.exchange.packages.forms import IndexedList, IndexedPackage, Progress, is_large
from edi_gateway.exchange.packages.indexing import build_index
from edi_gateway.exchange.packages.onboarding import folder_files
from edi_gateway.exchange.packages.planning import Plan, plan
from edi_gateway.exchange.packages.shared_lists import ListPlan, plan_list
from edi_gateway.exchange.packages.simulating import Trial
from edi_gateway.gateway import company_of
from edi_gateway.store import Package, PackageIndex, PackageKind, Store, in_force, staging

app = typer.Typer(
    help="Contracts: explain a price; what a change would do; put it in force; what was.",
    no_args_is_help=True,
)

FolderArgument = Annotated[
    Path, typer.Argument(help="The folder with the changed package, or shared price list.")
]
FromOption = Annotated[
    str | None,
    typer.Option("--from", help="In force from this date, as 2027-01-01; default: now."),
]

_SPAN = re.compile(r"(\d{1,5})d\Z")


app.command("explain")(explain_)
app.command("blankets")(blankets)
app.command("catalogue")(catalogue)
app.command("history")(history)


@app.command("apply")
def apply(
    folder: FolderArgument,
    since: FromOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Put a package or shared list in force from a date on; with any fault it is refused whole."""
    apply_folders([folder], since, config, json=json)


@app.command("plan")
def plan_(
    folder: FolderArgument,
    since: FromOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every change, not only the first of each kind.")
    ] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show what a changed package or price list would change: keys, rows, days without a price."""
    most = None if everything else SHOWN
    with open_ledger(config) as (settings, store), shown_progress(quiet=json) as progress:
        start = moment(since, ZoneInfo(settings.gateway.timezone)) or utc_now()
        with prepared(store, folder, progress) as new:
            found = _planned(settings, store, new, start, most, progress)
    if json:
        print_json(asdict(found))
    elif isinstance(found, ListPlan):
        print_list_plan(found)
    else:
        print_plan(found)


def _planned(
    settings: Settings,
    store: Store,
    new: IndexedPackage | IndexedList,
    start: datetime,
    most: int | None,
    progress: Progress,
) -> Plan | ListPlan:
    """What a package, or a shared price list, would change if it were in force from a moment on."""
    day = start.astimezone(ZoneInfo(settings.gateway.timezone)).date()
    at = max(start, utc_now())
    if isinstance(new, IndexedList):
        current = _current(store, PackageKind.PRICE_LIST, new.id, at)
        return plan_list(
            store,
            load_indexed_list(store, current) if current is not None else None,
            new,
            version=current.version if current is not None else None,
            at=at,
            since=day,
            most=most,
            progress=progress,
        )
    current = _current(store, PackageKind.PARTNER, new.terms.partner.id, at)
    lists = lists_in_force(store, start)
    old = load_indexed(store, current, lists) if current is not None else None
    return plan(old, with_lists(new, lists), since=day, most=most, progress=progress)


@app.command("simulate")
def simulate_(
    folder: FolderArgument,
    since: Annotated[
        str, typer.Option("--since", help="Orders decided since: 90d, or a date as 2026-09-01.")
    ] = "90d",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Decide real past orders again, against what is in force and the changed package or list."""
    with open_ledger(config) as (settings, store), shown_progress(quiet=json) as progress:
        zone = ZoneInfo(settings.gateway.timezone)
        start = _since(since, zone)
        trial = Trial(store, start, company_of(settings), zone, progress)
        with prepared(store, folder, progress) as new:
            if isinstance(new, IndexedList):
                current = _current(store, PackageKind.PRICE_LIST, new.id, utc_now())
                version = current.version if current is not None else None
                told = told_of_list(trial, new, version, json=json)
            else:
                old = version_of(settings, store, new.terms.partner.id, None)
                told = told_of_package(trial, old, new, json=json)
    if json:
        print_json(told)


@contextmanager
def prepared(
    store: Store, folder: Path, progress: Progress
) -> Iterator[IndexedPackage | IndexedList]:
    """The package or shared list in a folder with an index; `ConfigError` with every fault."""
    files = folder_files(folder)
    with staging(store.data) as place:
        index = PackageIndex.create(place / "index.sqlite" if is_large(files) else None)
        try:
            yield build_index(files, index, origin=str(folder), progress=progress).package
        finally:
            index.close()


def _current(store: Store, kind: PackageKind, name: str, at: datetime) -> Package | None:
    """The version that would be in force at a moment without the new one."""
    return in_force((p for p in store.package_versions(kind) if p.partner == name), at)


def _since(text: str, zone: ZoneInfo) -> Any:
    span = _SPAN.match(text)
    if span:
        return utc_now() - timedelta(days=int(span[1]))
    try:
        return moment(text, zone)
    except ConfigError as error:
        raise ConfigError(f"{text!r} is no span; write 90d, or a date as 2026-09-01") from error
