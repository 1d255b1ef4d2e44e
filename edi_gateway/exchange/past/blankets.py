"""Blanket orders as a moment of the past found them: what was left of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from edi_gateway.contract.blankets import Blanket, numbers_named, with_use
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import Order
from edi_gateway.store import Store
from edi_gateway.store.past import Moment, blankets_before


class PastBlankets:
    """
    A partner's blanket orders, moment by moment.

    Those a package states have the terms of the package an order is decided by. Of those a message
    brought, only the terms of now are known.
    """

    def __init__(self, store: Store, partner: str) -> None:
        self._store = store
        self._partner = partner
        #: What could not be known, each sentence once.
        self.unknown: dict[str, None] = {}

    def known(
        self, moment: Moment, order: Order, agreement: Agreement, *, besides: int | None
    ) -> tuple[Mapping[str, Blanket], str | None]:
        """
        The blanket orders an order may mean, and the one it changes.

        `besides` is the order it is a change of: what that took is there again.
        """
        contracts = {contract.number for contract in agreement.every_contract}
        stated = {blanket.number: blanket for blanket in agreement.contract.blankets}
        numbers = numbers_named(order, contracts)
        found = blankets_before(self._store, self._partner, numbers, moment, besides=besides)
        known = {number: stated[number] for number in numbers if number in stated}
        changed = None
        for number, then in found.items():
            if number in stated:
                known[number] = with_use(stated[number], then.terms)
            elif then.message_id is None:
                known[number] = replace(then.terms, is_closed=True)
            else:
                known[number] = then.terms
                if then.message_id == besides:
                    changed = number
                if then.was_other:
                    self._note(number)
        return known, changed

    def _note(self, number: str) -> None:
        text = f"the terms of blanket order {number} before it was changed; those of now were taken"
        self.unknown[text] = None
