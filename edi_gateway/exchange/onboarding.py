"""Import of partner packages: the partner's data, articles and prices, as one folder."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edi_gateway.contract.package import FILES, OPTIONAL_FILES, PARTNER, read_package
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import PartnerPackage
from edi_gateway.errors import ConfigError, HeldError
from edi_gateway.exchange.packages import (
    Files,
    IndexedPackage,
    Progress,
    build_index,
    bytes_of,
    hash_of,
    index_files,
    is_large,
    no_progress,
)
from edi_gateway.exchange.planning import differences, indexed
from edi_gateway.exchange.workplace import ERP, Workplace
from edi_gateway.store import (
    Archived,
    Incoming,
    Message,
    NewFile,
    NewPackage,
    Package,
    PackageIndex,
    PackageKind,
    applying,
    staging,
)

#: Reason code of a package that waits for an operator; a release of it is the approval.
PACKAGE_HELD = "package-held"

_INDEX = "index.sqlite"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What an import did: `changed` is False when the same package was in force already."""

    partner: str
    version: int
    changed: bool
    articles: int
    prices: int
    effective_from: datetime
    #: A version with a later date, which will take the place of this one.
    replaced_by: int | None = None
    replaced_from: datetime | None = None


def folder_files(folder: Path) -> dict[str, Path]:
    """The files of a package in a folder; `ConfigError` naming every one that is missing."""
    missing = [f"{folder / name}: is missing" for name in FILES if not (folder / name).is_file()]
    if missing:
        raise ConfigError(*missing)
    there = [name for name in OPTIONAL_FILES if (folder / name).is_file()]
    return {name: folder / name for name in (*FILES, *there)}


def read_folder(folder: Path) -> dict[str, bytes]:
    """Read the files of a package; `ConfigError` naming every one that is missing."""
    return {name: file.read_bytes() for name, file in folder_files(folder).items()}


def import_package(
    place: Workplace,
    files: Files,
    *,
    origin: str,
    who: str,
    effective: datetime | None = None,
) -> Import:
    """
    Put a package in force, now or from a moment on.

    `ConfigError` with every fault if any is wrong, then nothing changes. The same package again
    changes nothing.
    """
    if is_large(files):
        with staging(place.store.data) as folder:
            stage(files, folder, origin=origin)
            return adopt(place, folder, origin=origin, who=who, effective=effective)
    whole = {name: bytes_of(file) for name, file in files.items()}
    agreement = read_package(whole, origin=origin)
    new = tuple(
        NewFile(name=name, sha256=_hash(data), size=len(data), content=data)
        for name, data in whole.items()
    )
    counts = len(agreement.articles), len(agreement.prices)
    return _record(
        place,
        agreement,
        new,
        counts,
        None,
        changed=lambda: index_files(whole, origin=origin),
        who=who,
        effective=effective,
    )


# --- large packages ------------------------------------------------------------------------------


def stage(files: Files, folder: Path, *, origin: str, progress: Progress = no_progress) -> None:
    """
    Copy a package into a folder of `staging`, and build the index of its tables there.

    `ConfigError` with every fault if any is wrong. Needs neither the ledger nor its lock, so the
    service goes on meanwhile. The copies are read, because the folder may change under us.
    """
    copies: dict[str, bytes | Path] = {}
    hashes = {}
    for name, file in files.items():
        progress("copying", len(copies), len(files))
        copies[name], hashes[name] = _copy(file, folder / name)
    index = PackageIndex.create(folder / _INDEX)
    try:
        built = build_index(copies, index, origin=origin, progress=progress)
        index.note("tables", hash_of(hashes, tables=True))
        index.note("articles", str(built.articles))
        index.note("prices", str(built.prices))
    finally:
        index.close()


def adopt(
    place: Workplace, folder: Path, *, origin: str, who: str, effective: datetime | None = None
) -> Import:
    """Put a package that was staged in force; the files are hashed again and moved, not copied."""
    names = [name for name in (*FILES, *OPTIONAL_FILES) if (folder / name).is_file()]
    files = {name: folder / name for name in names}
    hashed = {name: _hash_of_file(file) for name, file in files.items()}
    tables = hash_of({name: sha for name, (sha, _) in hashed.items()}, tables=True)
    index = PackageIndex.open(folder / _INDEX)
    try:
        if index.noted("tables") != tables or not index.is_current():
            raise ConfigError(
                f"{origin}: it was prepared by another version of the gateway; restart the service"
            )
        package = IndexedPackage.of(index, (folder / PARTNER).read_bytes(), origin=origin)
        counts = int(index.noted("articles") or 0), int(index.noted("prices") or 0)
        new = tuple(
            NewFile(
                name=name,
                sha256=sha256,
                size=size,
                content=package.toml if name == PARTNER else None,
            )
            for name, (sha256, size) in hashed.items()
        )
        return _record(
            place,
            package.terms,
            new,
            counts,
            tables,
            changed=lambda: package,
            who=who,
            effective=effective,
            folder=folder,
        )
    finally:
        index.close()


def _copy(file: bytes | Path, target: Path) -> tuple[Path, str]:
    """Copy a file for this user alone; return the copy and its hash."""
    target.touch(mode=0o600)
    if isinstance(file, bytes):
        target.write_bytes(file)
    else:
        shutil.copyfile(file, target)
    return target, _hash_of_file(target)[0]


def _hash_of_file(file: Path) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# --- what both sizes have in common --------------------------------------------------------------


def _record(
    place: Workplace,
    agreement: Agreement,
    new: tuple[NewFile, ...],
    counts: tuple[int, int],
    index_sha256: str | None,
    *,
    changed: Callable[[], IndexedPackage],
    who: str,
    effective: datetime | None,
    folder: Path | None = None,
) -> Import:
    partner = agreement.partner.id
    versions = place.partners.versions(partner)
    since = _since(versions, place.now(), effective)
    _refuse_clash(place, agreement, since)
    place.route(partner)
    sha256 = hash_of({file.name: file.sha256 for file in new})
    current = applying(versions, since)
    version = current.version if current else 0
    is_changed = current is None or current.sha256 != sha256
    if is_changed:
        version = max(package.version for package in versions) + 1 if versions else 1
        before = indexed(place.store, current) if current is not None else None
        changes = differences(before, changed())
        if folder is not None and index_sha256 is not None:
            stored = [
                Incoming(folder / file.name, Archived(file.sha256, file.size))
                for file in new
                if file.content is None
            ]
            place.store.adopt(stored, folder / _INDEX, index_sha256)
        with place.store.transaction(who) as ledger:
            ledger.add_package(
                NewPackage(
                    kind=PackageKind.PARTNER,
                    partner=partner,
                    version=version,
                    sha256=sha256,
                    index_sha256=index_sha256,
                    effective_from=since,
                    articles=counts[0],
                    prices=counts[1],
                    changes=changes,
                    files=new,
                )
            )
        place.partners.reload()
    following = min(
        (package for package in versions if package.effective_from > since),
        key=lambda package: package.effective_from,
        default=None,
    )
    return Import(
        partner=partner,
        version=version,
        changed=is_changed,
        articles=counts[0],
        prices=counts[1],
        effective_from=since if is_changed or current is None else current.effective_from,
        replaced_by=following.version if following else None,
        replaced_from=following.effective_from if following else None,
    )


def _since(versions: list[Package], now: datetime, effective: datetime | None) -> datetime:
    """From when a new version is in force: never in the past, which stays as it was."""
    if effective is not None and effective > now:
        return effective
    current = applying(versions, now)
    return now if current is None else max(now, current.effective_from)


def _refuse_clash(place: Workplace, agreement: Agreement, since: datetime) -> None:
    partner = agreement.partner
    if partner.id == ERP:
        raise ConfigError("partner.toml: partner.id: `erp` is the built-in partner")
    owner = place.partners.owner(partner.interchange_id, partner.interchange_qualifier, since)
    if owner is not None and owner != partner.id:
        raise ConfigError(
            f"partner.toml: partner.interchange_id: {partner.interchange_id}:"
            f"{partner.interchange_qualifier} belongs to partner {owner} already; "
            "two partners cannot share it"
        )


# --- packages the ERP sends ----------------------------------------------------------------------


def take_package(place: Workplace, message: Message, package: PartnerPackage) -> str:
    """
    Plan a package the ERP sent and, by policy or after an operator's release, put it in force.

    Returns what changed in a sentence; raises `HeldError` with the plan, or with every fault.
    """
    files = {name: text.encode("utf-8") for name, text in package.files.items()}
    try:
        planned = _planned(place, files)
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


def _planned(place: Workplace, files: dict[str, bytes]) -> str:
    """What putting a package in force would change, in a sentence; `ConfigError` if it is bad."""
    missing = [f"{name}: is missing" for name in FILES if name not in files]
    if missing:
        raise ConfigError(*missing)
    new = index_files(files, origin="the ERP's package")
    partner = new.terms.partner.id
    _refuse_clash(place, new.terms, place.now())
    current = applying(place.partners.versions(partner), place.now())
    if current is None:
        return f"new partner {partner}"
    return f"{partner}: {differences(indexed(place.store, current), new)}"


def message_origin(message: Message) -> str:
    """How a package that came as a message names itself in faults."""
    return f"m{message.id}"
