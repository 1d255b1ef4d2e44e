"""
THE MAIN PATH: take in, process, deliver.

Each of the three jobs ends in a commit, and only commits make anything true: a crash anywhere else
is repeated harmlessly. All three may be called twice, late, or after a crash; what is done already
is found done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from itertools import islice
from typing import BinaryIO

import structlog

from edi_gateway.connectors import Connector, WaitingFile
from edi_gateway.documents import (
    ErpDespatch,
    ErpInvoice,
    ErpOrderStatus,
    ErpStock,
    Order,
    OrderChange,
    PartnerPackage,
)
from edi_gateway.errors import (
    ConnectionFailed,
    DeliveryConflict,
    HeldError,
    NoAgreement,
    UnreadableFile,
)
from edi_gateway.exchange.admission import admit, readmit
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
from edi_gateway.exchange.settlement import READERS, is_acknowledgement, settle
from edi_gateway.exchange.stocktaking import take_stock
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.formats import HEAD_BYTES, Format, recognise
from edi_gateway.formats.acknowledgement import Acknowledgement
from edi_gateway.formats.interchange import OpenedInterchange, OpenedMessage, ReadMessage
from edi_gateway.store import (
    Archived,
    Conclusion,
    Delivery,
    DeliveryState,
    Incoming,
    Interchange,
    InterchangeState,
    Message,
    MessageState,
    StepLost,
    Transmission,
    TransmissionState,
)

log = structlog.get_logger()

#: Files kept before the other side is told; also deliveries sent before they are marked.
BATCH = 100
#: After this many failed attempts a delivery waits for an operator.
ATTEMPTS = 12
_LONGEST_WAIT_SECONDS = 900
_FAILURES_THAT_END_A_POLL = 3

#: What customers and the ERP may send.
Usable = Order | OrderChange | ErpDespatch | ErpInvoice | ErpOrderStatus | ErpStock | PartnerPackage


# --- take in: hops 2 and 3 ---------------------------------------------------------------------


def take_in(place: Workplace, connector: Connector) -> int:
    """
    Fetch every waiting file and return how many were new.

    Keep first, settle second: a crash in between means the file is fetched again and recognised,
    never lost.
    """
    new = 0
    for batch in _batches(connector.fetch(), BATCH):
        if place.stopping():
            break
        archived = _archive(place, connector, batch)
        ids, fresh = _keep(place, connector, archived)
        new += fresh
        if ids:
            _settle(place, connector, [file for file, _ in archived], ids)
    return new


def _archive(
    place: Workplace, connector: Connector, batch: Sequence[WaitingFile]
) -> list[tuple[WaitingFile, Archived]]:
    """Make the bytes of each file durable; one that cannot be read does not stop the others."""
    done: list[tuple[WaitingFile, Incoming]] = []
    failures = 0
    for file in batch:
        try:
            with connector.open(file) as stream:
                done.append((file, place.store.receive(stream)))
        except ConnectionFailed as error:
            failures += 1
            log.warning("transmission.not_fetched", name=file.shown_name, reason=str(error))
            if failures >= _FAILURES_THAT_END_A_POLL:
                break
    place.store.archive([incoming for _, incoming in done])
    return [(file, incoming.archived) for file, incoming in done]


def _keep(
    place: Workplace, connector: Connector, archived: Sequence[tuple[WaitingFile, Archived]]
) -> tuple[list[int], int]:
    """Commit a row for each file; return their ids in order, and how many were new."""
    ids = []
    new = 0
    with place.store.transaction() as ledger:
        for file, bytes_ in archived:
            known = ledger.transmissions.unsettled(
                connector=connector.name,
                raw_name=file.name,
                modified=file.modified,
                sha256=bytes_.sha256,
            )
            if known is None:
                new += 1
                known = ledger.transmissions.add(
                    connector=connector.name,
                    partner=file.partner,
                    name=file.shown_name,
                    raw_name=file.name,
                    size=bytes_.size,
                    modified=file.modified,
                    sha256=bytes_.sha256,
                )
            ids.append(known)
    for (file, bytes_), transmission_id in zip(archived, ids, strict=True):
        log.info(
            "transmission.received",
            transmission=transmission_id,
            partner=file.partner,
            name=file.shown_name,
            bytes=bytes_.size,
        )
    return ids, new


def _settle(
    place: Workplace, connector: Connector, files: Sequence[WaitingFile], ids: Sequence[int]
) -> None:
    """Remove kept files at the partner's side; one that resists is fetched and known again."""
    outcomes = connector.settle_many(files)
    connector.flush()
    with place.store.transaction() as ledger:
        for file, transmission_id, error in zip(files, ids, outcomes, strict=True):
            if error is None:
                ledger.transmissions.settle(transmission_id)
            else:
                log.warning("transmission.not_settled", name=file.shown_name, reason=str(error))


def _batches(files: Iterable[WaitingFile], size: int) -> Iterator[list[WaitingFile]]:
    iterator = iter(files)
    while batch := list(islice(iterator, size)):
        yield batch


# --- process: hops 4 to 7 ----------------------------------------------------------------------


def process(place: Workplace, transmission: Transmission) -> None:
    """
    Open a file, record the verdict on each interchange, and decide its messages.

    A file that cannot be read is held as a whole; a message that fails is held alone.
    """
    try:
        format_ = _recognise(place, transmission)
    except HeldError as held:
        _hold_transmission(place, transmission, held)
        return
    # Two handles: opening goes through the file while messages are read here and there.
    with place.store.content(transmission) as stream, place.store.content(transmission) as file:
        interchanges = format_.open(
            stream,
            limits=place.limits,
            library=place.library,
            partner_of=place.partners.sender,
        )
        opened = next(interchanges, None)
        unreadable = _unreadable(opened)
        if unreadable is not None:
            _hold_transmission(place, transmission, unreadable)
            return
        known = {item.position: item for item in place.store.interchanges(transmission.id)}
        while opened is not None:
            following = next(interchanges, None)
            source = _Source(place, transmission, format_, file, opened, last=following is None)
            interchange_id = _admit(source, known.get(opened.index))
            if interchange_id is not None:
                _decide_interchange(source, interchange_id)
            opened = following


@dataclass(frozen=True, slots=True)
class _Source:
    """One interchange of a transmission, and what is needed to read its messages."""

    place: Workplace
    transmission: Transmission
    format: Format
    file: BinaryIO
    opened: OpenedInterchange
    _: KW_ONLY
    #: Whether no other interchange follows in the file.
    last: bool

    def read(self, message: OpenedMessage) -> ReadMessage:
        """Read the document of one of its messages."""
        self.file.seek(message.offset)
        sender = (self.opened.sender, self.opened.sender_qualifier)
        return self.format.read(
            self.file.read(message.length),
            self.opened,
            message,
            library=self.place.library,
            partner=self.place.partners.id_of_sender(*sender),
        )

    def read_acknowledgement(self, message: OpenedMessage) -> Acknowledgement:
        """Read what the partner says about something we sent."""
        self.file.seek(message.offset)
        return READERS[message.type](self.file.read(message.length), self.opened)

    def number(self, message: OpenedMessage) -> str | None:
        """The number of the document in a message, where it can be read."""
        return getattr(self.read(message).document, "number", None)

    def number_at(self, position: int) -> str | None:
        """The same, for the message at a position of the interchange."""
        return next(self.number(m) for m in self.opened.messages if m.index == position)


def _unreadable(opened: OpenedInterchange | None) -> UnreadableFile | None:
    """What is wrong with a file in which not even the sender can be read."""
    if opened is None:
        return UnreadableFile("The file holds no interchange.", code="no-interchange")
    if opened.answerable or opened.messages or not opened.faults:
        return None
    fault = opened.faults[0]
    return UnreadableFile(fault.text, code=fault.code, remedy=fault.remedy)


def hold(place: Workplace, transmission: Transmission, held: HeldError) -> None:
    """Hold a transmission on which the gateway itself failed, or those of its messages left."""
    if transmission.state == TransmissionState.RECEIVED:
        _hold_transmission(place, transmission, held)
    for interchange in place.store.interchanges(transmission.id):
        for message in place.store.waiting_messages(interchange.id):
            _hold_message(place, message, held)


def _recognise(place: Workplace, transmission: Transmission) -> Format:
    limit = place.limits.interchange_bytes
    if transmission.size > limit:
        raise UnreadableFile(
            f"The file has {transmission.size} bytes; the limit is {limit} "
            "(limits.interchange_megabytes). It was archived unread.",
            code="file-too-large",
            remedy="Raise limits.interchange_megabytes and release the file, or ask for smaller "
            "ones and discard it.",
        )
    with place.store.content(transmission) as file:
        return recognise(file.read(HEAD_BYTES))


def _hold_transmission(place: Workplace, transmission: Transmission, held: HeldError) -> None:
    with place.store.transaction() as ledger:
        ledger.transmissions.move(
            transmission.id,
            TransmissionState.RECEIVED,
            TransmissionState.HELD,
            code=held.code,
            reason=held.advice,
        )
    log.warning("transmission.held", transmission=transmission.id, code=held.code)


def _admit(source: _Source, known: Interchange | None) -> int | None:
    """Record the interchange unless it is; return its id if its messages may be decided."""
    place, transmission = source.place, source.transmission
    opens = source.last and transmission.state == TransmissionState.RECEIVED
    released = (
        known is not None
        and known.state == InterchangeState.HELD
        and bool(place.store.waiting_messages(known.id))
    )
    if known is not None and not released and not opens:
        return known.id
    with place.store.transaction() as ledger:
        if opens:
            ledger.transmissions.move(
                transmission.id, TransmissionState.RECEIVED, TransmissionState.OPENED
            )
        if known is None:
            return admit(place, ledger, transmission, source.opened, source.number)[0]
        if released and not readmit(place, ledger, transmission, source.opened, known):
            return None
    return known.id


def _decide_interchange(source: _Source, interchange_id: int) -> None:
    place = source.place
    waiting = place.store.waiting_messages(interchange_id)
    for start in range(0, len(waiting), place.chunk):
        chunk = waiting[start : start + place.chunk]

        def work(messages: Sequence[Message] = chunk) -> None:
            _decide(source, messages)

        if place.stopping():
            return
        if not place.attempt(work):
            left = {message.id for message in chunk}
            again = [m for m in place.store.waiting_messages(interchange_id) if m.id in left]
            _decide_one_by_one(source, again)


def _decide_one_by_one(source: _Source, messages: Sequence[Message]) -> None:
    """After a bug in a chunk: the message that causes it is held, the others go on."""
    for message in messages:

        def work(message: Message = message) -> None:
            _decide(source, [message])

        if not source.place.attempt(work):
            _hold_after_bug(source, message)


def _hold_after_bug(source: _Source, message: Message) -> None:
    bug = HeldError(
        "The gateway failed on this message; the log holds the traceback.",
        code="internal-error",
        remedy="Report it, then release the message after an update.",
    )
    numbers: list[str | None] = [None]
    # Reading it may be what fails.
    source.place.attempt(lambda: numbers.append(source.number_at(message.position)))
    _hold_message(source.place, message, bug, numbers[-1])


def _decide(source: _Source, messages: Sequence[Message]) -> None:
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
            _hold_message(place, message, held, getattr(read.document, "number", None))
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
            _hold_message(place, orders[0].message, held, orders[0].order.number)
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


def _settle_delivery(source: _Source, message: Message, opened: OpenedMessage) -> None:
    """Let a partner's CONTRL or APERAK take effect on what we sent."""
    try:
        said = source.read_acknowledgement(opened)
        with source.place.store.transaction() as ledger:
            settle(source.place, ledger, message, said)
    except HeldError as held:
        _hold_message(source.place, message, held)
    else:
        log.info("message.answered", message=message.id, document_type=message.type)


def _take_report(
    place: Workplace, message: Message, report: ErpDespatch | ErpInvoice | ErpOrderStatus
) -> None:
    try:
        with place.store.transaction() as ledger:
            if isinstance(report, ErpOrderStatus):
                take_status(place, ledger, message, report)
            else:
                take_report(place, ledger, message, report)
    except HeldError as held:
        _hold_message(place, message, held, number=report.order_number)
    else:
        log.info("message.answered", message=message.id, document_type=message.type)


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


def _take_stock(place: Workplace, message: Message, report: ErpStock) -> None:
    try:
        with place.store.transaction() as ledger:
            take_stock(ledger, message, report)
    except HeldError as held:
        _hold_message(place, message, held)
    else:
        log.info("message.answered", message=message.id, document_type=message.type)


def _take_package(place: Workplace, message: Message, package: PartnerPackage) -> None:
    try:
        reason = take_package(place, message, package)
    except HeldError as held:
        _hold_message(place, message, held)
        return
    with place.store.transaction() as ledger:
        ledger.messages.conclude(
            Conclusion(
                message_id=message.id,
                before=MessageState.RECEIVED,
                after=MessageState.ANSWERED,
                reason=reason,
            )
        )
    log.info("message.answered", message=message.id, document_type=message.type)


def _hold_message(
    place: Workplace, message: Message, held: HeldError, number: str | None = None
) -> None:
    with place.store.transaction() as ledger:
        ledger.messages.conclude(
            Conclusion(
                message_id=message.id,
                before=MessageState.RECEIVED,
                after=MessageState.HELD,
                code=held.code,
                reason=held.advice,
                number=message.number or number,
            )
        )
    log.warning("message.held", message=message.id, partner=message.partner, code=held.code)


# --- deliver: hop 8 ----------------------------------------------------------------------------


def deliver(place: Workplace, connector: Connector) -> int:
    """
    Send what is due through this connector, oldest first, and return how many were sent.

    The bytes and names were fixed when they were decided, so every attempt sends the same; a
    target that is there already with the same content counts as delivered.
    """
    sent = 0
    while not place.stopping() and (due := place.store.due_deliveries(connector.name, BATCH)):
        done = _send(place, connector, due)
        sent += done
        if done < len(due):
            break
    return sent


def _send(place: Workplace, connector: Connector, due: Sequence[Delivery]) -> int:
    outcomes = _send_to_each(connector, due)
    connector.flush()
    sent = [item for item, error in zip(due, outcomes, strict=True) if error is None]
    with place.store.transaction() as ledger:
        ledger.deliveries.mark_sent([item.id for item in sent])
    for item in sent:
        log.info(
            "delivery.sent",
            delivery=item.id,
            partner=item.partner,
            type=item.type,
            name=item.name,
            bytes=len(item.content),
        )
    for item, error in zip(due, outcomes, strict=True):
        if error is not None:
            _postpone(place, item, error)
    return len(sent)


def _send_to_each(connector: Connector, due: Sequence[Delivery]) -> list[Exception | None]:
    """Send, partner by partner; return what went wrong with each, in the order of `due`."""
    outcomes: dict[int, Exception | None] = {}
    for partner in dict.fromkeys(item.partner for item in due):
        mine = [item for item in due if item.partner == partner]
        said = connector.send_many(partner, [(item.name, item.content) for item in mine])
        outcomes.update(zip((item.id for item in mine), said, strict=True))
    return [outcomes[item.id] for item in due]


def _postpone(place: Workplace, item: Delivery, error: Exception) -> None:
    """Try again later with full-jitter back-off; give up on a conflict or after many attempts."""
    attempts = item.attempts + 1
    give_up = isinstance(error, DeliveryConflict) or attempts >= ATTEMPTS
    wait = place.jitter() * min(_LONGEST_WAIT_SECONDS, 2**attempts)
    try:
        with place.store.transaction() as ledger:
            ledger.deliveries.move(
                item.id,
                DeliveryState.PENDING,
                DeliveryState.HELD if give_up else DeliveryState.PENDING,
                code=error.code if isinstance(error, DeliveryConflict) else "delivery-failed",
                reason=str(error),
                attempts=attempts,
                next_attempt_at=ledger.now + timedelta(seconds=wait),
            )
    except StepLost:
        return
    log.warning("delivery.postponed", delivery=item.id, attempts=attempts, reason=str(error))
