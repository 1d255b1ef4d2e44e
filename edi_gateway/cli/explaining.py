"""`contract explain`."""

from __future__ import annotations

from datetime import date as date_
from decimal import Decimal, InvalidOperation
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from edi_gateway.cli.output import (
    ATTENTION,
    ConfigOption,
    JsonOption,
    console,
    print_json,
    shown,
)
from edi_gateway.cli.packages import AsOfOption, moment, open_ledger, version_of
from edi_gateway.contract.explaining import Enquiry, explain, explanation
from edi_gateway.contract.package.values import day
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.operator import utc_now
from edi_gateway.exchange.packages.agreements import lists_in_force, load_indexed
from edi_gateway.gateway import company_of


def explain_(
    partner: Annotated[str, typer.Option(help="The partner's id.")],
    article: Annotated[str, typer.Option(help="Our code, the customer's, or a GTIN.")],
    quantity: Annotated[str, typer.Option(help="How much is ordered.")],
    date: Annotated[str, typer.Option(help="The price date, as 2026-12-31.")],
    unit: Annotated[str | None, typer.Option(help="Its unit; without, the article's.")] = None,
    delivery_party: Annotated[str | None, typer.Option(help="GLN it is delivered to.")] = None,
    currency: Annotated[str | None, typer.Option(help="Of the order.")] = None,
    contract: Annotated[str | None, typer.Option(help="The contract the order names.")] = None,
    price_list: Annotated[str | None, typer.Option(help="The list the order names.")] = None,
    promotion: Annotated[str | None, typer.Option(help="The promotion it names.")] = None,
    as_of: AsOfOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Say what an article costs a partner, and how that comes about; 1 if it has no price."""
    enquiry = Enquiry(
        article=article,
        quantity=_quantity(quantity),
        on=_price_date(date),
        unit=unit,
        delivery_party=delivery_party,
        currency=currency,
        contract=contract,
        price_list=price_list,
        promotion=promotion,
    )
    with open_ledger(config) as (settings, store):
        zone = ZoneInfo(settings.gateway.timezone)
        package = version_of(settings, store, partner, as_of)
        at = moment(as_of, zone, end_of_day=True) or utc_now()
        known = load_indexed(store, package, lists_in_force(store, at))
        agreement = known.for_articles(known.named(article))
        found = explain(enquiry, agreement, company_of(settings), zone)
    told = explanation(found)
    if json:
        print_json({"partner": partner, "version": package.version, **told})
    else:
        for sentence in told["sentences"]:
            console.print(shown(sentence))
        for finding in told["findings"]:
            console.print(f"{finding['effect']}: {shown(finding['text'])}")
    if told["price"] is None:
        raise typer.Exit(ATTENTION)


def _quantity(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation as error:
        raise ConfigError(_no_quantity(text)) from error
    if not found.is_finite():
        raise ConfigError(_no_quantity(text))
    return found


def _no_quantity(text: str) -> str:
    return f"--quantity {text}: no number; write it with a point, as 12 or 1.5"


def _price_date(text: str) -> date_:
    try:
        return day(text)
    except ValueError as error:
        raise ConfigError(f"--date {text}: {error}") from error
