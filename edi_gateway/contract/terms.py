"""
The commercial terms: the contract, and everything agreed with one partner.

An `Agreement` is built once from a partner package and then only read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from decimal import Decimal
from enum import StrEnum

from edi_gateway.contract.articles import Article, Catalogue
from edi_gateway.contract.blankets import Blanket
from edi_gateway.contract.calendar import WorkCalendar
from edi_gateway.contract.clauses import ApprovalClause, Guards
from edi_gateway.contract.partner import Partner
from edi_gateway.contract.policies import BlanketOrders, Policies
from edi_gateway.contract.pricing.book import PriceBook, Scope, SharedList
from edi_gateway.contract.pricing.breaks import BreaksBy, BreaksPeriod, Promotions, QuantityBreaks
from edi_gateway.contract.pricing.cascade import AllowanceTerm, Rounding
from edi_gateway.contract.pricing.extras import Charge, FreeGoods
from edi_gateway.contract.pricing.rows import PriceRow
from edi_gateway.contract.pricing.units import NO_UNITS, Units


class PriceDate(StrEnum):
    """The date a price must be valid on."""

    #: Date of the order.
    ORDER = "order"
    #: Requested delivery: the line's own, else the order's.
    DELIVERY = "delivery"
    #: The day the order is decided, in the contract's time zone.
    RECEIPT = "receipt"
    #: The day the goods leave. An order is priced provisionally, for the requested delivery.
    DESPATCH = "despatch"
    #: The date of the invoice; an order is priced as under `despatch`.
    INVOICE = "invoice"

    @property
    def is_of_order(self) -> bool:
        """Whether all lines of an order have the same day."""
        return self in (PriceDate.ORDER, PriceDate.RECEIPT)

    @property
    def comes_later(self) -> bool:
        """Whether the day that counts is known only after the order was answered."""
        return self in (PriceDate.DESPATCH, PriceDate.INVOICE)


class ToleranceDirection(StrEnum):
    """On which side of the contract price a price may stray."""

    BOTH = "both"
    #: Only where the ordered price is the higher one.
    IN_OUR_FAVOUR = "in_our_favour"


class InvoiceOn(StrEnum):
    """What makes an invoice."""

    ACCEPTANCE = "acceptance"
    DESPATCH = "despatch"
    ERP = "erp"


class InvoiceNumberBy(StrEnum):
    """Who numbers the invoices the ERP asks for (with `invoice_on = "erp"` only)."""

    GATEWAY = "gateway"
    ERP = "erp"


class Substitution(StrEnum):
    """Which articles may be supplied instead of one that cannot be."""

    NONE = "none"
    #: The successor alone (`replaced_by`): the same article under its new GTIN.
    SAME_ARTICLE = "same_article"
    #: The successor, then the article's `substitutes` in their order.
    APPROVED = "approved"
    #: Those of `approved`, but a person decides each time.
    ASK = "ask"


class StockCheck(StrEnum):
    """Whether lines are held against the stock the ERP reports."""

    IGNORE = "ignore"
    CHECK = "check"


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
    #: The same as an amount for each of the article's units; either limit suffices.
    price_tolerance_amount: Decimal = Decimal(0)
    price_tolerance_direction: ToleranceDirection = ToleranceDirection.BOTH
    #: How far the confirmed amounts of a whole order may stray; None: as far as its lines may.
    order_tolerance_percent: Decimal | None = None
    order_tolerance_amount: Decimal | None = None
    minimum_order_value: Decimal = Decimal(0)
    payment_days: int
    invoice_on: InvoiceOn
    #: Prefix of the invoice numbers; contracts that share it share one series.
    invoice_series: str = "INV"
    #: Who numbers invoices the ERP sends; unless stated, the ERP's number if it gives one.
    invoice_number_by: InvoiceNumberBy | None = None
    #: Calendar days before delivery from which a change of the customer is late; None: none is.
    change_until_days: int | None = None
    #: How long a change may wait for its order.
    park_hours: int = 48
    #: After how many days without the customer's word `silence` counts; None: never.
    silence_days: int | None = None
    #: IANA name of the zone whose days count; None: the company's.
    time_zone: str | None = None
    #: The delivery parties it is for, by GLN; none: all.
    delivery_parties: tuple[str, ...] = ()
    #: UNCL 1001 of the orders that are decided.
    order_types: tuple[str, ...] = ("220", "105")
    #: What a line, and a whole order, may amount to; None: anything.
    maximum_line_value: Decimal | None = None
    maximum_order_value: Decimal | None = None
    #: Days in which an order that asks for the same is suspected to be sent twice; None: never.
    duplicate_days: int | None = None
    #: Working days from an order to its delivery; None: not judged.
    lead_time_days: int | None = None
    #: The same for rush orders (1001: 224).
    rush_lead_time_days: int | None = None
    #: From this hour on an order counts as of the next working day.
    order_cutoff: time | None = None
    #: As `date.weekday` counts; none: every working day.
    delivery_days: frozenset[int] = frozenset()
    holidays: frozenset[date] = frozenset()
    #: A calendar of public holidays, such as `FR` or `DE-BY`.
    holiday_calendar: str | None = None
    #: First and last day of each, both included.
    closing_periods: tuple[tuple[date, date], ...] = ()
    guards: Guards | None = None
    approvals: tuple[ApprovalClause, ...] = ()
    #: Shared lists that are asked where the customer's own have no price.
    group_price_list: str | None = None
    base_price_list: str | None = None
    promotions: Promotions = Promotions.AUTOMATIC
    quantity_breaks: QuantityBreaks = QuantityBreaks.SLAB
    breaks_by: BreaksBy = BreaksBy.LINE
    breaks_period: BreaksPeriod = BreaksPeriod.YEAR
    #: Whether lines of one article reach a break together.
    merge_same_article: bool = False
    #: When prices that allowances lead to are rounded, and to how many decimals.
    rounding: Rounding = Rounding.END
    price_decimals: int = 4
    allowances: tuple[AllowanceTerm, ...] = ()
    free_goods: tuple[FreeGoods, ...] = ()
    charges: tuple[Charge, ...] = ()
    substitution: Substitution = Substitution.NONE
    stock: StockCheck = StockCheck.IGNORE
    #: What becomes of a blanket order (221); None: it is of no type that is decided.
    blanket_orders: BlanketOrders | None = None
    #: The blanket orders the package states.
    blankets: tuple[Blanket, ...] = ()
    policies: Policies = field(default_factory=Policies)

    @property
    def has_plain_breaks(self) -> bool:
        """Whether the quantity of a line alone reaches a break, for all its units."""
        return (
            self.quantity_breaks is QuantityBreaks.SLAB
            and self.breaks_by is BreaksBy.LINE
            and not self.merge_same_article
        )

    @property
    def adds(self) -> bool:
        """Whether it may add free goods or charges to an order."""
        return bool(self.free_goods or self.charges)

    @property
    def has_blankets(self) -> bool:
        """Whether there are, or may be, blanket orders to call off."""
        return self.blanket_orders is BlanketOrders.ACCEPT or bool(self.blankets)

    def is_valid_on(self, on: date) -> bool:
        """Whether the contract covers a date; both ends count."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)

    @property
    def judges_dates(self) -> bool:
        """Whether it states anything requested dates can be held against."""
        return (
            self.lead_time_days is not None
            or self.rush_lead_time_days is not None
            or self.has_calendar
        )

    @property
    def has_calendar(self) -> bool:
        """Whether it says on which days is delivered, or closed."""
        return self.holiday_calendar is not None or bool(
            self.delivery_days or self.holidays or self.closing_periods
        )

    def calendar(self) -> WorkCalendar:
        """The days it is worked and delivered on."""
        return WorkCalendar(
            delivery_days=self.delivery_days,
            holidays=self.holidays,
            holiday_calendar=self.holiday_calendar,
            closing_periods=self.closing_periods,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Everything agreed with one partner."""

    partner: Partner
    #: The contract that applies; `[contract]` where an order decides nothing else.
    contract: Contract
    #: All contracts with the partner, where there are several; `[contract]` is the first.
    contracts: tuple[Contract, ...] = ()
    articles: Catalogue
    prices: PriceBook
    units: Units = NO_UNITS
    #: The shared price lists that are here, by name.
    shared: frozenset[str] = frozenset()
    #: Which of the partner's packages this is; 0: none that was imported.
    version: int = 0

    @property
    def every_contract(self) -> tuple[Contract, ...]:
        """All contracts with the partner, whichever applies."""
        return self.contracts or (self.contract,)

    @property
    def title(self) -> str:
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
        contracts: Sequence[Contract] = (),
        units: Units = NO_UNITS,
        shared: Sequence[SharedList] = (),
        scopes: Iterable[Scope] = (),
        version: int = 0,
    ) -> Agreement:
        """
        Build the agreement and its indexes; nothing is checked here, `read_package` does.

        `contracts` are those beside `contract`. `articles` and `prices` may be a part of the
        package, if `scopes` are those of all its rows.
        """
        return cls(
            partner=partner,
            contract=contract,
            contracts=(contract, *contracts) if contracts else (),
            articles=Catalogue(articles),
            prices=PriceBook(
                prices,
                home=contract.price_list or "",
                currency=contract.currency,
                units=units,
                shared=shared,
                scopes=scopes,
            ),
            units=units,
            shared=frozenset(each.id for each in shared),
            version=version,
        )

    def named(self, number: str) -> Contract | None:
        """The contract of this number, if there is one with the partner."""
        for contract in self.every_contract:
            if contract.number == number:
                return contract
        return None

    def under(self, contract: Contract) -> Agreement:
        """The same agreement, with another of its contracts as the one that applies."""
        return self if contract is self.contract else replace(self, contract=contract)

    def for_order(self, contract: str | None) -> Agreement:
        """The agreement as it applies to an order that was decided under the contract of a number."""
        return self.under((self.named(contract) if contract else None) or self.contract)

    def shared_lists(self) -> tuple[str, ...]:
        """The shared lists the contract that applies names, the group's first."""
        names = (self.contract.group_price_list, self.contract.base_price_list)
        return tuple(name for name in names if name is not None)
