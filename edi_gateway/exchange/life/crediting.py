"""
Credit the invoice of an order that was invoiced when it was accepted, and is changed after that.

An invoice is never altered: it is taken back as a whole by a credit note that names it, and what stands
is invoiced anew. So every figure of either is that of one order as it stood, charges and VAT included.
"""

from __future__ import annotations

from edi_gateway.contract.answers.billing import bill, credit, is_same_bill
from edi_gateway.contract.life.states import OrderState
from edi_gateway.contract.policies import InvoicedChanges
from edi_gateway.documents import DocumentType, ErpOrder, Invoice
from edi_gateway.exchange.life.change_at_hand import ChangeAtHand, unsettled
from edi_gateway.exchange.life.orders import last_handed_over, open_invoice, supplied_quantities
from edi_gateway.exchange.numbering import credit_note_number, today
from edi_gateway.exchange.recording import add_document
from edi_gateway.store import StandingOrder


def invoice_to_credit(hand: ChangeAtHand, order: StandingOrder) -> Invoice | None:
    """
    The invoice that a change of the order would make untrue; None where there is none.

    `HeldError` where the contract does not say that it may be credited, or goods went out under it.
    """
    invoice, handed = open_invoice(hand.ledger, order), last_handed_over(hand.ledger, order)
    if invoice is None or handed is None or handed.invoice_on != "acceptance":
        return None
    policy = hand.agreement.contract.policies.invoiced_changes
    why = None
    if policy is InvoicedChanges.HOLD:
        why = "a change needs a credit note, and `invoiced_changes` says that a person writes it"
    elif any(supplied_quantities(hand.ledger, order).values()):
        why = "part of it is supplied already, so it is not credited as a whole"
    if why is not None:
        said = f"order {order.number} was invoiced when it was accepted ({invoice.number})"
        raise unsettled("order-invoiced", f"{said}; {why}")
    return invoice


def must_be_invoiced_anew(
    hand: ChangeAtHand, invoice: Invoice, new: ErpOrder, state: OrderState
) -> bool:
    """Whether the order as it stands now asks for another invoice than the one it has, or for none."""
    quantities = {line.number: line.confirmed_quantity for line in new.lines}
    if state is not OrderState.OPEN or not any(quantities.values()):
        return True
    would_be = bill(
        new,
        quantities,
        agreement=hand.agreement,
        company=hand.place.company,
        number=invoice.number,
        issue_date=invoice.issue_date,
    )
    return not is_same_bill(invoice, would_be)


def credit_invoice(hand: ChangeAtHand, order: StandingOrder, invoice: Invoice, done: str) -> None:
    """Take the invoice back; the credit note goes out with the answer to the change."""
    number = hand.own_number()
    by = "" if number is None else f", change {number}"
    note = credit(
        invoice,
        agreement=hand.agreement,
        number=credit_note_number(hand.ledger, hand.agreement),
        issue_date=today(hand.place, hand.ledger),
        reason=f"order {order.number} was {done} as you asked{by}",
    )
    partner, kind = hand.agreement.partner.id, DocumentType.INVOICE
    add_document(hand.ledger, hand.message, kind, partner, note, order.number, order.key)
    hand.answers.invoices.append((hand.message.id, note))
