"""
Read a partner package: partner.toml, articles.csv, prices.csv and what may go with them, or refuse
it as a whole.

A package is refused with every fault at once, each with file, line, column and remedy, and then
nothing of it is used: half a price list is worse than the old one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from edi_gateway.contract.package.articles import read_articles
from edi_gateway.contract.package.blankets import read_blankets
from edi_gateway.contract.package.clauses import read_clauses
from edi_gateway.contract.package.columns import ARTICLES, BLANKETS, PRICES
from edi_gateway.contract.package.csv_file import decoded
from edi_gateway.contract.package.faults import Faults
from edi_gateway.contract.package.keys import (
    BLANKET_KEYS,
    CONTRACT_KEYS,
    FORMAT_KEYS,
    PARTNER_KEYS,
    POLICY_KEYS,
)
from edi_gateway.contract.package.prices import read_prices
from edi_gateway.contract.package.toml_file import TomlFile
from edi_gateway.contract.partner import CatalogueOn, Formats, Partner
from edi_gateway.contract.policies import Policies
from edi_gateway.contract.terms import Agreement, Contract, Substitution
from edi_gateway.errors import ConfigError

PARTNER = "partner.toml"

#: The files of a package; all are required.
FILES = (PARTNER, ARTICLES, PRICES)
#: Those a package may have besides.
OPTIONAL_FILES = (BLANKETS,)


def read_package(files: Mapping[str, bytes], origin: str) -> Agreement:
    """
    Read a partner package; `ConfigError` with every fault it has.

    `origin` stands before the file names in the faults: the folder, or who sent the package.
    """
    faults = Faults(origin, (*FILES, *OPTIONAL_FILES))
    for name in FILES:
        if name not in files:
            faults.add(name, 1, 1, "the file is missing; a package is " + ", ".join(FILES))
    partner, contract, stated = _read_partner(files.get(PARTNER), faults)
    articles, codes = read_articles(files.get(ARTICLES), faults)
    prices = read_prices(files.get(PRICES), codes, faults)
    blankets = read_blankets(stated, files.get(BLANKETS), codes, faults)
    if faults or partner is None or contract is None:
        raise ConfigError(*faults.sentences())
    if blankets:
        contract = replace(contract, blankets=blankets)
    return Agreement.of(partner, contract, articles=articles, prices=prices)


#: The tables of a contract that are read on their own.
_CONTRACT_TABLES = ("policies", "guards", "approvals", "blankets")

#: The partner, its contract, and the tables of the blanket orders.
_Read = tuple[Partner | None, Contract | None, list[dict[str, Any]] | None]


def _read_partner(data: bytes | None, faults: Faults) -> _Read:
    text = decoded(PARTNER, data, faults) if data is not None else None
    if text is None:
        return None, None, None
    file = TomlFile(PARTNER, text, faults)
    if not file.is_readable:
        return None, None, None
    before = len(faults)
    file.read("", {}, inner=("partner", "contract"))
    partner = file.read("partner", PARTNER_KEYS, inner=("formats",))
    formats = file.read("partner.formats", FORMAT_KEYS)
    contract = file.read("contract", CONTRACT_KEYS, inner=_CONTRACT_TABLES)
    policies = file.read("contract.policies", POLICY_KEYS)
    contract |= read_clauses(file)
    blankets = _read_blanket_tables(file)
    _check_partner(file, partner, formats)
    _check_substitution(file, contract, policies)
    _check_validity(file, "contract", contract, "contract.valid_until")
    if len(faults) > before:
        return None, None, None
    return *_build(partner, formats, contract, policies), blankets


def _build(
    partner: dict[str, Any],
    formats: dict[str, Any],
    contract: dict[str, Any],
    policies: dict[str, Any],
) -> tuple[Partner, Contract]:
    """Build both from values the key tables have read; the tables vouch for names and types."""
    return (
        Partner(formats=Formats(**formats), **partner),
        Contract(policies=Policies(**policies), **contract),
    )


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


def _check_validity(file: TomlFile, path: str, table: Mapping[str, Any], what: str) -> None:
    start, end = table.get("valid_from"), table.get("valid_until")
    if start is not None and end is not None and end < start:
        file.fault(
            path,
            "valid_until",
            f"{what}: {end} lies before valid_from {start}; correct one of them",
        )


def _check_substitution(
    file: TomlFile, contract: Mapping[str, Any], policies: Mapping[str, Any]
) -> None:
    """A policy that substitutes needs to be told what may be taken instead."""
    if contract.get("substitution", Substitution.NONE) is not Substitution.NONE:
        return
    for name in ("delisted_article", "stock_short"):
        if policies.get(name) == "substitute":
            file.fault(
                "contract.policies",
                name,
                f"contract.policies.{name}: substitutes, but contract.substitution allows none; "
                "write which are allowed there, or another policy",
            )


def _read_blanket_tables(file: TomlFile) -> list[dict[str, Any]]:
    seen: dict[str, str] = {}
    tables = []
    for path in file.each("contract.blankets") or ():
        blanket: dict[str, Any] = file.read(path, BLANKET_KEYS)
        number = blanket.get("number")
        _check_validity(file, path, blanket, f"blanket order {number!r}: valid_until")
        if number is not None and seen.setdefault(number, path) != path:
            file.fault(path, "number", f"blanket order {number!r} stands twice; remove one")
        tables.append(blanket)
    return tables
