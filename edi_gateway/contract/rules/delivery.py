"""
Requested dates against the first possible day: lead times, cut-off hour, days of delivery.

Nothing is judged where the contract states neither a lead time nor a calendar.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from edi_gateway.contract.articles import Article
from edi_gateway.contract.blankets import BLANKET_ORDER
from edi_gateway.contract.decision import Effect
from edi_gateway.contract.policies import DateNotPossible
from edi_gateway.contract.rules.line import Worksheet
from edi_gateway.contract.rules.looks import looked_at
from edi_gateway.contract.terms import Contract
from edi_gateway.documents import Order, OrderLine

_RUSH = "224"
_DAY = timedelta(days=1)

_EFFECTS = {
    DateNotPossible.ACCEPT: Effect.NOTE,
    DateNotPossible.PROPOSE: Effect.CHANGE,
    DateNotPossible.HOLD: Effect.HOLD,
    DateNotPossible.REJECT: Effect.REJECT,
}


@dataclass(frozen=True, slots=True)
class Wish:
    """When goods are wanted: on a day, or in a window of days; both its ends count."""

    day: date | None
    earliest: date | None
    latest: date | None

    @classmethod
    def of(cls, order: Order, line: OrderLine) -> Wish:
        """The line's own dates; the order's where it has none."""
        own = cls(line.requested_delivery, line.earliest_delivery, line.latest_delivery)
        if own.is_one:
            return own
        return cls(order.requested_delivery, order.earliest_delivery, order.latest_delivery)

    @property
    def is_one(self) -> bool:
        """Whether any day is asked for."""
        return not (self.day is None and self.earliest is None and self.latest is None)

    def is_met_on(self, day: date) -> bool:
        """Whether delivery on this day is what is wanted, or what is allowed."""
        if day == self.day:
            return True
        if self.day is not None and self.latest is None:
            return False
        return (self.earliest is None or self.earliest <= day) and (
            self.latest is None or day <= self.latest
        )

    def __str__(self) -> str:
        if self.day is not None:
            return f"{self.day} requested" + (f", until {self.latest}" if self.latest else "")
        window = (f"from {self.earliest}" if self.earliest else "") + (
            f" until {self.latest}" if self.latest else ""
        )
        return f"{window.strip()} requested"


@dataclass(frozen=True, slots=True)
class Reach:
    """The first day an article can be delivered on, and how that was reckoned."""

    today: date
    first: date | None
    why: str


def date_possible(sheet: Worksheet) -> None:
    """The goods can be there on the requested day, or in the requested window."""
    contract, article = sheet.agreement.contract, sheet.article
    if sheet.order.type_code == BLANKET_ORDER or article is None:
        return  # A blanket order is for a time; its call-offs name their days.
    if not (contract.judges_dates or article.lead_time_days is not None):
        return
    wish = Wish.of(sheet.order, sheet.line)
    reach = reach_of(sheet, article) if wish.is_one else None
    if reach is None:
        return
    asked = wish.day or wish.earliest
    possible = None
    if reach.first is not None:
        possible = contract.calendar().delivery_day(max(asked or reach.first, reach.first))
    sheet.trace.append(f"{wish}; {reach.why}")
    _judge(sheet, wish, reach, possible)


def _judge(sheet: Worksheet, wish: Wish, reach: Reach, possible: date | None) -> None:
    policy = sheet.agreement.contract.policies.date_not_possible
    limit = sheet.order.cancel_after
    if possible is None:
        _depart(sheet, "date-not-possible", f"{wish}, no day of delivery in sight", Effect.HOLD)
    elif wish.day is not None and wish.day < reach.today:
        effect = Effect.HOLD if policy is DateNotPossible.PROPOSE else _EFFECTS[policy]
        text = f"{wish}, which was past on {reach.today}; first possible {possible}"
        _depart(sheet, "date-past", text, effect)
    elif limit is not None and possible > limit:
        effect = Effect.REJECT if policy is DateNotPossible.PROPOSE else _EFFECTS[policy]
        text = f"nothing may be delivered after {limit}, first possible {possible}"
        _depart(sheet, "date-after-cancellation", text, effect)
    elif not wish.is_met_on(possible):
        effect = _EFFECTS[policy]
        text = f"{wish}, first possible {possible}"
        if effect is Effect.CHANGE:
            sheet.promised = possible
            text = f"{text}, which is promised"
        _depart(sheet, "date-not-possible", text, effect)
    elif wish.day is not None and possible != wish.day:
        sheet.promised = possible
        sheet.trace.append(f"{possible} is promised, within the window the customer allows")


def _depart(sheet: Worksheet, code: str, text: str, effect: Effect) -> None:
    policy = sheet.agreement.contract.policies.date_not_possible
    sheet.trace.append(f"policy date_not_possible = {policy}")
    if effect is Effect.HOLD and looked_at(sheet.circumstances, code, sheet.line.number):
        effect = Effect.NOTE
        sheet.trace.append("an operator looked at the date and released the order")
    sheet.find(code, f"date not possible: {text}", effect)


def reach_of(sheet: Worksheet, article: Article) -> Reach | None:
    """
    The first possible day, reckoned from the moment the order is decided; None: anything goes.

    An order that comes at the cut-off hour or later, or on a day off, counts as of the next
    working day. Without a clock it counts as of its own date.
    """
    contract, now = sheet.agreement.contract, sheet.circumstances.now
    days, source = _lead_time(sheet.order, contract, article)
    if days is None and not contract.has_calendar:
        return None
    calendar = contract.calendar()
    if now is not None and contract.time_zone is not None:
        now = now.astimezone(ZoneInfo(contract.time_zone))
    today = sheet.order.issue_date if now is None else now.date()
    if days is None:
        return Reach(
            today, calendar.delivery_day(today), f"no lead time is agreed; {today} is today"
        )
    cutoff = contract.order_cutoff
    is_late = now is not None and cutoff is not None and now.time() >= cutoff
    counted = calendar.working_day(today + _DAY if is_late else today)
    ready = None if counted is None else calendar.working_day(counted, later=days)
    first = None if ready is None else calendar.delivery_day(ready)
    late = f", after the cut-off hour {cutoff:%H:%M}" if is_late and cutoff is not None else ""
    why = f"ordered on {today}{late}, {source} {days} working day(s) from {counted}: {first}"
    return Reach(today, first, why)


def _lead_time(order: Order, contract: Contract, article: Article) -> tuple[int | None, str]:
    """The article's own lead time, else that of rush orders, else the contract's."""
    if article.lead_time_days is not None:
        return article.lead_time_days, f"lead time of {article.code}"
    if order.type_code == _RUSH and contract.rush_lead_time_days is not None:
        return contract.rush_lead_time_days, "lead time of rush orders"
    return contract.lead_time_days, "lead time of the contract"
