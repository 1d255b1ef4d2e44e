"""`contract blankets`: what is left of the framework agreements."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from edi_gateway.cli.output import (
    ConfigOption,
    JsonOption,
    config_file,
    console,
    print_json,
    print_table,
    shown,
)
from edi_gateway.config import load_settings
from edi_gateway.contract.blankets import Blanket
from edi_gateway.exchange.operator import utc_now
from edi_gateway.exchange.packages.agreements import load_package, terms_of
from edi_gateway.store import Store
from edi_gateway.store.blanket_views import blanket_view, list_blankets

_LINE = ("line", "article", "quantity", "consumed_quantity", "remaining_quantity")
_AMOUNTS = ("value", "consumed_value", "remaining_value", "price", "per")
_CALL_OFF = ("message", "order", "order_line", "line", "quantity", "value", "beyond", "at")


def blankets(
    config: ConfigOption = None,
    partner: Annotated[str | None, typer.Option(help="Only this partner's.")] = None,
    number: Annotated[str | None, typer.Option(help="Only the one of this number.")] = None,
    json: JsonOption = False,
) -> None:
    """List blanket orders: what is committed, called off and left, and until when."""
    settings = load_settings(config_file(config))
    store = Store.open_readonly(settings.path(settings.gateway.data), utc_now)
    found = list_blankets(store, partner=partner, number=number)
    known = {(blanket["partner"], blanket["number"]) for blanket in found}
    stated = _stated(store)
    for blanket in found:
        if blanket["source"] == "package":
            blanket["closed"] |= (blanket["partner"], blanket["number"]) not in stated
    found += [
        blanket_view(each, "package", terms)
        for (each, its_number), terms in stated.items()
        if partner in (None, each)
        and number in (None, its_number)
        and (each, its_number) not in known
    ]
    found.sort(key=lambda blanket: (blanket["partner"], blanket["number"]))
    today = utc_now().astimezone(ZoneInfo(settings.gateway.timezone)).date()
    for blanket in found:
        blanket["state"] = _state(blanket, today)
    if json:
        print_json(found)
        return
    console.print(f"{len(found)} blanket order(s)")
    for blanket in found:
        _print(blanket)


def _stated(store: Store) -> dict[tuple[str, str], Blanket]:
    """What packages state, by partner and number; the ledger knows those that were called off."""
    return {
        (package.partner, blanket.number): blanket
        for package in store.packages()
        for blanket in terms_of(load_package(store, package, {})).contract.blankets
    }


def _state(blanket: dict[str, Any], today: date) -> str:
    if blanket["closed"]:
        return "closed"
    if blanket["valid_until"] and blanket["valid_until"] < today.isoformat():
        return "expired"
    if blanket["valid_from"] > today.isoformat():
        return "not begun"
    return "open"


def _print(blanket: dict[str, Any]) -> None:
    until = blanket["valid_until"] or "further notice"
    title = (
        f"{shown(blanket['partner'])} {shown(blanket['number'])} ({blanket['source']}): "
        f"{blanket['state']}, {blanket['valid_from']} to {until}"
    )
    if blanket["value"] is not None:
        title += f", {blanket['remaining_value']} left of {blanket['value']}"
    console.print()
    print_table(title, (*_LINE, *_AMOUNTS), blanket["lines"])
    if blanket["call_offs"]:
        print_table("called off", _CALL_OFF, blanket["call_offs"])
