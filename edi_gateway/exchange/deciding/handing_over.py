"""An order on its way to the ERP, and its invoice where being accepted is what makes it due."""

from __future__ import annotations

from msgspec.structs import replace

from edi_gateway.contract.answers.billing import bill
from edi_gateway.contract.blankets import BLANKET_ORDER
from edi_gateway.contract.life.states import OrderState
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import DocumentType, ErpOrder
from edi_gateway.exchange.deciding.answers import Answers
from edi_gateway.exchange.life.orders import AWAITING
from edi_gateway.exchange.numbering import invoice_number, today
from edi_gateway.exchange.recording import add_document
from edi_gateway.exchange.workplace import ERP, Workplace
from edi_gateway.formats.erp import write_erp
from edi_gateway.store import Ledger, Message, NewDelivery


def hand_to_erp(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    message: Message,
    key: str,
    handed: ErpOrder,
    state: OrderState,
    answers: Answers,
    *,
    invoices: bool = True,
) -> None:
    """Hand over an order as it stands now; invoice it where its confirmation does that."""
    if state is OrderState.AWAITING:
        handed = replace(handed, status=AWAITING)
    partner, kind = agreement.partner.id, DocumentType.ERP_ORDER
    content = add_document(ledger, message, kind, partner, handed, handed.number, key)
    _hand_over(place, ledger, message, handed, content)
    is_due = any(line.confirmed_quantity for line in handed.lines)
    is_due = is_due and handed.type_code != BLANKET_ORDER
    is_due = is_due and invoices and handed.invoice_on == "acceptance"
    if is_due and state is OrderState.OPEN:
        invoice_whole(place, ledger, agreement, message, handed, answers, key)


def invoice_whole(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    message: Message,
    handed: ErpOrder,
    answers: Answers,
    key: str | None = None,
) -> None:
    """Invoice everything that was confirmed, but no backorder, with the next number."""
    invoice = bill(
        handed,
        {line.number: line.confirmed_quantity for line in handed.lines},
        agreement=agreement,
        company=place.company,
        number=invoice_number(ledger, agreement),
        issue_date=today(place, ledger),
    )
    partner = agreement.partner.id
    add_document(ledger, message, DocumentType.INVOICE, partner, invoice, handed.number, key)
    answers.invoices.append((message.id, invoice))


def _hand_over(
    place: Workplace, ledger: Ledger, message: Message, handed: ErpOrder, content: bytes
) -> None:
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in handed.number)
    ledger.deliveries.add(
        NewDelivery(
            partner=ERP,
            connector=place.route(ERP),
            type="order",
            name=f"order_{handed.partner}_{safe}_{message.id}_r{handed.revision}.json",
            content=write_erp(content),
            interchange_id=message.interchange_id,
            message_ids=(message.id,),
        )
    )
