"""
What was sold: written with the decision it follows from, and asked for by guards and prices.

Questions that grow with the history are answered by indexes: the last orders of an article, and
what was bought of it between two dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from edi_gateway.store import tables
from edi_gateway.store.portions import AT_ONCE, portions
from edi_gateway.store.records import Sale, SameContent

_sale = tables.Sale.__table__
_line = tables.SaleLine.__table__
_history = tables.SaleHistory.__table__
_document = tables.Document.__table__

_MILLION = 1_000_000
#: More than anybody orders; so that sums stay within what the database can add up.
_MOST = 1_000_000_000 * _MILLION

#: Above the id of any message.
_NO_MESSAGE = 2**31 - 1

_LAST_QUANTITIES = (
    select(_line.c.ordered_on, _line.c.millionths)
    .where(
        _line.c.partner == bindparam("partner"),
        _line.c.article == bindparam("article"),
        _line.c.ordered_on >= bindparam("since"),
        _line.c.message_id != bindparam("besides"),
    )
    .order_by(_line.c.ordered_on.desc())
    .limit(bindparam("last"))
)
_LAST_VALUES = (
    select(_sale.c.ordered_on, _sale.c.value)
    .where(
        _sale.c.partner == bindparam("partner"),
        _sale.c.ordered_on >= bindparam("since"),
        _sale.c.message_id != bindparam("besides"),
    )
    .order_by(_sale.c.ordered_on.desc())
    .limit(bindparam("last"))
)
_PLACES = (
    select(_sale.c.delivery_party)
    .where(
        _sale.c.partner == bindparam("partner"),
        _sale.c.delivery_party.in_(bindparam("places", expanding=True)),
    )
    .distinct()
)
_SAME = select(_sale).where(
    _sale.c.partner == bindparam("partner"),
    _sale.c.content.in_(bindparam("contents", expanding=True)),
)
_BOUGHT = (
    select(_line.c.article, func.sum(_line.c.millionths).label("millionths"))
    .where(
        _line.c.partner == bindparam("partner"),
        _line.c.article.in_(bindparam("articles", expanding=True)),
        _line.c.ordered_on >= bindparam("since"),
        _line.c.ordered_on < bindparam("until"),
        _line.c.message_id != bindparam("besides"),
        _line.c.message_id < bindparam("before"),
    )
    .group_by(_line.c.article)
)
_HANDED_OVER = (
    select(_document.c.id, _document.c.message_id, _document.c.content)
    .where(_document.c.kind == "erp-order", _document.c.partner == bindparam("partner"))
    .order_by(_document.c.id)
    .execution_options(yield_per=AT_ONCE)
)
_CONTENTS = select(_document.c.id, _document.c.content).where(
    _document.c.id.in_(bindparam("documents", expanding=True))
)


class Sales:
    """The sales of one transaction of the ledger."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._new: dict[int, Sale] = {}

    # --- writing -----------------------------------------------------------------------------

    def add(self, sale: Sale) -> None:
        """Record what an order came to; what was recorded of it before must be removed first."""
        self._new[sale.message_id] = sale

    def remove(self, message_id: int) -> None:
        """Forget what an order came to, because it was cancelled, or is something else now."""
        self._new.pop(message_id, None)
        for table in (_line, _sale):
            self._connection.execute(delete(table).where(table.c.message_id == message_id))

    def flush(self) -> None:
        """Write what was collected."""
        if not self._new:
            return
        sales = list(self._new.values())
        self._new.clear()
        self._connection.execute(insert(_sale), [_sale_row(sale) for sale in sales])
        if lines := [row for sale in sales for row in _line_rows(sale)]:
            self._connection.execute(insert(_line), lines)

    # --- completeness ------------------------------------------------------------------------

    def is_complete(self, partner: str, version: int) -> bool:
        """Whether all that was sold to a partner is recorded, for this version of its package."""
        found = self._connection.execute(
            select(_history.c.version).where(_history.c.partner == partner)
        ).scalar()
        return found == version

    def mark_complete(self, partner: str, version: int) -> None:
        """Note that all that was sold to a partner is recorded, from now on too."""
        self._connection.execute(delete(_history).where(_history.c.partner == partner))
        self._connection.execute(insert(_history).values(partner=partner, version=version))

    def handed_over(self, partner: str) -> Iterator[tuple[int, int, bytes]]:
        """Every order of a partner the ERP got, in all its revisions: its id, message and JSON."""
        for row in self._connection.execute(_HANDED_OVER, {"partner": partner}):
            yield row.id, row.message_id, row.content

    def contents(self, documents: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """The JSON of documents by their ids, a part of them at a time."""
        for some in portions(documents):
            rows = self._connection.execute(_CONTENTS, {"documents": some}).all()
            yield from ((row.id, row.content) for row in rows)

    def recorded(self, partner: str) -> set[int]:
        """The messages of the partner's orders that are recorded."""
        rows = self._connection.execute(
            select(_sale.c.message_id).where(_sale.c.partner == partner)
        )
        return set(rows.scalars())

    # --- asking ------------------------------------------------------------------------------

    def last_quantities(
        self, partner: str, article: str, *, since: date, last: int, besides: int | None = None
    ) -> list[tuple[date, Decimal]]:
        """Date and quantity of the last orders of an article, the newest first, besides one."""
        values = {"partner": partner, "article": article, "since": since, "last": last}
        rows = self._connection.execute(_LAST_QUANTITIES, values | {"besides": besides or 0})
        return [(row.ordered_on, Decimal(row.millionths) / _MILLION) for row in rows]

    def last_values(
        self, partner: str, *, since: date, last: int, besides: int | None = None
    ) -> list[tuple[date, Decimal]]:
        """Date and value of the partner's last orders, the newest first, besides one."""
        values = {"partner": partner, "since": since, "last": last, "besides": besides or 0}
        rows = self._connection.execute(_LAST_VALUES, values)
        return [(row.ordered_on, Decimal(row.value)) for row in rows]

    def known_places(self, partner: str, places: Iterable[str]) -> set[str]:
        """Those of the delivery parties that an order of the partner was for before."""
        found: set[str] = set()
        for some in portions(sorted(set(places))):
            values = {"partner": partner, "places": some}
            found.update(self._connection.execute(_PLACES, values).scalars())
        return found

    def same_content(self, partner: str, contents: Iterable[str]) -> list[SameContent]:
        """The partner's orders that asked for what one of these hashes stands for."""
        found = []
        for some in portions(sorted(set(contents))):
            for row in self._connection.execute(_SAME, {"partner": partner, "contents": some}):
                found.append(
                    SameContent(
                        message_id=row.message_id,
                        number=row.number,
                        ordered_on=row.ordered_on,
                        content=row.content,
                    )
                )
        return found

    def bought(
        self,
        partner: str,
        articles: Iterable[str],
        *,
        since: date,
        until: date,
        besides: int | None = None,
        before: int | None = None,
    ) -> dict[str, Decimal]:
        """
        What a partner bought of each article, from one date to before another.

        Besides one order, and only by those that came before one.
        """
        self.flush()
        found: dict[str, Decimal] = {}
        span = {"partner": partner, "since": since, "until": until}
        span |= {"besides": besides or 0, "before": before or _NO_MESSAGE}
        for some in portions(sorted(set(articles))):
            rows = self._connection.execute(_BOUGHT, span | {"articles": some})
            found.update((row.article, Decimal(int(row.millionths)) / _MILLION) for row in rows)
        return found


def _sale_row(sale: Sale) -> dict[str, Any]:
    return {
        "message_id": sale.message_id,
        "partner": sale.partner,
        "number": sale.number,
        "ordered_on": sale.ordered_on,
        "value": str(sale.value),
        "delivery_party": sale.delivery_party,
        "content": sale.content,
    }


def _line_rows(sale: Sale) -> Iterator[dict[str, Any]]:
    for article, sold in sale.articles.items():
        yield {
            "message_id": sale.message_id,
            "article": article,
            "partner": sale.partner,
            "ordered_on": sale.ordered_on,
            "millionths": min(int(sold.quantity * _MILLION), _MOST),
            "amount": str(sold.amount),
        }
