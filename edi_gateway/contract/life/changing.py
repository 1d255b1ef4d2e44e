"""
What an order becomes by the customer's change of it: order and change in, the changed order out.

A line that is changed is replaced as a whole; lines the change does not name stay. What comes too late
is refused line by line and stands as it was: by policy, except that nothing ever falls below what was
supplied. Order number, parties and line numbers cannot be changed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from msgspec.structs import replace

from edi_gateway.contract.decision import Effect, Finding
from edi_gateway.contract.policies import LateChange
from edi_gateway.contract.terms import Contract
from edi_gateway.documents import Order, OrderChange, OrderChangeLine, OrderLine, Quantity

_ZERO = Decimal(0)

#: UNCL 1225 of a change, by what it does with the order.
CANCELS = frozenset({"1", "17"})
REPLACES = frozenset({"5"})
REPLACES_HEADING = frozenset({"20"})
REPLACES_LINES = frozenset({"21"})
CHANGES = frozenset({"", "4", "9"})
#: And of the answer to our changes.
ACCEPTS = frozenset({"6", "29"})
REFUSES = frozenset({"27"})

#: UNCL 1229.
_ADDED, _DELETED, _CHANGED = "1", "2", "3"
_LEFT_ALONE = frozenset({"4", "11"})

_HEADING = (
    "currency",
    "contract_number",
    "price_list",
    "price_list_date",
    "promotion",
    "blanket_order",
    "requested_delivery",
    "earliest_delivery",
    "latest_delivery",
    "cancel_after",
    "delivery_party",
    "invoicee",
)
_CODES = ("gtin", "supplier_article", "buyer_article")
_LINE_FIELDS = tuple(name for name in OrderLine.__struct_fields__ if name != "quantity")
_DIGITS = re.compile(r"(.*?)(\d*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an order has come when a change of it is looked at."""

    today: date
    #: By the customer's line number: what was despatched or invoiced.
    supplied: Mapping[str, Decimal] = field(default_factory=dict)
    #: By the customer's line number: the first delivery that was promised.
    promised: Mapping[str, date] = field(default_factory=dict)
    #: Whether the ERP said that it is too late for changes.
    fixed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A change of one line that is not made; the line stands, or is not added."""

    #: The quantity the customer asked for; 0: it asked for none of it.
    asked: Decimal
    code: str
    reason: str
    #: The line it wanted to add.
    added: OrderLine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedOrder:
    """What an order becomes, and what became of each part of the change."""

    order: Order
    #: Line numbers that must be decided anew; the others stand as they were answered.
    touched: frozenset[str]
    #: Those of them that are as they were, under a heading that is not.
    by_heading: frozenset[str] = frozenset()
    deleted: tuple[OrderLine, ...] = ()
    refused: Mapping[str, Refusal] = field(default_factory=dict)
    #: Why the heading stays as it was, where the change wanted it otherwise.
    heading_refused: str | None = None
    #: Why nothing may be done; then the order is as it was.
    findings: tuple[Finding, ...] = ()


def change_order(
    order: Order,
    change: OrderChange,
    contract: Contract,
    progress: Progress,
    *,
    refused: Mapping[str, tuple[str, str]] | None = None,
    heading_refused: str | None = None,
) -> ChangedOrder:
    """
    Apply a change to an order.

    `refused` names lines, each with code and reason, whose change was looked at and cannot be made;
    `heading_refused` says why that of the heading cannot.
    Pure. Any finding means that a person must look, and that nothing was applied.
    """
    findings = [*_mistakes(order, change)]
    if findings:
        return ChangedOrder(order=order, touched=frozenset(), findings=tuple(findings))
    work = _Work(order, change, contract, progress, refused or {}, heading_refused)
    changed = work.done()
    if work.late and contract.policies.late_change is LateChange.HOLD:
        findings = [_hold("change-late", text, line) for line, text in work.late.items()]
        return ChangedOrder(order=order, touched=frozenset(), findings=tuple(findings))
    return changed


def as_change(order: Order) -> OrderChange:
    """An ORDERS message that replaces (1225: 5) or cancels (1) its order, as the change it is."""
    shared = {
        name: getattr(order, name)
        for name in OrderChange.__struct_fields__
        if name in Order.__struct_fields__ and name != "lines"
    }
    lines = tuple(
        OrderChangeLine(
            action=_CHANGED,
            **{name: getattr(line, name) for name in OrderLine.__struct_fields__},
        )
        for line in order.lines
    )
    return OrderChange(
        order_number=order.number, order_date=order.issue_date, lines=lines, **shared
    )


def is_older(change: OrderChange, issued: date | None, number: str | None) -> bool:
    """
    Whether a change was issued before another one.

    By date; on one day by number, where both are alike but for the digits at their end.
    """
    if issued is None or number is None or change.issue_date != issued:
        return issued is not None and change.issue_date < issued
    mine, other = _DIGITS.match(change.number), _DIGITS.match(number)
    if mine is None or other is None or mine[1] != other[1] or not (mine[2] and other[2]):
        return False
    return int(mine[2]) < int(other[2])


class _Work:
    """One change being applied."""

    def __init__(
        self,
        order: Order,
        change: OrderChange,
        contract: Contract,
        progress: Progress,
        refused: Mapping[str, tuple[str, str]],
        heading_refused: str | None,
    ) -> None:
        self._unwanted_heading = heading_refused
        self._order, self._change = order, change
        self._contract, self._progress = contract, progress
        self._unwanted = refused
        self._accepts = contract.policies.late_change is LateChange.ACCEPT
        #: Sentences about what is late, by line; None: the heading.
        self.late: dict[str | None, str] = {}
        self._refused: dict[str, Refusal] = {}
        self._touched: set[str] = set()

    def done(self) -> ChangedOrder:
        heading, heading_refused = self._heading()
        before = {line.number: line for line in self._order.lines}
        wanted = _wanted_lines(self._order, self._change)
        deleted = []
        lines = []
        for number, line in before.items():
            stands = self._line(line, wanted.get(number))
            if stands is None:
                deleted.append(line)
            else:
                lines.append(stands)
        lines += [
            line for number, line in wanted.items() if number not in before and self._adds(line)
        ]
        by_heading: set[str] = set()
        if heading is not self._order:
            by_heading = {line.number for line in lines} - self._touched
        self._touched |= by_heading
        return ChangedOrder(
            order=replace(heading, lines=tuple(lines), line_count=None, total_amount=None),
            touched=frozenset(self._touched - self._refused.keys()),
            by_heading=frozenset(by_heading),
            deleted=tuple(deleted),
            refused=self._refused,
            heading_refused=heading_refused,
        )

    def _heading(self) -> tuple[Order, str | None]:
        """The order with the heading it gets, or why it keeps its own."""
        wanted = _wanted_heading(self._order, self._change)
        if all(getattr(wanted, name) == getattr(self._order, name) for name in _HEADING):
            return self._order, None
        if self._unwanted_heading is not None:
            return self._order, self._unwanted_heading
        late = self._late_heading()
        if late is None:
            return wanted, None
        self.late[None] = late
        return (wanted, None) if self._accepts else (self._order, late)

    def _late_heading(self) -> str | None:
        if any(self._progress.supplied.values()):
            return "too late to change the order's heading: part of it is supplied already"
        for line in self._order.lines:
            reason = self._too_late(line)
            if reason is not None:
                return reason
        return None

    def _line(self, line: OrderLine, wanted: OrderLine | None) -> OrderLine | None:
        """What becomes of a line the order has; None: it is deleted."""
        if wanted is not None and replace(wanted, position=line.position) == line:
            return line
        asked = wanted.quantity.value if wanted is not None else _ZERO
        supplied = self._progress.supplied.get(line.number, _ZERO)
        if line.number in self._unwanted:
            return self._refuse(line, asked, *self._unwanted[line.number])
        reason = self._too_late(line)
        if reason is not None:
            self.late[line.number] = reason
            if not self._accepts:
                return self._refuse(line, asked, "change-late", reason)
        self._touched.add(line.number)
        if wanted is None and supplied:
            return replace(line, quantity=replace(line.quantity, value=supplied), line_amount=None)
        if wanted is None:
            return None
        if supplied and (asked < supplied or _other_article(line, wanted)):
            text = f"{supplied} of line {line.number} are supplied already"
            return self._refuse(line, asked, "below-supplied", text)
        return wanted

    def _adds(self, line: OrderLine) -> bool:
        """Whether a new line is added."""
        why = self._unwanted.get(line.number)
        late = None if why is not None else self._too_late(line)
        if late is not None:
            self.late[line.number] = late
            if not self._accepts:
                why = ("change-late", late)
        if why is None:
            self._touched.add(line.number)
            return True
        code, reason = why
        asked = line.quantity.value
        self._refused[line.number] = Refusal(asked=asked, code=code, reason=reason, added=line)
        return False

    def _refuse(self, line: OrderLine, asked: Decimal, code: str, reason: str) -> OrderLine:
        self._refused[line.number] = Refusal(asked=asked, code=code, reason=reason)
        return line

    def _too_late(self, line: OrderLine) -> str | None:
        """Why a line can no longer be changed; None while it can."""
        supplied = self._progress.supplied.get(line.number, _ZERO)
        if supplied:
            return f"too late to change line {line.number}: {supplied} are supplied already"
        if self._progress.fixed:
            return "too late for changes: the order is under way in our house"
        days = self._contract.change_until_days
        wanted = line.requested_delivery or self._order.requested_delivery
        due = self._progress.promised.get(line.number) or wanted
        if days is None or due is None:
            return None
        last = due - timedelta(days=days)
        if self._progress.today <= last:
            return None
        return (
            f"too late to change line {line.number}: the contract allows changes until {last}, "
            f"{days} days before delivery on {due}"
        )


def _wanted_heading(order: Order, change: OrderChange) -> Order:
    if change.function in CANCELS | REPLACES_LINES:
        return order
    whole = change.function in REPLACES | REPLACES_HEADING
    said = {
        name: getattr(change, name)
        for name in _HEADING
        if whole or getattr(change, name) is not None
    }
    if change.notes or whole:
        said["notes"] = change.notes
    if change.allowances or whole:
        said["allowances"] = change.allowances
    return replace(order, **said)


def _wanted_lines(order: Order, change: OrderChange) -> dict[str, OrderLine]:
    """The lines the order would have, by number, if all of the change were made."""
    before = {line.number: line for line in order.lines}
    if change.function in CANCELS:
        return {}
    if change.function in REPLACES_HEADING:
        return before
    replaces = change.function in REPLACES | REPLACES_LINES
    wanted: dict[str, OrderLine] = {} if replaces else dict(before)
    for line in change.lines:
        if line.action == _DELETED:
            wanted.pop(line.number, None)
        elif line.action not in _LEFT_ALONE:
            wanted[line.number] = _as_line(line, before.get(line.number))
        elif replaces and line.number in before:
            wanted[line.number] = before[line.number]
    return wanted


def _as_line(line: OrderChangeLine, before: OrderLine | None) -> OrderLine:
    """The line as it is after the change; without any code it is about the article it was about."""
    said = {name: getattr(line, name) for name in _LINE_FIELDS}
    if before is not None and not any(said[name] for name in _CODES):
        said |= {name: getattr(before, name) for name in _CODES}
    return OrderLine(quantity=line.quantity or Quantity(value=_ZERO), **said)


def _other_article(before: OrderLine, after: OrderLine) -> bool:
    return any(
        getattr(before, name)
        and getattr(after, name)
        and getattr(before, name) != getattr(after, name)
        for name in _CODES
    )


def _mistakes(order: Order, change: OrderChange) -> Iterator[Finding]:
    """What makes a change unclear, so that a person must ask."""
    for role in ("buyer", "supplier"):
        said, known = getattr(change, role).gln, getattr(order, role).gln
        if said and known and said != known:
            yield _hold(
                "change-parties-differ",
                f"the change names another {role} ({said}) than the order ({known}); parties "
                "cannot be changed",
                None,
            )
    counted = change.line_count
    if counted is not None and counted != len(change.lines):
        yield _hold(
            "line-count-differs",
            f"line count differs: the sender counted {counted} lines, {len(change.lines)} arrived",
            None,
        )
    if change.function in CANCELS | REPLACES_HEADING:
        return
    if not change.lines and change.function in REPLACES | REPLACES_LINES:
        yield _hold("no-lines", "no lines: the replacement orders nothing", None)
    for number, times in Counter(line.number for line in change.lines).items():
        if times > 1:
            text = f"duplicate line number {number!r} in the change"
            yield _hold("duplicate-line-number", text, number)
    numbers = {line.number for line in order.lines}
    for line in change.lines:
        yield from _mistakes_of_line(line, numbers, change)


def _mistakes_of_line(
    line: OrderChangeLine, numbers: set[str], change: OrderChange
) -> Iterator[Finding]:
    known, number = line.number in numbers, line.number
    replaces = change.function in REPLACES | REPLACES_LINES
    if line.action not in {_ADDED, _DELETED, _CHANGED} | _LEFT_ALONE:
        yield _hold(
            "change-line-unclear",
            f"line {number}: 1229 = {line.action!r} is no change of a line",
            number,
        )
    elif line.action == _ADDED and known and not replaces:
        yield _hold("change-line-unclear", f"line {number} is added, but the order has it", number)
    elif line.action in {_DELETED, _CHANGED} and not known and not replaces:
        what = "deleted" if line.action == _DELETED else "changed"
        text = f"line {number} is {what}, but the order has no such line"
        yield _hold("change-line-unclear", text, number)
    if line.action in {_ADDED, _CHANGED} and line.quantity is None:
        text = f"line {number}: no quantity; a line is changed as a whole, so it must say it"
        yield _hold("change-line-unclear", text, number)


def _hold(code: str, text: str, line: str | None) -> Finding:
    return Finding(code=code, text=text, effect=Effect.HOLD, line=line)
