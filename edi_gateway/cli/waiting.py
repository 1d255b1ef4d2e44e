"""`waiting`: the orders, changes and proposals that wait, and for what."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer

from edi_gateway.cli.output import ConfigOption, JsonOption, print_json, print_table
from edi_gateway.cli.packages import open_ledger
from edi_gateway.exchange.life.waiting import Waiting, WaitsFor, list_waiting
from edi_gateway.exchange.operator import utc_now
from edi_gateway.exchange.packages.partners import Partners

_COLUMNS = ("item", "partner", "order", "what", "waits_for", "detail", "since", "until", "do")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(waiting)


def waiting(
    config: ConfigOption = None,
    partner: Annotated[str | None, typer.Option(help="Only this partner's.")] = None,
    for_: Annotated[
        WaitsFor | None, typer.Option("--for", help="Only what waits for this.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """List orders, changes and proposals that wait: for whom, since when, until when, what to do."""
    with open_ledger(config) as (settings, store):
        found = list_waiting(
            store, Partners(store, utc_now), settings.roles, partner=partner, waits_for=for_
        )
    rows = [_row(each) for each in found]
    if json:
        print_json(rows)
    else:
        for row in rows:
            row["until"] = ", ".join(filter(None, (row["until"], row["then"])))
        print_table(f"{len(rows)} waiting, longest first", _COLUMNS, rows)


def _row(each: Waiting) -> dict[str, Any]:
    row = asdict(each)
    for name in ("since", "until"):
        moment = row[name]
        if isinstance(moment, datetime):
            row[name] = moment.isoformat(timespec="seconds")
        elif moment is not None:
            row[name] = moment.isoformat()
    return row
