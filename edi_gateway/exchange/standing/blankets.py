"""
Blanket orders while the orders of one chunk are decided: what is left of them, and what is taken.

Everything is looked at and taken in the transaction that answers the orders. Held, rejected and
repeated orders take nothing, and neither do tests; a cancelled or changed order gives back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from edi_gateway.contract.blankets import (
    BLANKET_ORDER,
    Blanket,
    BlanketLine,
    CalledOff,
    numbers_named,
    with_use,
)
from edi_gateway.contract.decision import Decision, LineDecision
from edi_gateway.contract.policies import OverConsumption
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import LineAction, Order
from edi_gateway.exchange.standing.supplying import Supplied, taken_now
from edi_gateway.store import Ledger, Message
from edi_gateway.store.blankets import (
    Cause,
    Consumption,
    StoredBlanket,
    add_blanket,
    blankets_of_message,
    change_blanket,
    consume,
    consumed_by,
    last_consumed_by,
    load_blankets,
)


class Blankets:
    """A partner's blanket orders, as the orders decided so far left them."""

    def __init__(self, ledger: Ledger, agreement: Agreement, orders: Iterable[Order]) -> None:
        self._ledger = ledger
        self._partner = agreement.partner.id
        # What the package states is the same for every contract.
        self._package = {blanket.number: blanket for blanket in agreement.contract.blankets}
        self._stored: dict[str, StoredBlanket] = {}
        #: The order that is decided anew: its message, its number, and what it took.
        self._order_id: int | None = None
        self._number: str | None = None
        self._before: list[Consumption] = []
        #: The blanket order that is changed by the order at hand.
        self.changed: str | None = None
        contracts = {contract.number for contract in agreement.every_contract}
        self._load(set().union(*(numbers_named(order, contracts) for order in orders)))

    @property
    def known(self) -> Mapping[str, Blanket]:
        """The blanket orders that the orders may mean, with what is left of them."""
        return {number: stored.terms for number, stored in self._stored.items()}

    def reopen(self, order_id: int) -> None:
        """
        Let an order that was answered be decided anew: what it took is there again for it.

        `order_id` is the message of the order as it came first; the next order that is settled takes
        its place. Where that is a blanket order, its terms are changed.
        """
        self._order_id = order_id
        brought = blankets_of_message(self._ledger, order_id)
        self._stored |= brought
        self.changed = next(iter(brought), None)
        self._number, self._before = consumed_by(self._ledger, order_id)
        self._load({entry.blanket for entry in self._before})
        for entry in self._before:
            self._see(entry.blanket, _given_back(entry))

    def settle(self, message: Message, order: Order, decision: Decision) -> None:
        """Record what an answered order takes of blanket orders, or the blanket order it is."""
        if order.type_code == BLANKET_ORDER:
            self._place(message, order, decision)
            return
        taken = [
            _consumption(line.line.number, line.called_off)
            for line in decision.lines
            if line.called_off is not None
        ]
        self._take(message, order.number, taken)

    def give_back(self, message: Message) -> None:
        """Let a reopened order end: it keeps nothing. A blanket order is closed for its rest."""
        if self.changed is not None:
            stored = self._stored[self.changed]
            closed = replace(stored.terms, is_closed=True)
            self._stored[self.changed] = change_blanket(
                self._ledger, stored, closed, message_id=message.id
            )
        self._take(message, self._number or "", [], ends_order=True)

    def supply(
        self, message: Message, parts: Mapping[str, Supplied], policy: OverConsumption
    ) -> None:
        """
        Let a reopened order take what is supplied of its lines now; lines not named stay.

        What is supplied again is taken again, never beyond what is left: where the policy does not
        accept that, `HeldError`.
        """
        standing = {entry.order_line for entry in self._before}
        gone = [
            entry
            for line, entry in last_consumed_by(self._ledger, self._order_id or 0).items()
            if line in parts and line not in standing
        ]
        self._load({entry.blanket for entry in gone})
        left = {number: stored.terms for number, stored in self._stored.items()}
        taken = []
        # Those that take more come last, and find what the others leave.
        for entry in sorted((*self._before, *gone), key=lambda each: _is_raised(each, parts)):
            part, blanket = parts.get(entry.order_line), left[entry.blanket]
            if part is not None:
                entry = taken_now(entry, part, blanket, policy)
            left[entry.blanket] = blanket.after(_called_off(entry))
            taken.append(entry)
        self._take(message, self._number or "", taken)

    def _load(self, numbers: set[str]) -> None:
        missing = numbers - self._stored.keys()
        self._stored |= load_blankets(self._ledger, self._partner, missing)
        for number in sorted(missing & self._package.keys()):
            self._bring_up_to_date(self._package[number])
        for number in sorted(missing & self._stored.keys() - self._package.keys()):
            self._close_if_withdrawn(self._stored[number])

    def _bring_up_to_date(self, stated: Blanket) -> None:
        """What the package states is true from now on; what was used of it stays used."""
        stored = self._stored.get(stated.number)
        if stored is None:
            self._stored[stated.number] = add_blanket(
                self._ledger, self._partner, stated, message_id=None
            )
            return
        terms = with_use(stated, stored.terms)
        if terms != stored.terms:
            self._stored[stated.number] = change_blanket(
                self._ledger, stored, terms, message_id=None
            )

    def _close_if_withdrawn(self, stored: StoredBlanket) -> None:
        """One that a package stated, and the package in force does not, is called off no more."""
        if stored.message_id is None and not stored.terms.is_closed:
            closed = replace(stored.terms, is_closed=True)
            self._stored[closed.number] = change_blanket(
                self._ledger, stored, closed, message_id=None
            )

    def _place(self, message: Message, order: Order, decision: Decision) -> None:
        terms = Blanket(
            number=order.number,
            valid_from=order.valid_from or order.issue_date,
            valid_until=order.valid_until,
            lines=tuple(
                _blanket_line(line)
                for line in decision.lines
                if line.action is not LineAction.REJECTED
            ),
        )
        if order.number == self.changed:
            stored = self._stored[order.number]
            terms = with_use(terms, stored.terms)
            changed = change_blanket(self._ledger, stored, terms, message_id=message.id)
            self._stored[order.number] = changed
        elif terms.lines:
            self._stored[order.number] = add_blanket(
                self._ledger, self._partner, terms, message_id=message.id
            )
        self._order_id, self._before, self.changed = None, [], None

    def _take(
        self,
        message: Message,
        order_number: str,
        taken: list[Consumption],
        *,
        ends_order: bool = False,
    ) -> None:
        for entry in self._before:
            # What it gave back in sight of the decision becomes true with what it takes now.
            self._see(entry.blanket, entry)
        entries = _difference(self._before, taken)
        cause = Cause(
            order_id=message.id if self._order_id is None else self._order_id,
            message_id=message.id,
            order_number=order_number,
            ends_order=ends_order,
        )
        for number in dict.fromkeys(entry.blanket for entry in entries):
            own = [entry for entry in entries if entry.blanket == number]
            self._stored[number] = consume(self._ledger, self._stored[number], own, cause)
        self._order_id, self._before, self.changed = None, [], None

    def _see(self, number: str, entry: Consumption) -> None:
        """Count an entry in what is known here, not in the ledger."""
        stored = self._stored[number]
        self._stored[number] = replace(stored, terms=stored.terms.after(_called_off(entry)))


def _consumption(order_line: str, taken: CalledOff) -> Consumption:
    return Consumption(
        blanket=taken.blanket,
        line=taken.line,
        order_line=order_line,
        quantity=taken.quantity,
        value=taken.value,
        beyond=taken.beyond,
    )


def _called_off(entry: Consumption) -> CalledOff:
    return CalledOff(
        blanket=entry.blanket, line=entry.line, quantity=entry.quantity, value=entry.value
    )


def _is_raised(entry: Consumption, parts: Mapping[str, Supplied]) -> bool:
    part = parts.get(entry.order_line)
    return part is not None and part.is_raised


def _given_back(entry: Consumption) -> Consumption:
    return replace(entry, quantity=-entry.quantity, value=-entry.value, beyond=-entry.beyond)


def _difference(before: Sequence[Consumption], after: Sequence[Consumption]) -> list[Consumption]:
    """What has to be recorded so that an order that took `before` has taken `after`."""
    sums = {(e.blanket, e.line, e.order_line): _given_back(e) for e in before}
    for entry in after:
        key = (entry.blanket, entry.line, entry.order_line)
        if key in sums:
            gone = sums[key]
            sums[key] = replace(
                entry,
                quantity=entry.quantity + gone.quantity,
                value=entry.value + gone.value,
                beyond=entry.beyond + gone.beyond,
            )
        else:
            sums[key] = entry
    return [entry for entry in sums.values() if entry.quantity or entry.value or entry.beyond]


def _blanket_line(decided: LineDecision) -> BlanketLine:
    """What a line of a blanket order commits to: a quantity at its price, or else an amount."""
    price, article = decided.article_price, decided.article
    line = BlanketLine(
        number=decided.line.number,
        article=article.code if article else None,
        unit=decided.unit if decided.factor == 1 or article is None else article.unit,
    )
    if price is None:
        return replace(line, value=decided.amount)
    return replace(line, quantity=decided.in_article_unit, price=price.amount, per=price.per)
