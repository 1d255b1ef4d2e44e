"""Packages of partners and price lists, and the catalogues sent of them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlmodel import Field

from edi_gateway.store.tables.row import Row


class Package(Row, table=True):
    """
    One version of a package, as imported; `store/packages.py` says which is in force when.

    Packages of partners and shared price lists are told apart by `kind`.
    """

    id: int | None = Field(default=None, primary_key=True)
    kind: str = "partner"
    #: The id of the partner, or of the price list.
    partner: str
    version: int
    #: Over all files of the package.
    sha256: str
    #: Over its tables, by which its index is found; None where it is read whole.
    index_sha256: str | None = None
    effective_from: datetime
    articles: int
    prices: int
    #: What it changed when it was imported, in a sentence.
    changes: str | None = None
    imported_at: datetime
    imported_by: str

    __table_args__ = (UniqueConstraint("kind", "partner", "version"),)


class PackageFile(Row, table=True):
    """One file of a package; a large one lies in the archive, under its hash."""

    __tablename__ = "package_file"

    package_id: int = Field(foreign_key="package.id", primary_key=True)
    name: str = Field(primary_key=True)
    sha256: str
    size: int
    content: bytes | None = Field(default=None, sa_type=LargeBinary)


class SentCatalogue(Row, table=True):
    """The catalogue a partner was sent last."""

    __tablename__ = "sent_catalogue"

    partner: str = Field(primary_key=True)
    #: The version of its package, and the business day, that were last looked at.
    version: int
    day: date
    number: str
    sent_at: datetime
    #: Counts the changes of the row; each is conditional on it.
    revision: int
    #: The digest of each article, as compressed JSON.
    digests: bytes
