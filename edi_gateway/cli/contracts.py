"""`contract plan|simulate|apply|history|explain|blankets`: how a contract changes, before it does and since."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from edi_gateway.cli.blankets import blankets
from edi_gateway.cli.catalogues import catalogue
from edi_gateway.cli.explaining import explain_
from edi_gateway.cli.output import (
    ConfigOption,
    JsonOption,
    console,
    print_json,
    print_table,
    shown,
)
from edi_gateway.cli.packages import moment, open_ledger, shown_progress, version_of
from edi_gateway.cli.partners import apply_folders
from edi_gateway.config import Settings
from edi_gateway.contract.comparing import ArticleChange, Gap, PriceChange, UnitChange
from edi_gateway.contract.package import PARTNER
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.operator import utc_now
from edi_gateway.exchange.packages.agreements import lists_in_force, load_indexed, with_lists
from edi_gateway.exchange.packages.forms import IndexedPackage, Progress, is_large
from edi_gateway.exchange.packages.indexing import build_index
from edi_gateway.exchange.packages.onboarding import folder_files
from edi_gateway.exchange.packages.planning import Listed, Plan, plan
from edi_gateway.exchange.packages.simulating import OrderEffect, Simulation, Totals, simulate
from edi_gateway.gateway import company_of
from edi_gateway.store import Package, PackageIndex, PackageKind, Store, in_force, staging

app = typer.Typer(
    help="Contracts: explain a price; what a change would do; put it in force; what was.",
    no_args_is_help=True,
)

FolderArgument = Annotated[Path, typer.Argument(help="The folder with the changed package.")]
FromOption = Annotated[
    str | None,
    typer.Option("--from", help="In force from this date, as 2027-01-01; default: now."),
]

#: How many of each kind are shown unless --all is given.
SHOWN = 20
_SPAN = re.compile(r"(\d{1,5})d\Z")


app.command("explain")(explain_)
app.command("blankets")(blankets)
app.command("catalogue")(catalogue)


@app.command("apply")
def apply(
    folder: FolderArgument,
    since: FromOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Put a package in force from a date on; a package with any fault is refused as a whole."""
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
    """Show what a changed package would change: keys, articles, units, prices, days without a price."""
    with open_ledger(config) as (settings, store), shown_progress(quiet=json) as progress:
        zone = ZoneInfo(settings.gateway.timezone)
        start = moment(since, zone) or utc_now()
        with prepared(store, folder, progress) as new:
            current = _current(settings, store, new, since)
            lists = lists_in_force(store, start)
            old = load_indexed(store, current, lists) if current is not None else None
            found = plan(
                old,
                with_lists(new, lists),
                since=start.astimezone(zone).date(),
                most=None if everything else SHOWN,
                progress=progress,
            )
    if json:
        print_json(asdict(found))
    else:
        _print_plan(found)


@app.command("simulate")
def simulate_(
    folder: FolderArgument,
    since: Annotated[
        str, typer.Option("--since", help="Orders decided since: 90d, or a date as 2026-09-01.")
    ] = "90d",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Decide real past orders again, against the package in force and the changed one."""
    simulation = Simulation()
    effects: list[OrderEffect] = []
    with open_ledger(config) as (settings, store), shown_progress(quiet=json) as progress:
        start = _since(since, ZoneInfo(settings.gateway.timezone))
        with prepared(store, folder, progress) as new:
            current = version_of(settings, store, new.terms.partner.id, None)
            lists = lists_in_force(store, utc_now())
            for effect in simulate(
                store,
                load_indexed(store, current, lists),
                with_lists(new, lists),
                since=start,
                company=company_of(settings),
                zone=ZoneInfo(settings.gateway.timezone),
                simulation=simulation,
                progress=progress,
            ):
                if json:
                    effects.append(effect)
                else:
                    _print_effect(effect)
    if json:
        print_json(
            {
                "partner": new.terms.partner.id,
                "version": current.version,
                "since": start,
                "orders": [asdict(effect) for effect in effects],
                "totals": {
                    name or "all": asdict(total) for name, total in simulation.totals.items()
                },
                "unknown": simulation.unknown,
            }
        )
    else:
        _print_totals(simulation)


@app.command()
def history(
    partner: Annotated[str, typer.Option("--partner", help="The partner's id.")],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List the versions of a partner's package: from when to when, by whom, and what changed."""
    with open_ledger(config) as (settings, store):
        version_of(settings, store, partner, None)
        versions = [p for p in store.package_versions(PackageKind.PARTNER) if p.partner == partner]
    rows = [
        {
            "version": each.version,
            "effective_from": _shown_moment(each.effective_from),
            "effective_until": _until(each, versions),
            "imported": _shown_moment(each.imported_at),
            "by": each.imported_by,
            "articles": each.articles,
            "prices": each.prices,
            "changes": each.changes,
        }
        for each in versions
    ]
    if json:
        print_json(rows)
    else:
        columns = ("version", "effective_from", "effective_until", "imported", "by", "changes")
        print_table(f"{len(rows)} version(s) of {partner}", columns, rows)


@contextmanager
def prepared(store: Store, folder: Path, progress: Progress) -> Iterator[IndexedPackage]:
    """The package in a folder with an index of its rows; `ConfigError` with every fault."""
    files = folder_files(folder)
    if PARTNER not in files:
        raise ConfigError(f"{folder}: a shared price list cannot be compared; give a package")
    with staging(store.data) as place:
        index = PackageIndex.create(place / "index.sqlite" if is_large(files) else None)
        try:
            built = build_index(files, index, origin=str(folder), progress=progress).package
            assert isinstance(built, IndexedPackage)  # noqa: S101  (it has a partner.toml)
            yield built
        finally:
            index.close()


def _current(
    settings: Settings, store: Store, new: IndexedPackage, since: str | None
) -> Package | None:
    """The version that would be in force on that date without the new one."""
    partner = new.terms.partner.id
    versions = [p for p in store.package_versions(PackageKind.PARTNER) if p.partner == partner]
    at = moment(since, ZoneInfo(settings.gateway.timezone)) or utc_now()
    return in_force(versions, max(at, utc_now()))


def _since(text: str, zone: ZoneInfo) -> Any:
    span = _SPAN.match(text)
    if span:
        return utc_now() - timedelta(days=int(span[1]))
    try:
        return moment(text, zone)
    except ConfigError as error:
        raise ConfigError(f"{text!r} is no span; write 90d, or a date as 2026-09-01") from error


def _shown_moment(value: Any) -> str:
    return str(value.isoformat(timespec="seconds"))


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


# --- what is printed -----------------------------------------------------------------------------


def _print_plan(found: Plan) -> None:
    if found.version is None:
        console.print(f"{shown(found.partner)}: a new partner")
    else:
        console.print(f"{shown(found.partner)}: compared with version {found.version}")
    for warning in found.warnings:
        console.print(f"warning: {warning}", markup=False)
    for key in found.keys:
        console.print(f"  {key.key}: {shown(key.old)} -> {shown(key.new)}", markup=False)
        if key.meaning:
            console.print(f"    {key.meaning}", markup=False)
    _print_listed("articles", found.articles, _article_sentence)
    _print_listed("units", found.units, _unit_sentence)
    _print_listed("prices", found.prices, _price_sentence)
    _print_listed("days without a price", found.gaps, _gap_sentence)


def _print_listed(title: str, listed: Listed[Any], sentence: Any) -> None:
    counts = ", ".join(f"{count} {what}" for what, count in sorted(listed.counts.items()))
    console.print(f"{title}: {counts or 'none'}")
    for item in listed.first:
        console.print(f"  {sentence(item)}", markup=False)
    left = sum(listed.counts.values()) - len(listed.first)
    if left > 0:
        console.print(f"  and {left} more; --all shows them")


def _article_sentence(change: ArticleChange) -> str:
    said = "; ".join(
        f"{name}: {old or 'nothing'} -> {new or 'nothing'}"
        for name, (old, new) in change.fields.items()
    )
    return f"{change.article} {change.what}{f': {said}' if said else ''}"


def _unit_sentence(change: UnitChange) -> str:
    said = f"{change.article} {change.unit} {change.what}: "
    if change.what != "changed":
        gtin = change.new_gtin or change.old_gtin
        return f"{said}factor {change.new or change.old}{f', GTIN {gtin}' if gtin else ''}"
    parts = [f"factor {change.old} -> {change.new}"] if change.old != change.new else []
    if change.old_gtin != change.new_gtin:
        parts.append(f"GTIN {change.old_gtin or 'none'} -> {change.new_gtin or 'none'}")
    return said + ", ".join(parts)


def _price_sentence(change: PriceChange) -> str:
    scope = "".join(f", {name} {value}" for name, value in change.scope.items())
    place = f"{change.article} from {change.from_quantity}{scope}"
    if change.what != "changed":
        price = change.new or change.old
        return f"{place}: {change.what}: {price}, {_days(change.new_days or change.old_days)}"
    percent = f" ({change.percent:+} %)" if change.percent else ""
    days = _days(change.new_days)
    if change.old_days != change.new_days:
        days = f"{_days(change.old_days)} -> {days}"
    price = change.new if change.old == change.new else f"{change.old} -> {change.new}"
    return f"{place}: {price}{percent}, {days}"


def _days(days: Any) -> str:
    since, until = days
    return f"{since} to {until or 'further notice'}"


def _gap_sentence(gap: Gap) -> str:
    return f"{gap.article}: from {gap.since} to {gap.until or 'further notice'}"


def _print_effect(effect: OrderEffect) -> None:
    outcome = effect.new_outcome
    if effect.old_outcome != effect.new_outcome:
        outcome = f"{effect.old_outcome} -> {effect.new_outcome}"
    console.print(
        f"{effect.item} order {shown(effect.number)}: {outcome}, "
        f"{effect.old_amount} -> {effect.new_amount}"
    )
    if effect.reason and effect.old_outcome != effect.new_outcome:
        console.print(f"  {shown(effect.reason)}")
    for line in effect.lines:
        action = line.new_action
        if line.old_action != line.new_action:
            action = f"{line.old_action} -> {line.new_action}"
        reason = f": {shown(line.reason)}" if line.reason else ""
        console.print(
            f"  line {shown(line.line)} {shown(line.article)}: {action}, "
            f"{line.old_amount} -> {line.new_amount}{reason}"
        )


def _print_totals(simulation: Simulation) -> None:
    totals = simulation.totals.items()
    rows = [{"delivered to": name or "all", **asdict(total)} for name, total in totals]
    columns = ("delivered to", *(name for name in asdict(Totals())))
    print_table("Totals", columns, rows)
    for text in simulation.unknown:
        console.print(f"Not known: {shown(text)}")
