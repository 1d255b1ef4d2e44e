"""
The commercial terms: the contract, and everything agreed with one partner.

An `Agreement` is built once from a partner package and then only read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from edi_gateway.contract.articles import Article, Catalogue
from edi_gateway.contract.partner import Partner
from edi_gateway.contract.policies import Policies
from edi_gateway.contract.pricing import PriceList, PriceRow


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
class Agreement:
    """Everything agreed with one partner."""

    partner: Partner
    contract: Contract
    articles: Catalogue
    prices: PriceList
    #: Which of the partner's packages this is; 0: none that was imported.
    version: int = 0

    @property
    def named(self) -> str:
        """The contract and the version of the package, as a decision names them."""
        return f"contract {self.contract.number}, package version {self.version}"

    @classmethod
    def of(
        cls,
        partner: Partner,
        contract: Contract,
        *,
        articles: Iterable[Article],
        prices: Iterable[PriceRow],
        version: int = 0,
    ) -> Agreement:
        """Build the agreement and its indexes; nothing is checked here, `read_package` does."""
        return cls(
            partner=partner,
            contract=contract,
            articles=Catalogue(articles),
            prices=PriceList(prices),
            version=version,
        )
