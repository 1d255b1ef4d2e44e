"""What the contract says to do about each kind of departure: a closed set of words for each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from inspect import cleandoc
from typing import get_args, get_type_hints


class PriceWithinTolerance(StrEnum):
    """The price that stands when ordered and contract price differ within the tolerance."""

    ORDERED = "ordered"
    CONTRACT = "contract"


class PriceBeyondTolerance(StrEnum):
    """What becomes of a line whose price strays too far."""

    #: The contract price, as a change.
    CORRECT = "correct"
    REJECT = "reject"
    HOLD = "hold"


class NoPrice(StrEnum):
    """What becomes of a line the contract has no price for on its date."""

    HOLD = "hold"
    REJECT = "reject"


class QuantityNotMultiple(StrEnum):
    """What becomes of a quantity that is not a multiple of the pack."""

    ROUND_UP = "round_up"
    ROUND_DOWN = "round_down"
    REJECT = "reject"


class BelowMinimumQuantity(StrEnum):
    """What becomes of a quantity below the article's minimum."""

    RAISE = "raise"
    REJECT = "reject"


class UnknownArticle(StrEnum):
    """What becomes of a line whose article is not in the contract."""

    REJECT = "reject"
    HOLD = "hold"


class BelowMinimumValue(StrEnum):
    """What becomes of an order whose confirmed amounts stay below the minimum order value."""

    ACCEPT = "accept"
    REJECT = "reject"
    HOLD = "hold"


class PriceArithmetic(StrEnum):
    """What becomes of a line whose net price is not its gross price less its allowances."""

    NOTE = "note"
    HOLD = "hold"
    REJECT = "reject"


class DelistedArticle(StrEnum):
    """What becomes of a line whose article is no longer sold, or not yet."""

    REJECT = "reject"
    HOLD = "hold"
    #: Another article by `substitution`; where there is none, the line is rejected.
    SUBSTITUTE = "substitute"


class ReplacedArticle(StrEnum):
    """What becomes of a line whose article has a successor."""

    REPLACE = "replace"
    HOLD = "hold"
    REJECT = "reject"


class AboveMaximumQuantity(StrEnum):
    """What becomes of a quantity above the article's maximum."""

    LOWER = "lower"
    REJECT = "reject"
    HOLD = "hold"


class StockShort(StrEnum):
    """What becomes of a line whose quantity is not there when it is wanted."""

    #: What is there now, the rest later.
    BACKORDER = "backorder"
    #: What is there now, and no more.
    CANCEL_REST = "cancel_rest"
    REJECT = "reject"
    HOLD = "hold"
    #: Another article by `substitution`; where none is there, the order is held.
    SUBSTITUTE = "substitute"


class StockUnknown(StrEnum):
    """What becomes of a line whose article has no stock figure."""

    ACCEPT = "accept"
    HOLD = "hold"


class InvoiceBeyondDespatch(StrEnum):
    """What becomes of an ERP invoice for more than was despatched."""

    ACCEPT = "accept"
    HOLD = "hold"


class InvoicePriceDiffers(StrEnum):
    """What becomes of an ERP invoice at other prices than were confirmed."""

    ACCEPT = "accept"
    HOLD = "hold"


class AboveMaximumValue(StrEnum):
    """What becomes of a line, or an order, that amounts to more than the contract allows."""

    ACCEPT = "accept"
    REJECT = "reject"
    HOLD = "hold"


class DateNotPossible(StrEnum):
    """What becomes of a line that cannot be delivered when it is wanted."""

    #: Confirmed as it was asked for.
    ACCEPT = "accept"
    #: The first possible day, as a change.
    PROPOSE = "propose"
    HOLD = "hold"
    REJECT = "reject"


class PartialAcceptance(StrEnum):
    """What becomes of an order of which one line cannot be confirmed as it was ordered."""

    #: Each line is answered for itself.
    PER_LINE = "per_line"
    #: All of it is rejected.
    WHOLE_ORDER = "whole_order"
    HOLD = "hold"


class TotalDiffers(StrEnum):
    """What becomes of an order whose lines do not add up to the total it states."""

    NOTE = "note"
    HOLD = "hold"
    REJECT = "reject"


class UnknownDeliveryParty(StrEnum):
    """What becomes of an order for a delivery party the contract does not name."""

    ACCEPT = "accept"
    HOLD = "hold"
    REJECT = "reject"


class SuspectedDuplicate(StrEnum):
    """What becomes of an order that asks for the same as an earlier one of another number."""

    ACCEPT = "accept"
    NOTE = "note"
    HOLD = "hold"


class ChangedOrderNumber(StrEnum):
    """What becomes of an order number that comes again with other content."""

    HOLD = "hold"


class OrderChanges(StrEnum):
    """What becomes of the customer's changes, replacements and cancellations of an order."""

    #: A person settles each.
    HOLD = "hold"
    #: The order as it then stands is decided like any other, and answered.
    APPLY = "apply"


class LateChange(StrEnum):
    """What becomes of a change that comes too late for its line or its order."""

    #: What stands is answered again, with the reason.
    REJECT = "reject"
    HOLD = "hold"
    #: It is applied all the same; never below what was despatched.
    ACCEPT = "accept"


class OutdatedChange(StrEnum):
    """What becomes of a change that is older than one that was applied."""

    REJECT = "reject"
    HOLD = "hold"


class InvoicedChanges(StrEnum):
    """What becomes of a change of an order that was invoiced when it was accepted."""

    HOLD = "hold"
    #: The invoice is credited, and what stands is invoiced anew.
    CREDIT = "credit"


class Copies(StrEnum):
    """What becomes of a copy of an order (1225: 31), which must not be executed."""

    HOLD = "hold"
    #: It is matched with its order; nothing else happens.
    RECORD = "record"


class PhoneConfirmations(StrEnum):
    """What becomes of the confirmation of an order placed by other means (1225: 42)."""

    HOLD = "hold"
    #: It is matched with the order of its number, and answered as that was.
    MATCH = "match"


class Proposals(StrEnum):
    """What becomes of proposals and provisional orders (1225: 16, 46)."""

    HOLD = "hold"
    #: What we would confirm is answered, without commitment.
    ANSWER = "answer"


class ChangeConfirmation(StrEnum):
    """Whether what we change in an order stands without the customer's word."""

    #: Both sides agreed in writing that it does.
    TACIT = "tacit"
    #: The customer must accept it; until then nothing ships.
    REQUIRED = "required"


class Silence(StrEnum):
    """What the customer's silence about our changes means when `silence_days` are over."""

    #: Nothing: a person asks.
    ASK = "ask"
    ACCEPT = "accept"
    CANCEL = "cancel"


class ErpSubstitution(StrEnum):
    """What becomes of another article that the ERP supplies instead."""

    HOLD = "hold"
    #: The customer is told, at the contract's price of that article.
    ACCEPT = "accept"


class BlanketOrders(StrEnum):
    """What becomes of a blanket order that comes as a message."""

    HOLD = "hold"
    #: Decided like an order; call-offs may then consume it.
    ACCEPT = "accept"


class OverConsumption(StrEnum):
    """What becomes of a line that calls off more than is left."""

    REJECT = "reject"
    #: What is left is confirmed, as a change.
    LOWER = "lower"
    HOLD = "hold"
    #: All of it is confirmed; the blanket order is used up.
    ACCEPT = "accept"


class BlanketExpired(StrEnum):
    """What becomes of a line that calls off outside the blanket order's validity."""

    REJECT = "reject"
    HOLD = "hold"
    #: An ordinary line at the contract's price, which consumes nothing.
    CONTRACT_PRICE = "contract_price"


class UnknownBlanket(StrEnum):
    """What becomes of a line that calls off a blanket order that is not known or does not cover it."""

    HOLD = "hold"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """
    What to do about each kind of departure.

    A policy the package does not name takes the cautious value: hold where that is possible, else
    the contract price, else rejection. Those about the ERP's invoices let it have its way;
    `partial_acceptance` and `total_differs` have no key that sets them to work, so they are usual.
    """

    price_within_tolerance: PriceWithinTolerance = PriceWithinTolerance.CONTRACT
    price_beyond_tolerance: PriceBeyondTolerance = PriceBeyondTolerance.HOLD
    no_price: NoPrice = NoPrice.HOLD
    quantity_not_multiple: QuantityNotMultiple = QuantityNotMultiple.REJECT
    below_minimum_quantity: BelowMinimumQuantity = BelowMinimumQuantity.REJECT
    unknown_article: UnknownArticle = UnknownArticle.HOLD
    below_minimum_value: BelowMinimumValue = BelowMinimumValue.HOLD
    #: The net price is held against the contract in any case; so a remark suffices.
    price_arithmetic: PriceArithmetic = PriceArithmetic.NOTE
    changed_order_number: ChangedOrderNumber = ChangedOrderNumber.HOLD
    order_changes: OrderChanges = OrderChanges.HOLD
    late_change: LateChange = LateChange.HOLD
    outdated_change: OutdatedChange = OutdatedChange.HOLD
    invoiced_changes: InvoicedChanges = InvoicedChanges.HOLD
    copies: Copies = Copies.HOLD
    phone_confirmations: PhoneConfirmations = PhoneConfirmations.HOLD
    proposals: Proposals = Proposals.HOLD
    change_confirmation: ChangeConfirmation = ChangeConfirmation.TACIT
    silence: Silence = Silence.ASK
    erp_substitution: ErpSubstitution = ErpSubstitution.HOLD
    above_maximum_value: AboveMaximumValue = AboveMaximumValue.HOLD
    date_not_possible: DateNotPossible = DateNotPossible.HOLD
    partial_acceptance: PartialAcceptance = PartialAcceptance.PER_LINE
    total_differs: TotalDiffers = TotalDiffers.NOTE
    unknown_delivery_party: UnknownDeliveryParty = UnknownDeliveryParty.HOLD
    suspected_duplicate: SuspectedDuplicate = SuspectedDuplicate.HOLD
    delisted_article: DelistedArticle = DelistedArticle.HOLD
    replaced_article: ReplacedArticle = ReplacedArticle.HOLD
    above_maximum_quantity: AboveMaximumQuantity = AboveMaximumQuantity.HOLD
    stock_short: StockShort = StockShort.HOLD
    stock_unknown: StockUnknown = StockUnknown.HOLD
    #: Both accept where they are not named: the ERP decides what it invoices.
    invoice_beyond_despatch: InvoiceBeyondDespatch = InvoiceBeyondDespatch.ACCEPT
    invoice_price_differs: InvoicePriceDiffers = InvoicePriceDiffers.ACCEPT
    over_consumption: OverConsumption = OverConsumption.HOLD
    blanket_expired: BlanketExpired = BlanketExpired.HOLD
    unknown_blanket: UnknownBlanket = UnknownBlanket.HOLD


def policy_meaning(name: str) -> str | None:
    """What a policy decides, in the words of its class."""
    kind = policy_kinds().get(name)
    return cleandoc(kind.__doc__ or "").split("\n\n")[0].replace("\n", " ") if kind else None


def policy_kinds() -> dict[str, type[StrEnum]]:
    """The policies of `[contract.policies]`, each with the words it knows."""
    kinds: dict[str, type[StrEnum]] = {}
    for name, hint in get_type_hints(Policies).items():
        for kind in (hint, *get_args(hint)):
            if isinstance(kind, type) and issubclass(kind, StrEnum):
                kinds[name] = kind
    return kinds
