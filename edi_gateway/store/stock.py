"""
Stock in the ledger: the ERP's figures by article, and what orders took of them since.

A figure is of a moment. An order takes from it in the transaction that decides it, and leaves a
reservation; the next figure supersedes the reservations of orders the ERP had by then, because it
has counted them, and no others. The rows are read for update, so that no piece is promised twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, insert, select, update

from edi_gateway.store import tables
from edi_gateway.store.records import StockChange, StockItem

_stock: Any = tables.Stock.__table__  # type: ignore[attr-defined]
_reservation: Any = tables.StockReservation.__table__  # type: ignore[attr-defined]
_delivery: Any = tables.Delivery.__table__  # type: ignore[attr-defined]
_delivery_message: Any = tables.DeliveryMessage.__table__  # type: ignore[attr-defined]

#: The row that tells when the ERP last named every article that has a figure.
COMPLETE = ""

_ZERO = Decimal(0)
_AT_ONCE = 500

_ANY = select(_stock.c.article).limit(1)
_ROWS = (
    select(_stock)
    .where(_stock.c.article.in_(bindparam("articles", expanding=True)))
    .order_by(_stock.c.article)
    .with_for_update()
)
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
_SUPERSEDED = delete(_reservation).where(_KNOWN_TO_ERP)
_SUPERSEDED_OF = _SUPERSEDED.where(
    _reservation.c.article.in_(bindparam("articles", expanding=True))
)
_OPEN = select(_reservation).where(
    _reservation.c.article.in_(bindparam("articles", expanding=True))
)


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
        for some in _portions(missing):
            self._items.update(dict.fromkeys(some))
            for row in self._connection.execute(_ROWS, {"articles": some}):
                self._items[row.article] = _item_of(row)
        found = ((article, self._items[article]) for article in wanted)
        return {article: item for article, item in found if item is not None}

    def take(self, message_id: int, article: str, now: Decimal, next_: Decimal) -> None:
        """Reserve for an order: of what is there, and of what comes; the article has a row."""
        item = self.items([article])[article]
        self._items[article] = replace(
            item, taken=item.taken + now, taken_next=item.taken_next + next_
        )
        self._changed.add(article)
        self._reservations.append(
            {
                "article": article,
                "message_id": message_id,
                "taken": str(now),
                "taken_next": str(next_),
            }
        )

    def give_back(self, message_id: int) -> None:
        """Undo what an order reserved, because it is cancelled or decided anew."""
        self.flush()
        mine = _reservation.c.message_id == message_id
        rows = self._connection.execute(select(_reservation).where(mine)).all()
        items = self.items(row.article for row in rows)
        for row in rows:
            item = self._items[row.article] or items[row.article]
            self._items[row.article] = replace(
                item,
                taken=item.taken - Decimal(row.taken),
                taken_next=item.taken_next - Decimal(row.taken_next),
            )
            self._changed.add(row.article)
        self._connection.execute(delete(_reservation).where(mine))

    def report(self, at: datetime, items: Sequence[StockItem], *, complete: bool) -> StockChange:
        """
        Put the ERP's figures of a moment in the place of older ones; newer ones stay.

        `complete` says that no other article has a figure. The same report again changes nothing.
        """
        self.flush()
        known = self.items([COMPLETE, *(item.article for item in items)])
        last = known.get(COMPLETE)
        new = [
            item
            for item in items
            if (last is None or last.at <= at)
            and (item.article not in known or known[item.article].at <= at)
        ]
        if complete and (last is None or last.at <= at):
            self._forget_others(at, is_first=last is None)
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
        self._connection.execute(_SUPERSEDED, {"at": at})
        if is_first:
            row = {"article": COMPLETE, "at": at, "taken": "0", "taken_next": "0"}
            self._connection.execute(insert(_stock), [row])

    def _put(self, at: datetime, new: Sequence[StockItem], known: dict[str, StockItem]) -> None:
        added, replaced = [], []
        for some in _portions(new):
            taken = self._still_taken(at, [item.article for item in some])
            for item in some:
                now, next_ = taken.get(item.article, (_ZERO, _ZERO))
                row = _row_of(replace(item, at=at, taken=now, taken_next=next_))
                if item.article in known:
                    changes = {f"new_{name}": row[name] for name in row if name != "article"}
                    replaced.append({"key": item.article, **changes})
                else:
                    added.append(row)
        if added:
            self._connection.execute(insert(_stock), added)
        if replaced:
            self._connection.execute(_FIGURE, replaced)

    def _still_taken(
        self, at: datetime, articles: Sequence[str]
    ) -> dict[str, tuple[Decimal, Decimal]]:
        """What orders the ERP did not have at that moment take; the others are settled by it."""
        self._connection.execute(_SUPERSEDED_OF, {"at": at, "articles": articles})
        taken: dict[str, tuple[Decimal, Decimal]] = {}
        for row in self._connection.execute(_OPEN, {"articles": articles}):
            now, next_ = taken.get(row.article, (_ZERO, _ZERO))
            taken[row.article] = (now + Decimal(row.taken), next_ + Decimal(row.taken_next))
        return taken


def _portions(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(things), _AT_ONCE):
        yield things[start : start + _AT_ONCE]


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


def _row_of(item: StockItem) -> dict[str, Any]:
    return {
        "article": item.article,
        "at": item.at,
        "available": _text(item.available),
        "next_date": item.next_date,
        "next_quantity": _text(item.next_quantity),
        "taken": str(item.taken),
        "taken_next": str(item.taken_next),
    }


def _text(figure: Decimal | None) -> str | None:
    return None if figure is None else str(figure)
