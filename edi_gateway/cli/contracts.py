"""`contract ...`: what was agreed with customers, what it means, and what is left of it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from edi_gateway.cli import blankets, catalogues
from edi_gateway.cli.output import (
    ATTENTION,
    ConfigOption,
    JsonOption,
    config_file,
    console,
    print_json,
    shown,
)
from edi_gateway.cli.partners import package_of
from edi_gateway.config import load_settings
from edi_gateway.contract.explaining import Enquiry, explain, explanation
from edi_gateway.contract.package import read_package
from edi_gateway.contract.package.values import day
from edi_gateway.contract.partner import Company
from edi_gateway.errors import ConfigError

app = typer.Typer(help="Contracts: what was agreed, and what is left.", no_args_is_help=True)

app.command()(blankets.blankets)
app.command()(catalogues.catalogue)


@app.command("explain")
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
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Say what an article costs a partner, and how that comes about; 1 if it has no price."""
    settings = load_settings(config_file(config))
    package = package_of(config, partner)
    agreement = read_package(package.files, origin=partner)
    try:
        enquiry = Enquiry(
            article=article,
            quantity=Decimal(quantity),
            on=day(date),
            unit=unit,
            delivery_party=delivery_party,
            currency=currency,
            contract=contract,
            price_list=price_list,
            promotion=promotion,
        )
    except (InvalidOperation, ValueError) as error:
        raise ConfigError(f"--quantity {quantity}, --date {date}: {error}") from error
    company = Company(**settings.company.model_dump(by_alias=True))
    found = explain(enquiry, agreement, company, ZoneInfo(settings.gateway.timezone))
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
