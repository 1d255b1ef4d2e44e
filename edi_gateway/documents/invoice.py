"""The invoice and the credit note, in the terms of EN 16931."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from edi_gateway.documents.common import Canonical, Party, Price


class InvoiceLine(Canonical):
    """BG-25: one invoiced line. `amount` = quantity x price / per, half up to cents (BT-131)."""

    number: str
    quantity: Decimal
    unit: str
    price: Price
    amount: Decimal
    #: BT-152, per cent.
    vat_rate: Decimal
    #: BT-151, UNCL 5305: S standard, Z zero rated, E exempt ...
    vat_category: str = "S"
    description: str = ""
    gtin: str | None = None
    supplier_article: str | None = None
    buyer_article: str | None = None
    #: BT-132: the customer's line number.
    order_line: str | None = None
    #: The article that was ordered, where this one replaces it (PIA 4).
    replaced_gtin: str | None = None
    replaced_supplier_article: str | None = None
    replaced_buyer_article: str | None = None


class InvoiceAllowance(Canonical):
    """BG-20, BG-21: an allowance or charge on the whole invoice, with the VAT it falls under."""

    is_charge: bool
    #: BT-92, BT-99.
    amount: Decimal
    #: BT-96, BT-103, per cent.
    vat_rate: Decimal
    #: BT-95, BT-102, UNCL 5305.
    vat_category: str = "S"
    code: str | None = None
    #: BT-97, BT-104.
    reason: str | None = None


class VatTotal(Canonical):
    """BG-23: one group per VAT category and rate. `tax` = `taxable` x `rate` / 100, half up (BR-CO-17)."""

    category: str
    rate: Decimal
    taxable: Decimal
    tax: Decimal


class Note(Canonical):
    """BG-1: a note with its subject (UNCL 4451): REG, PMT, PMD, AAB, AAI ..."""

    subject: str
    text: str


#: UNCL 1001 of an invoice, and of a credit note.
INVOICE, CREDIT_NOTE = "380", "381"


class Invoice(Canonical):
    """
    An invoice or a credit note (INVOIC BGM+380 or 381, UBL Invoice or CreditNote).

    Amounts have two decimals, in `currency`; those of a credit note are positive, and given back.
    """

    number: str
    issue_date: date
    currency: str
    lines: tuple[InvoiceLine, ...]
    vat: tuple[VatTotal, ...]
    #: BT-109: sum of the line amounts (BT-106), less the allowances, plus the charges.
    net_amount: Decimal
    #: BT-110: sum of the VAT amounts.
    vat_amount: Decimal
    #: BT-112 and BT-115.
    payable_amount: Decimal
    #: BT-3.
    type_code: str = INVOICE
    allowances: tuple[InvoiceAllowance, ...] = ()
    due_date: date | None = None
    payment_days: int | None = None
    order_number: str | None = None
    order_date: date | None = None
    contract_number: str | None = None
    despatch_number: str | None = None
    #: BT-25, BT-26: the invoice that a credit note is about.
    preceding_invoice: str | None = None
    preceding_date: date | None = None
    delivery_date: date | None = None
    buyer: Party = Party()
    supplier: Party = Party()
    delivery_party: Party | None = None
    #: BT-84: the account to pay to.
    iban: str | None = None
    notes: tuple[Note, ...] = ()
    process: str | None = None
    specification: str | None = None

    @property
    def is_credit(self) -> bool:
        """Whether its amounts are given back."""
        return self.type_code == CREDIT_NOTE

    @property
    def line_total(self) -> Decimal:
        """BT-106: sum of the line amounts."""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def allowance_total(self) -> Decimal | None:
        """BT-107: sum of the allowances on the whole invoice; None where there are none."""
        return self._sum_of(is_charge=False)

    @property
    def charge_total(self) -> Decimal | None:
        """BT-108: sum of the charges on the whole invoice; None where there are none."""
        return self._sum_of(is_charge=True)

    @property
    def adjustment(self) -> Decimal | None:
        """Charges less allowances (MOA 131); None where there are neither."""
        if not self.allowances:
            return None
        return (self.charge_total or Decimal(0)) - (self.allowance_total or Decimal(0))

    @property
    def adjusted_amount(self) -> Decimal | None:
        """The net amount, where it is not the sum of the lines (MOA 125)."""
        return self.net_amount if self.allowances else None

    def _sum_of(self, *, is_charge: bool) -> Decimal | None:
        amounts = [each.amount for each in self.allowances if each.is_charge is is_charge]
        return sum(amounts, Decimal(0)) if amounts else None
