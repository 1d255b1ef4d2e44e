"""
What a changed package would have made of a partner's real orders.

Each order is decided twice, against the package in force and against the changed one, in the
circumstances it was decided in, so that only the package differs: what the ERP had in stock, what
was left of blanket orders, what the customer had bought, what people had said. Nothing is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from edi_gateway.contract.decision import Decision, LineDecision, Outcome
from edi_gateway.contract.partner import Company
from edi_gateway.contract.resolution import agreement_for
from edi_gateway.contract.rules import decide
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import DocumentType, LineAction, Order, from_json
from edi_gateway.exchange.packages.forms import IndexedPackage, Progress, no_progress
from edi_gateway.exchange.past import Past, past_of
from edi_gateway.store import PastOrder, Store

_PAGE = 200  # orders that are decided at once
_NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Trial:
    """On which orders something is tried, and by whom they were to be answered."""

    store: Store
    #: The orders are those that were decided since.
    since: datetime
    company: Company
    zone: ZoneInfo
    progress: Progress = no_progress


@dataclass(frozen=True, slots=True, kw_only=True)
class LineEffect:
    """A line that would have come out otherwise."""

    line: str
    article: str | None
    old_action: str
    new_action: str
    old_amount: Decimal
    new_amount: Decimal
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEffect:
    """An order that would have come out otherwise: as a whole, and on which lines."""

    item: str
    number: str
    buyer: str | None
    delivery_party: str | None
    old_outcome: str
    new_outcome: str
    old_amount: Decimal
    new_amount: Decimal
    #: What was confirmed and would wait: the old amount of an order that is newly held.
    held_amount: Decimal
    #: Why it would be held now and was not.
    reason: str | None
    lines: tuple[LineEffect, ...]


@dataclass(slots=True)
class Simulation:
    """What comes of all orders together, and what was not known of the past."""

    #: Under "", and under each GLN that is delivered to.
    totals: dict[str, Totals] = field(default_factory=dict)
    #: What could not be decided as it was then, each in a sentence.
    unknown: list[str] = field(default_factory=list)

    def add(self, place: str, old: Decision, new: Decision) -> None:
        """Count an order in."""
        for name in dict.fromkeys(("", place)):
            self.totals.setdefault(name, Totals()).add(old, new)


@dataclass(slots=True, kw_only=True)
class Totals:
    """
    What comes of all orders, or of those of one delivery party.

    What a held order will be worth nobody knows. So the old and the new amount are those of the
    orders that both answer, and what is newly or no longer held has amounts of its own.
    """

    orders: int = 0
    lines: int = 0
    old_amount: Decimal = _NOTHING
    new_amount: Decimal = _NOTHING
    newly_held: int = 0
    #: What was confirmed of orders that are newly held.
    newly_held_amount: Decimal = _NOTHING
    no_longer_held: int = 0
    #: What is confirmed of orders that were held.
    no_longer_held_amount: Decimal = _NOTHING
    newly_rejected: int = 0
    #: What of the old amount stood on lines that are newly rejected.
    newly_rejected_amount: Decimal = _NOTHING
    newly_changed: int = 0

    def add(self, old: Decision, new: Decision) -> None:
        """Count an order in."""
        self.orders += 1
        self.lines += len(new.lines)
        if _is_held(new):
            self.newly_held += not _is_held(old)
            self.newly_held_amount += _amount(old)
        elif _is_held(old):
            self.no_longer_held += 1
            self.no_longer_held_amount += _amount(new)
        else:
            self.old_amount += _amount(old)
            self.new_amount += _amount(new)
        self._add_lines(old, new)

    def _add_lines(self, old: Decision, new: Decision) -> None:
        both_answer = not _is_held(old) and not _is_held(new)
        for was, now in _pairs(old, new):
            if now is None or (was is not None and was.action is now.action):
                continue
            self.newly_rejected += now.action is LineAction.REJECTED
            self.newly_changed += now.action is LineAction.CHANGED
            if both_answer and was is not None and now.action is LineAction.REJECTED:
                self.newly_rejected_amount += was.amount

    def include(self, other: Totals) -> None:
        """Count other orders in."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


def simulate(
    trial: Trial, old: IndexedPackage, new: IndexedPackage, simulation: Simulation
) -> Iterator[OrderEffect]:
    """
    Decide again what a partner ordered since a moment; yield the orders that come out otherwise.

    Every order counts in `simulation`. Orders sent as tests, and repetitions of an order, are left
    out.
    """
    store, partner = trial.store, new.terms.partner.id
    of = store.count_orders(partner, trial.since)
    done, last = 0, None
    with past_of(store, partner, (old.terms, new.terms), trial.zone) as known:
        while page := store.past_orders(partner, trial.since, after=last, limit=_PAGE):
            orders = [_order(past) for past in page]
            agreements = old.for_orders(orders), new.for_orders(orders)
            known.look_at(page, orders, old.terms)
            for past, order in zip(page, orders, strict=True):
                was, now = (_again(past, order, each, known, trial.company) for each in agreements)
                simulation.add(_delivery_party(order) or "unknown", was, now)
                effect = _effect(past, order, was, now)
                if effect is not None:
                    yield effect
            done, last = done + len(page), page[-1]
            trial.progress("deciding again", done, of)
        simulation.unknown = known.unknown


def _again(
    past: PastOrder, order: Order, agreement: Agreement, known: Past, company: Company
) -> Decision:
    """Decide an order by an agreement, in what was known when it was decided."""
    circumstances = known.circumstances(past, order, agreement)
    agreement = agreement_for(order, agreement, circumstances)
    return decide(order, agreement, company=company, circumstances=circumstances)


def _order(past: PastOrder) -> Order:
    order = from_json(DocumentType.ORDER, past.content)
    assert isinstance(order, Order)  # noqa: S101  (its kind says so)
    return order


def _effect(past: PastOrder, order: Order, was: Decision, now: Decision) -> OrderEffect | None:
    lines = tuple(
        effect
        for before, after in _pairs(was, now)
        if (effect := _line_effect(before, after)) is not None
    )
    if not lines and was.outcome is now.outcome and was.net_amount == now.net_amount:
        return None
    holding = [finding.text for finding in now.findings if finding.effect == "hold"]
    return OrderEffect(
        item=f"m{past.message_id}",
        number=order.number,
        buyer=order.buyer.gln,
        delivery_party=_delivery_party(order),
        old_outcome=was.outcome,
        new_outcome=now.outcome,
        old_amount=_amount(was),
        new_amount=_amount(now),
        held_amount=_amount(was) if _is_held(now) else _NOTHING,
        reason="; ".join(dict.fromkeys(holding)) or None,
        lines=lines,
    )


def _line_effect(before: LineDecision | None, after: LineDecision | None) -> LineEffect | None:
    if before is not None and after is not None and _said(before) == _said(after):
        return None
    line = after or before
    assert line is not None  # noqa: S101  (one of them is)
    article = next((one.article for one in (after, before) if one and one.article), None)
    return LineEffect(
        line=line.line.number,
        article=article.code if article else None,
        old_action=_action(before),
        new_action=_action(after),
        old_amount=before.amount if before else _NOTHING,
        new_amount=after.amount if after else _NOTHING,
        reason=after.reason if after else None,
    )


def _pairs(
    old: Decision, new: Decision
) -> Iterator[tuple[LineDecision | None, LineDecision | None]]:
    """The decisions about each line, also about lines that only one of them has."""
    before, after = _numbered(old), _numbered(new)
    for key in dict.fromkeys((*after, *before)):
        yield before.get(key), after.get(key)


def _numbered(decision: Decision) -> dict[tuple[str, int], LineDecision]:
    """The lines by number; where it stands twice, also by which of them it is."""
    numbered: dict[tuple[str, int], LineDecision] = {}
    seen: Counter[str] = Counter()
    for line in decision.lines:
        numbered[line.line.number, seen[line.line.number]] = line
        seen[line.line.number] += 1
    return numbered


def _said(line: LineDecision) -> tuple[object, ...]:
    return (line.action, line.amount, line.confirmed, line.reason_code)


def _action(line: LineDecision | None) -> str:
    if line is None:
        return "none"
    return line.action.value if line.action is not None else "held"


def _amount(decision: Decision) -> Decimal:
    """What is confirmed: nothing while the order is held."""
    return _NOTHING if _is_held(decision) else decision.net_amount


def _is_held(decision: Decision) -> bool:
    return decision.outcome is Outcome.HELD


def _delivery_party(order: Order) -> str | None:
    return order.delivery_party.gln if order.delivery_party else None
