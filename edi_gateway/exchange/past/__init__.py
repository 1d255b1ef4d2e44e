"""
The circumstances that orders of the past were decided in, as far as the ledger can tell.

It is gone through once, forward in time. What earlier orders took is what they really took, whatever
another package would have made of them; nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import tzinfo

from edi_gateway.contract.circumstances import Circumstances
from edi_gateway.contract.resolution import agreement_for
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import Order
from edi_gateway.exchange.life.orders import order_key
from edi_gateway.exchange.past.blankets import PastBlankets
from edi_gateway.exchange.past.sales import PastSales
from edi_gateway.exchange.past.stock import PastStock
from edi_gateway.exchange.standing.history import asks_for_history
from edi_gateway.exchange.standing.stock import is_checked
from edi_gateway.store import PastOrder, Store
from edi_gateway.store.past import Moment, first_messages, replayed_sales, said_to


class Past:
    """What was known of one partner's orders, moment by moment."""

    def __init__(
        self,
        store: Store,
        partner: str,
        zone: tzinfo,
        sales: PastSales | None,
        stock: PastStock | None,
    ) -> None:
        self._store = store
        self._partner = partner
        self._zone = zone
        self._sales = sales
        self._stock = stock
        self._blankets = PastBlankets(store, partner)
        self._firsts: dict[str, int] = {}
        self._approvals: dict[int, set[tuple[str, str]]] = {}
        self._seen: dict[int, set[tuple[str, str | None]]] = {}

    @property
    def unknown(self) -> list[str]:
        """What could not be known of a moment, each in a sentence."""
        return list(self._blankets.unknown)

    def look_at(self, page: Sequence[PastOrder], orders: Sequence[Order], terms: Agreement) -> None:
        """Look up at once what is known of some orders whatever the moment."""
        keys = {order_key(terms, order) for order in orders}
        self._firsts = first_messages(self._store, self._partner, keys)
        if self._sales is not None:
            self._sales.look_at(orders)
        self._approvals, self._seen = said_to(self._store, [past.message_id for past in page])

    def circumstances(self, past: PastOrder, order: Order, agreement: Agreement) -> Circumstances:
        """What an order was decided in, as far as an agreement asks; moments only go forward."""
        moment = Moment(past.decided_at, past.message_id)
        first = self._firsts.get(order_key(agreement, order), past.message_id)
        # A change was decided with what its order had taken before at hand again.
        besides = None if first == past.message_id else first
        found = Circumstances(
            now=past.decided_at.astimezone(self._zone),
            approvals=frozenset(self._approvals.get(past.message_id, ())),
            seen=frozenset(self._seen.get(past.message_id, ())),
        )
        if self._stock is not None and is_checked(agreement):
            figures = self._stock.figures(moment, order, agreement, besides=besides)
            found = replace(found, stock=figures)
        if any(each.has_blankets for each in agreement.every_contract):
            known, changed = self._blankets.known(moment, order, agreement, besides=besides)
            found = replace(found, blankets=known, changed_blanket=changed)
        if self._sales is not None and asks_for_history(agreement):
            contract = agreement_for(order, agreement, found).contract
            earlier = self._sales.before(moment, order, agreement, contract, besides=besides)
            found = replace(
                found, bought=earlier.bought, pattern=earlier.pattern, twin=earlier.twin
            )
        return found


@contextmanager
def past_of(
    store: Store, partner: str, agreements: Sequence[Agreement], zone: tzinfo
) -> Iterator[Past]:
    """The past of a partner, as far as one of these agreements asks for it."""
    asks = any(map(asks_for_history, agreements))
    counts_stock = any(map(is_checked, agreements))
    with replayed_sales() as scratch:
        sales = PastSales(store, partner, scratch) if asks else None
        yield Past(store, partner, zone, sales, PastStock(store) if counts_stock else None)
