"""
What a customer bought before: recorded as orders are answered, looked up for those of a chunk.

Kept only where the contract asks for it, because each order would cost a few rows for nothing
else. A version of a package that asks for it first completes the record from what was handed to
the ERP.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from edi_gateway.contract.blankets import BLANKET_ORDER
from edi_gateway.contract.clauses import Guards
from edi_gateway.contract.decision import Decision
from edi_gateway.contract.history import Pattern, Twin, content_key
from edi_gateway.contract.rules.order import SAMPLE
from edi_gateway.contract.terms import Agreement, Contract
from edi_gateway.documents import (
    DocumentType,
    ErpOrder,
    ErpOrderLine,
    Order,
    ResponseStatus,
    from_json,
)
from edi_gateway.exchange.standing.purchases import Purchases, counting_contract
from edi_gateway.exchange.standing.usual import Usual
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


def guards_of(agreement: Agreement) -> list[Guards]:
    """The guards of every contract that has any: each looks at earlier orders in its own way."""
    found = [each.guards for each in agreement.every_contract if each.guards is not None]
    return list(dict.fromkeys(found))


def duplicate_days_of(agreement: Agreement) -> int | None:
    """How far back an order's twin is looked for, by the contract that looks the farthest."""
    known = agreement.every_contract
    days = [each.duplicate_days for each in known if each.duplicate_days is not None]
    return max(days, default=None)


def asks_for_history(agreement: Agreement) -> bool:
    """Whether anything that is agreed depends on what was bought before."""
    return (
        bool(guards_of(agreement))
        or duplicate_days_of(agreement) is not None
        or counting_contract(agreement) is not None
    )


class History:
    """The earlier orders of one customer, as far as the orders of one chunk ask; kept up with them."""

    def __init__(self, ledger: Ledger, agreement: Agreement, orders: Sequence[Order]) -> None:
        self._ledger = ledger
        self._agreement = agreement
        self._orders = orders
        self._days = duplicate_days_of(agreement)
        #: The message of the answered order that is decided anew.
        self._reopened: int | None = None
        self._same: dict[str, list[SameContent]] = {}
        self._purchases = Purchases(ledger, agreement, orders)
        complete(ledger, agreement)
        self._usual = {
            guards: Usual(ledger, agreement, orders, guards) for guards in guards_of(agreement)
        }
        if self._days is not None:
            keys = {content_key(order) for order in orders}
            for same in ledger.sales.same_content(agreement.partner.id, keys):
                self._same.setdefault(same.content, []).append(same)

    def pattern(self, guards: Guards | None) -> Pattern | None:
        """What a contract's guards hold an order against; None where it has none."""
        return None if guards is None else self._usual[guards].pattern

    def bought(self, order: Order, contract: Contract) -> Mapping[str, Decimal]:
        """What was bought before in the period that prices of the contract count over."""
        return self._purchases.before(order, contract, besides=self._reopened)

    def twin(self, order: Order, contract: Contract) -> Twin | None:
        """The newest other order that asked for the same, within the days its contract states."""
        if contract.duplicate_days is None:
            return None
        same = self._same.get(content_key(order), ())
        return newest_twin(same, order, contract.duplicate_days, besides=self._reopened)

    def reopen(self, order_id: int) -> None:
        """
        Let an answered order be decided anew, as if it had not been sold yet.

        `order_id` is the message of the order as it came first; what is settled next takes its place.
        """
        self._reopened = order_id
        for usual in self._usual.values():
            usual.look_up(besides=order_id)

    def give_back(self) -> None:
        """Take the reopened order, which was cancelled, out of what was sold."""
        if self._reopened is not None:
            self._ledger.sales.remove(self._reopened)
            self._purchases.forget()
        self._reopened = None

    def settle(self, message_id: int, order: Order, decision: Decision) -> None:
        """Record an answered order, for those that follow in the chunk too."""
        order_id = message_id if self._reopened is None else self._reopened
        self.give_back()
        sale = sale_of(order_id, order, decision, self._agreement)
        if sale is None:
            return
        self._ledger.sales.add(sale)
        self._purchases.add(sale)
        for usual in self._usual.values():
            usual.add(sale)
        if sale.content is not None:
            self._same.setdefault(sale.content, []).append(
                SameContent(
                    message_id=sale.message_id,
                    number=sale.number,
                    ordered_on=sale.ordered_on,
                    content=sale.content,
                )
            )


def newest_twin(
    same: Iterable[SameContent], order: Order, days: int, *, besides: int | None
) -> Twin | None:
    """The newest of the orders that asked for the same, within so many days, besides one."""
    twins = [
        Twin(number=each.number, ordered_on=each.ordered_on)
        for each in same
        if each.number != order.number
        and each.message_id != besides
        and abs(each.ordered_on - order.issue_date) <= timedelta(days=days)
    ]
    return max(twins, key=lambda twin: (twin.ordered_on, twin.number), default=None)


def sale_of(message_id: int, order: Order, decision: Decision, agreement: Agreement) -> Sale | None:
    """What an answered order came to; None where nothing is sold."""
    if decision.status is ResponseStatus.REJECTED or order.type_code in _NOT_SOLD:
        return None
    lines = [
        (line.article.code, line.in_article_unit, line.amount)
        for line in decision.lines
        if line.article is not None and line.in_article_unit > 0 and line.free_with is None
    ]
    return Sale(
        message_id=message_id,
        partner=agreement.partner.id,
        number=order.number,
        ordered_on=order.issue_date,
        value=decision.net_amount,
        delivery_party=(order.delivery_party.gln if order.delivery_party else None) or None,
        content=content_key(order) if duplicate_days_of(agreement) is not None else None,
        articles=_summed(lines),
    )


def bought_when_ordered(
    ledger: Ledger, agreement: Agreement, order: Order, message_id: int
) -> Mapping[str, Decimal]:
    """What was bought before an order came, where prices count that; later orders do not count."""
    if counting_contract(agreement) is None:
        return {}
    complete(ledger, agreement)
    purchases = Purchases(ledger, agreement, [order])
    return purchases.until(order, agreement.contract, message_id)


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
        message_id, days = missing[document], duplicate_days_of(agreement)
        asked = _content_asked(ledger, days, message_id, order.issue_date)
        sale = sale_handed_over(message_id, order, asked)
        if sale is not None:
            sales.add(sale)
        if count % _AT_ONCE == 0:
            sales.flush()
    sales.flush()
    sales.mark_complete(partner, agreement.version)


def sale_handed_over(message_id: int, order: ErpOrder, content: str | None) -> Sale | None:
    """What an order that was handed over came to; None where nothing is sold."""
    if order.status == _CANCELLED or order.type_code in _NOT_SOLD:
        return None
    lines = [
        (line.article, _confirmed(line), line.amount or Decimal(0))
        for line in order.lines
        if line.article is not None and _confirmed(line) > 0
    ]
    return Sale(
        message_id=message_id,
        partner=order.partner,
        number=order.number,
        ordered_on=order.issue_date,
        value=order.net_amount,
        delivery_party=(order.delivery_party.gln if order.delivery_party else None) or None,
        content=content,
        articles=_summed(lines),
    )


def _confirmed(line: ErpOrderLine) -> Decimal:
    """All that is confirmed, what follows later included."""
    return line.confirmed_quantity + (line.backordered or 0)


def _content_asked(
    ledger: Ledger, days: int | None, message_id: int, ordered_on: date
) -> str | None:
    """The hash of what an earlier order asked for, where a duplicate of it may still come."""
    if days is None or ordered_on < ledger.now.date() - timedelta(days=days):
        return None
    stored = ledger.documents.of_message(message_id, DocumentType.ORDER)
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
