"""`stock`: what the ERP reported, and what was promised of it since."""

from __future__ import annotations

from typing import Annotated

import typer

from edi_gateway.cli.output import (
    ATTENTION,
    ConfigOption,
    JsonOption,
    config_file,
    console,
    print_json,
    print_table,
    shown,
)
from edi_gateway.config import load_settings
from edi_gateway.exchange.operator import utc_now
from edi_gateway.store import Store
from edi_gateway.store.stock_views import list_reservations, list_stock

_FIGURES = ("article", "at", "available", "promised", "left")
_NEXT = ("next_date", "next_quantity", "promised_next")
_ORDERS = ("message", "partner", "order", "promised", "promised_next")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(stock)


def stock(
    config: ConfigOption = None,
    article: Annotated[str | None, typer.Option(help="Only this one, with its orders.")] = None,
    json: JsonOption = False,
) -> None:
    """Show the ERP's figures, and what was promised since; 1 if an article has none."""
    settings = load_settings(config_file(config))
    store = Store.open_readonly(settings.path(settings.gateway.data), utc_now)
    found = list_stock(store, article=article)
    if article is not None:
        for row in found:
            row["orders"] = list_reservations(store, article)
    if json:
        print_json(found)
    elif found:
        print_table(f"{len(found)} article(s)", (*_FIGURES, *_NEXT), found)
        for row in found:
            if row.get("orders"):
                print_table("promised since", _ORDERS, row["orders"])
    else:
        console.print("no stock is known" + (f" of {shown(article)}" if article else ""))
    if article is not None and not found:
        raise typer.Exit(ATTENTION)
