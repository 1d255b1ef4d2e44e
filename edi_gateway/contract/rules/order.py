"""
The clauses about an order as a whole: each rule returns the departures it finds.

Where the agreed semantics are silent, an order is held, not guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from edi_gateway.contract.blankets import BLANKET_ORDER, CALL_OFF, CallOffs
from edi_gateway.contract.circumstances import UNKNOWN, Circumstances
from edi_gateway.contract.decision import Effect, Finding, Taken
from edi_gateway.contract.partner import Company
from edi_gateway.contract.policies import (
    BlanketOrders,
    SuspectedDuplicate,
    UnknownDeliveryParty,
)
from edi_gateway.contract.pricing.book import Kind
from edi_gateway.contract.pricing.figures import is_usable, line_amount
from edi_gateway.contract.pricing.inquiry import Inquiry
from edi_gateway.contract.resolution import local_day, price_date
from edi_gateway.contract.rules.looks import effect_after_look
from edi_gateway.contract.terms import Agreement, Contract, PriceDate
from edi_gateway.documents import Order, OrderLine

_ZERO = Decimal(0)
_NOTHING = Decimal("0.00")
_TWO_CENTS = Decimal("0.02")

#: UNCL 1001 of orders that are not invoiced: what is in consignment is on its consumption.
CONSIGNMENT, SAMPLE = "227", "228"

#: UNCL 1225 of messages that create an order.
_NEW_ORDER = frozenset({"", "9", "7"})

_FUNCTIONS = {
    "1": "a cancellation",
    "2": "an addition",
    "3": "a deletion",
    "4": "a change",
    "5": "a replacement",
    "6": "a confirmation of a proposal we did not answer",
    "16": "a proposal",
    "31": "a copy",
    "42": "a confirmation of an order placed by other means",
    "46": "a provisional order",
}

_TYPES = {
    "105": "a purchase order",
    "220": "an order",
    "221": "a blanket order",
    "224": "a rush order",
    "225": "a repair order",
    "226": "a call-off",
    "227": "a consignment order",
    "228": "a sample order",
    "230": "an order change",
    "402": "a service order",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a rule about the whole order gets to see."""

    order: Order
    agreement: Agreement
    company: Company
    circumstances: Circumstances = UNKNOWN
    #: What the lines decided so far take of the stock, by our article codes.
    taken: dict[str, Taken] = field(default_factory=dict)
    #: What the lines take of blanket orders as they are decided; None: nothing can be called off.
    call_offs: CallOffs | None = None
    #: What the order asks of the price lists.
    inquiry: Inquiry = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "inquiry", Inquiry(self.order, self.agreement, self.circumstances))

    def agreement_of(self, line: OrderLine) -> Agreement:
        """The agreement with the contract that applies to a line, which may name its own."""
        if line.contract_number is None:
            return self.agreement
        named = self.agreement.named(line.contract_number)
        return self.agreement if named is None else self.agreement.under(named)


def order_handled(case: Case) -> Iterator[Finding]:
    """
    Only new orders of agreed types are decided; cancellations, copies and the rest need a person.

    Blanket orders and call-offs are agreed where the contract has them.
    """
    order, handled = case.order, case.agreement.contract.order_types
    if order.type_code not in handled and not _is_framework(case):
        what = _TYPES.get(order.type_code, "of a type the gateway does not decide")
        only = "orders (220)" if handled == ("220", "105") else ", ".join(handled)
        yield _hold(
            "order-type-not-handled",
            f"order type not handled: {order.type_code!r} is {what}; only {only} are decided",
            type_code=order.type_code,
        )
    if (order.function or "") not in _NEW_ORDER:
        what = _FUNCTIONS.get(order.function, "a function the gateway does not decide")
        yield _hold(
            "order-function-not-handled",
            f"order function not handled: {order.function!r} is {what}; "
            "only originals (9) and retransmissions (7) are decided",
            function=order.function,
        )


def parties_known(case: Case) -> Iterator[Finding]:
    """Buyer and supplier, where the order names them, are those of the contract."""
    partner, buyer, supplier = case.agreement.partner, case.order.buyer.gln, case.order.supplier.gln
    if buyer and not partner.may_buy(buyer):
        yield _hold(
            "unknown-buyer",
            f"unknown buyer {buyer}: the contract is with {partner.gln}; "
            "add the GLN to `buyers` in partner.toml if it may order",
            buyer=buyer,
        )
    if supplier and supplier != case.company.gln:
        yield _hold(
            "unknown-supplier",
            f"unknown supplier {supplier}: we are {case.company.gln}",
            supplier=supplier,
        )
    invoicee = case.order.invoicee
    if invoicee is not None and invoicee.gln and not partner.may_buy(invoicee.gln):
        yield Finding(
            code="invoicee-differs",
            text=f"the order wants the invoice made out to {invoicee.gln}; "
            f"it goes to the contract's customer, {partner.gln}",
            effect=Effect.NOTE,
            details={"invoicee": invoicee.gln},
        )


def delivery_party_agreed(case: Case) -> Iterator[Finding]:
    """The delivery party is one the contract names, where it names any."""
    agreed, party = case.agreement.contract.delivery_parties, case.order.delivery_party
    if not agreed or party is None or party.gln in agreed:
        return
    policy = case.agreement.contract.policies.unknown_delivery_party
    place = party.gln or party.name or "one without a GLN"
    code = "unknown-delivery-party"
    yield Finding(
        code=code,
        text=f"unknown delivery party: {place} is none of those the contract is for",
        effect=effect_after_look(_UNKNOWN_PARTY[policy], case.circumstances, code),
        details={"delivery_party": place, "policy": f"unknown_delivery_party = {policy}"},
    )


_UNKNOWN_PARTY = {
    UnknownDeliveryParty.ACCEPT: Effect.NOTE,
    UnknownDeliveryParty.HOLD: Effect.HOLD,
    UnknownDeliveryParty.REJECT: Effect.REJECT,
}


def not_sent_twice(case: Case) -> Iterator[Finding]:
    """No order of another number asked for the same within the days the contract states."""
    twin, contract = case.circumstances.twin, case.agreement.contract
    policy, days = contract.policies.suspected_duplicate, contract.duplicate_days
    if twin is None or days is None or policy is SuspectedDuplicate.ACCEPT:
        return
    if abs((case.order.issue_date - twin.ordered_on).days) > days:
        return
    effect = Effect.HOLD if policy is SuspectedDuplicate.HOLD else Effect.NOTE
    code = "suspected-duplicate"
    yield Finding(
        code=code,
        text=f"suspected duplicate: order {twin.number} of {twin.ordered_on} asked for the same "
        f"goods, days and place within {days} days",
        effect=effect_after_look(effect, case.circumstances, code),
        details={"number": twin.number, "ordered_on": str(twin.ordered_on)},
    )


def terms_named(case: Case) -> Iterator[Finding]:
    """Contract, price list, promotion and currency, where the order names them, are agreed ones."""
    order, agreement = case.order, case.agreement
    yield from _references(case, order, None)
    for line in case.inquiry.referring:
        yield from _references(case, line, line.number)
        own = case.agreement_of(line).contract
        if own.currency != agreement.contract.currency:
            yield _wrong_currency(agreement.contract.currency, own, line.number)
    other = order.currency if order.currency != agreement.contract.currency else None
    if other and (case.inquiry.currency != other or _has_amounts(agreement.contract)):
        yield _wrong_currency(other, agreement.contract, None)


def _references(case: Case, named: Order | OrderLine, line: str | None) -> Iterator[Finding]:
    agreement, contract = case.agreement, case.agreement.contract
    number, price_list, promotion = named.contract_number, named.price_list, named.promotion
    if number and agreement.named(number) is None and not _names_blanket(case, number):
        known = " or ".join(each.number for each in agreement.every_contract)
        yield _hold(
            "unknown-contract",
            f"unknown contract {number!r}: the contract is {known}",
            line=line,
            contract=number,
        )
    if (
        price_list
        and price_list != contract.price_list
        and not agreement.prices.knows(Kind.LIST, price_list)
    ):
        agreed = contract.price_list or "not named in the contract"
        yield _hold(
            "unknown-price-list",
            f"unknown price list {price_list!r}: the price list is {agreed}",
            line=line,
            price_list=price_list,
        )
    if promotion and not agreement.prices.knows(Kind.PROMOTION, promotion):
        yield _hold(
            "unknown-promotion",
            f"unknown promotion {promotion!r}: no price of the contract belongs to it",
            line=line,
            promotion=promotion,
        )


def _has_amounts(contract: Contract) -> bool:
    """Whether the contract states amounts of money, which are in its own currency."""
    return bool(
        contract.minimum_order_value
        or contract.price_tolerance_amount
        or contract.order_tolerance_amount
        or contract.charges
        or any(term.amount is not None for term in contract.allowances)
    )


def _wrong_currency(currency: str, contract: Contract, line: str | None) -> Finding:
    return _hold(
        "wrong-currency",
        f"wrong currency {currency!r}: the contract is in {contract.currency}",
        line=line,
        currency=currency,
    )


def contract_valid(case: Case) -> Iterator[Finding]:
    """Every price date is known and lies in the contract's validity, both ends included."""
    order, contract = case.order, case.agreement.contract
    if contract.price_date.is_of_order and not case.inquiry.referring:
        on: date | None = order.issue_date
        if contract.price_date is PriceDate.RECEIPT:
            on = local_day(contract, case.circumstances)
        yield from _validity(contract, on, line=None)
        return
    for line in order.lines:
        applying = case.agreement_of(line).contract
        on = price_date(order, line, applying, case.circumstances)
        yield from _validity(applying, on, line=line.number)


def lines_complete(case: Case) -> Iterator[Finding]:
    """There are lines, each number stands once, and they are as many as the sender counted."""
    lines, counted = case.order.lines, case.order.line_count
    if not lines:
        yield _hold("no-lines", "no lines: the order orders nothing")
    numbers = [line.number for line in lines]
    if len(set(numbers)) != len(numbers):
        for number in sorted({number for number in numbers if numbers.count(number) > 1}):
            yield _hold(
                "duplicate-line-number",
                f"duplicate line number {number!r}: an answer to it would be ambiguous",
                line=number,
            )
    if counted is not None and counted != len(lines):
        yield _hold(
            "line-count-differs",
            f"line count differs: the sender counted {counted} lines, {len(lines)} arrived",
            counted=str(counted),
            arrived=str(len(lines)),
        )


def total_agrees(case: Case) -> Iterator[Finding]:
    """The sender's total is that of its lines, give or take two cents a line."""
    order = case.order
    if order.total_amount is None or not is_usable(order.total_amount):
        return
    total = _NOTHING
    for line in order.lines:
        amount = _ordered_amount(line)
        if amount is None:
            return
        total += amount
    if abs(total - order.total_amount) > _TWO_CENTS * len(order.lines):
        code = "total-differs"
        policy = case.agreement.contract.policies.total_differs
        yield Finding(
            code=code,
            text=f"total differs: the sender states {order.total_amount}, its lines add up "
            f"to {total}",
            effect=effect_after_look(Effect(policy.value), case.circumstances, code),
            details={
                "stated": str(order.total_amount),
                "lines": str(total),
                "policy": f"total_differs = {policy}",
            },
        )


def _is_framework(case: Case) -> bool:
    """Whether the order is a blanket order or a call-off, and the contract has them."""
    contract = case.agreement.contract
    if case.order.type_code == BLANKET_ORDER:
        return contract.blanket_orders is BlanketOrders.ACCEPT
    return case.order.type_code == CALL_OFF and contract.has_blankets


def _names_blanket(case: Case, number: str) -> bool:
    """Whether a number that stands for the contract is that of a blanket order."""
    if case.call_offs is None or case.order.type_code == BLANKET_ORDER:
        return False
    # `blanket_called_off` reports one that no call-off can mean.
    return case.order.type_code == CALL_OFF or case.call_offs.get(number) is not None


def _hold(code: str, text: str, *, line: str | None = None, **details: str) -> Finding:
    return Finding(code=code, text=text, effect=Effect.HOLD, line=line, details=details)


def _validity(contract: Contract, on: date | None, *, line: str | None) -> Iterator[Finding]:
    if on is None:
        why = "requested delivery, and none is requested"
        if contract.price_date is PriceDate.RECEIPT:
            why = "the day of receipt, and it is not known"
        yield _hold("no-price-date", f"no price date: the contract prices by {why}", line=line)
    elif not contract.is_valid_on(on):
        until = contract.valid_until or "further notice"
        yield _hold(
            "outside-validity",
            f"outside the contract's validity: price date {on}, contract {contract.number} is "
            f"valid {contract.valid_from} to {until}",
            line=line,
            date=str(on),
        )


def _ordered_amount(line: OrderLine) -> Decimal | None:
    if line.line_amount is not None:
        return line.line_amount if is_usable(line.line_amount) else None
    price, quantity = line.price, line.quantity.value
    if price is None or not all(map(is_usable, (quantity, price.amount, price.per))):
        return None
    return line_amount(quantity, price.amount, price.per) if price.per > _ZERO else None
