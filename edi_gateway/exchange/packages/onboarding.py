"""
Import of packages: a partner's data, articles and prices as one folder, or a shared price list.

A version is put in force now or from a moment on, never before now: what was stays what it was.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edi_gateway.contract.package import FILES, OPTIONAL_FILES, PARTNER, read_package
from edi_gateway.contract.package.price_list import (
    PRICE_LIST,
    PRICE_LIST_FILES,
    read_price_list,
)
from edi_gateway.contract.partner import Partner
from edi_gateway.documents import PartnerPackage
from edi_gateway.errors import ConfigError, HeldError
from edi_gateway.exchange.packages.agreements import load_indexed, load_indexed_list
from edi_gateway.exchange.packages.forms import (
    Files,
    IndexedList,
    IndexedPackage,
    Progress,
    bytes_of,
    hash_of,
    is_large,
    no_progress,
)
from edi_gateway.exchange.packages.indexing import build_index, index_files, index_list, reopen
from edi_gateway.exchange.packages.planning import differences, list_differences
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

    kind: PackageKind
    #: The id of the partner, or of the price list.
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
    if not folder.is_dir():
        raise ConfigError(f"{folder}: there is no such folder; name that of a package")
    required = PRICE_LIST_FILES if (folder / PRICE_LIST).is_file() else FILES
    wanted = ", ".join(required)
    missing = [
        f"{folder / name}: the file is missing; a package is {wanted}"
        for name in required
        if not (folder / name).is_file()
    ]
    if missing:
        raise ConfigError(*missing)
    return {name: folder / name for name in _all_names(folder)}


def read_folder(folder: Path) -> dict[str, bytes]:
    """Read the files of a package; `ConfigError` naming every one that is missing."""
    return {name: file.read_bytes() for name, file in folder_files(folder).items()}


def _all_names(folder: Path) -> tuple[str, ...]:
    if (folder / PRICE_LIST).is_file():
        return PRICE_LIST_FILES
    return tuple(name for name in (*FILES, *OPTIONAL_FILES) if (folder / name).is_file())


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
    new = _read_whole(whole, origin)
    return _record(place, new, who=who, effective=effective)


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
    """Put a package that was staged in force; its files are hashed again and moved, not copied."""
    if not (folder / _INDEX).is_file():
        raise ConfigError(f"{origin}: what was prepared of it is gone; import it again")
    files = {name: folder / name for name in _all_names(folder)}
    hashed = {name: _hash_of_file(file) for name, file in files.items()}
    tables = hash_of({name: sha for name, (sha, _) in hashed.items()}, tables=True)
    index = PackageIndex.open(folder / _INDEX)
    try:
        if index.noted("tables") != tables or not index.is_current():
            raise ConfigError(
                f"{origin}: it was prepared by another version of the gateway; restart the service"
            )
        new = _read_staged(folder, index, hashed, tables, origin)
        return _record(place, new, who=who, effective=effective)
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


# --- what is recorded ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _New:
    """A package that was read and found right."""

    kind: PackageKind
    name: str
    #: None: a shared price list.
    partner: Partner | None
    files: tuple[NewFile, ...]
    articles: int
    prices: int
    #: Its rows and terms, to be compared with those of the version before.
    indexed: Callable[[], IndexedPackage | IndexedList]
    #: Where a large one was staged, and the hash of its tables.
    folder: Path | None = None
    index_sha256: str | None = None

    @property
    def sha256(self) -> str:
        return hash_of({file.name: file.sha256 for file in self.files})


def _read_whole(files: dict[str, bytes], origin: str) -> _New:
    new = tuple(
        NewFile(name=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data), content=data)
        for name, data in files.items()
    )
    if PRICE_LIST in files:
        shared = read_price_list(files, origin)
        return _New(
            kind=PackageKind.PRICE_LIST,
            name=shared.id,
            partner=None,
            files=new,
            articles=0,
            prices=len(shared.rows),
            indexed=lambda: index_list(files, origin=origin),
        )
    agreement = read_package(files, origin)
    return _New(
        kind=PackageKind.PARTNER,
        name=agreement.partner.id,
        partner=agreement.partner,
        files=new,
        articles=len(agreement.articles),
        prices=len(agreement.prices),
        indexed=lambda: index_files(files, origin=origin),
    )


def _read_staged(
    folder: Path,
    index: PackageIndex,
    hashed: dict[str, tuple[str, int]],
    tables: str,
    origin: str,
) -> _New:
    head = PRICE_LIST if PRICE_LIST in hashed else PARTNER
    toml = (folder / head).read_bytes()
    built = reopen(index, toml, is_list=head == PRICE_LIST, origin=origin)
    package = built.package
    if isinstance(package, IndexedPackage):
        partner: Partner | None = package.terms.partner
        name = package.terms.partner.id
    else:
        partner, name = None, package.id
    return _New(
        kind=PackageKind.PARTNER if partner else PackageKind.PRICE_LIST,
        name=name,
        partner=partner,
        files=tuple(
            NewFile(name=name, sha256=sha, size=size, content=toml if name == head else None)
            for name, (sha, size) in hashed.items()
        ),
        articles=built.articles,
        prices=built.prices,
        indexed=lambda: package,
        folder=folder,
        index_sha256=tables,
    )


def _record(place: Workplace, new: _New, *, who: str, effective: datetime | None) -> Import:
    versions = place.partners.versions(new.name, new.kind)
    since = _since(versions, place.now(), effective)
    if new.partner is not None:
        _refuse_clash(place, new.partner, since)
        place.route(new.name)
    current = applying(versions, since)
    is_changed = current is None or current.sha256 != new.sha256
    version = current.version if current else 0
    if is_changed:
        version = max((package.version for package in versions), default=0) + 1
        _write(place, new, version, since, _changes(place, current, new), who)
    following = min(
        (package for package in versions if package.effective_from > since),
        key=lambda package: package.effective_from,
        default=None,
    )
    return Import(
        kind=new.kind,
        partner=new.name,
        version=version,
        changed=is_changed,
        articles=new.articles,
        prices=new.prices,
        effective_from=since if is_changed or current is None else current.effective_from,
        replaced_by=following.version if following else None,
        replaced_from=following.effective_from if following else None,
    )


def _write(
    place: Workplace, new: _New, version: int, since: datetime, changes: str, who: str
) -> None:
    """The files of a large package first; one small commit then makes all of it true."""
    if new.folder is not None and new.index_sha256 is not None:
        stored = [
            Incoming(new.folder / file.name, Archived(file.sha256, file.size))
            for file in new.files
            if file.content is None
        ]
        place.store.adopt(stored, new.folder / _INDEX, new.index_sha256)
    with place.store.transaction(who) as ledger:
        ledger.add_package(
            NewPackage(
                kind=new.kind,
                partner=new.name,
                version=version,
                sha256=new.sha256,
                index_sha256=new.index_sha256,
                effective_from=since,
                articles=new.articles,
                prices=new.prices,
                changes=changes,
                files=new.files,
            )
        )
    place.partners.reload()


def _changes(place: Workplace, current: Package | None, new: _New) -> str:
    """What the new version changes, in a sentence."""
    if current is None:
        return "new"
    now = new.indexed()
    if isinstance(now, IndexedPackage):
        return differences(load_indexed(place.store, current, {}), now)
    return list_differences(load_indexed_list(place.store, current), now)


def _since(versions: list[Package], now: datetime, effective: datetime | None) -> datetime:
    """From when a new version is in force: never in the past, which stays as it was."""
    if effective is not None and effective > now:
        return effective
    current = applying(versions, now)
    return now if current is None else max(now, current.effective_from)


def _refuse_clash(place: Workplace, partner: Partner, since: datetime) -> None:
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
    unknown = [
        f"{name}: is no file of a package"
        for name in files
        if name not in (*FILES, *OPTIONAL_FILES)
    ]
    if missing or unknown:
        raise ConfigError(*missing, *unknown)
    new = index_files(files, origin="the ERP's package")
    partner = new.terms.partner
    _refuse_clash(place, partner, place.now())
    current = applying(place.partners.versions(partner.id), place.now())
    if current is None:
        return f"new partner {partner.id}"
    return f"{partner.id}: {differences(load_indexed(place.store, current, {}), new)}"


def message_origin(message: Message) -> str:
    """How a package that came as a message names itself in faults."""
    return f"m{message.id}"
