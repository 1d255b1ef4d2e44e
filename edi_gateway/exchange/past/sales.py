"""
What a customer had bought at a moment of the past, played again from what was handed to the ERP.

Whether sales were recorded at the time does not matter: a package that asks for them first can be
tried on orders from before. Of an order that the ERP lowered and the customer changed after that, what
the ERP was told then counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from edi_gateway.contract.history import Pattern, Twin, content_key
from edi_gateway.contract.life.changed_answer import CANCELLED
from edi_gateway.contract.terms import Agreement, Contract
from edi_gateway.documents import DocumentType, ErpOrder, Order, from_json
from edi_gateway.exchange.past.ahead import Ahead
from edi_gateway.exchange.standing.history import newest_twin, sale_handed_over
from edi_gateway.exchange.standing.purchases import Purchases
from edi_gateway.exchange.standing.usual import Usual
from edi_gateway.store import SameContent, Store
from edi_gateway.store.ledger.sales import Sales
from edi_gateway.store.past import Moment, PastDocument, handed_over


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What a contract asks about the customer's earlier orders."""

    bought: Mapping[str, Decimal]
    pattern: Pattern | None
    twin: Twin | None


@dataclass(frozen=True, slots=True)
class _Then:
    """The record of sales as a moment found it."""

    sales: Sales
    now: datetime


class PastSales:
    """The sales to one partner, moment by moment; `scratch` is filled as time goes on."""

    def __init__(self, store: Store, partner: str, scratch: Sales) -> None:
        self._sales = scratch
        self._handed_over = Ahead(handed_over(store, partner))
        #: The message that first handed over an order, and what was asked for last.
        self._firsts: dict[str, int] = {}
        self._asked: dict[str, str] = {}
        #: Those that are looked at, and what was bought of their articles, by agreement.
        self._orders: Sequence[Order] = ()
        self._purchases: dict[int, Purchases] = {}
        #: The orders that asked for the same, by the message of each.
        self._same: dict[str, dict[int, SameContent]] = {}
        #: The messages whose decisions were played.
        self._played: set[int] = set()

    def look_at(self, orders: Sequence[Order]) -> None:
        """Get ready for some orders: what was bought of their articles is added up once."""
        self._orders = orders
        self._purchases.clear()

    def before(
        self,
        moment: Moment,
        order: Order,
        agreement: Agreement,
        contract: Contract,
        *,
        besides: int | None,
    ) -> Earlier:
        """What had been sold before a moment, besides the order that was changed then."""
        self._go_to(moment)
        then = _Then(self._sales, moment.at)
        pattern = twin = None
        if contract.guards is not None:
            usual = Usual(then, agreement, [order], contract.guards)
            if besides is not None:
                usual.look_up(besides=besides)
            pattern = usual.pattern
        if contract.duplicate_days is not None:
            same = self._same.get(content_key(order), {})
            twin = newest_twin(same.values(), order, contract.duplicate_days, besides=besides)
        purchases = self._purchases.get(id(agreement))
        if purchases is None:
            purchases = Purchases(then, agreement, self._orders)
            self._purchases[id(agreement)] = purchases
        bought = purchases.before(order, contract, besides=besides)
        return Earlier(bought=bought, pattern=pattern, twin=twin)

    def _go_to(self, moment: Moment) -> None:
        for document in self._handed_over.before(moment):
            self._play(document)
        self._sales.flush()

    def _play(self, document: PastDocument) -> None:
        """Count what an order came to; what the ERP reports of it since changes nothing of that."""
        order = from_json(DocumentType.ERP_ORDER, document.content)
        assert isinstance(order, ErpOrder)  # noqa: S101  (its kind says so)
        message_id, key = document.moment.message_id, document.key
        was_decided = document.asked is not None and message_id not in self._played
        if not was_decided and order.status != CANCELLED:
            return
        self._played.add(message_id)
        if key in self._firsts:
            self._forget(self._firsts[key], self._asked.get(key))
        if document.asked is not None:
            asked = from_json(DocumentType.ORDER, document.asked)
            assert isinstance(asked, Order)  # noqa: S101  (its kind says so)
            self._asked[key] = content_key(asked)
        first = self._firsts.setdefault(key, message_id)
        sale = sale_handed_over(first, order, self._asked.get(key))
        if sale is None:
            return
        self._sales.add(sale)
        for purchases in self._purchases.values():
            purchases.add(sale)
        if sale.content is not None:
            self._same.setdefault(sale.content, {})[first] = SameContent(
                message_id=first,
                number=sale.number,
                ordered_on=sale.ordered_on,
                content=sale.content,
            )

    def _forget(self, first: int, content: str | None) -> None:
        self._sales.remove(first)
        for purchases in self._purchases.values():
            purchases.forget()
        self._same.get(content or "", {}).pop(first, None)
