"""
Build the index of a package, and refuse the package with every fault it has.

The tables are read once, as streams. What concerns many rows is asked of the index, and the rows in
question are read again by the readers of the tables, so that a fault reads the same at any size.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from edi_gateway.contract.package import FILES, OPTIONAL_FILES, PARTNER, read_into, read_partner
from edi_gateway.contract.package.articles import read_articles
from edi_gateway.contract.package.columns import ARTICLE_COLUMNS, ARTICLES, PRICES, UNITS
from edi_gateway.contract.package.csv_file import CsvRow, Excerpt, decoded, open_csv
from edi_gateway.contract.package.faults import LISTED, Faults
from edi_gateway.contract.package.price_list import (
    PRICE_LIST,
    PRICE_LIST_FILES,
    check_list_row,
    read_list_into,
)
from edi_gateway.contract.package.prices import (
    Surroundings,
    check_prices,
    price_of,
    read_prices,
)
from edi_gateway.contract.package.supply import check_article
from edi_gateway.contract.package.units import read_units
from edi_gateway.contract.pricing.book import Scope, scope_of
from edi_gateway.contract.pricing.rows import PriceRow
from edi_gateway.contract.pricing.units import PIECES
from edi_gateway.documents import gtin_key
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.packages.forms import (
    ENTIRE,
    TABLES,
    Files,
    IndexedList,
    IndexedPackage,
    List,
    Progress,
    bytes_of,
    excerpts,
    header_of,
    named_articles,
    no_progress,
    size_of,
    stream_of,
)
from edi_gateway.store import PackageIndex

_BATCH = 5000
_EVER = "9999-12-31"


@dataclass(frozen=True, slots=True)
class Built:
    """An index that was built, and how many rows it holds."""

    package: IndexedPackage | IndexedList
    articles: int
    prices: int


def index_files(
    files: Files, *, origin: str, version: int = 0, lists: Sequence[List] = ()
) -> IndexedPackage:
    """A package with an index in memory; `ConfigError` with every fault if any is wrong."""
    built = build_index(files, PackageIndex.create(None), origin=origin).package
    assert isinstance(built, IndexedPackage)  # noqa: S101  (it has a partner.toml)
    return IndexedPackage.of(built.index, built.toml, origin=origin, version=version, lists=lists)


def index_list(files: Files, *, origin: str) -> IndexedList:
    """A shared price list with an index in memory; `ConfigError` with every fault if any is wrong."""
    built = build_index(files, PackageIndex.create(None), origin=origin).package
    assert isinstance(built, IndexedList)  # noqa: S101  (it has a price-list.toml)
    return built


def build_index(
    files: Files, index: PackageIndex, *, origin: str, progress: Progress = no_progress
) -> Built:
    """
    Fill a new index with the tables of a package, or of a shared price list.

    `ConfigError` with every fault if any is wrong, up to a limit, and a count of the others.
    """
    if PRICE_LIST in files:
        return _build_list(files, index, origin=origin, progress=progress)
    faults = Faults(origin, (*FILES, *OPTIONAL_FILES))
    toml = bytes_of(files[PARTNER])
    _, contracts, _ = read_partner(toml, None, faults)
    around = Surroundings(
        contracts=contracts,
        home=(contracts[0].price_list or "") if contracts else "",
        currency=contracts[0].currency if contracts else "",
    )
    _keep_entire(files, index, faults)
    filling = _Filling(files, index, faults, progress)
    articles = filling.articles()
    if UNITS in files:
        filling.table(UNITS, _add_units)
    prices = filling.prices(around)
    filling.sort()
    progress("checking", 0, 1)
    _check_whole(index, toml, faults, are_articles_known=articles is not None)
    if len(faults):
        raise ConfigError(*faults.sentences())
    package = IndexedPackage.of(index, toml, origin=origin)
    progress("checking", 1, 1)
    return Built(package, articles or 0, prices or 0)


def _keep_entire(files: Files, index: PackageIndex, faults: Faults) -> None:
    """Keep the small files as they are, and which articles they name."""
    named: set[str] = set()
    for name in ENTIRE:
        text = decoded(name, bytes_of(files[name]), faults) if name in files else None
        if text is not None:
            index.note(name, text)
            rows = csv.DictReader(io.StringIO(text, newline=""))
            named.update(code.strip() for row in rows if (code := row.get("article")))
    index.note("named", json.dumps(sorted(named)))


def reopen(index: PackageIndex, toml: bytes, *, is_list: bool, origin: str) -> Built:
    """An index that was built and finished before, with what it notes of itself."""
    counts = int(index.noted("articles") or 0), int(index.noted("prices") or 0)
    package: IndexedPackage | IndexedList = (
        IndexedList.of(index, toml, origin=origin)
        if is_list
        else IndexedPackage.of(index, toml, origin=origin)
    )
    return Built(package, *counts)


def _build_list(files: Files, index: PackageIndex, *, origin: str, progress: Progress) -> Built:
    faults = Faults(origin, PRICE_LIST_FILES)
    toml = bytes_of(files[PRICE_LIST])
    head = read_list_into(faults, {PRICE_LIST: toml, PRICES: Excerpt(header_of(index, PRICES))})
    around = Surroundings(home=head.id, currency=head.currency)
    filling = _Filling(files, index, faults, progress)
    prices = filling.prices(around, lambda price: check_list_row(price, head.id, faults))
    filling.sort()
    for records in _close_prices(index):
        read_prices(Excerpt(header_of(index, PRICES), records), around, faults)
    if len(faults):
        raise ConfigError(*faults.sentences())
    return Built(IndexedList.of(index, toml, origin=origin), 0, prices or 0)


class _Filling:
    """Reads the tables of a package into an index, and tells how far it has come."""

    def __init__(
        self, files: Files, index: PackageIndex, faults: Faults, progress: Progress
    ) -> None:
        self._files = files
        self._index = index
        self._faults = faults
        self._progress = progress
        self._total = sum(size_of(file) for name, file in files.items() if name in TABLES)
        self._before = 0

    def table(self, name: str, add: Callable[[PackageIndex, list[CsvRow]], None]) -> int | None:
        """Add the rows of a table in batches; return how many, None where it cannot be read."""
        with stream_of(self._files[name]) as stream:
            opened = open_csv(name, stream, TABLES[name], self._faults)
            if opened is None:
                return None
            self._index.note(name, opened.header)
            count = 0
            for rows in _batches(opened.rows):
                add(self._index, rows)
                count += len(rows)
                self._tell(stream)
        self._before += size_of(self._files[name])
        return count

    def articles(self) -> int | None:
        """Add the articles, each checked for what it says of itself."""

        def add(index: PackageIndex, rows: list[CsvRow]) -> None:
            for row in rows:
                check_article(row, self._faults)
            _add_articles(index, rows)

        return self.table(ARTICLES, add)

    def prices(
        self,
        around: Surroundings,
        check: Callable[[PriceRow], None] | None = None,
    ) -> int | None:
        """Add the prices, and all that they belong to."""
        scopes: set[Scope] = set()

        def add(index: PackageIndex, rows: list[CsvRow]) -> None:
            added = []
            for row in rows:
                price = price_of(row, around, self._faults)
                if price is not None:
                    if check is not None:
                        check(price)
                    scopes.add(scope_of(price, around.home, around.currency))
                    added.append(_price(row, price))
            index.add("price", added)

        count = self.table(PRICES, add)
        self._index.note("scopes", json.dumps(sorted(scopes, key=str)))
        return count

    def sort(self) -> None:
        """Make the index ready to be read."""
        for percent in self._index.finish():
            self._progress("sorting", percent, 100)

    def _tell(self, stream: BinaryIO) -> None:
        self._progress("reading", self._before + stream.tell(), self._total)


def _batches(rows: Iterator[CsvRow]) -> Iterator[list[CsvRow]]:
    batch: list[CsvRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _add_articles(index: PackageIndex, rows: list[CsvRow]) -> None:
    index.add("article", [_article(row) for row in rows])
    for table, names in (
        ("related", [name for name, column in ARTICLE_COLUMNS.items() if column.names_articles]),
        ("joined", [name for name, column in ARTICLE_COLUMNS.items() if column.joins_articles]),
    ):
        pairs = [
            (row.written("article"), each)
            for row in rows
            for name in names
            for each in _texts_of(row.values.get(name))
        ]
        if pairs:
            index.add(table, pairs)


def _article(row: CsvRow) -> tuple[object, ...]:
    gtin, theirs, unit = (row.values.get(name) for name in ("gtin", "buyer_code", "unit"))
    return (
        row.written("article") or None,
        gtin_key(str(gtin)) if gtin is not None else None,
        theirs,
        _plain(unit),
        row.line,
        row.record,
    )


def _texts_of(value: object) -> tuple[str, ...]:
    """The codes in a value: none, one or several."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(map(str, value))  # type: ignore[call-overload]


def _add_units(index: PackageIndex, rows: list[CsvRow]) -> None:
    index.add("unit", [_unit(row) for row in rows if row.is_right])


def _unit(row: CsvRow) -> tuple[object, ...]:
    values = row.values
    gtin = values.get("gtin")
    return (
        values["article"],
        _plain(values["unit"]),
        float(str(values["factor"])),
        gtin_key(str(gtin)) if gtin is not None else None,
        row.line,
        row.record,
    )


def _plain(unit: object) -> object:
    """One code for those that all mean "piece"."""
    return "PCE" if unit in PIECES else unit


def _price(row: CsvRow, price: PriceRow) -> tuple[object, ...]:
    until = price.valid_until
    return (
        price.article,
        float(price.from_quantity),
        price.unit,
        price.valid_from.isoformat(),
        until.isoformat() if until is not None else _EVER,
        row.line,
        row.record,
    )


def _check_whole(
    index: PackageIndex, toml: bytes, faults: Faults, *, are_articles_known: bool
) -> None:
    """Find the rows that are wrong beside others, and let the readers of the tables say why."""
    articles = Excerpt(header_of(index, ARTICLES), index.twins(LISTED))
    read_articles(articles, faults)
    suspects = [*index.close_articles(), *index.close_prices()]
    batches: list[tuple[Iterable[str], tuple[str, ...]]] = [
        (suspects[start : start + _BATCH], ()) for start in range(0, len(suspects), _BATCH)
    ]
    # Only this one has every unit that shares a GTIN with another, so that it knows the first.
    batches.append((index.close_units(LISTED), (UNITS,)))
    for batch, whole in batches:
        files = excerpts(index, toml, named_articles(index, toml, batch))
        read_into(faults, files, knows_articles=are_articles_known, refuses_twins=whole)
    if not are_articles_known:
        return
    strangers, count = index.strangers("price", LISTED)
    nothing = Surroundings(codes=frozenset())
    check_prices(Excerpt(header_of(index, PRICES), strangers), nothing, faults)
    faults.count(count - len(strangers))
    if index.noted(UNITS) is not None:
        strangers, count = index.strangers("unit", LISTED)
        units = Excerpt(header_of(index, UNITS), strangers)
        read_units(units, frozenset(), {}, faults, refuses_twins=False)
        faults.count(count - len(strangers))


def _close_prices(index: PackageIndex) -> Iterator[list[tuple[int, str]]]:
    suspects = index.close_prices()
    for start in range(0, len(suspects), _BATCH):
        yield index.prices(suspects[start : start + _BATCH])
