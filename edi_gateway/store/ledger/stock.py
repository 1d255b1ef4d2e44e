"""
Stock in the ledger: the ERP's figures by article, and what orders took of them since.

A figure is of a moment. An order takes from it in the transaction that decides it, and leaves a
reservation; the next figure settles the reservations of orders the ERP had by then, because it has
counted them in, and no others. The rows are read for update, so that no piece is promised twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, bindparam, exists, insert, select, update

from edi_gateway.store import tables
from edi_gateway.store.portions import AT_ONCE, portions
from edi_gateway.store.records import StockChange, StockItem

_stock = tables.Stock.__table__
_reservation = tables.StockReservation.__table__
_delivery = tables.Delivery.__table__
_delivery_message = tables.DeliveryMessage.__table__

#: The row that tells when the ERP last named every article that has a figure.
COMPLETE = ""

_ANY = select(_stock.c.article).limit(1)
_ROWS = (
    select(_stock)
    .where(_stock.c.article.in_(bindparam("articles", expanding=True)))
    .order_by(_stock.c.article)
    .with_for_update()
)
_MOMENTS = select(_stock.c.article, _stock.c.at)
_MOMENTS_OF = _MOMENTS.where(_stock.c.article.in_(bindparam("articles", expanding=True)))
_RESERVED = select(_reservation.c.article).where(~_reservation.c.counted).distinct()
_TAKEN = (
    update(_stock)
    .where(_stock.c.article == bindparam("key"))
    .values(taken=bindparam("new_taken"), taken_next=bindparam("new_taken_next"))
)
_FIGURE = (
    update(_stock)
    .where(_stock.c.article == bindparam("key"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("at", "available", "next_date", "next_quantity", "taken", "taken_next")
        }
    )
)
_FORGET = (
    update(_stock)
    .where(_stock.c.at <= bindparam("before"))
    .values(at=bindparam("before"), available=None, next_date=None, next_quantity=None)
)
_KNOWN_TO_ERP = exists(
    select(_delivery.c.id)
    .join(_delivery_message, _delivery_message.c.delivery_id == _delivery.c.id)
    .where(
        _delivery_message.c.message_id == _reservation.c.message_id,
        _delivery.c.type == "order",
        _delivery.c.sent_at <= bindparam("at"),
    )
)
_COUNT_IN = update(_reservation).where(~_reservation.c.counted, _KNOWN_TO_ERP).values(counted=True)
_COUNT_IN_OF = _COUNT_IN.where(_reservation.c.article.in_(bindparam("articles", expanding=True)))
_OPEN = select(_reservation).where(
    ~_reservation.c.counted,
    _reservation.c.article.in_(bindparam("articles", expanding=True)),
)
_OF_ORDER = select(_reservation).where(_reservation.c.order_id == bindparam("order"))

#: Of what is there, and of what comes next.
Amounts = tuple[Decimal, Decimal]
_NONE: Amounts = (Decimal(0), Decimal(0))


class StockLedger:
    """The stock of one transaction: what is read, taken and reported in it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._items: dict[str, StockItem | None] = {}
        self._changed: set[str] = set()
        self._reservations: list[dict[str, Any]] = []

    def is_kept(self) -> bool:
        """Whether the ERP ever reported any."""
        return self._connection.execute(_ANY).first() is not None

    def items(self, articles: Iterable[str]) -> dict[str, StockItem]:
        """The articles' rows, as this transaction left them; those that have none are missing."""
        wanted = sorted(set(articles))
        missing = [article for article in wanted if article not in self._items]
        for some in portions(missing):
            self._items.update(dict.fromkeys(some))
            for row in self._connection.execute(_ROWS, {"articles": some}):
                self._items[row.article] = _item_of(row)
        found = ((article, self._items[article]) for article in wanted)
        return {article: item for article, item in found if item is not None}

    def take(self, message_id: int, article: str, amounts: Amounts, *, order_id: int) -> None:
        """
        Reserve for an order, or for what `message_id` changed about it; the article has a row.

        Of what is there, and of what comes next; below 0 where a change takes less.
        """
        now, next_ = amounts
        item = self.items([article])[article]
        self._items[article] = replace(
            item, taken=item.taken + now, taken_next=item.taken_next + next_
        )
        self._changed.add(article)
        self._reservations.append(
            {
                "article": article,
                "order_id": order_id,
                "message_id": message_id,
                "taken": str(now),
                "taken_next": str(next_),
                "counted": False,
            }
        )

    def taken_by(self, order_id: int) -> dict[str, Amounts]:
        """What an order takes by article, whether a figure counts it in or not."""
        self.flush()
        return _sums(self._connection.execute(_OF_ORDER, {"order": order_id}))

    def report(self, at: datetime, items: Sequence[StockItem], *, complete: bool) -> StockChange:
        """
        Put the ERP's figures of a moment in the place of older ones; newer ones stay.

        `complete` says that no other article has a figure. The same report again changes nothing.
        """
        self.flush()
        known = self._moments([COMPLETE, *(item.article for item in items)])
        last = known.get(COMPLETE, at)
        new = [item for item in items if max(last, known.get(item.article, at)) <= at]
        if complete and last <= at:
            self._forget_others(at, is_first=COMPLETE not in known)
        self._put(at, new, known)
        self._items.clear()
        return StockChange(changed=len(new), outdated=len(items) - len(new))

    def flush(self) -> None:
        """Write what was taken."""
        if self._changed:
            changed = [item for a in sorted(self._changed) if (item := self._items[a]) is not None]
            self._connection.execute(
                _TAKEN,
                [
                    {
                        "key": item.article,
                        "new_taken": str(item.taken),
                        "new_taken_next": str(item.taken_next),
                    }
                    for item in changed
                ],
            )
            self._changed.clear()
        if self._reservations:
            self._connection.execute(insert(_reservation), self._reservations)
            self._reservations = []

    def _forget_others(self, at: datetime, *, is_first: bool) -> None:
        """Leave no figure as old as this report; their rows stay, so that none older comes back."""
        self._connection.execute(_FORGET, {"before": at})
        self._connection.execute(_COUNT_IN, {"at": at})
        if is_first:
            row = {"article": COMPLETE, "at": at, "taken": "0", "taken_next": "0"}
            self._connection.execute(insert(_stock), [row])

    def _moments(self, articles: Sequence[str]) -> dict[str, datetime]:
        """Of which moment each article's row is; of all articles where many are asked for."""
        if len(articles) > AT_ONCE:
            rows = self._connection.execute(_MOMENTS)
        else:
            rows = self._connection.execute(_MOMENTS_OF, {"articles": articles})
        return {row.article: row.at for row in rows}

    def _put(self, at: datetime, new: Sequence[StockItem], known: dict[str, datetime]) -> None:
        taken = self._still_taken(at, {item.article for item in new})
        added, replaced = [], []
        for item in new:
            now, next_ = taken.get(item.article, _NONE)
            figure = {
                "at": at,
                "available": _text(item.available),
                "next_date": item.next_date,
                "next_quantity": _text(item.next_quantity),
                "taken": str(now),
                "taken_next": str(next_),
            }
            if item.article in known:
                changes = {f"new_{name}": value for name, value in figure.items()}
                replaced.append({"key": item.article, **changes})
            else:
                added.append({"article": item.article, **figure})
        if added:
            self._connection.execute(insert(_stock), added)
        if replaced:
            self._connection.execute(_FIGURE, replaced)

    def _still_taken(self, at: datetime, articles: AbstractSet[str]) -> dict[str, Amounts]:
        """What orders the ERP did not have at that moment take; the others are settled by it."""
        reserved = self._connection.execute(_RESERVED).scalars()
        taken: dict[str, Amounts] = {}
        for some in portions(sorted(articles & set(reserved))):
            self._connection.execute(_COUNT_IN_OF, {"at": at, "articles": some})
            taken |= _sums(self._connection.execute(_OPEN, {"articles": some}))
        return taken


def _sums(rows: Iterable[Any]) -> dict[str, Amounts]:
    """What reservations come to, by article."""
    sums: dict[str, Amounts] = {}
    for row in rows:
        now, next_ = sums.get(row.article, _NONE)
        sums[row.article] = (now + Decimal(row.taken), next_ + Decimal(row.taken_next))
    return sums


def _figure(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _item_of(row: Any) -> StockItem:
    day: date | None = row.next_date
    return StockItem(
        article=row.article,
        at=row.at,
        available=_figure(row.available),
        next_date=day,
        next_quantity=_figure(row.next_quantity),
        taken=Decimal(row.taken),
        taken_next=Decimal(row.taken_next),
    )


def _text(figure: Decimal | None) -> str | None:
    return None if figure is None else str(figure)
