"""What other rooms see of the ledger: plain values, no tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Transmission:
    """A file taken in."""

    id: int
    connector: str
    partner: str | None
    name: str
    size: int
    sha256: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interchange:
    """An interchange of a transmission, as the ledger holds it."""

    id: int
    transmission_id: int
    position: int
    format: str
    sender: str
    reference: str
    test: bool
    partner: str | None
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as the ledger holds it."""

    id: int
    transmission_id: int
    interchange_id: int
    position: int
    reference: str
    type: str
    release: str
    partner: str | None
    number: str | None
    test: bool
    state: str
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInterchange:
    """An interchange to be recorded, with the verdict on it."""

    transmission_id: int
    position: int
    format: str
    sender: str
    sender_qualifier: str
    recipient: str
    recipient_qualifier: str
    reference: str
    syntax: str
    version: str
    test: bool
    partner: str | None
    state: str
    code: str | None
    reason: str | None
    content_hash: str
    faults: str
    duplicate_of: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message to be recorded, in the state its interchange's verdict gives it."""

    position: int
    reference: str
    type: str
    release: str
    offset: int
    length: int
    segments: int
    state: str
    code: str | None
    reason: str | None
    number: str | None
    faults: str
    duplicate_of: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A file to be sent. Name and bytes never change after this."""

    partner: str
    connector: str
    type: str
    name: str
    content: bytes
    interchange_id: int | None
    message_ids: tuple[int, ...] = ()
    #: Kind and number of each document of ours in it that answers no message.
    documents: tuple[tuple[str, str], ...] = ()
    reference: str | None = None
    test: bool = False
    resend_of: int | None = None
    #: Within how many hours of sending the partner must acknowledge it; None: not watched.
    acknowledgement_hours: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A file to be sent, or sent already."""

    id: int
    partner: str
    connector: str
    type: str
    name: str
    content: bytes
    reference: str | None
    test: bool
    state: str
    attempts: int
    acknowledgement_hours: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAcknowledgement:
    """What a partner's message says about a delivery; `complaints` is a JSON list."""

    delivery_id: int
    message_id: int
    type: str
    said: str
    accepted: bool
    complaints: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOrder:
    """An order that was decided: its document, as JSON bytes, and when."""

    id: int
    message_id: int
    decided_at: datetime
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Who used a business number first, and with which content."""

    message_id: int
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDocument:
    """A canonical document in the ledger, as JSON bytes."""

    message_id: int
    kind: str
    partner: str
    number: str
    order_number: str | None
    content: bytes
    #: Which of the orders of that number, where a partner's numbers begin anew each year.
    order_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockItem:
    """The ERP's figure of an article at a moment, and what was taken of it since."""

    article: str
    at: datetime
    #: None: no figure is known any more.
    available: Decimal | None
    next_date: date | None = None
    next_quantity: Decimal | None = None
    taken: Decimal = Decimal(0)
    taken_next: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockChange:
    """What a report of stock changed; `outdated` articles have a later figure already."""

    changed: int
    outdated: int


class PackageKind(StrEnum):
    """What a package is about."""

    PARTNER = "partner"
    #: Prices that several contracts share.
    PRICE_LIST = "price-list"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file of a package: its bytes, or where the archive holds them."""

    name: str
    sha256: str
    size: int
    content: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPackage:
    """A version of a package to be recorded."""

    kind: PackageKind
    #: The id of the partner, or of the price list.
    partner: str
    version: int
    sha256: str
    #: By which its index is found; None where it is read whole.
    index_sha256: str | None
    effective_from: datetime
    articles: int
    prices: int
    changes: str | None
    files: tuple[NewFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One imported version of a package; `Store.package_files` has its bytes."""

    id: int
    kind: PackageKind
    #: The id of the partner, or of the price list.
    partner: str
    version: int
    sha256: str
    #: By which its index is found; None where it is read whole.
    index_sha256: str | None
    effective_from: datetime
    articles: int
    prices: int
    #: What it changed when it was imported, in a sentence.
    changes: str | None
    imported_at: datetime
    imported_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldArticle:
    """What was sold of one article in one order: quantity in its unit, and amount."""

    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What an answered order came to."""

    message_id: int
    partner: str
    number: str
    ordered_on: date
    value: Decimal
    delivery_party: str | None
    #: A hash of what was asked for; None where nobody asks for it.
    content: str | None
    articles: Mapping[str, SoldArticle]


@dataclass(frozen=True, slots=True, kw_only=True)
class SameContent:
    """An order that asked for what this hash stands for."""

    message_id: int
    number: str
    ordered_on: date
    content: str


@dataclass(slots=True, kw_only=True)
class Story:
    """Everything the ledger knows of one item, ready to be shown or printed as JSON."""

    item: str
    fields: dict[str, Any]
    parts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


_Record = TypeVar("_Record")


def record_of(kind: type[_Record], row: Any) -> _Record:
    """A row as a record of this kind, whose fields are columns of the row."""
    return kind(**{name: getattr(row, name) for name in kind.__slots__})  # type: ignore[attr-defined]
