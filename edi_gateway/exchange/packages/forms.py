"""
Packages of any size: small ones are read whole, large ones through an index of their tables.

From the index a *slice* is taken: the rows of the articles that some orders name. It is read as a
package of its own, so that orders of a customer with a million prices are decided by the same code.
"""

from __future__ import annotations

import hashlib
import io
import json
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from edi_gateway.contract.articles import Article
from edi_gateway.contract.package import FILES, OPTIONAL_FILES, PARTNER, read_package
from edi_gateway.contract.package.columns import (
    ARTICLE_COLUMNS,
    ARTICLES,
    PRICE_COLUMNS,
    PRICES,
    UNIT_COLUMNS,
    UNITS,
)
from edi_gateway.contract.package.csv_file import Column, Excerpt, Source
from edi_gateway.contract.package.price_list import PRICE_LIST, read_price_list
from edi_gateway.contract.pricing.book import Kind, Scope, SharedList, scope_of
from edi_gateway.contract.pricing.rows import PriceRow
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import Order, gtin_key
from edi_gateway.store import PackageIndex

#: A package with larger tables, in bytes, is read through an index; in memory they would take
#: about ten times as much.
WHOLE_BYTES = 1_000_000

#: The tables of a package.
TABLES: dict[str, dict[str, Column]] = {
    ARTICLES: ARTICLE_COLUMNS,
    UNITS: UNIT_COLUMNS,
    PRICES: PRICE_COLUMNS,
}

#: Further files: small, read whole with any part of the package, and so are the articles they name.
ENTIRE = tuple(name for name in OPTIONAL_FILES if name not in TABLES)

#: The files of a package: their bytes, or where they lie.
Files = Mapping[str, bytes | Path]

#: Told how far an import has come: what is under way, how much is done, and of how much.
Progress = Callable[[str, int, int], None]


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
    return sum(size_of(file) for name, file in files.items() if name in TABLES) > WHOLE_BYTES


def hash_of(hashes: Mapping[str, str], *, tables: bool = False) -> str:
    """One hash over the files of a package, or over its tables alone, from the hash of each."""
    digest = hashlib.sha256()
    for name in (PRICE_LIST, *FILES, *OPTIONAL_FILES):
        if name in hashes and (name in TABLES or not tables):
            if name not in FILES:
                digest.update(name.encode())
            digest.update(bytes.fromhex(hashes[name]))
    return digest.hexdigest()


class WholeList:
    """A shared price list that is in memory whole."""

    def __init__(self, whole: SharedList) -> None:
        self.id = whole.id
        self.whole = whole
        self.scopes = {scope_of(row, whole.id, whole.currency) for row in whole.rows}
        self._rows: dict[str, list[PriceRow]] = {}
        for row in whole.rows:
            self._rows.setdefault(row.article, []).append(row)

    def for_articles(self, codes: Iterable[str]) -> SharedList:
        """The list with the prices of these articles."""
        rows = tuple(row for code in codes for row in self._rows.get(code, ()))
        return SharedList(id=self.id, currency=self.whole.currency, rows=rows)


@dataclass(frozen=True, slots=True)
class IndexedList:
    """A shared price list of which only the index is at hand."""

    id: str
    index: PackageIndex
    toml: bytes
    origin: str

    @classmethod
    def of(cls, index: PackageIndex, toml: bytes, *, origin: str) -> IndexedList:
        """The list with this price-list.toml and the prices of an index."""
        head = read_price_list(_list_excerpts(index, toml, ()), origin)
        return cls(head.id, index, toml, origin)

    @property
    def scopes(self) -> list[Scope]:
        """What all its prices belong to."""
        return scopes_in(self.index)

    def for_articles(self, codes: Iterable[str]) -> SharedList:
        """The list with the prices of these articles."""
        return read_price_list(_list_excerpts(self.index, self.toml, codes), self.origin)


#: A shared price list, in memory or through its index.
List = WholeList | IndexedList


def _list_excerpts(
    index: PackageIndex, toml: bytes, codes: Iterable[str]
) -> dict[str, bytes | Excerpt]:
    return {PRICE_LIST: toml, PRICES: Excerpt(header_of(index, PRICES), index.prices(codes))}


class NotAtHand(RuntimeError):
    """
    An article was asked for where only the terms of a large package are at hand: a bug of ours.

    Else it would look like one that is not in the contract, and its line would be rejected.
    """

    def __init__(self) -> None:
        super().__init__("the package is large: ask Partners.for_orders, or Partners.in_slices")


class _AtHand(dict[str, Article]):
    """Some of the articles of a large package; whoever asks for another, or for all, is told."""

    def get(self, key: str, default: Any = None) -> Any:
        """The article, if it is at hand."""
        del default
        return self[key]

    def __contains__(self, key: object) -> bool:
        """Whether it is in the contract, if that is known."""
        if super().__contains__(key):
            return True
        raise NotAtHand

    def __missing__(self, key: str) -> Article:
        raise NotAtHand

    def values(self) -> Any:
        """All articles: they are not at hand."""
        raise NotAtHand


@dataclass(frozen=True, slots=True)
class IndexedPackage:
    """A package of which only the index is at hand, and the agreement without any article."""

    index: PackageIndex
    toml: bytes
    origin: str
    version: int
    #: The shared lists its contracts name.
    lists: tuple[List, ...]
    #: The agreement; whoever asks it for an article meets `NotAtHand`.
    terms: Agreement

    @classmethod
    def of(
        cls,
        index: PackageIndex,
        toml: bytes,
        *,
        origin: str,
        version: int = 0,
        lists: Iterable[List] = (),
    ) -> IndexedPackage:
        """The package with this partner.toml and the tables of an index."""
        lists = tuple(lists)
        terms = _slice(index, toml, origin, version, lists, named_articles(index, toml))
        for name in ("by_code", "by_gtin", "by_buyer_code"):
            setattr(terms.articles, name, _AtHand(getattr(terms.articles, name)))
        return cls(index, toml, origin, version, lists, terms)

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

    def named(self, code: str) -> set[str]:
        """The articles somebody may mean who names one by any code."""
        code = code.strip()
        return self.index.codes(codes=(code,), gtins=(gtin_key(code),), theirs=(code,))

    def in_slices(self, most: int) -> Iterator[tuple[Agreement, list[str]]]:
        """
        The agreement a few articles at a time, with their codes, in the order of articles.csv.

        Each can be priced by itself: with what it refers to, but without what it is grouped with.
        """
        codes = self.index.article_codes()
        while batch := list(islice(codes, most)):
            named = self.index.related(_named_by_terms(self.index, self.toml) | set(batch))
            yield self._with(named), batch

    def for_articles(self, codes: Iterable[str]) -> Agreement:
        """The agreement with these articles, and all that they refer to."""
        return self._with(named_articles(self.index, self.toml, codes))

    def _with(self, named: set[str]) -> Agreement:
        return _slice(self.index, self.toml, self.origin, self.version, self.lists, named)


def _slice(
    index: PackageIndex,
    toml: bytes,
    origin: str,
    version: int,
    lists: Iterable[List],
    named: set[str],
) -> Agreement:
    return read_package(
        excerpts(index, toml, named),
        origin,
        shared={each.id: each.for_articles(named) for each in lists},
        version=version,
        scopes=[*scopes_in(index), *(scope for each in lists for scope in each.scopes)],
    )


def named_articles(index: PackageIndex, toml: bytes, codes: Iterable[str] = ()) -> set[str]:
    """These articles, those the terms name, and all that these cannot do without."""
    return index.closed(_named_by_terms(index, toml) | set(codes))


def _named_by_terms(index: PackageIndex, toml: bytes) -> set[str]:
    entire = json.loads(index.noted("named") or "[]")
    return index.codes(codes=_texts(toml).union(entire))


def excerpts(index: PackageIndex, toml: bytes, codes: Iterable[str]) -> dict[str, Source]:
    """A package of some articles, of which nothing is read but what is about them."""
    files: dict[str, Source] = {
        PARTNER: toml,
        ARTICLES: Excerpt(header_of(index, ARTICLES), index.articles(codes)),
        PRICES: Excerpt(header_of(index, PRICES), index.prices(codes)),
    }
    if index.noted(UNITS) is not None:
        files[UNITS] = Excerpt(header_of(index, UNITS), index.units(codes))
    for name in ENTIRE:
        text = index.noted(name)
        if text is not None:
            files[name] = text.encode("utf-8")
    return files


def scopes_in(index: PackageIndex) -> list[Scope]:
    """What all prices of an index belong to."""
    noted = json.loads(index.noted("scopes") or "[]")
    return [Scope(Kind(kind), *others) for kind, *others in noted]


def header_of(index: PackageIndex, file: str) -> str:
    """The header of a table; what it should be where there was none to be read."""
    columns = TABLES[file]
    return index.noted(file) or ",".join(name for name in columns if not columns[name].absent)


def _texts(toml: bytes) -> set[str]:
    """Every text in a partner.toml: those that are codes of articles are looked up with it."""
    try:
        return set(_within(tomllib.loads(toml.decode("utf-8-sig"))))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        return set()  # Whoever reads it says what is wrong.


def _within(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _within(item)
