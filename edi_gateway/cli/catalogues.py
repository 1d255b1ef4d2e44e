"""`contract catalogue`: what a customer's own catalogue says now, and sending it."""

from __future__ import annotations

from typing import Annotated

import typer

from edi_gateway.cli.output import (
    ConfigOption,
    JsonOption,
    config_file,
    console,
    print_json,
    print_table,
)
from edi_gateway.config import load_settings
from edi_gateway.operations import change


def catalogue(
    partner: Annotated[str, typer.Option(help="The partner's id.")],
    send: Annotated[bool, typer.Option("--send", help="Send it, whole.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show a customer's own catalogue as it is today; with --send, put it into the outbox."""
    settings = load_settings(config_file(config))
    action = "catalogue-send" if send else "catalogue-show"
    result = change(settings, {"action": action, "partner": partner})
    if json:
        print_json(result)
        return
    if send:
        console.print(str(result["text"]), markup=False)
        return
    rows = result["prices"]
    columns = ("article", "description", "from_quantity", "price", "per", "unit", "valid_until")
    print_table(f"{result['articles']} article(s), {len(rows)} price(s)", columns, rows)
