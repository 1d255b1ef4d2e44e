"""
Hold an invoice of the ERP against the order and its despatches: the three-way check.

What the customer's own check would find later is found here, before the invoice is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from edi_gateway.contract.policies import (
    InvoiceBeyondDespatch,
    InvoicePriceDiffers,
    Policies,
)
from edi_gateway.contract.pricing.figures import price_text
from edi_gateway.documents import ErpInvoice, ErpInvoiceLine, ErpOrder, ErpOrderLine
from edi_gateway.errors import HeldError

_ZERO = Decimal(0)
_ONE = Decimal(1)


def asks_for_despatches(policies: Policies) -> bool:
    """Whether the contract holds invoices against what was despatched."""
    return policies.invoice_beyond_despatch is InvoiceBeyondDespatch.HOLD


def compares_prices(policies: Policies) -> bool:
    """Whether the contract holds invoices against the prices that were confirmed."""
    return policies.invoice_price_differs is InvoicePriceDiffers.HOLD


def refuse_beyond_despatch(
    despatched: Mapping[str, Decimal],
    already: Mapping[str, Decimal],
    quantities: Mapping[str, Decimal],
) -> None:
    """`HeldError` where more would be invoiced than was despatched, naming every line."""
    excess = [
        f"line {number}: {quantity} with {already.get(number, _ZERO)} before is more than the "
        f"{despatched.get(number, _ZERO)} despatched"
        for number, quantity in quantities.items()
        if already.get(number, _ZERO) + quantity > despatched.get(number, _ZERO)
    ]
    if excess:
        raise HeldError(
            "; ".join(excess),
            code="invoice-beyond-despatch",
            remedy="Have the ERP report the despatch and release the invoice, or discard it.",
        )


def refuse_other_prices(order: ErpOrder, invoice: ErpInvoice, policies: Policies) -> None:
    """`HeldError` where the contract wants the confirmed prices and the ERP states others."""
    if not compares_prices(policies):
        return
    confirmed = {line.number: line for line in order.lines}
    others = [
        text
        for line in invoice.lines
        if line.order_line in confirmed
        and (text := _difference(confirmed[line.order_line], line)) is not None
    ]
    if others:
        raise HeldError(
            "; ".join(others),
            code="invoice-price-differs",
            remedy="Correct the price in the ERP and send the invoice again, or discard it.",
        )


def _difference(line: ErpOrderLine, invoiced: ErpInvoiceLine) -> str | None:
    """Compared by cross-multiplication, so that nothing is rounded on the way."""
    if invoiced.price is None and invoiced.price_per is None:
        return None
    price, per = line.price or _ZERO, line.price_per or _ONE
    other = price if invoiced.price is None else invoiced.price
    other_per = per if invoiced.price_per is None else invoiced.price_per
    if other * per == price * other_per:
        return None
    return (
        f"line {line.number}: {price_text(other, other_per)} invoiced, "
        f"{price_text(price, per)} confirmed"
    )
