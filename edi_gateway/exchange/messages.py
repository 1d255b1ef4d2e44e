"""
What becomes of a message: by what it holds it goes to its own part of this room.

Each is taken in one commit. What cannot be taken is held, with what a person should do about it,
and holds nothing but itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from edi_gateway.documents import (
    ErpDespatch,
    ErpInvoice,
    ErpOrderStatus,
    ErpStock,
    Order,
    OrderChange,
    PartnerPackage,
)
from edi_gateway.errors import HeldError, NoAgreement
from edi_gateway.exchange.deciding import ReadOrder, decide_orders
from edi_gateway.exchange.fulfilment import take_report
from edi_gateway.exchange.life.changes import take_change
from edi_gateway.exchange.life.order_status import take_status
from edi_gateway.exchange.life.special_orders import (
    ORDINARY,
    hold_about_order,
    is_special,
    take_special,
)
from edi_gateway.exchange.packages.onboarding import take_package
from edi_gateway.exchange.reading import Source
from edi_gateway.exchange.settlement import is_acknowledgement, settle
from edi_gateway.exchange.stocktaking import take_stock
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.formats.interchange import OpenedMessage, ReadMessage
from edi_gateway.store import Ledger, Message, MessageState

log = structlog.get_logger()

#: What customers and the ERP may send.
Usable = Order | OrderChange | ErpDespatch | ErpInvoice | ErpOrderStatus | ErpStock | PartnerPackage


def decide_messages(source: Source, messages: Sequence[Message]) -> None:
    """Read and decide messages of one interchange, in one commit; ERP reports in one each."""
    place = source.place
    opened = {message.index: message for message in source.opened.messages}
    orders: list[ReadOrder] = []
    for message in messages:
        if is_acknowledgement(message.type, source.opened.format):
            _settle_delivery(source, message, opened[message.position])
            continue
        read = source.read(opened[message.position])
        try:
            document = _usable(read, message)
        except HeldError as held:
            hold_message(place, message, held, getattr(read.document, "number", None))
            continue
        if isinstance(document, Order) and not _is_special(place, message, document):
            orders.append(ReadOrder(message=message, order=document))
        elif isinstance(document, Order | OrderChange):
            # What is about an order comes after the orders before it.
            if orders:
                _decide_orders(place, orders)
                orders = []
            _take_about_order(place, message, document)
        elif isinstance(document, PartnerPackage):
            _take_package(place, message, document)
        elif isinstance(document, ErpStock):
            _take_stock(place, message, document)
        else:
            _take_report(place, message, document)
    if orders:
        _decide_orders(place, orders)


def _usable(read: ReadMessage, message: Message) -> Usable:
    if read.document is None:
        if not read.missing:
            raise NoAgreement(
                f"{message.type} {message.release} is no message type that is agreed for this "
                "direction"
            )
        raise HeldError(
            f"The {message.type} lacks {', '.join(read.missing)}.",
            code="document-incomplete",
            remedy="Ask the partner for a complete message, or discard it with a reason.",
        )
    if not isinstance(read.document, Usable):
        raise NoAgreement(
            f"A customer’s {message.type} is not agreed; only orders and changes are."
        )
    return read.document


def _decide_orders(place: Workplace, orders: Sequence[ReadOrder]) -> None:
    """Decide orders of one partner in one commit; one that cannot be answered is held alone."""
    agreement = place.partners.for_orders(
        orders[0].message.partner, [item.order for item in orders]
    )
    assert agreement is not None  # noqa: S101  (admission found it)
    interchange_id = orders[0].message.interchange_id
    try:
        with place.store.transaction() as ledger:
            decide_orders(place, ledger, agreement, orders, interchange_id=interchange_id)
    except HeldError as held:
        if len(orders) == 1:
            hold_message(place, orders[0].message, held, orders[0].order.number)
            return
        for order in orders:
            _decide_orders(place, [order])
    else:
        log.info(
            "message.decided",
            partner=agreement.partner.id,
            messages=len(orders),
            first=orders[0].message.id,
        )


def _is_special(place: Workplace, message: Message, order: Order) -> bool:
    if order.function in ORDINARY:
        return False
    agreement = place.partners.get(message.partner)
    return agreement is not None and is_special(
        agreement, order, place.now().astimezone(place.zone)
    )


def _take_about_order(place: Workplace, message: Message, document: Order | OrderChange) -> None:
    """Let a change, a copy, a proposal or the like take effect, in one commit."""
    try:
        with place.store.transaction() as ledger:
            if isinstance(document, OrderChange):
                take_change(place, ledger, message, document)
            else:
                agreement = place.partners.for_orders(message.partner, [document])
                assert agreement is not None  # noqa: S101  (else it would not be special)
                item = ReadOrder(message=message, order=document)
                take_special(place, ledger, agreement, item)
    except HeldError as held:
        with place.store.transaction() as ledger:
            hold_about_order(place, ledger, message, document, held)
        log.warning("message.held", message=message.id, partner=message.partner, code=held.code)
    else:
        log.info("message.decided", message=message.id, partner=message.partner)


def _take_report(
    place: Workplace, message: Message, report: ErpDespatch | ErpInvoice | ErpOrderStatus
) -> None:
    def work(ledger: Ledger) -> None:
        if isinstance(report, ErpOrderStatus):
            take_status(place, ledger, message, report)
        else:
            take_report(place, ledger, message, report)

    _take(place, message, work, report.order_number)


def _take_stock(place: Workplace, message: Message, report: ErpStock) -> None:
    _take(place, message, lambda ledger: take_stock(ledger, message, report))


def _settle_delivery(source: Source, message: Message, opened: OpenedMessage) -> None:
    """Let a partner's CONTRL or APERAK take effect on what we sent."""
    try:
        said = source.read_acknowledgement(opened)
    except HeldError as held:
        hold_message(source.place, message, held)
        return
    _take(source.place, message, lambda ledger: settle(source.place, ledger, message, said))


def _take(
    place: Workplace,
    message: Message,
    work: Callable[[Ledger], None],
    number: str | None = None,
) -> None:
    """Let a message take effect in one commit; hold it where it cannot."""
    try:
        with place.store.transaction() as ledger:
            work(ledger)
    except HeldError as held:
        hold_message(place, message, held, number)
    else:
        log.info("message.answered", message=message.id, document_type=message.type)


def _take_package(place: Workplace, message: Message, package: PartnerPackage) -> None:
    try:
        reason = take_package(place, message, package)
    except HeldError as held:
        hold_message(place, message, held)
        return
    with place.store.transaction() as ledger:
        ledger.messages.conclude(
            message.id,
            MessageState.ANSWERED,
            reason=reason,
        )
    log.info("message.answered", message=message.id, document_type=message.type)


def hold_message(
    place: Workplace, message: Message, held: HeldError, number: str | None = None
) -> None:
    """Let a message wait for an operator, in a commit of its own."""
    with place.store.transaction() as ledger:
        ledger.messages.conclude(
            message.id,
            MessageState.HELD,
            code=held.code,
            reason=held.advice,
            number=message.number or number,
        )
    log.warning("message.held", message=message.id, partner=message.partner, code=held.code)
