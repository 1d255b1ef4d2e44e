"""
Read a partner package: partner.toml, articles.csv, prices.csv and what may go with them, or refuse
it as a whole.

A package is refused with every fault at once, each with file, line, column and remedy, and then
nothing of it is used: half a price list is worse than the old one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from edi_gateway.contract.package.articles import read_articles
from edi_gateway.contract.package.blankets import StatedBlanket, read_blanket_tables, read_blankets
from edi_gateway.contract.package.columns import ARTICLES, BLANKETS, PRICES, UNITS
from edi_gateway.contract.package.contracts import read_contracts
from edi_gateway.contract.package.csv_file import Source, decoded
from edi_gateway.contract.package.faults import Faults
from edi_gateway.contract.package.keys import FORMAT_KEYS, PARTNER_KEYS
from edi_gateway.contract.package.prices import Surroundings, read_prices
from edi_gateway.contract.package.toml_file import TomlFile
from edi_gateway.contract.package.units import read_units
from edi_gateway.contract.partner import CatalogueOn, Formats, Partner
from edi_gateway.contract.pricing.book import Scope, SharedList
from edi_gateway.contract.terms import Agreement, Contract
from edi_gateway.errors import ConfigError

PARTNER = "partner.toml"

#: The files of a package that must be there, and those that may.
FILES = (PARTNER, ARTICLES, PRICES)
OPTIONAL_FILES = (UNITS, BLANKETS)


def read_package(
    files: Mapping[str, Source],
    origin: str,
    *,
    shared: Mapping[str, SharedList] | None = None,
    version: int = 0,
    scopes: Iterable[Scope] = (),
) -> Agreement:
    """
    Read a partner package; `ConfigError` with every fault it has.

    `origin` stands before the file names in the faults: the folder, or who sent the package.
    `shared` are the shared price lists there are, by their id. The tables may be excerpts: then
    the agreement knows the articles and prices in them, and `scopes` are those of all prices.
    """
    faults = Faults(origin, (*FILES, *OPTIONAL_FILES))
    agreement = read_into(faults, files, shared=shared, version=version, scopes=scopes)
    if faults or agreement is None:
        raise ConfigError(*faults.sentences())
    return agreement


def read_into(
    faults: Faults,
    files: Mapping[str, Source],
    *,
    shared: Mapping[str, SharedList] | None = None,
    version: int = 0,
    scopes: Iterable[Scope] = (),
    knows_articles: bool = True,
    refuses_twins: Collection[str] = (ARTICLES, UNITS),
) -> Agreement | None:
    """
    Read a partner package and note its faults; None where there is no agreement to speak of.

    Unless it `knows_articles`, that one is not in articles.csv is no fault; nor is a code that stands
    twice in another table than those of `refuses_twins`.
    """
    for name in FILES:
        if name not in files:
            faults.add(name, 1, 1, "the file is missing; a package is " + ", ".join(FILES))
    articles, codes = read_articles(
        files.get(ARTICLES), faults, refuses_twins=ARTICLES in refuses_twins
    )
    codes = codes if knows_articles else None
    partner, contracts, stated = read_partner(files.get(PARTNER), codes, faults)
    known = {article.code: article for article in articles}
    units = read_units(files.get(UNITS), codes, known, faults, refuses_twins=UNITS in refuses_twins)
    around = Surroundings(
        codes=codes,
        articles=known,
        units=units,
        contracts=contracts,
        home=(contracts[0].price_list or "") if contracts else "",
        currency=contracts[0].currency if contracts else "",
    )
    prices = read_prices(files.get(PRICES), around, faults)
    blankets = read_blankets(stated, files.get(BLANKETS), codes, faults)
    if partner is None or not contracts:
        return None
    if blankets:
        contracts = [replace(contract, blankets=blankets) for contract in contracts]
    return Agreement.of(
        partner,
        contracts[0],
        articles=articles,
        prices=prices,
        contracts=contracts[1:],
        units=units,
        shared=_named(contracts, shared or {}),
        scopes=scopes,
        version=version,
    )


def _named(contracts: Sequence[Contract], shared: Mapping[str, SharedList]) -> list[SharedList]:
    """The shared lists the contracts name, as far as they are there."""
    names = [
        name
        for contract in contracts
        for name in (contract.group_price_list, contract.base_price_list)
        if name is not None
    ]
    return [shared[name] for name in dict.fromkeys(names) if name in shared]


#: The partner, its contracts, and the tables of the blanket orders.
ReadPartner = tuple[Partner | None, list[Contract], list[StatedBlanket] | None]


def read_partner(data: Source | None, codes: frozenset[str] | None, faults: Faults) -> ReadPartner:
    """
    Read partner.toml: the partner, and the contracts with it that are right.

    `codes` are the articles there are, None if unknown.
    """
    text = decoded(PARTNER, data, faults) if isinstance(data, bytes) else None
    if text is None:
        return None, [], None
    file = TomlFile(PARTNER, text, faults)
    if not file.is_readable:
        return None, [], None
    before = len(faults)
    file.read("", {}, inner=("partner", "contract", "contracts"))
    partner: dict[str, Any] = file.read("partner", PARTNER_KEYS, inner=("formats",))
    formats: dict[str, Any] = file.read("partner.formats", FORMAT_KEYS)
    contracts = read_contracts(file, codes)
    blankets = read_blanket_tables(file)
    _check_partner(file, partner, formats)
    if len(faults) > before:
        return None, contracts, blankets
    return Partner(formats=Formats(**formats), **partner), contracts, blankets


def _check_partner(
    file: TomlFile, partner: Mapping[str, object], formats: Mapping[str, object]
) -> None:
    format_ = str(formats.get("order_response", "EDIFACT"))
    if partner.get("application_errors") == "aperak" and not format_.startswith("EDIFACT"):
        file.fault(
            "partner",
            "application_errors",
            f"partner.application_errors: order responses are {format_}, which has no APERAK; "
            "leave the key out, or agree EDIFACT",
        )
    scheduled = partner.get("catalogue_on") in {CatalogueOn.SCHEDULE, CatalogueOn.BOTH}
    if scheduled and "catalogue_schedule" not in partner:
        file.fault(
            "partner",
            "catalogue_on",
            "partner.catalogue_on: there is no schedule; write `catalogue_schedule`, as in "
            '"0 6 * * mon"',
        )
    siren, siret = partner.get("siren"), partner.get("siret")
    if isinstance(siren, str) and isinstance(siret, str) and not siret.startswith(siren):
        file.fault(
            "partner",
            "siret",
            f"partner.siret: {siret} does not begin with the SIREN {siren}; correct one of them",
        )
