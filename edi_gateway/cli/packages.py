"""What commands about packages share: which version, from when, and how far an import has come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from edi_gateway.cli.output import config_file, errors
from edi_gateway.config import Settings, load_settings
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.operator import utc_now
from edi_gateway.exchange.packages import forms as packages
from edi_gateway.store import Package, PackageKind, Store, applying, in_force

AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", help="As it was at this moment: 2026-12-31, or 2026-12-31T14:30."),
]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


def moment(text: str | None, zone: ZoneInfo, *, end_of_day: bool = False) -> datetime | None:
    """
    Read a date or a moment; a date means its first moment, or its last, in the company's zone.

    >>> moment("2026-07-01", ZoneInfo("Europe/Paris")).isoformat()
    '2026-06-30T22:00:00+00:00'
    """
    if text is None:
        return None
    try:
        if _DAY.match(text):
            edge = time.max if end_of_day else time.min
            found = datetime.combine(date.fromisoformat(text), edge)
        else:
            found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"{text!r} is no date; write it as 2026-12-31, or 2026-12-31T14:30"
        ) from error
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


@contextmanager
def open_ledger(config: Path | None) -> Iterator[tuple[Settings, Store]]:
    """The ledger, to look only; `ConfigError` where there is none yet."""
    settings = load_settings(config_file(config))
    store = Store.open_readonly(settings.path(settings.gateway.data), utc_now)
    try:
        yield settings, store
    finally:
        store.close()


def version_of(
    settings: Settings, store: Store, name: str, as_of: str | None, *, or_list: bool = False
) -> Package:
    """
    The version of a partner's package that is, or was, in force at a moment.

    With `or_list` the name may be that of a shared price list, unless a partner has it.
    """
    kinds = (PackageKind.PARTNER, PackageKind.PRICE_LIST) if or_list else (PackageKind.PARTNER,)
    found_by_kind = ([p for p in store.package_versions(k) if p.partner == name] for k in kinds)
    versions = next(filter(None, found_by_kind), None)
    if versions is None:
        raise ConfigError(f"there is no partner {name!r}; `edi-gateway partner list` names them")
    zone = ZoneInfo(settings.gateway.timezone)
    at = moment(as_of, zone, end_of_day=True)
    found = applying(versions, utc_now()) if at is None else in_force(versions, at)
    if found is None:
        first = min(max(p.effective_from, p.imported_at) for p in versions)
        raise ConfigError(
            f"no package of {name} was in force on {as_of or 'this day'}; the first takes "
            f"effect on {first.astimezone(zone):%Y-%m-%d %H:%M}"
        )
    return found


@contextmanager
def shown_progress(*, quiet: bool) -> Iterator[packages.Progress]:
    """Show on a terminal how far a long work has come; nothing where programs read."""
    if quiet or not errors.is_terminal:
        yield packages.no_progress
        return
    bar = Progress(
        TextColumn("{task.description:<18}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
    )
    tasks = {}

    def tell(what: str, done: int, of: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=of or None)
        bar.update(tasks[what], completed=done, total=of or None)

    with bar:
        yield tell
