"""What the contract says to do about each kind of departure: a closed set of words for each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """
    What to do about each kind of departure.

    A policy the package does not name takes the cautious value: hold where that is possible, else
    the contract price, else rejection.
    """

    price_within_tolerance: PriceWithinTolerance = PriceWithinTolerance.CONTRACT
    price_beyond_tolerance: PriceBeyondTolerance = PriceBeyondTolerance.HOLD
    no_price: NoPrice = NoPrice.HOLD
    quantity_not_multiple: QuantityNotMultiple = QuantityNotMultiple.REJECT
    below_minimum_quantity: BelowMinimumQuantity = BelowMinimumQuantity.REJECT
    unknown_article: UnknownArticle = UnknownArticle.HOLD
    below_minimum_value: BelowMinimumValue = BelowMinimumValue.HOLD
    changed_order_number: ChangedOrderNumber = ChangedOrderNumber.HOLD
    order_changes: OrderChanges = OrderChanges.HOLD
    late_change: LateChange = LateChange.HOLD
    outdated_change: OutdatedChange = OutdatedChange.HOLD
    copies: Copies = Copies.HOLD
    phone_confirmations: PhoneConfirmations = PhoneConfirmations.HOLD
    proposals: Proposals = Proposals.HOLD
    change_confirmation: ChangeConfirmation = ChangeConfirmation.TACIT
    silence: Silence = Silence.ASK
    erp_substitution: ErpSubstitution = ErpSubstitution.HOLD
