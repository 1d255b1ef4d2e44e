"""
Every order that waits, and every change and proposal: for whom, since when, until when, what to do.

The ledger is read only; what a wait ends with is what the package in force says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from edi_gateway.contract.life.states import OrderState
from edi_gateway.contract.policies import Silence
from edi_gateway.contract.terms import Contract
from edi_gateway.documents import DocumentType, OrderResponse, ResponseLine, from_json
from edi_gateway.exchange.life.orders import PARKED, PARKED_TOO_LONG
from edi_gateway.exchange.packages.partners import Partners
from edi_gateway.store import Store
from edi_gateway.store.waiting_views import (
    Row,
    approvals_asked,
    backordered_orders,
    held_orders,
    orders_in,
)


class WaitsFor(StrEnum):
    """Who or what an order waits for."""

    #: The customer's word on our changes.
    CUSTOMER = "customer"
    #: The approval of a role.
    APPROVAL = "approval"
    #: Goods that are not there.
    STOCK = "stock"
    #: The order a change or a proposal belongs to.
    ORDER = "order"
    #: An operator's decision.
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One thing that waits."""

    #: The message an action is taken on.
    item: str
    partner: str
    order: str
    #: `order`, `change` or `proposal`.
    what: str
    waits_for: WaitsFor
    #: The role, the lines, or why it is held.
    detail: str | None
    since: datetime | None
    #: When the wait ends by itself, and what happens then.
    until: datetime | date | None = None
    then: str | None = None
    do: str


_SILENCE = {
    Silence.ACCEPT: "silence confirms it",
    Silence.CANCEL: "silence cancels it",
    Silence.ASK: "a person is asked",
}
#: Before anything whose moment is known.
_UNKNOWN = datetime.min.replace(tzinfo=UTC)

#: Holds that end when the goods are there.
_STOCK = frozenset({"stock-short", "stock-unknown", "substitute-offered"})


def list_waiting(
    store: Store,
    partners: Partners,
    roles: Mapping[str, Sequence[str]],
    *,
    partner: str | None = None,
    waits_for: WaitsFor | None = None,
) -> list[Waiting]:
    """All that waits, what waits longest first."""
    found = [
        row
        for part in (
            _held(store, partners, roles, partner),
            _for_the_word(store, partners, partner),
            _for_goods(store, partner),
            _proposals(store, partner),
        )
        for row in part
        if waits_for in (None, row.waits_for)
    ]
    return sorted(found, key=lambda row: (row.since or _UNKNOWN, int(row.item[1:])))


def _for_the_word(store: Store, partners: Partners, partner: str | None) -> Iterator[Waiting]:
    for row in orders_in(store, OrderState.AWAITING, partner):
        item, contract = f"m{row['message']}", _contract_of(partners, row)
        until = row["silent_at"]
        then = None
        if until is not None and contract is not None:
            then = _SILENCE[contract.policies.silence]
        yield Waiting(
            item=item,
            partner=row["partner"],
            order=row["order_number"],
            what="order",
            waits_for=WaitsFor.CUSTOMER,
            detail=f"on our response {row['response']}",
            since=row["since"],
            until=until,
            then=then,
            do=f"nothing while the customer may answer; if it did by other means: "
            f"confirm {item}, or cancel {item}",
        )


def _contract_of(partners: Partners, row: Row) -> Contract | None:
    """The contract an order was answered by, as it is now."""
    agreement = partners.get(row["partner"])
    if agreement is None or not agreement.contracts:
        return None if agreement is None else agreement.contract
    if row["content"] is None:
        return agreement.contract
    response = from_json(DocumentType.ORDER_RESPONSE, row["content"])
    assert isinstance(response, OrderResponse)  # noqa: S101  (its kind says so)
    return agreement.for_order(response.contract_number).contract


def _for_goods(store: Store, partner: str | None) -> Iterator[Waiting]:
    for row in backordered_orders(store, partner):
        response = from_json(DocumentType.ORDER_RESPONSE, row["content"])
        assert isinstance(response, OrderResponse)  # noqa: S101  (its kind says so)
        parts = [
            (line, _promised_later(response, line)) for line in response.lines if line.backordered
        ]
        days = [day for _, day in parts if day is not None]
        if parts:
            yield Waiting(
                item=f"m{row['message']}",
                partner=row["partner"],
                order=row["order_number"],
                what="order",
                waits_for=WaitsFor.STOCK,
                detail=", ".join(_backorder(line, day) for line, day in parts),
                since=row["since"],
                until=max(days) if len(days) == len(parts) else None,
                do="the ERP reports a day, the despatch, or what is not supplied",
            )


def _promised_later(response: OrderResponse, line: ResponseLine) -> date | None:
    """The last day a part of the line is promised for besides its first."""
    days = [
        other.promised_delivery
        for other in response.lines
        if other.order_line == line.order_line and other is not line and other.promised_delivery
    ]
    return max(days, default=None)


def _backorder(line: ResponseLine, day: date | None) -> str:
    article = line.supplier_article or line.gtin or line.buyer_article
    promised = f"promised for {day}" if day is not None else "no day yet"
    return f"line {line.order_line}: {line.backordered} {line.unit or ''} of {article}, {promised}"


def _proposals(store: Store, partner: str | None) -> Iterator[Waiting]:
    for row in orders_in(store, OrderState.PROPOSED, partner):
        yield Waiting(
            item=f"m{row['message']}",
            partner=row["partner"],
            order=row["order_number"],
            what="proposal",
            waits_for=WaitsFor.ORDER,
            detail=f"answered with {row['response']}, without commitment",
            since=row["since"],
            do="nothing: the order that takes it up is decided when it comes",
        )


# --- what is held --------------------------------------------------------------------------------


def _held(
    store: Store, partners: Partners, roles: Mapping[str, Sequence[str]], partner: str | None
) -> Iterator[Waiting]:
    asked = approvals_asked(store)
    for row in held_orders(store, partner):
        wanted = asked.get(row["message"])
        if wanted is not None:
            yield _for_approval(row, wanted, roles)
        elif row["code"] in {PARKED, PARKED_TOO_LONG}:
            yield _for_its_order(row, partners)
        else:
            yield _for_an_operator(row)


def _for_approval(
    row: Row, wanted: Sequence[tuple[str, datetime]], roles: Mapping[str, Sequence[str]]
) -> Waiting:
    names = list(dict.fromkeys(role for role, _ in wanted))
    members = dict.fromkeys(who for role in names for who in roles.get(role, ()))
    item = _item(row)
    by = " or ".join(members) or "nobody: [roles] of config.toml names no member"
    return _waiting(
        row,
        WaitsFor.APPROVAL,
        detail=", ".join(names),
        since=min(at for _, at in wanted),
        do=f"approve {item} (by {by}), or refuse {item}",
    )


def _for_its_order(row: Row, partners: Partners) -> Waiting:
    agreement = partners.get(row["partner"])
    if row["code"] == PARKED and agreement is not None:
        return _waiting(
            row,
            WaitsFor.ORDER,
            until=row["since"] + timedelta(hours=agreement.contract.park_hours),
            then="a person is told",
            do="nothing: the change is decided when its order is answered",
        )
    return _waiting(
        row, WaitsFor.ORDER, do=f"ask the customer for the order, or discard {_item(row)}"
    )


def _for_an_operator(row: Row) -> Waiting:
    item = _item(row)
    is_short = {row["code"], *row["findings"]} & _STOCK
    if is_short:
        do = f"release {item} when the goods are there, or refuse {item}"
        return _waiting(row, WaitsFor.STOCK, detail=row["reason"], do=do)
    do = f"show {item}, then release, refuse or discard it"
    return _waiting(row, WaitsFor.OPERATOR, detail=row["reason"], do=do)


def _waiting(
    row: Row,
    waits_for: WaitsFor,
    *,
    do: str,
    detail: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    then: str | None = None,
) -> Waiting:
    is_change = row["kind"] == DocumentType.ORDER_CHANGE
    if is_change:
        named = f"change {row['number']}"
        detail = named if detail is None else f"{named}: {detail}"
    return Waiting(
        item=_item(row),
        partner=row["partner"],
        order=row["order_number"],
        what="change" if is_change else "order",
        waits_for=waits_for,
        detail=detail,
        since=since or row["since"],
        until=until,
        then=then,
        do=do,
    )


def _item(row: Row) -> str:
    return f"m{row['message']}"
