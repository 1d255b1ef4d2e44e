"""`contract catalogue`: what a customer's own catalogue says now, and sending it."""

from __future__ import annotations

import json as json_text
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from edi_gateway.cli.output import (
    ConfigOption,
    JsonOption,
    config_file,
    console,
    print_json,
    print_table,
    write_text,
)
from edi_gateway.cli.packages import open_ledger
from edi_gateway.config import load_settings
from edi_gateway.contract.answers.cataloguing import Offer
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.catalogues import offers_in
from edi_gateway.exchange.operator import utc_now
from edi_gateway.exchange.packages.partners import Partners
from edi_gateway.operations import change

_COLUMNS = ("article", "description", "from_quantity", "price", "per", "unit", "valid_until")

#: Prices shown to people; programs get all.
_SHOWN = 1000

_Row = dict[str, str | None]


def catalogue(
    partner: Annotated[str, typer.Option(help="The partner's id.")],
    send: Annotated[bool, typer.Option("--send", help="Send it, whole.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show a customer's own catalogue as it is today; with --send, put it into the outbox."""
    if not send:
        _show(partner, config, json)
        return
    settings = load_settings(config_file(config))
    result = change(settings, {"action": "catalogue-send", "partner": partner})
    if json:
        print_json(result)
    else:
        console.print(str(result["text"]), markup=False)


def _show(partner: str, config: Path | None, json: bool) -> None:
    with open_ledger(config) as (settings, store):
        partners = Partners(store, utc_now)
        if partners.get(partner) is None:
            raise ConfigError(
                f"there is no partner {partner!r}; `edi-gateway partner list` names them"
            )
        today = utc_now().astimezone(ZoneInfo(settings.gateway.timezone)).date()
        offers = _Counted(offers_in(partners, partner, today))
        if json:
            write_text(_in_json(partner, offers))
        else:
            _print_rows(offers)


class _Counted:
    """The prices of offers, and how many of each there were so far."""

    def __init__(self, offers: Iterable[Offer]) -> None:
        self._offers = offers
        self.articles = self.prices = 0

    def __iter__(self) -> Iterator[_Row]:
        for offer in self._offers:
            self.articles += 1
            for price in offer.prices:
                self.prices += 1
                yield {
                    "article": offer.line.supplier_article,
                    "description": offer.line.description,
                    "from_quantity": str(price.from_quantity),
                    "price": str(price.amount),
                    "per": str(price.per),
                    "unit": price.unit,
                    "valid_until": _day(price.valid_until),
                }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _in_json(partner: str, rows: _Counted) -> Iterator[str]:
    """One JSON value, written row by row: a catalogue may have a million prices."""
    yield f'{{\n  "partner": {json_text.dumps(partner)},\n  "prices": ['
    separator = "\n    "
    for row in rows:
        yield separator + json_text.dumps(row, ensure_ascii=False)
        separator = ",\n    "
    yield f'\n  ],\n  "articles": {rows.articles}\n}}\n'


def _print_rows(offers: _Counted) -> None:
    rows = iter(offers)
    first = list(islice(rows, _SHOWN))
    left = sum(1 for _ in rows)
    print_table(f"{offers.articles} article(s), {offers.prices} price(s)", _COLUMNS, first)
    if left:
        console.print(f"and {left} more prices; --json has them all")
