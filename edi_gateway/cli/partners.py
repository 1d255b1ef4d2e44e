"""`partner new|import|list|show|export`."""

from __future__ import annotations

import shutil
import tomllib
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
    shown,
)
from edi_gateway.cli.packages import AsOfOption, moment, open_ledger, shown_progress, version_of
from edi_gateway.config import load_settings
from edi_gateway.contract.package import PARTNER, read_package
from edi_gateway.contract.package.price_list import PRICE_LIST
from edi_gateway.contract.package.template import template
from edi_gateway.contract.terms import Agreement
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.operator import utc_now
from edi_gateway.exchange.packages.agreements import load_package, terms_of
from edi_gateway.exchange.packages.forms import bytes_of, stream_of
from edi_gateway.operations import import_folder
from edi_gateway.store import Package, PackageKind

app = typer.Typer(
    help="Partners: write a package, import, list, show, export.", no_args_is_help=True
)


@app.command("import")
def import_(
    folders: Annotated[
        list[Path], typer.Argument(help="Folders with partner.toml, articles.csv, prices.csv.")
    ],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Put partner packages in force; a package with any fault is refused as a whole."""
    apply_folders(folders, None, config, json=json)


def apply_folders(
    folders: list[Path], since: str | None, config: Path | None, *, json: bool
) -> None:
    """Put packages in force, now or from a date on, and tell what was done."""
    settings = load_settings(config_file(config))
    effective = moment(since, ZoneInfo(settings.gateway.timezone))
    results = []
    for folder in folders:
        with shown_progress(quiet=json) as progress:
            results.append(import_folder(settings, folder, effective=effective, progress=progress))
    if json:
        print_json(results)
        return
    for result in results:
        what = "imported" if result["changed"] else "unchanged"
        is_list = result["kind"] == PackageKind.PRICE_LIST
        articles = "" if is_list else f"{result['articles']} articles, "
        console.print(
            f"{shown(result['partner'])}: {what}, version {result['version']}, "
            f"{articles}{result['prices']} prices, "
            f"in force from {result['effective_from']}"
        )
        if result["replaced_by"]:
            console.print(
                f"{shown(result['partner'])}: version {result['replaced_by']} takes its place "
                f"on {result['replaced_from']}"
            )


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="The folder to be made.")],
    id: Annotated[str, typer.Option(help="The partner's id, as in its folders.")],
    gln: Annotated[str, typer.Option(help="Its GLN.")],
    name: Annotated[str | None, typer.Option(help="Its name; default: its id.")] = None,
    contract: Annotated[str | None, typer.Option(help="Number of the contract.")] = None,
    currency: Annotated[str, typer.Option(help="Of its prices.")] = "EUR",
) -> None:
    """Write a package to fill in, with every policy at its cautious value."""
    today = utc_now().date()
    files = template(
        id=id,
        name=name or id,
        gln=gln,
        contract=contract or f"{id.upper()}-{today.year}",
        currency=currency,
        valid_from=today,
    )
    read_package({file: text.encode("utf-8") for file, text in files.items()}, str(folder))
    try:
        folder.mkdir(parents=True)
    except FileExistsError as error:
        raise ConfigError(f"{folder}: is there already; name a folder that is not") from error
    for file, text in files.items():
        (folder / file).write_text(text, encoding="utf-8")
    console.print(
        f"{folder}: fill in articles.csv and prices.csv, then `edi-gateway partner import {folder}`",
        markup=False,
    )


@app.command("list")
def list_(config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the partners whose packages are in force."""
    rows = []
    for package, agreement in _in_force(config):
        partner, contract = agreement.partner, agreement.contract
        rows.append(
            {
                "partner": partner.id,
                "name": partner.name,
                "identifier": f"{partner.interchange_id}:{partner.interchange_qualifier}",
                "contract": contract.number,
                "valid_until": contract.valid_until,
                "order_response": partner.formats.order_response,
                "despatch_advice": partner.formats.despatch_advice,
                "invoice": partner.formats.invoice,
                "version": package.version,
                "imported": package.imported_at.isoformat(timespec="seconds"),
            }
        )
    if json:
        print_json(rows)
    else:
        columns = ("partner", "name", "identifier", "contract", "valid_until", "version")
        print_table(f"{len(rows)} partner(s)", columns, rows)
        _print_lists(config)


@app.command()
def show(
    partner: Annotated[str, typer.Argument(help="The partner's id.")],
    as_of: AsOfOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show a partner's agreement and contract with every default, or a shared price list."""
    with open_ledger(config) as (settings, store):
        package = version_of(settings, store, partner, as_of, or_list=True)
        files = store.package_files(package)
        is_list = package.kind is PackageKind.PRICE_LIST
        text = bytes_of(files[PRICE_LIST if is_list else PARTNER]).decode("utf-8")
        terms: dict[str, object]
        if is_list:
            terms = {"price_list": tomllib.loads(text)["price_list"]}
        else:
            agreement = terms_of(load_package(store, package, {}))
            terms = {"partner": agreement.partner, "contract": agreement.contract}
    if json:
        counts = {"articles": package.articles, "prices": package.prices}
        dates = {"version": package.version, "effective_from": package.effective_from}
        print_json({**terms, **counts, **dates})
        return
    console.print(text, markup=False)
    counted = "" if is_list else f"{package.articles} articles, "
    console.print(
        f"{counted}{package.prices} prices, version {package.version}, "
        f"in force from {package.effective_from:%Y-%m-%d %H:%M} UTC"
    )


@app.command()
def export(
    partner: Annotated[str, typer.Argument(help="The partner's id.")],
    folder: Annotated[Path, typer.Argument(help="Where to write its files.")],
    as_of: AsOfOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Write a partner's package, or a shared price list, as it was imported, byte for byte."""
    with open_ledger(config) as (settings, store):
        package = version_of(settings, store, partner, as_of, or_list=True)
        folder.mkdir(parents=True, exist_ok=True)
        for name, file in store.package_files(package).items():
            with stream_of(file) as source, (folder / name).open("wb") as target:
                shutil.copyfileobj(source, target)
    if json:
        print_json({"partner": partner, "version": package.version, "folder": str(folder)})
    else:
        console.print(f"{partner}: version {package.version} written to {folder}", markup=False)


def _in_force(config: Path | None) -> list[tuple[Package, Agreement]]:
    if not _has_ledger(config):
        return []
    with open_ledger(config) as (_, store):
        return [(p, terms_of(load_package(store, p, {}))) for p in store.packages()]


def _print_lists(config: Path | None) -> None:
    """Name the shared price lists, which no partner is."""
    if not _has_ledger(config):
        return
    with open_ledger(config) as (_, store):
        rows = [
            {"price_list": each.partner, "prices": each.prices, "version": each.version}
            for each in store.packages(PackageKind.PRICE_LIST)
        ]
    if rows:
        print_table(f"{len(rows)} shared price list(s)", ("price_list", "prices", "version"), rows)


def _has_ledger(config: Path | None) -> bool:
    settings = load_settings(config_file(config))
    return (settings.path(settings.gateway.data) / "ledger.sqlite").exists()
