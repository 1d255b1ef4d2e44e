"""
The commercial terms: contract, policies, articles, and everything agreed with one partner.

An `Agreement` is built once from a partner package and then only read; its indexes make one
look-up per code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from edi_gateway.contract.partner import Partner
from edi_gateway.contract.pricing import PriceList, PriceRow
from edi_gateway.documents import gtin_key


class PriceDate(StrEnum):
    """The date a price must be valid on."""

    #: Date of the order.
    ORDER = "order"
    #: Requested delivery: the line's own, else the order's.
    DELIVERY = "delivery"


class InvoiceOn(StrEnum):
    """What makes an invoice."""

    ACCEPTANCE = "acceptance"
    DESPATCH = "despatch"
    ERP = "erp"


class InvoiceNumberBy(StrEnum):
    """Who numbers the invoices the ERP asks for (with `invoice_on = "erp"` only)."""

    GATEWAY = "gateway"
    ERP = "erp"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The negotiated terms with one partner."""

    number: str
    valid_from: date
    #: Inclusive; None means open-ended.
    valid_until: date | None = None
    currency: str
    price_list: str | None = None
    price_date: PriceDate
    #: How far an ordered price may stray; 2.0 means 2 %, the limit itself included.
    price_tolerance_percent: Decimal = Decimal(0)
    minimum_order_value: Decimal = Decimal(0)
    payment_days: int
    invoice_on: InvoiceOn
    #: Prefix of the invoice numbers; contracts that share it share one series.
    invoice_series: str = "INV"
    #: Who numbers invoices the ERP sends; unless stated, the ERP's number if it gives one.
    invoice_number_by: InvoiceNumberBy | None = None
    policies: Policies = field(default_factory=Policies)

    def is_valid_on(self, on: date) -> bool:
        """Whether the contract covers a date; both ends count."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article of the contract's catalogue."""

    #: Our own code.
    code: str
    gtin: str | None = None
    #: The customer's code.
    buyer_code: str | None = None
    description: str
    #: UN/ECE code of the unit of quantities and prices.
    unit: str
    pack_multiple: Decimal | None = None
    minimum_quantity: Decimal | None = None
    vat_rate: Decimal


class Catalogue:
    """The articles of a contract, found by GTIN, by our code or by the customer's."""

    __slots__ = ("by_buyer_code", "by_code", "by_gtin")

    def __init__(self, articles: Iterable[Article]) -> None:
        self.by_code: dict[str, Article] = {article.code: article for article in articles}
        known = self.by_code.values()
        self.by_gtin = {gtin_key(a.gtin): a for a in known if a.gtin is not None}
        self.by_buyer_code = {a.buyer_code: a for a in known if a.buyer_code is not None}

    def __len__(self) -> int:
        return len(self.by_code)

    def __iter__(self) -> Iterator[Article]:
        return iter(self.by_code.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Everything agreed with one partner."""

    partner: Partner
    contract: Contract
    articles: Catalogue
    prices: PriceList

    @classmethod
    def of(
        cls,
        partner: Partner,
        contract: Contract,
        *,
        articles: Iterable[Article],
        prices: Iterable[PriceRow],
    ) -> Agreement:
        """Build the agreement and its indexes; nothing is checked here, `read_package` does."""
        return cls(
            partner=partner,
            contract=contract,
            articles=Catalogue(articles),
            prices=PriceList(prices),
        )
