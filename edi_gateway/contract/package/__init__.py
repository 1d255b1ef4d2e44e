"""
Read a partner package: partner.toml, articles.csv and prices.csv, or refuse it as a whole.

A package is refused with every fault at once, each with file, line, column and remedy, and then
nothing of it is used: half a price list is worse than the old one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edi_gateway.contract.package.articles import read_articles
from edi_gateway.contract.package.columns import ARTICLES, PRICES
from edi_gateway.contract.package.csv_file import Source, decoded
from edi_gateway.contract.package.faults import Faults
from edi_gateway.contract.package.keys import (
    CONTRACT_KEYS,
    FORMAT_KEYS,
    PARTNER_KEYS,
    POLICY_KEYS,
)
from edi_gateway.contract.package.prices import read_prices
from edi_gateway.contract.package.toml_file import TomlFile
from edi_gateway.contract.partner import Formats, Partner
from edi_gateway.contract.policies import Policies
from edi_gateway.contract.terms import Agreement, Contract
from edi_gateway.errors import ConfigError

PARTNER = "partner.toml"

#: The files of a package that must be there, and those that may.
FILES = (PARTNER, ARTICLES, PRICES)
OPTIONAL_FILES: tuple[str, ...] = ()


def read_package(files: Mapping[str, Source], origin: str, *, version: int = 0) -> Agreement:
    """
    Read a partner package; `ConfigError` with every fault it has.

    `origin` stands before the file names in the faults: the folder, or who sent the package. The
    tables may be excerpts: then the agreement knows the articles and prices in them.
    """
    faults = Faults(origin, (*FILES, *OPTIONAL_FILES))
    agreement = read_into(faults, files, version=version)
    if faults or agreement is None:
        raise ConfigError(*faults.sentences())
    return agreement


def read_into(faults: Faults, files: Mapping[str, Source], *, version: int = 0) -> Agreement | None:
    """Read a partner package and note its faults; None where there is no agreement to speak of."""
    for name in FILES:
        if name not in files:
            faults.add(name, 1, 1, "the file is missing; a package is " + ", ".join(FILES))
    partner, contract = _read_partner(files.get(PARTNER), faults)
    articles, codes = read_articles(files.get(ARTICLES), faults)
    prices = read_prices(files.get(PRICES), codes, faults)
    if partner is None or contract is None:
        return None
    return Agreement.of(partner, contract, articles=articles, prices=prices, version=version)


def _read_partner(data: Source | None, faults: Faults) -> tuple[Partner | None, Contract | None]:
    text = decoded(PARTNER, data, faults) if isinstance(data, bytes) else None
    if text is None:
        return None, None
    file = TomlFile(PARTNER, text, faults)
    if not file.is_readable:
        return None, None
    before = len(faults)
    file.read("", {}, inner=("partner", "contract"))
    partner = file.read("partner", PARTNER_KEYS, inner=("formats",))
    formats = file.read("partner.formats", FORMAT_KEYS)
    contract = file.read("contract", CONTRACT_KEYS, inner=("policies",))
    policies = file.read("contract.policies", POLICY_KEYS)
    _check_partner(file, partner, formats)
    _check_contract(file, contract)
    if len(faults) > before:
        return None, None
    return _build(partner, formats, contract, policies)


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
    siren, siret = partner.get("siren"), partner.get("siret")
    if isinstance(siren, str) and isinstance(siret, str) and not siret.startswith(siren):
        file.fault(
            "partner",
            "siret",
            f"partner.siret: {siret} does not begin with the SIREN {siren}; correct one of them",
        )


def _check_contract(file: TomlFile, contract: Mapping[str, Any]) -> None:
    start, end = contract.get("valid_from"), contract.get("valid_until")
    if start is not None and end is not None and end < start:
        file.fault(
            "contract",
            "valid_until",
            f"contract.valid_until: {end} lies before valid_from {start}; correct one of them",
        )
