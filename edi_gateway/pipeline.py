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

import structlog

from edi_gateway.connectors import Connector, WaitingFile
from edi_gateway.errors import (
    ConnectionFailed,
    DeliveryConflict,
    HeldError,
    UnreadableFile,
)
from edi_gateway.exchange.admission import admit, readmit
from edi_gateway.exchange.messages import decide_messages, hold_message
from edi_gateway.exchange.reading import Source
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.formats import HEAD_BYTES, Format, recognise
from edi_gateway.formats.interchange import OpenedInterchange
from edi_gateway.store import (
    Archived,
    Delivery,
    DeliveryState,
    Incoming,
    Interchange,
    InterchangeState,
    Message,
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
            source = Source(place, transmission, format_, file, opened, last=following is None)
            interchange_id = _admit(source, known.get(opened.index))
            if interchange_id is not None:
                _decide_interchange(source, interchange_id)
            opened = following


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


def _unreadable(opened: OpenedInterchange | None) -> UnreadableFile | None:
    """What is wrong with a file in which not even the sender can be read."""
    if opened is None:
        return UnreadableFile("The file holds no interchange.", code="no-interchange")
    if opened.answerable or opened.messages or not opened.faults:
        return None
    fault = opened.faults[0]
    return UnreadableFile(fault.text, code=fault.code, remedy=fault.remedy)


def _admit(source: Source, known: Interchange | None) -> int | None:
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


def _decide_interchange(source: Source, interchange_id: int) -> None:
    place = source.place
    waiting = place.store.waiting_messages(interchange_id)
    for start in range(0, len(waiting), place.chunk):
        chunk = waiting[start : start + place.chunk]

        def work(messages: Sequence[Message] = chunk) -> None:
            decide_messages(source, messages)

        if place.stopping():
            return
        if not place.attempt(work):
            left = {message.id for message in chunk}
            again = [m for m in place.store.waiting_messages(interchange_id) if m.id in left]
            _decide_one_by_one(source, again)


def _decide_one_by_one(source: Source, messages: Sequence[Message]) -> None:
    """After a bug in a chunk: the message that causes it is held, the others go on."""
    for message in messages:

        def work(message: Message = message) -> None:
            decide_messages(source, [message])

        if not source.place.attempt(work):
            _hold_after_bug(source, message)


def _hold_after_bug(source: Source, message: Message) -> None:
    bug = HeldError(
        "The gateway failed on this message; the log holds the traceback.",
        code="internal-error",
        remedy="Report it, then release the message after an update.",
    )
    numbers: list[str | None] = [None]
    # Reading it may be what fails.
    source.place.attempt(lambda: numbers.append(source.number_at(message.position)))
    hold_message(source.place, message, bug, numbers[-1])


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


def hold(place: Workplace, transmission: Transmission, held: HeldError) -> None:
    """Hold a transmission on which the gateway itself failed, or those of its messages left."""
    if transmission.state == TransmissionState.RECEIVED:
        _hold_transmission(place, transmission, held)
    for interchange in place.store.interchanges(transmission.id):
        for message in place.store.waiting_messages(interchange.id):
            hold_message(place, message, held)


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
