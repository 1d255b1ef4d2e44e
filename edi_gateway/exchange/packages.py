"""
Packages of any size: small ones are read whole, large ones through an index of their tables.

From the index a *slice* is taken: the rows of the articles that some orders name. It is read as a
package of its own, so that orders of a customer with a million prices are decided by the same code.
"""

from __future__ import annotations

import hashlib
import io
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from edi_gateway.contract.package import FILES, OPTIONAL_FILES, PARTNER, read_into, read_package
from edi_gateway.contract.package.articles import read_articles
from edi_gateway.contract.package.columns import (
    ARTICLE_COLUMNS,
    ARTICLES,
    PRICE_COLUMNS,
    PRICES,
)
from edi_gateway.contract.package.csv_file import CsvRow, Excerpt, open_csv
from edi_gateway.contract.package.faults import LISTED, Faults
from edi_gateway.contract.package.prices import price_of, read_prices
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import Order, gtin_key
from edi_gateway.errors import ConfigError
from edi_gateway.store import PackageIndex

#: A package with larger tables, in bytes, is read through an index; in memory they would take
#: about ten times as much.
WHOLE_BYTES = 1_000_000

#: The files of a package: their bytes, or where they lie.
Files = Mapping[str, bytes | Path]

#: Told how far an import has come: what is under way, how much is done, and of how much.
Progress = Callable[[str, int, int], None]

_BATCH = 5000
_EVER = "9999-12-31"


def no_progress(what: str, done: int, of: int) -> None:
    """Tell nobody."""


def stream_of(file: bytes | Path) -> BinaryIO:
    """The bytes of a file of a package."""
    return io.BytesIO(file) if isinstance(file, bytes) else file.open("rb")


def bytes_of(file: bytes | Path) -> bytes:
    """All bytes of a small file of a package."""
    return file if isinstance(file, bytes) else file.read_bytes()


def size_of(file: bytes | Path) -> int:
    """How many bytes a file of a package has."""
    return len(file) if isinstance(file, bytes) else file.stat().st_size


def is_large(files: Files) -> bool:
    """Whether a package is read through an index."""
    return sum(size_of(file) for name, file in files.items() if name != PARTNER) > WHOLE_BYTES


def hash_of(hashes: Mapping[str, str], *, tables: bool = False) -> str:
    """One hash over the files of a package, or over its tables alone, from the hash of each."""
    digest = hashlib.sha256()
    for name in (*FILES, *OPTIONAL_FILES):
        if name in hashes and not (tables and name == PARTNER):
            if name not in FILES:
                digest.update(name.encode())
            digest.update(bytes.fromhex(hashes[name]))
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class IndexedPackage:
    """A package of which only the index is at hand, and the agreement without any article."""

    index: PackageIndex
    toml: bytes
    origin: str
    version: int
    #: The agreement; of its articles and prices only those that the terms themselves name.
    terms: Agreement

    @classmethod
    def of(
        cls, index: PackageIndex, toml: bytes, *, origin: str, version: int = 0
    ) -> IndexedPackage:
        """The package with this partner.toml and the tables of an index."""
        named = index.closed(index.codes(codes=_texts(toml)))
        terms = read_package(_excerpts(index, toml, named), origin, version=version)
        return cls(index, toml, origin, version, terms)

    def for_orders(self, orders: Iterable[Order]) -> Agreement:
        """The agreement with the articles some orders name, and all that these refer to."""
        gtins, ours, theirs = set(), set(), set()
        for order in orders:
            for line in order.lines:
                if line.gtin:
                    gtins.add(gtin_key(line.gtin))
                if line.supplier_article:
                    ours.add(line.supplier_article.strip())
                if line.buyer_article:
                    theirs.add(line.buyer_article.strip())
        return self.for_articles(self.index.codes(codes=ours, gtins=gtins, theirs=theirs))

    def for_articles(self, codes: Iterable[str]) -> Agreement:
        """The agreement with these articles, and all that they refer to."""
        named = self.index.codes(codes=_texts(self.toml)) | set(codes)
        files = _excerpts(self.index, self.toml, self.index.closed(named))
        return read_package(files, self.origin, version=self.version)


def _excerpts(index: PackageIndex, toml: bytes, codes: set[str]) -> dict[str, bytes | Excerpt]:
    return {
        PARTNER: toml,
        ARTICLES: Excerpt(_header(index, ARTICLES), index.articles(codes)),
        PRICES: Excerpt(_header(index, PRICES), index.prices(codes)),
    }


def _header(index: PackageIndex, file: str) -> str:
    """The header of a table; what it should be where there was none to be read."""
    columns = ARTICLE_COLUMNS if file == ARTICLES else PRICE_COLUMNS
    return index.noted(file) or ",".join(name for name in columns if not columns[name].absent)


def _texts(toml: bytes) -> set[str]:
    """Every text in a partner.toml: those that are codes of articles are looked up with it."""

    def within(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            for item in value.values() if isinstance(value, dict) else value:
                yield from within(item)

    try:
        return set(within(tomllib.loads(toml.decode("utf-8-sig"))))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        return set()  # Whoever reads it says what is wrong.


@dataclass(frozen=True, slots=True)
class Built:
    """An index that was built, and what it holds."""

    package: IndexedPackage
    articles: int
    prices: int


def build_index(
    files: Files, index: PackageIndex, *, origin: str, progress: Progress = no_progress
) -> Built:
    """
    Fill a new index with the tables of a package; `ConfigError` with every fault if any is wrong.

    The tables are read once, in batches. What concerns many rows is asked of the index, and the
    rows in question are read again, so that a fault reads the same whatever the size.
    """
    faults = Faults(origin, (*FILES, *OPTIONAL_FILES))
    total = size_of(files[ARTICLES]) + size_of(files[PRICES])
    articles = _index_articles(files[ARTICLES], index, faults, _Told(progress, 0, total))
    done = size_of(files[ARTICLES])
    prices = _index_prices(files[PRICES], index, faults, _Told(progress, done, total))
    for percent in index.finish():
        progress("sorting", percent, 100)
    progress("checking", 0, 1)
    _check_whole(index, faults, are_articles_known=articles is not None)
    toml = bytes_of(files[PARTNER])
    named = index.closed(index.codes(codes=_texts(toml)))
    terms = read_into(faults, _excerpts(index, toml, named))
    progress("checking", 1, 1)
    if faults or terms is None:
        raise ConfigError(*faults.sentences())
    return Built(IndexedPackage(index, toml, origin, 0, terms), articles or 0, prices or 0)


def index_files(
    files: Files, *, origin: str, version: int = 0, progress: Progress = no_progress
) -> IndexedPackage:
    """A package with an index in memory; `ConfigError` with every fault if any is wrong."""
    built = build_index(files, PackageIndex.create(None), origin=origin, progress=progress)
    return replace(built.package, version=version)


@dataclass(frozen=True, slots=True)
class _Told:
    """Tells the progress of reading one table, which is a part of all that is read."""

    progress: Progress
    before: int
    total: int

    def tell(self, stream: BinaryIO) -> None:
        self.progress("reading", self.before + stream.tell(), self.total)


def _index_articles(
    file: bytes | Path, index: PackageIndex, faults: Faults, told: _Told
) -> int | None:
    """Add the articles; return how many, None where the file cannot be read."""
    naming = [name for name, column in ARTICLE_COLUMNS.items() if column.names_articles]
    with stream_of(file) as stream:
        opened = open_csv(ARTICLES, stream, ARTICLE_COLUMNS, faults)
        if opened is None:
            return None
        index.note(ARTICLES, opened.header)
        count = 0
        for rows in _batches(opened.rows):
            index.add_articles([_article_row(row) for row in rows])
            index.add_related([pair for row in rows for pair in _related(row, naming)])
            count += len(rows)
            told.tell(stream)
    return count


def _article_row(row: CsvRow) -> tuple[str | None, str | None, str | None, int, str]:
    gtin, theirs = row.values.get("gtin"), row.values.get("buyer_code")
    return (
        row.written("article") or None,
        gtin_key(str(gtin)) if gtin is not None else None,
        str(theirs) if theirs is not None else None,
        row.line,
        row.record,
    )


def _related(row: CsvRow, naming: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in naming:
        value = row.values.get(name)
        for other in (value,) if isinstance(value, str) else value or ():  # type: ignore[attr-defined]
            yield row.written("article"), str(other)


def _index_prices(
    file: bytes | Path, index: PackageIndex, faults: Faults, told: _Told
) -> int | None:
    """Add the prices; return how many, None where the file cannot be read."""
    with stream_of(file) as stream:
        opened = open_csv(PRICES, stream, PRICE_COLUMNS, faults)
        if opened is None:
            return None
        index.note(PRICES, opened.header)
        count = 0
        for rows in _batches(opened.rows):
            index.add_prices([_price_row(row, faults) for row in rows if row.is_right])
            count += len(rows)
            told.tell(stream)
    return count


def _price_row(row: CsvRow, faults: Faults) -> tuple[str, float, str, str, int, str]:
    price = price_of(row, faults)
    until = price.valid_until
    return (
        price.article,
        float(price.from_quantity),
        price.valid_from.isoformat(),
        until.isoformat() if until is not None else _EVER,
        row.line,
        row.record,
    )


def _batches(rows: Iterator[CsvRow]) -> Iterator[list[CsvRow]]:
    batch: list[CsvRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _check_whole(index: PackageIndex, faults: Faults, *, are_articles_known: bool) -> None:
    """Find the rows that are wrong beside others, and let the readers of the tables say why."""
    articles, prices = _header(index, ARTICLES), _header(index, PRICES)
    read_articles(Excerpt(articles, index.twins(LISTED)), faults)
    close = index.close_articles()
    for start in range(0, len(close), _BATCH):
        records = index.prices(close[start : start + _BATCH])
        read_prices(Excerpt(prices, records), None, faults)
    if are_articles_known:
        strangers, count = index.strangers(LISTED)
        read_prices(Excerpt(prices, strangers), frozenset(), faults)
        faults.count(count - len(strangers))
