"""
What the ERP says became of an order: a new order response tells the customer.

Only where other quantities or articles are supplied does the ERP get a new revision, so that despatches
and invoices keep within what the customer was told last. The same report again changes nothing.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal

from msgspec.structs import replace

from edi_gateway.contract.answers.response import for_format
from edi_gateway.contract.decision import Effect
from edi_gateway.contract.life.changed_answer import CANCELLED, CONFIRMED, status_of
from edi_gateway.contract.life.reporting import Reported, Standing, report_order
from edi_gateway.contract.life.states import ENDED, OrderEvent, OrderState
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import (
    DocumentType,
    ErpOrder,
    ErpOrderLine,
    ErpOrderStatus,
    OrderResponse,
    Price,
    ResponseStatus,
    from_json,
    to_json,
)
from edi_gateway.errors import HeldError, NoContract, UnknownPartner
from edi_gateway.exchange.deciding.answers import (
    Answers,
    add_response,
    bare_response,
    put_answers_in_outbox,
)
from edi_gateway.exchange.deciding.handing_over import hand_to_erp
from edi_gateway.exchange.life.orders import (
    agreement_of,
    first_message,
    last_handed_over,
    last_response,
    move,
    must_be_confirmed,
    open_invoice,
    order_as_it_stands,
    order_named,
    reported_quantities,
    silent_at,
    state_by_quantity,
)
from edi_gateway.exchange.recording import add_document
from edi_gateway.exchange.standing import Standing as Takings
from edi_gateway.exchange.standing.supplying import Supplied
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.store import Key, Ledger, Message, MessageState, StandingOrder

_KIND = DocumentType.ERP_ORDER_STATUS


def take_status(place: Workplace, ledger: Ledger, message: Message, status: ErpOrderStatus) -> None:
    """Record a report of the ERP on an order and answer it; `HeldError` when it cannot be true."""
    named = [line.article for line in status.lines if line.article is not None]
    agreement = place.partners.for_articles(status.partner, named)
    if agreement is None:
        raise UnknownPartner(f"{status.partner!r} is no imported partner")
    order = order_named(ledger, agreement, status.order_number)
    standing = _standing(place, ledger, order) if order is not None else None
    if order is None or standing is None:
        raise NoContract(
            f"order {status.order_number} of {status.partner} was never handed to the ERP",
            code="unknown-order",
            remedy="Correct partner and order_number in the ERP's file and send it again.",
        )
    if _is_repeated(ledger, message, status, order):
        return
    add_document(ledger, message, _KIND, order.partner, status, order.number, order.key)
    if order.state in ENDED:
        raise HeldError(
            f"order {order.number} is {order.state}; nothing of it is supplied",
            code="status-impossible",
            remedy="Correct the ERP's file, or discard it with a reason.",
        )
    if order.state is OrderState.DESPATCHED:
        _conclude(ledger, message, status, "all of it is despatched; there is nothing to tell")
        return
    agreement = agreement_of(ledger, agreement, order)
    reported = report_order(status, standing, agreement)
    said = _Answer(place, ledger, agreement, message, order, status).tell(standing, reported)
    _conclude(ledger, message, status, said)


def _standing(place: Workplace, ledger: Ledger, order: StandingOrder) -> Standing | None:
    handed, ordered = last_handed_over(ledger, order), order_as_it_stands(ledger, order)
    if handed is None or ordered is None:
        return None
    return Standing(
        order=ordered,
        decided=_as_decided(ledger, order) or handed,
        handed=handed,
        last=last_response(ledger, order),
        despatched=reported_quantities(ledger, order, DocumentType.ERP_DESPATCH),
        company=place.company,
        now=ledger.now.astimezone(place.zone),
    )


def _as_decided(ledger: Ledger, order: StandingOrder) -> ErpOrder | None:
    """The first revision of the decision that stands; reports only ever take from it."""
    stored = ledger.documents.of_message(order.message_id, DocumentType.ERP_ORDER)
    found = from_json(DocumentType.ERP_ORDER, stored.content) if stored is not None else None
    assert found is None or isinstance(found, ErpOrder)  # noqa: S101  (its kind says so)
    return found


def _is_repeated(
    ledger: Ledger, message: Message, status: ErpOrderStatus, order: StandingOrder
) -> bool:
    """Whether the report came before, or a newer one did; then the message is concluded here."""
    fingerprint = hashlib.sha256(to_json(status)).hexdigest()
    number = f"{order.key}/{status.number}"
    ledger.keys.load(order.partner, _KIND, [number])
    earlier = ledger.keys.find(order.partner, _KIND, number)
    if earlier is not None and earlier.fingerprint != fingerprint:
        raise HeldError(
            f"report {status.number} on order {order.number} came before with other content",
            code="changed-report",
            remedy="Give the ERP's correction a number of its own, or discard it with a reason.",
        )
    if earlier is None and status.number > order.report:
        key = Key(message_id=message.id, fingerprint=fingerprint)
        ledger.keys.use(order.partner, _KIND, number, key)
        return False
    said = "reported before"
    if earlier is None:
        said = f"older than report {order.report}, which was taken"
    _conclude(ledger, message, status, said, MessageState.DUPLICATE)
    return True


class _Answer:
    """One report on its way to the customer."""

    def __init__(
        self,
        place: Workplace,
        ledger: Ledger,
        agreement: Agreement,
        message: Message,
        order: StandingOrder,
        status: ErpOrderStatus,
    ) -> None:
        self._place, self._ledger, self._agreement = place, ledger, agreement
        self._message, self._order, self._status = message, order, status

    def tell(self, standing: Standing, reported: Reported) -> str:
        """Answer the order anew, where there is anything new; return what was done."""
        noted = {"report": self._status.number}
        if not self._status.changeable:
            noted["fixed"] = True
        if standing.last is not None and reported.lines == standing.last.lines:
            self._ledger.orders.note(self._order, **noted)
            return "recorded; it tells the customer nothing new"
        response = self._response(standing, reported)
        state = self._state(reported, response)
        handed = self._revision(reported, state)
        waits = state is OrderState.AWAITING
        move(
            self._ledger,
            self._order,
            OrderEvent.REPORTED,
            state,
            self._message,
            f"report {self._status.number}: order {self._order.number} is {state}",
            response=response.number,
            revision=handed.revision,
            silent_at=silent_at(self._ledger, self._agreement) if waits else None,
            **noted,
        )
        self._give_back(standing.handed, reported, state)
        self._send(response, handed, state)
        return f"answered as {response.number}{self._note_invoice(reported)}"

    def _response(self, standing: Standing, reported: Reported) -> OrderResponse:
        head = bare_response(self._place, self._ledger, self._agreement, standing.order)
        status = status_of(reported.lines)
        rejected = status is ResponseStatus.REJECTED
        reason = reported.lines[0].reason if rejected else None
        return replace(head, status=status, lines=reported.lines, reason=reason)

    def _state(self, reported: Reported, response: OrderResponse) -> OrderState:
        kind = DocumentType.ERP_DESPATCH
        despatched = reported_quantities(self._ledger, self._order, kind)
        state = state_by_quantity(reported.handed, despatched)
        if state is OrderState.CANCELLED:
            return state
        if self._order.state is OrderState.AWAITING:
            return OrderState.AWAITING
        required = must_be_confirmed(self._agreement, response.status)
        return OrderState.AWAITING if required else state

    def _revision(self, reported: Reported, state: OrderState) -> ErpOrder:
        """The order as the ERP must know it: a new revision only where it differs from the last."""
        gone = state is OrderState.CANCELLED
        status = CANCELLED if gone else CONFIRMED
        waits = state is OrderState.AWAITING and self._order.state is not state
        new = self._order.revision + (1 if reported.differs or waits else 0)
        return replace(reported.handed, status=status, revision=new)

    def _send(self, response: OrderResponse, handed: ErpOrder, state: OrderState) -> None:
        order, ledger, answers = self._order, self._ledger, Answers()
        response = for_format(response, self._agreement)
        add_response(ledger, answers, self._message, order.partner, response, order.key)
        if handed.revision != order.revision:
            hand_to_erp(
                self._place,
                ledger,
                self._agreement,
                self._message,
                order.key,
                handed,
                state,
                answers,
                invoices=False,
            )
        put_answers_in_outbox(
            self._place,
            ledger,
            self._agreement,
            answers,
            interchange_id=self._message.interchange_id,
            test=False,
        )

    def _give_back(self, before: ErpOrder, reported: Reported, state: OrderState) -> None:
        """Let the order have taken what is supplied now: give back the rest, or take more again."""
        if not reported.differs:
            return
        first = first_message(self._ledger, self._order)
        takes = Takings(self._ledger, self._agreement, [])
        if state is OrderState.CANCELLED:
            takes.withdraw(first, self._message)
            return
        parts = self._parts(before, reported.handed)
        policy = self._agreement.contract.policies.over_consumption
        takes.supply(first, self._message, parts, policy)

    def _parts(self, before: ErpOrder, handed: ErpOrder) -> dict[str, Supplied]:
        """The lines of which another quantity is supplied than before, by their numbers."""
        stood, parts = _supplied(before), dict[str, Supplied]()
        for line in handed.lines:
            now, last = _supplied_of(line), stood.get(line.number, Decimal(0))
            basis = last or self._last_supplied(line.number)
            if now == last or not basis:
                continue
            price = Price(amount=line.price or Decimal(0), per=line.price_per or Decimal(1))
            parts[line.number] = Supplied(now=now, before=basis, price=price, is_raised=now > last)
        return parts

    def _last_supplied(self, number: str) -> Decimal:
        """What was supplied of a line in the newest revision in which that was anything."""
        kind = DocumentType.ERP_ORDER
        for stored in reversed(self._ledger.documents.of_order(self._order, kind)):
            order = from_json(kind, stored.content)
            assert isinstance(order, ErpOrder)  # noqa: S101  (its kind says so)
            if quantity := _supplied(order).get(number):
                return quantity
        return Decimal(0)

    def _note_invoice(self, reported: Reported) -> str:
        """Say that an invoice no longer fits: what the ERP changes, it credits."""
        invoice = open_invoice(self._ledger, self._order)
        on_acceptance = reported.handed.invoice_on == "acceptance"
        if not (reported.differs and on_acceptance and invoice is not None):
            return ""
        text = (
            f"invoice {invoice.number} was made for what was confirmed before; credit the "
            "difference in the ERP"
        )
        self._ledger.messages.add_finding(
            self._message.id, line=None, code="invoice-differs", effect=Effect.NOTE, text=text
        )
        return f"; {text}"


def _conclude(
    ledger: Ledger,
    message: Message,
    status: ErpOrderStatus,
    reason: str,
    state: MessageState = MessageState.ANSWERED,
) -> None:
    ledger.messages.conclude(
        message.id,
        state,
        reason=reason,
        number=status.order_number,
    )


def _supplied(order: ErpOrder) -> dict[str, Decimal]:
    """What is supplied of each line, now and later, in the line's unit."""
    return {line.number: _supplied_of(line) for line in order.lines}


def _supplied_of(line: ErpOrderLine) -> Decimal:
    return line.confirmed_quantity + (line.backordered or Decimal(0))
