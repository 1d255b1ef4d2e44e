"""Import and export of partner packages: the partner's data, articles and prices, as one folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from edi_gateway.contract.package import read_package
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import PartnerPackage
from edi_gateway.errors import ConfigError, HeldError
from edi_gateway.exchange.workplace import ERP, Workplace
from edi_gateway.store import Message, Package

#: The files of a package; all three are required.
FILES = ("partner.toml", "articles.csv", "prices.csv")

#: Reason code of a package that waits for an operator; a release of it is the approval.
PACKAGE_HELD = "package-held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What an import did: `changed` is False when the same package was in force already."""

    partner: str
    version: int
    changed: bool
    articles: int
    prices: int


def read_folder(folder: Path) -> dict[str, bytes]:
    """Read the files of a package; `ConfigError` naming every one that is missing."""
    missing = [f"{folder / name}: is missing" for name in FILES if not (folder / name).is_file()]
    if missing:
        raise ConfigError(*missing)
    return {name: (folder / name).read_bytes() for name in FILES}


def import_package(place: Workplace, files: dict[str, bytes], *, origin: str, who: str) -> Import:
    """
    Put a package in force; `ConfigError` with every fault if any is wrong, then nothing changes.

    The same package again changes nothing.
    """
    agreement = read_package(files, origin=origin)
    partner = agreement.partner.id
    _refuse_clash(place, agreement)
    place.route(partner)
    sha256 = package_hash(files)
    current = current_package(place, partner)
    version = current.version if current else 0
    changed = current is None or current.sha256 != sha256
    if changed:
        version += 1
        with place.store.transaction(who) as ledger:
            ledger.add_package(partner, version, sha256, files)
        place.partners.reload()
    return Import(
        partner=partner,
        version=version,
        changed=changed,
        articles=len(agreement.articles),
        prices=len(agreement.prices),
    )


def take_package(place: Workplace, message: Message, package: PartnerPackage) -> str:
    """
    Plan a package the ERP sent and, by policy or after an operator's release, put it in force.

    Returns what changed in a sentence; raises `HeldError` with the plan, or with every fault.
    """
    files = {name: text.encode("utf-8") for name, text in package.files.items()}
    try:
        planned = plan(place, files)
        if place.package_policy == "hold" and message.code != PACKAGE_HELD:
            raise HeldError(
                f"The ERP's package was planned, not applied: {planned}.",
                code=PACKAGE_HELD,
                remedy="Release it to put it in force, or discard it with a reason.",
            )
        import_package(place, files, origin=message_origin(message), who="erp")
    except ConfigError as error:
        raise HeldError(
            "; ".join(error.faults),
            code="package-refused",
            remedy="Correct the package in the ERP and send it again.",
        ) from error
    return f"package applied: {planned}"


def plan(place: Workplace, files: dict[str, bytes]) -> str:
    """What putting a package in force would change, in a sentence; `ConfigError` if it is bad."""
    missing = [f"{name}: is missing" for name in FILES if name not in files]
    if missing:
        raise ConfigError(*missing)
    new = read_package(files, origin="the ERP's package")
    _refuse_clash(place, new)
    old = place.partners.get(new.partner.id)
    if old is None:
        return f"new partner {new.partner.id}"
    changes = [
        f"{what} {verb}"
        for what, verb in (
            ("partner", "changed" if old.partner != new.partner else ""),
            ("contract", "changed" if old.contract != new.contract else ""),
        )
        if verb
    ]
    changes += _difference("articles", _lines(place, new, "articles.csv"), files)
    changes += _difference("prices", _lines(place, new, "prices.csv"), files)
    return f"{new.partner.id}: {', '.join(changes) or 'nothing changes'}"


def _lines(place: Workplace, new: Agreement, name: str) -> tuple[str, set[str]]:
    current = current_package(place, new.partner.id)
    text = current.files[name].decode("utf-8-sig") if current else ""
    return name, set(text.splitlines()[1:])


def _difference(what: str, old: tuple[str, set[str]], files: dict[str, bytes]) -> list[str]:
    name, before = old
    after = set(files[name].decode("utf-8-sig").splitlines()[1:])
    counts = ((len(after - before), "new or changed"), (len(before - after), "gone or changed"))
    return [f"{count} {what} {verb}" for count, verb in counts if count]


def message_origin(message: Message) -> str:
    """How a package that came as a message names itself in faults."""
    return f"m{message.id}"


def current_package(place: Workplace, partner: str) -> Package | None:
    """The package of a partner that is in force."""
    return next((p for p in place.store.packages() if p.partner == partner), None)


def package_hash(files: dict[str, bytes]) -> str:
    """One hash over the three files."""
    digest = hashlib.sha256()
    for name in FILES:
        digest.update(hashlib.sha256(files[name]).digest())
    return digest.hexdigest()


def _refuse_clash(place: Workplace, agreement: Agreement) -> None:
    partner = agreement.partner
    if partner.id == ERP:
        raise ConfigError("partner.toml: partner.id: `erp` is the built-in partner")
    other = place.partners.of_sender(partner.interchange_id, partner.interchange_qualifier)
    if other is not None and other.partner.id != partner.id:
        raise ConfigError(
            f"partner.toml: partner.interchange_id: {partner.interchange_id}:"
            f"{partner.interchange_qualifier} belongs to partner {other.partner.id} already; "
            "two partners cannot share it"
        )
