"""`partner import|list|show|export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
from edi_gateway.contract.package import read_package
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.onboarding import read_folder
from edi_gateway.exchange.operator import utc_now
from edi_gateway.operations import change, package_request
from edi_gateway.store import Package, Store

app = typer.Typer(help="Partners: import their packages, list, show, export.", no_args_is_help=True)


@app.command("import")
def import_(
    folders: Annotated[
        list[Path], typer.Argument(help="Folders with partner.toml, articles.csv, prices.csv.")
    ],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Put partner packages in force; a package with any fault is refused as a whole."""
    settings = load_settings(config_file(config))
    results = []
    for folder in folders:
        request = package_request(read_folder(folder), str(folder))
        results.append(change(settings, request))
    if json:
        print_json(results)
        return
    for result in results:
        what = "imported" if result["changed"] else "unchanged"
        console.print(
            f"{shown(result['partner'])}: {what}, version {result['version']}, "
            f"{result['articles']} articles, {result['prices']} prices"
        )


@app.command("list")
def list_(config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the partners whose packages are in force."""
    rows = []
    for package in _packages(config):
        agreement = read_package(package.files, origin=package.partner)
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


@app.command()
def show(
    partner: Annotated[str, typer.Argument(help="The partner's id.")],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show a partner's agreement and contract, with every default that applies."""
    package = package_of(config, partner)
    agreement = read_package(package.files, origin=partner)
    value = {
        "partner": agreement.partner,
        "contract": agreement.contract,
        "articles": len(agreement.articles),
        "prices": len(agreement.prices),
        "version": package.version,
    }
    if json:
        print_json(value)
        return
    console.print(package.files["partner.toml"].decode("utf-8"), markup=False)
    console.print(
        f"{value['articles']} articles, {value['prices']} prices, version {package.version}"
    )


@app.command()
def export(
    partner: Annotated[str, typer.Argument(help="The partner's id.")],
    folder: Annotated[Path, typer.Argument(help="Where to write the three files.")],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Write a partner's package as it was imported, byte for byte."""
    package = package_of(config, partner)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in package.files.items():
        (folder / name).write_bytes(data)
    if json:
        print_json({"partner": partner, "version": package.version, "folder": str(folder)})
    else:
        console.print(f"{partner}: version {package.version} written to {folder}", markup=False)


def _packages(config: Path | None) -> list[Package]:
    settings = load_settings(config_file(config))
    data = settings.path(settings.gateway.data)
    if not (data / "ledger.sqlite").exists():
        return []
    return Store.open_readonly(data, utc_now).packages()


def package_of(config: Path | None, partner: str) -> Package:
    """The package of a partner that is in force; `ConfigError` where there is none."""
    for package in _packages(config):
        if package.partner == partner:
            return package
    raise ConfigError(f"there is no partner {partner!r}; `edi-gateway partner list` names them")
