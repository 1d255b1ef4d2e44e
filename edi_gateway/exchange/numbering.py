"""The number and the date of each document that we write."""

from __future__ import annotations

from datetime import date

from edi_gateway.contract.terms import Agreement
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.store import Ledger


def response_number(ledger: Ledger, *, test: bool) -> str:
    """The next number of our order responses; test orders have a series of their own."""
    if test:
        return f"T{ledger.series.next('order-response:test'):08d}"
    return f"R{ledger.series.next('order-response'):08d}"


def invoice_number(ledger: Ledger, agreement: Agreement) -> str:
    """The next invoice number of the contract's series, without gaps (CGI ann. II 242 nonies A)."""
    series = agreement.contract.invoice_series
    return f"{series}-{ledger.series.next(f'invoice:{series}'):06d}"


def credit_note_number(ledger: Ledger, agreement: Agreement) -> str:
    """The next number of the contract's credit notes, which are numbered by themselves, without gaps."""
    series = agreement.contract.invoice_series
    return f"{series}-C{ledger.series.next(f'credit-note:{series}'):06d}"


def error_number(ledger: Ledger, *, test: bool) -> str:
    """The next number of our application error messages; test orders have a series of their own."""
    if test:
        return f"TA{ledger.series.next('application-error:test'):08d}"
    return f"A{ledger.series.next('application-error'):08d}"


def today(place: Workplace, ledger: Ledger) -> date:
    """The date of what we write now, in the company's time zone."""
    return ledger.now.astimezone(place.zone).date()
