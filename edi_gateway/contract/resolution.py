"""
Which of a partner's contracts an order is under, and on which day its prices must be valid.

A contract the order names applies; the number of a blanket order in its place names none. Otherwise
the one for its delivery party, its currency (an order that states none is in that of `[contract]`)
and its date; one for this delivery party goes before one for all. Contracts these three cannot tell
apart are refused at import.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from edi_gateway.contract.blankets import CALL_OFF
from edi_gateway.contract.circumstances import Circumstances
from edi_gateway.contract.terms import Agreement, Contract, PriceDate
from edi_gateway.documents import Order, OrderLine


def agreement_for(order: Order, agreement: Agreement, circumstances: Circumstances) -> Agreement:
    """The agreement with the contract that applies to an order; `[contract]` where none does."""
    if not agreement.contracts:
        return agreement
    if order.contract_number:
        named = agreement.named(order.contract_number)
        if named is not None:
            return agreement.under(named)
        if not _names_blanket(order, order.contract_number, circumstances):
            return agreement
    main = agreement.contracts[0]
    party = order.delivery_party.gln if order.delivery_party else None
    fitting = [
        contract
        for contract in agreement.contracts
        if contract.currency == (order.currency or main.currency)
        and (not contract.delivery_parties or party in contract.delivery_parties)
        and _covers(contract, order, circumstances)
    ]
    own = [contract for contract in fitting if party in contract.delivery_parties]
    return agreement.under(next(iter(own or fitting), main))


def price_date(
    order: Order, line: OrderLine, contract: Contract, circumstances: Circumstances
) -> date | None:
    """
    The date the line's price must be valid on; None where the order does not say it.

    A blanket order that requests no delivery is priced for the day it begins. Where the day that
    counts comes later, this is the day of the provisional price.
    """
    policy = contract.price_date
    if policy is PriceDate.ORDER:
        return order.issue_date
    if policy is PriceDate.RECEIPT:
        return local_day(contract, circumstances)
    wanted = line.requested_delivery or order.requested_delivery or order.valid_from
    return order.issue_date if wanted is None and policy.comes_later else wanted


def local_day(contract: Contract, circumstances: Circumstances) -> date | None:
    """The day it is in the contract's time zone; None where the hour is not known."""
    now = circumstances.now
    if now is None:
        return None
    return (now.astimezone(ZoneInfo(contract.time_zone)) if contract.time_zone else now).date()


def told_apart(contracts: Iterable[Contract]) -> tuple[Contract, Contract] | None:
    """Two contracts one order could be under with equal right, if there are two."""
    known = list(contracts)
    for place, one in enumerate(known):
        for other in known[:place]:
            if one.currency == other.currency and _meet(one, other) and _share(one, other):
                return other, one
    return None


def _names_blanket(order: Order, number: str, circumstances: Circumstances) -> bool:
    """Whether a number that stands for the contract (RFF+CT) is that of a blanket order."""
    blankets = circumstances.blankets
    return blankets is not None and (order.type_code == CALL_OFF or number in blankets)


def _covers(contract: Contract, order: Order, circumstances: Circumstances) -> bool:
    """Whether some price date of the order lies in the contract's validity."""
    if contract.price_date.is_of_order:
        days = [order.issue_date]
        if contract.price_date is PriceDate.RECEIPT:
            today = local_day(contract, circumstances)
            days = [today] if today else []
    else:
        wanted = [price_date(order, line, contract, circumstances) for line in order.lines]
        days = [day for day in wanted if day is not None]
    return any(map(contract.is_valid_on, days))


def _meet(one: Contract, other: Contract) -> bool:
    """Whether two validities have a day in common."""
    return (other.valid_until is None or one.valid_from <= other.valid_until) and (
        one.valid_until is None or other.valid_from <= one.valid_until
    )


def _share(one: Contract, other: Contract) -> bool:
    """Whether two contracts are for one delivery party, or both for all."""
    if not one.delivery_parties or not other.delivery_parties:
        return one.delivery_parties == other.delivery_parties
    return bool(set(one.delivery_parties) & set(other.delivery_parties))
