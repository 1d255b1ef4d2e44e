"""
What we say to an order: responses, invoices and errors, collected and then sent together.

A response gets its number when it is made, so that a transaction that fails gives it back.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from edi_gateway.contract.answers.response import respond, response_head
from edi_gateway.contract.decision import Decision
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import DocumentType, Order, OrderResponse
from edi_gateway.exchange.deciding.application_errors import Report, put_reports_in_outbox
from edi_gateway.exchange.numbering import response_number, today
from edi_gateway.exchange.outgoing import Answer, put_in_outbox
from edi_gateway.exchange.recording import add_document
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.store import Ledger, Message


@dataclass(slots=True)
class Answers:
    """The answers of one chunk, which travel together."""

    responses: list[Answer] = field(default_factory=list)
    invoices: list[Answer] = field(default_factory=list)
    #: What could not be taken, for partners who want to hear of it by APERAK.
    errors: list[Report] = field(default_factory=list)


def decided_response(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    order: Order,
    decision: Decision,
    *,
    test: bool = False,
) -> OrderResponse:
    """The response that says what was decided, with the next number."""
    return respond(
        order,
        decision,
        agreement,
        company=place.company,
        number=response_number(ledger, test=test),
        today=today(place, ledger),
        test=test,
    )


def bare_response(
    place: Workplace, ledger: Ledger, agreement: Agreement, order: Order
) -> OrderResponse:
    """A response with the next number that says nothing of the lines yet."""
    number = response_number(ledger, test=False)
    return response_head(order, agreement, place.company, number, today(place, ledger), False)


def add_response(
    ledger: Ledger,
    answers: Answers,
    message: Message,
    partner: str,
    response: OrderResponse,
    key: str,
) -> None:
    """Record a response to an order and let it go out with the others."""
    kind = DocumentType.ORDER_RESPONSE
    add_document(ledger, message, kind, partner, response, response.order_number, key)
    answers.responses.append((message.id, response))


def put_answers_in_outbox(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    answers: Answers,
    *,
    interchange_id: int | None,
    test: bool,
) -> None:
    """Write the collected answers in the partner's formats and put them into the outbox."""
    for kind, documents in (
        (DocumentType.ORDER_RESPONSE, answers.responses),
        (DocumentType.INVOICE, answers.invoices),
    ):
        put_in_outbox(
            place, ledger, agreement, kind, documents, interchange_id=interchange_id, test=test
        )
    put_reports_in_outbox(
        place, ledger, agreement, answers.errors, interchange_id=interchange_id, test=test
    )
