"""
The index of a large package: its articles and prices by code, so that none need be loaded whole.

A file of its own beside the ledger, made once from the package's tables and never changed: it holds
nothing the tables do not, is found by their hash, and can be made again at any time. So it is built
without a lock while the gateway decides, and a look into it always says the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from edi_gateway.store.portions import portions

#: Rows of a table: the line they begin on, and their text.
Records = list[tuple[int, str]]


_TABLES = """
CREATE TABLE head (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE article (
    code TEXT, gtin TEXT, buyer_code TEXT, unit TEXT, line INTEGER, record TEXT
);
CREATE TABLE unit (
    article TEXT, unit TEXT, factor REAL, gtin TEXT, line INTEGER, record TEXT
);
CREATE TABLE price (
    article TEXT, from_quantity REAL, unit TEXT, valid_from TEXT, valid_until TEXT,
    line INTEGER, record TEXT
);
CREATE TABLE related (article TEXT, other TEXT);
CREATE TABLE joined (article TEXT, by TEXT);
"""
_INDEXES = (
    "CREATE INDEX article_code ON article (code)",
    "CREATE INDEX article_gtin ON article (gtin) WHERE gtin IS NOT NULL",
    "CREATE INDEX article_buyer_code ON article (buyer_code) WHERE buyer_code IS NOT NULL",
    "CREATE INDEX unit_article ON unit (article, unit)",
    "CREATE INDEX unit_gtin ON unit (gtin) WHERE gtin IS NOT NULL",
    "CREATE INDEX related_article ON related (article)",
    "CREATE INDEX joined_article ON joined (article)",
    "CREATE INDEX joined_by ON joined (by)",
    "CREATE INDEX price_article ON price (article, from_quantity, valid_from, valid_until)",
)
#: Changed with the tables above: an index of another form is made again.
FORM = "1"

_TWINS = """
SELECT line, record, code FROM article WHERE
  code IN (SELECT code FROM article GROUP BY code HAVING count(*) > 1)
  OR gtin IN (SELECT gtin FROM article WHERE gtin IS NOT NULL GROUP BY gtin HAVING count(*) > 1)
  OR buyer_code IN (SELECT buyer_code FROM article WHERE buyer_code IS NOT NULL
                    GROUP BY buyer_code HAVING count(*) > 1)
ORDER BY line LIMIT ?
"""
#: Articles that point to others, and those of a group that does not sell in one unit.
_CLOSE_ARTICLES = """
SELECT article FROM related
UNION SELECT article FROM joined WHERE by IN (
  SELECT j.by FROM joined j JOIN article a ON a.code = j.article
  GROUP BY j.by HAVING count(DISTINCT a.unit) > 1)
"""
#: Articles whose prices may tie: rows from one quantity on share a day, or count in another unit.
_CLOSE_PRICES = """
SELECT DISTINCT article FROM (
  SELECT article, valid_from, max(valid_until) OVER (
    PARTITION BY article, from_quantity ORDER BY valid_from, line
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS until
  FROM price)
WHERE until >= valid_from
UNION SELECT article FROM price WHERE unit IS NOT NULL
"""
#: Articles whose units may contradict one another, or the article.
_CLOSE_UNITS = """
SELECT article FROM unit GROUP BY article, unit HAVING count(*) > 1
UNION SELECT u.article FROM unit u JOIN article a ON a.code = u.article
  WHERE a.unit = u.unit AND u.factor <> 1
UNION SELECT article FROM unit WHERE gtin IN (
  SELECT gtin FROM unit WHERE gtin IS NOT NULL GROUP BY gtin HAVING count(*) > 1)
UNION SELECT u.article FROM unit u JOIN article a ON a.gtin = u.gtin
UNION SELECT a.code FROM unit u JOIN article a ON a.gtin = u.gtin
LIMIT ?
"""
#: What articles refer to, and what they are grouped with.
_RELATED = "SELECT other FROM related WHERE article IN"
_GROUPED = "SELECT o.article FROM joined m JOIN joined o ON o.by = m.by WHERE m.article IN"
#: The first rows whose article there is not, and how many there are.
_STRANGERS = {
    "price": (
        "SELECT line, record FROM price WHERE NOT EXISTS "
        "(SELECT 1 FROM article WHERE code = price.article) ORDER BY line LIMIT ?",
        "SELECT count(*) FROM price WHERE NOT EXISTS "
        "(SELECT 1 FROM article WHERE code = price.article)",
    ),
    "unit": (
        "SELECT line, record FROM unit WHERE NOT EXISTS "
        "(SELECT 1 FROM article WHERE code = unit.article) ORDER BY line LIMIT ?",
        "SELECT count(*) FROM unit WHERE NOT EXISTS "
        "(SELECT 1 FROM article WHERE code = unit.article)",
    ),
}
_FILL = {
    "article": "INSERT INTO article VALUES (?, ?, ?, ?, ?, ?)",
    "unit": "INSERT INTO unit VALUES (?, ?, ?, ?, ?, ?)",
    "price": "INSERT INTO price VALUES (?, ?, ?, ?, ?, ?, ?)",
    "related": "INSERT INTO related VALUES (?, ?)",
    "joined": "INSERT INTO joined VALUES (?, ?)",
}


class PackageIndex:
    """One index, being filled or being read."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._connection.isolation_level = None

    @classmethod
    def create(cls, file: Path | None) -> PackageIndex:
        """Start an index in a new file, or in memory; `finish` makes it ready to be read."""
        connection = sqlite3.connect(file or ":memory:", check_same_thread=False)
        index = cls(connection)
        # Nobody reads it before it is whole, and the caller makes the file durable.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.executescript(_TABLES)
        return index

    @classmethod
    def open(cls, file: Path) -> PackageIndex:
        """Open a finished index; it never changes again, so no lock is needed."""
        uri = f"file:{file}?mode=ro&immutable=1"
        return cls(sqlite3.connect(uri, uri=True, check_same_thread=False))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    # --- filling ---------------------------------------------------------------------------------

    def note(self, name: str, value: str) -> None:
        """Keep a value that is about the whole, such as a header."""
        self._connection.execute("INSERT INTO head VALUES (?, ?)", (name, value))

    def add(self, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Add rows to one of the tables."""
        self._connection.execute("BEGIN")
        self._connection.executemany(_FILL[table], rows)
        self._connection.execute("COMMIT")

    def finish(self) -> Iterator[int]:
        """Sort what was added; yields after each part, how many of them are done in per cent."""
        for number, statement in enumerate(_INDEXES, 1):
            self._connection.execute(statement)
            yield 100 * number // len(_INDEXES)
        self.note("form", FORM)

    # --- what may be wrong with the whole ----------------------------------------------------------

    def twins(self, most: int) -> Records:
        """The first rows of articles.csv that share a code, and those of articles they refer to."""
        found = list(self._connection.execute(_TWINS, (most,)))
        codes = {str(code) for _, _, code in found if code is not None}
        others = self.articles(self.closed(codes) - codes)
        return sorted([(int(line), str(record)) for line, record, _ in found] + others)

    def close_articles(self) -> list[str]:
        """Articles that may not fit those they refer to, or are grouped with."""
        return [str(article) for (article,) in self._connection.execute(_CLOSE_ARTICLES)]

    def close_prices(self) -> list[str]:
        """Articles whose prices may tie."""
        return [str(article) for (article,) in self._connection.execute(_CLOSE_PRICES)]

    def close_units(self, most: int) -> list[str]:
        """The first articles whose units may contradict one another, or the article."""
        return [str(article) for (article,) in self._connection.execute(_CLOSE_UNITS, (most,))]

    def strangers(self, table: str, most: int) -> tuple[Records, int]:
        """The first rows of prices or units whose article there is not, and how many there are."""
        first, all_of_them = _STRANGERS[table]
        rows = self._connection.execute(first, (most,))
        count = self._connection.execute(all_of_them)
        return list(rows), int(count.fetchone()[0])

    # --- reading -----------------------------------------------------------------------------------

    def noted(self, name: str) -> str | None:
        """What `note` kept."""
        row = self._connection.execute("SELECT value FROM head WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def is_current(self) -> bool:
        """Whether it is finished, and of the form that is read today."""
        return self.noted("form") == FORM

    def codes(
        self, *, codes: Iterable[str] = (), gtins: Iterable[str] = (), theirs: Iterable[str] = ()
    ) -> set[str]:
        """The codes of the articles that are named by one of these codes."""
        gtins = set(gtins)
        found: set[str] = set()
        for statement, names in (
            ("SELECT code FROM article WHERE code IN", codes),
            ("SELECT code FROM article WHERE gtin IN", gtins),
            ("SELECT article FROM unit WHERE gtin IN", gtins),
            ("SELECT code FROM article WHERE buyer_code IN", theirs),
        ):
            found.update(str(code) for (code,) in self._among(statement, names))
        return found

    def closed(self, codes: set[str]) -> set[str]:
        """The codes with those of all articles that they cannot do without."""
        return self._closure(codes, (_RELATED, _GROUPED))

    def related(self, codes: set[str]) -> set[str]:
        """The codes with those of all articles that they refer to, whatever they are grouped with."""
        return self._closure(codes, (_RELATED,))

    def _closure(self, codes: set[str], statements: Sequence[str]) -> set[str]:
        found, new = set(codes), set(codes)
        while new:
            others = {
                str(other) for statement in statements for (other,) in self._among(statement, new)
            }
            new = others - found
            found |= new
        return found

    def articles(self, codes: Iterable[str]) -> Records:
        """The rows of articles.csv with these codes, in the order of their lines."""
        return self._records("SELECT line, record FROM article WHERE code IN", codes)

    def prices(self, articles: Iterable[str]) -> Records:
        """The rows of prices.csv for these articles, in the order of their lines."""
        return self._records("SELECT line, record FROM price WHERE article IN", articles)

    def units(self, articles: Iterable[str]) -> Records:
        """The rows of units.csv for these articles, in the order of their lines."""
        return self._records("SELECT line, record FROM unit WHERE article IN", articles)

    def article_codes(self) -> Iterator[str]:
        """The code of each article, in the order of articles.csv."""
        for (code,) in self._connection.execute("SELECT code FROM article ORDER BY line"):
            yield str(code)

    def article_records(self) -> Iterator[tuple[str, str]]:
        """Each article's code and record, by code."""
        yield from self._connection.execute("SELECT code, record FROM article ORDER BY code, line")

    def unit_records(self) -> Iterator[tuple[str, str]]:
        """Each unit's article and record, by article, then in the order of their lines."""
        yield from self._connection.execute(
            "SELECT article, record FROM unit ORDER BY article, line"
        )

    def price_records(self) -> Iterator[tuple[str, str]]:
        """Each price's article and record, by article, then in the order of their lines."""
        yield from self._connection.execute(
            "SELECT article, record FROM price ORDER BY article, line"
        )

    def _records(self, statement: str, names: Iterable[str]) -> Records:
        return sorted((int(line), str(record)) for line, record in self._among(statement, names))

    def _among(self, statement: str, names: Iterable[str]) -> Iterator[tuple[Any, ...]]:
        for part in portions(sorted(set(names))):
            yield from self._connection.execute(f"{statement} ({','.join('?' * len(part))})", part)
