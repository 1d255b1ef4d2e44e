"""
THE MAIN PATH: take in, process, deliver.

Each of the three jobs ends in a commit, and only commits make anything true: a crash anywhere else
is repeated harmlessly. All three may be called twice, late, or after a crash; what is done already
is found done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import BinaryIO

import structlog

from edi_gateway.connectors import Connector, WaitingFile
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import DespatchAdvice, ErpInvoice, Order, PartnerPackage
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
from edi_gateway.exchange.onboarding import take_package
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.formats import HEAD_BYTES, Format, recognise
from edi_gateway.formats.interchange import OpenedInterchange, OpenedMessage, ReadMessage
from edi_gateway.store import (
    Conclusion,
    Delivery,
    DeliveryState,
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
BATCH = 50
#: After this many failed attempts a delivery waits for an operator.
ATTEMPTS = 12
_LONGEST_WAIT_SECONDS = 900
_FAILURES_THAT_END_A_POLL = 3

#: What customers and the ERP may send.
Usable = Order | DespatchAdvice | ErpInvoice | PartnerPackage


# --- take in: hops 2 and 3 ---------------------------------------------------------------------


def take_in(place: Workplace, connector: Connector) -> int:
    """
    Fetch every waiting file and return how many were new.

    Keep first, settle second: a crash in between means the file is fetched again and recognised,
    never lost.
    """
    new = failures = 0
    for batch in _batches(connector.fetch(), BATCH):
        if place.stopping():
            break
        kept: list[tuple[WaitingFile, int]] = []
        for file in batch:
            try:
                transmission_id, is_new = _keep(place, connector, file)
            except ConnectionFailed as error:
                failures += 1
                log.warning("transmission.not_fetched", name=file.shown_name, reason=str(error))
                if failures >= _FAILURES_THAT_END_A_POLL:
                    raise
                continue
            new += is_new
            kept.append((file, transmission_id))
        if kept:
            _settle(place, connector, kept)
    return new


def _keep(place: Workplace, connector: Connector, file: WaitingFile) -> tuple[int, bool]:
    """Make the file's bytes durable, then its row; return the row's id, and whether it is new."""
    with connector.open(file) as stream:
        archived = place.store.archive(stream)
    known = place.store.unsettled(
        connector=connector.name,
        raw_name=file.name,
        modified=file.modified,
        sha256=archived.sha256,
    )
    if known is not None:
        log.info("transmission.known", name=file.shown_name)
        return known, False
    with place.store.transaction() as ledger:
        transmission_id = ledger.add_transmission(
            connector=connector.name,
            partner=file.partner,
            name=file.shown_name,
            raw_name=file.name,
            size=archived.size,
            modified=file.modified,
            sha256=archived.sha256,
        )
    log.info(
        "transmission.received",
        transmission=transmission_id,
        partner=file.partner,
        name=file.shown_name,
        bytes=archived.size,
    )
    return transmission_id, True


def _settle(
    place: Workplace, connector: Connector, kept: Sequence[tuple[WaitingFile, int]]
) -> None:
    """Remove kept files at the partner's side; one that resists is fetched and known again."""
    outcomes = connector.settle_many([file for file, _ in kept])
    connector.flush()
    with place.store.transaction() as ledger:
        for (file, transmission_id), error in zip(kept, outcomes, strict=True):
            if error is None:
                ledger.settle_transmission(transmission_id)
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
    unreadable: UnreadableFile | None = None
    with place.store.content(transmission) as stream, place.store.content(transmission) as file:
        known = {item.position: item for item in place.store.interchanges(transmission.id)}
        found = 0
        for opened in format_.open(
            stream,
            limits=place.limits,
            library=place.library,
            partner_of=place.partners.id_of_sender,
        ):
            unreadable = _unreadable(opened)
            if found == 0 and unreadable is not None:
                break
            found += 1
            interchange_id = _admit(place, transmission, format_, file, opened, known)
            if interchange_id is not None:
                _decide_interchange(place, format_, file, opened, interchange_id)
    if found == 0:
        empty = UnreadableFile("The file holds no interchange.", code="no-interchange")
        _hold_transmission(place, transmission, unreadable or empty)
    elif transmission.state == TransmissionState.RECEIVED:
        with place.store.transaction() as ledger:
            ledger.move_transmission(
                transmission.id, TransmissionState.RECEIVED, TransmissionState.OPENED
            )


def _unreadable(opened: OpenedInterchange) -> UnreadableFile | None:
    """What is wrong with a file in which not even the sender can be read."""
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
        ledger.move_transmission(
            transmission.id,
            TransmissionState.RECEIVED,
            TransmissionState.HELD,
            code=held.code,
            reason=f"{held} {held.remedy}",
        )
    log.warning("transmission.held", transmission=transmission.id, code=held.code)


def _admit(
    place: Workplace,
    transmission: Transmission,
    format_: Format,
    file: BinaryIO,
    opened: OpenedInterchange,
    known: dict[int, Interchange],
) -> int | None:
    """Record the interchange unless it is; return its id if its messages may be decided."""
    row = known.get(opened.index)
    if row is None:
        numbers = _numbers(place, format_, file, opened)
        with place.store.transaction() as ledger:
            return admit(place, ledger, transmission, opened, numbers)[0]
    if row.state == InterchangeState.HELD and place.store.waiting_messages(row.id):
        with place.store.transaction() as ledger:
            if not readmit(place, ledger, transmission, opened, row):
                return None
    return row.id


def _numbers(
    place: Workplace, format_: Format, file: BinaryIO, opened: OpenedInterchange
) -> dict[int, str | None]:
    """The document numbers of messages that may end here, for whoever looks for them later."""
    numbers: dict[int, str | None] = {}
    for message in opened.messages[:BATCH]:
        document = _read(place, format_, file, opened, message).document
        numbers[message.index] = getattr(document, "number", None)
    return numbers


def _decide_interchange(
    place: Workplace,
    format_: Format,
    file: BinaryIO,
    opened: OpenedInterchange,
    interchange_id: int,
) -> None:
    by_index = {message.index: message for message in opened.messages}
    waiting = place.store.waiting_messages(interchange_id)
    for start in range(0, len(waiting), place.chunk):
        chunk = waiting[start : start + place.chunk]

        def work(messages: Sequence[Message] = chunk) -> None:
            _decide(place, format_, file, opened, by_index, messages)

        if place.stopping():
            return
        if not place.attempt(work):
            left = {message.id for message in chunk}
            again = [m for m in place.store.waiting_messages(interchange_id) if m.id in left]
            _decide_one_by_one(place, format_, file, opened, by_index, again)


def _decide_one_by_one(
    place: Workplace,
    format_: Format,
    file: BinaryIO,
    opened: OpenedInterchange,
    by_index: dict[int, OpenedMessage],
    messages: Sequence[Message],
) -> None:
    """After a bug in a chunk: the message that causes it is held, the others go on."""
    for message in messages:

        def work(message: Message = message) -> None:
            _decide(place, format_, file, opened, by_index, [message])

        if not place.attempt(work):
            bug = HeldError(
                "The gateway failed on this message; the log holds the traceback.",
                code="internal-error",
                remedy="Report it, then release the message after an update.",
            )
            _hold_message(place, message, bug)


def _decide(
    place: Workplace,
    format_: Format,
    file: BinaryIO,
    opened: OpenedInterchange,
    by_index: dict[int, OpenedMessage],
    messages: Sequence[Message],
) -> None:
    """Read and decide messages of one interchange, in one commit; ERP reports in one each."""
    orders: list[ReadOrder] = []
    for message in messages:
        read = _read(place, format_, file, opened, by_index[message.position])
        try:
            document = _usable(read, message)
        except HeldError as held:
            _hold_message(place, message, held)
            continue
        if isinstance(document, Order):
            orders.append(ReadOrder(message=message, order=document))
        elif isinstance(document, PartnerPackage):
            _take_package(place, message, document)
        else:
            _take_report(place, message, document)
    if not orders:
        return
    agreement = place.partners.get(orders[0].message.partner)
    assert agreement is not None  # noqa: S101  (admission found it)
    with place.store.transaction() as ledger:
        decide_orders(
            place, ledger, agreement, orders, interchange_id=orders[0].message.interchange_id
        )
    _log_decisions(agreement, orders)


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
    if not isinstance(read.document, (Order, DespatchAdvice, ErpInvoice, PartnerPackage)):
        raise NoAgreement(f"A customer’s {message.type} is not agreed; only orders are.")
    return read.document


def _take_report(place: Workplace, message: Message, report: DespatchAdvice | ErpInvoice) -> None:
    try:
        with place.store.transaction() as ledger:
            take_report(place, ledger, message, report)
    except HeldError as held:
        _hold_message(place, message, held, number=report.order_number)
    else:
        log.info("message.answered", message=message.id, document_type=message.type)


def _take_package(place: Workplace, message: Message, package: PartnerPackage) -> None:
    try:
        reason = take_package(place, message, package)
    except HeldError as held:
        _hold_message(place, message, held)
        return
    with place.store.transaction() as ledger:
        ledger.conclude(
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
        ledger.conclude(
            Conclusion(
                message_id=message.id,
                before=MessageState.RECEIVED,
                after=MessageState.HELD,
                code=held.code,
                reason=f"{held} {held.remedy}",
                number=message.number or number,
            )
        )
    log.warning("message.held", message=message.id, partner=message.partner, code=held.code)


def _read(
    place: Workplace,
    format_: Format,
    file: BinaryIO,
    opened: OpenedInterchange,
    message: OpenedMessage,
) -> ReadMessage:
    file.seek(message.offset)
    return format_.read(
        file.read(message.length),
        opened,
        message,
        library=place.library,
        partner=place.partners.id_of_sender(opened.sender, opened.sender_qualifier),
    )


def _log_decisions(agreement: Agreement, orders: Sequence[ReadOrder]) -> None:
    log.info(
        "message.decided",
        partner=agreement.partner.id,
        messages=len(orders),
        first=orders[0].message.id,
    )


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
        ledger.mark_sent([item.id for item in sent])
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
            ledger.move_delivery(
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
