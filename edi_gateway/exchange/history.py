"""
What a customer bought before: recorded as orders are answered, looked up for those of a chunk.

Kept only where the contract asks for it, because each order would cost a few rows for nothing
else. A version of a package that asks for it first completes the record from what was handed to
the ERP.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from edi_gateway.contract.blankets import BLANKET_ORDER
from edi_gateway.contract.decision import Decision
from edi_gateway.contract.history import NOTHING, Earlier, Pattern, Twin, content_key
from edi_gateway.contract.line_rules import article_of
from edi_gateway.contract.order_rules import SAMPLE
from edi_gateway.contract.terms import Agreement, Contract
from edi_gateway.documents import (
    DocumentType,
    ErpOrder,
    ErpOrderLine,
    Order,
    ResponseStatus,
    from_json,
)
from edi_gateway.store import Ledger, Sale, SameContent, SoldArticle

_CANCELLED = "cancelled"

#: Types of order by which nothing is sold: samples are free, and blanket orders are called off.
_NOT_SOLD = frozenset({SAMPLE, BLANKET_ORDER})


#: How many earlier orders are recorded in one statement.
_AT_ONCE = 500


class _Name(msgspec.Struct, gc=False):
    """What tells an order the ERP got from others: all its revisions share it."""

    number: str
    issue_date: date


def asks_for_history(contract: Contract) -> bool:
    """Whether anything the contract states depends on what was bought before."""
    return contract.guards is not None or contract.duplicate_days is not None


class History:
    """The earlier orders of one customer, as far as the orders of one chunk ask; kept up with them."""

    def __init__(self, ledger: Ledger, agreement: Agreement, orders: Sequence[Order]) -> None:
        self._ledger = ledger
        self._agreement = agreement
        self._orders = orders
        #: The message of the answered order that is decided anew.
        self._reopened: int | None = None
        self._quantities: dict[str, Earlier] = {}
        self._values = NOTHING
        self._places: set[str] = set()
        self._same: dict[str, list[SameContent]] = {}
        complete(ledger, agreement)
        if agreement.contract.guards is not None:
            self._look_up_pattern()
        if agreement.contract.duplicate_days is not None:
            keys = {content_key(order) for order in orders}
            for same in ledger.sales.same_content(agreement.partner.id, keys):
                self._same.setdefault(same.content, []).append(same)

    def _look_up_pattern(self) -> None:
        guards, partner = self._agreement.contract.guards, self._agreement.partner.id
        if guards is None:
            return
        sales, last, besides = self._ledger.sales, guards.last_orders, self._reopened
        since = months_before(self._ledger.now.date(), guards.within_months)
        if guards.quantity_factor is not None:
            for article in _articles_of(self._orders, self._agreement):
                rows = sales.last_quantities(
                    partner, article, since=since, last=last, besides=besides
                )
                self._quantities[article] = _earlier(rows)
        rows = sales.last_values(partner, since=since, last=last, besides=besides)
        self._values = _earlier(rows)
        if guards.new_delivery_address is not None:
            places = {order.delivery_party.gln for order in self._orders if order.delivery_party}
            self._places = sales.known_places(partner, filter(None, places))

    @property
    def pattern(self) -> Pattern | None:
        """What the guards hold an order against."""
        if self._agreement.contract.guards is None:
            return None
        return Pattern(
            quantities=self._quantities,
            values=self._values,
            delivery_parties=frozenset(self._places),
        )

    def twin(self, order: Order) -> Twin | None:
        """The newest other order that asked for the same, within the days the contract states."""
        days = self._agreement.contract.duplicate_days
        if days is None:
            return None
        twins = [
            Twin(number=same.number, ordered_on=same.ordered_on)
            for same in self._same.get(content_key(order), ())
            if same.number != order.number
            and same.message_id != self._reopened
            and abs(same.ordered_on - order.issue_date) <= timedelta(days=days)
        ]
        return max(twins, key=lambda twin: (twin.ordered_on, twin.number), default=None)

    def reopen(self, order_id: int) -> None:
        """
        Let an answered order be decided anew, as if it had not been sold yet.

        `order_id` is the message of the order as it came first; what is settled next takes its place.
        """
        self._reopened = order_id
        if self._agreement.contract.guards is not None:
            self._look_up_pattern()

    def give_back(self) -> None:
        """Take the reopened order, which was cancelled, out of what was sold."""
        if self._reopened is not None:
            self._ledger.sales.remove(self._reopened)
        self._reopened = None

    def settle(self, message_id: int, order: Order, decision: Decision) -> None:
        """Record an answered order, for those that follow in the chunk too."""
        order_id = message_id if self._reopened is None else self._reopened
        self.give_back()
        sale = sale_of(order_id, order, decision, self._agreement)
        if sale is None:
            return
        self._ledger.sales.add(sale)
        guards = self._agreement.contract.guards
        if guards is not None:
            self._values = _with(self._values, sale.value, sale.ordered_on, guards.last_orders)
            for article, sold in sale.articles.items():
                known = self._quantities.get(article, NOTHING)
                self._quantities[article] = _with(
                    known, sold.quantity, sale.ordered_on, guards.last_orders
                )
        if sale.delivery_party is not None:
            self._places.add(sale.delivery_party)
        if sale.content is not None:
            self._same.setdefault(sale.content, []).append(
                SameContent(
                    message_id=sale.message_id,
                    number=sale.number,
                    ordered_on=sale.ordered_on,
                    content=sale.content,
                )
            )


def sale_of(message_id: int, order: Order, decision: Decision, agreement: Agreement) -> Sale | None:
    """What an answered order came to; None where nothing is sold."""
    if decision.status is ResponseStatus.REJECTED or order.type_code in _NOT_SOLD:
        return None
    lines = [
        (line.article.code, line.confirmed + line.backordered, line.amount)
        for line in decision.lines
        if line.article is not None and line.confirmed + line.backordered > 0
    ]
    return Sale(
        message_id=message_id,
        partner=agreement.partner.id,
        number=order.number,
        ordered_on=order.issue_date,
        value=decision.net_amount,
        delivery_party=(order.delivery_party.gln if order.delivery_party else None) or None,
        content=content_key(order) if agreement.contract.duplicate_days is not None else None,
        articles=_summed(lines),
    )


def complete(ledger: Ledger, agreement: Agreement) -> None:
    """Fill what is missing in the record from the orders the ERP got; once for each package."""
    partner, sales = agreement.partner.id, ledger.sales
    if sales.is_complete(partner, agreement.version):
        return
    known = sales.recorded(partner)
    # Only names at first: the orders of years are more than memory should hold at once.
    orders: dict[tuple[str, date], tuple[int, int]] = {}
    for document, message_id, content in sales.handed_over(partner):
        name = msgspec.json.decode(content, type=_Name)
        key = name.number, name.issue_date
        orders[key] = document, orders[key][1] if key in orders else message_id
    missing = {document: message for document, message in orders.values() if message not in known}
    for count, (document, content) in enumerate(sales.contents(list(missing))):
        order = from_json(DocumentType.ERP_ORDER, content)
        assert isinstance(order, ErpOrder)  # noqa: S101  (its kind says so)
        if order.status != _CANCELLED and order.type_code not in _NOT_SOLD:
            sales.add(_sale_handed_over(ledger, agreement, missing[document], order))
        if count % _AT_ONCE == 0:
            sales.flush()
    sales.flush()
    sales.mark_complete(partner, agreement.version)


def _sale_handed_over(
    ledger: Ledger, agreement: Agreement, message_id: int, order: ErpOrder
) -> Sale:
    lines = [
        (line.article, _confirmed(line), line.amount or Decimal(0))
        for line in order.lines
        if line.article is not None and _confirmed(line) > 0
    ]
    return Sale(
        message_id=message_id,
        partner=agreement.partner.id,
        number=order.number,
        ordered_on=order.issue_date,
        value=order.net_amount,
        delivery_party=(order.delivery_party.gln if order.delivery_party else None) or None,
        content=_content_asked(ledger, agreement.contract, message_id, order.issue_date),
        articles=_summed(lines),
    )


def _confirmed(line: ErpOrderLine) -> Decimal:
    """All that is confirmed, what follows later included."""
    return line.confirmed_quantity + (line.backordered or 0)


def _content_asked(
    ledger: Ledger, contract: Contract, message_id: int, ordered_on: date
) -> str | None:
    """The hash of what an earlier order asked for, where a duplicate of it may still come."""
    days = contract.duplicate_days
    if days is None or ordered_on < ledger.now.date() - timedelta(days=days):
        return None
    stored = ledger.document_of_message(message_id, DocumentType.ORDER)
    asked = from_json(DocumentType.ORDER, stored.content) if stored is not None else None
    return content_key(asked) if isinstance(asked, Order) else None


def _summed(lines: Iterable[tuple[str, Decimal, Decimal]]) -> dict[str, SoldArticle]:
    sold: dict[str, SoldArticle] = {}
    for article, quantity, amount in lines:
        before = sold.get(article)
        if before is not None:
            quantity, amount = before.quantity + quantity, before.amount + amount
        sold[article] = SoldArticle(quantity=quantity, amount=amount)
    return sold


def _articles_of(orders: Sequence[Order], agreement: Agreement) -> set[str]:
    """Our codes of the articles that are ordered."""
    return {
        article.code
        for order in orders
        for line in order.lines
        if (article := article_of(line, agreement.articles)) is not None
    }


def _earlier(rows: Sequence[tuple[date, Decimal]]) -> Earlier:
    if not rows:
        return NOTHING
    return Earlier(figures=tuple(figure for _, figure in rows), since=min(day for day, _ in rows))


def _with(known: Earlier, figure: Decimal, day: date, last: int) -> Earlier:
    """The figures with a new one, and without the oldest beyond the last ones."""
    since = day if known.since is None else min(known.since, day)
    return Earlier(figures=(figure, *known.figures)[:last], since=since)


def months_before(day: date, months: int) -> date:
    """
    Return the same day so many months earlier, or the last day of that month before it.

    >>> months_before(date(2026, 3, 31), 13)
    datetime.date(2025, 2, 28)
    """
    count = day.year * 12 + day.month - 1 - months
    first = date(count // 12, count % 12 + 1, 1)
    following = date((count + 1) // 12, (count + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))
