"""
What partners say about our deliveries: CONTRL, APERAK and ApplicationResponse settle or refuse what we sent.

An acknowledgement may come twice, late, or contradict an earlier one: it never undoes a refusal,
and what was said before changes nothing. One that matches nothing of ours waits for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog

from edi_gateway.documents import DocumentType
from edi_gateway.errors import HeldError
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.formats.acknowledgement import Acknowledgement
from edi_gateway.formats.edifact.acknowledgements import SentInterchange, read_contrl
from edi_gateway.formats.edifact.aperak import read_aperak
from edi_gateway.formats.interchange import OpenedInterchange
from edi_gateway.formats.xml.acknowledgements import (
    APPLICATION_RESPONSE,
    read_application_response,
)
from edi_gateway.store import (
    Delivery,
    DeliveryState,
    Ledger,
    Message,
    MessageState,
    NewAcknowledgement,
)

log = structlog.get_logger()

_PENDING, _HELD, _SENT = DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.SENT
_OVERDUE, _ACKNOWLEDGED = DeliveryState.OVERDUE, DeliveryState.ACKNOWLEDGED

#: What lies between a state and SENT: a file that is acknowledged did arrive, whatever we know.
_ARRIVED = {_PENDING: (_SENT,), _HELD: (_PENDING, _SENT)}

#: States in which the partner's word is still awaited.
_OPEN = {_PENDING, _HELD, _SENT, _OVERDUE}

#: The code of a delivery that was refused.
_REFUSED_BY = {
    "CONTRL": "contrl-refused",
    "APERAK": "aperak-refused",
    APPLICATION_RESPONSE: "application-response-refused",
}

#: Error of a copy that came beside the first one (0085).
_DUPLICATE = "26"

#: Complaints told in a sentence, and kept with the delivery.
_MOST_SHOWN, _MOST_KEPT = 3, 1000

#: Characters kept of any one value (5 x 512 is the longest text of FTX), and of a sentence.
_LONGEST_VALUE, _LONGEST_SENTENCE = 2600, 600

#: A complaint with its place, the document it is about, and the segment of ours quoted.
Told = dict[str, str | int | None]


#: What reads each type of acknowledgement.
READERS: dict[str, Callable[[bytes, OpenedInterchange], Acknowledgement]] = {
    "CONTRL": read_contrl,
    "APERAK": read_aperak,
    APPLICATION_RESPONSE: read_application_response,
}


def is_acknowledgement(type_: str, format_: str) -> bool:
    """Whether a message says what a partner makes of something we sent."""
    return type_ in READERS and format_ == ("ubl" if type_ == APPLICATION_RESPONSE else "edifact")


#: The documents an APERAK may name, by qualifier (1153) or type (1001 in DOC), and whether it names
#: them by our number or by the order they answer; what says more about them first.
_DOCUMENTS: tuple[tuple[tuple[str, ...], DocumentType, bool], ...] = (
    (("IV", "DOC 380", "DOC 381"), DocumentType.INVOICE, False),
    (("DQ", "AAK", "DOC 351"), DocumentType.DESPATCH_ADVICE, False),
    (("POR", "VN", "DOC 231"), DocumentType.ORDER_RESPONSE, False),
    (("ON", "DOC 220"), DocumentType.ORDER_RESPONSE, True),
    (("PL", "DOC 9"), DocumentType.CATALOGUE, False),
)

#: The types of the messages that carry a document.
_CARRIED_BY = {
    DocumentType.INVOICE: {"INVOIC", "Invoice", "CreditNote"},
    DocumentType.DESPATCH_ADVICE: {"DESADV", "DespatchAdvice"},
    DocumentType.ORDER_RESPONSE: {"ORDRSP", "OrderResponse"},
    DocumentType.CATALOGUE: {"PRICAT", "Catalogue"},
}


class UnmatchedAcknowledgement(HeldError):
    """It names nothing that we sent to this partner."""

    code = "acknowledgement-unmatched"
    remedy = "Ask the partner what it acknowledges, then discard the message with a reason."


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What became of a delivery by what was said about it."""

    delivery: Delivery
    text: str
    state: MessageState = MessageState.ANSWERED
    code: str | None = None


def settle(place: Workplace, ledger: Ledger, message: Message, said: Acknowledgement) -> None:
    """
    Let an acknowledgement take effect on all that it names; `HeldError` when any of it is unclear.

    Then nothing of it counts, until a person looked.
    """
    found = [_settle_one(place, ledger, message, each) for each in (said, *said.others)]
    is_news = any(each.state is MessageState.ANSWERED for each in found)
    ledger.messages.conclude(
        message.id,
        MessageState.ANSWERED if is_news else MessageState.DUPLICATE,
        code=next((each.code for each in found if each.code), None),
        reason="; ".join(_in_words(each) for each in found),
        number=said.number or said.reference or None,
    )


def _settle_one(
    place: Workplace, ledger: Ledger, message: Message, said: Acknowledgement
) -> _Verdict:
    copies = _named(place, ledger, message, said)
    if said.accepted is None:
        raise HeldError(
            f"The {said.type} about d{copies[0].id} says {said.said}, which is no code for "
            "accepted or rejected.",
            code="acknowledgement-unclear",
            remedy="Ask the partner what it means, then discard the message with a reason.",
        )
    told = _told(said, copies[0])
    if not _record(ledger, message, said, copies[0], told):
        return _Verdict(copies[0], "said before", MessageState.DUPLICATE)
    if said.accepted and _is_about_part(said, copies[0]):
        text = "one of its documents is accepted; of the others nothing is said"
        return _Verdict(copies[0], text)
    if said.accepted:
        return _accept(ledger, message, said, copies)
    return _refuse(ledger, said, copies, sentences(told) or said.said)


def _in_words(verdict: _Verdict) -> str:
    delivery = verdict.delivery
    return f"d{delivery.id}, {delivery.type} {delivery.reference}: {verdict.text}"


# --- what it is about -----------------------------------------------------------------------------


def _named(
    place: Workplace, ledger: Ledger, message: Message, said: Acknowledgement
) -> list[Delivery]:
    """The deliveries it is about, newest first: one, unless the file was sent again."""
    for copies in (
        _by_document(ledger, message, said),
        _by_reference(place, ledger, message, said),
        _by_any_number(ledger, message, said),
    ):
        if copies:
            # A message may have been answered more than once; the newest answer is meant.
            return [copy for copy in copies if copy.reference == copies[0].reference]
    named = ", ".join(f"{kind} {number}" for kind, number in said.documents)
    raise UnmatchedAcknowledgement(
        f"The {said.type} is about {named or 'interchange'} {said.reference}".rstrip()
        + f"; we sent {message.partner} nothing of the kind."
    )


def _by_document(ledger: Ledger, message: Message, said: Acknowledgement) -> list[Delivery]:
    named = dict(said.documents)
    for qualifiers, kind, by_order in _DOCUMENTS:
        for qualifier in qualifiers:
            if qualifier in named:
                copies = _carrying(ledger, message, kind, named[qualifier], by_order=by_order)
                if copies:
                    return copies
    return []


def _by_any_number(ledger: Ledger, message: Message, said: Acknowledgement) -> list[Delivery]:
    """Some partners write a document's number as the reference of the message (RFF+ACW)."""
    if said.type not in {"APERAK", APPLICATION_RESPONSE}:
        return []
    for number in dict.fromkeys([said.reference, *(number for _, number in said.documents)]):
        for _, kind, by_order in _DOCUMENTS:
            if number and (copies := _carrying(ledger, message, kind, number, by_order=by_order)):
                return copies
    return []


def _carrying(
    ledger: Ledger, message: Message, kind: DocumentType, number: str, *, by_order: bool
) -> list[Delivery]:
    find = ledger.deliveries.for_order if by_order else ledger.deliveries.of_document
    types = _CARRIED_BY[kind]
    return [copy for copy in find(message.partner or "", kind, number) if copy.type in types]


def _by_reference(
    place: Workplace, ledger: Ledger, message: Message, said: Acknowledgement
) -> list[Delivery]:
    agreement = place.partners.get(message.partner)
    if agreement is None or not said.reference:
        return []
    company, partner = place.company, agreement.partner
    ours = {company.interchange_id, company.gln, ""}
    theirs = {partner.interchange_id, partner.gln, ""}
    sender, recipient = said.parties
    # Copied from our UNB they are not swapped; some partners swap them all the same.
    if not ((sender in ours and recipient in theirs) or (sender in theirs and recipient in ours)):
        return []
    copies = ledger.deliveries.with_reference(partner.id, said.reference)
    if said.type == "APERAK":
        # Its reference may be that of a message, which other interchanges have for theirs.
        return [copy for copy in copies if copy.type not in READERS]
    return copies


def _is_about_part(said: Acknowledgement, delivery: Delivery) -> bool:
    """Whether an APERAK is about one document of a delivery that holds several."""
    if said.type != "APERAK" or said.reference == delivery.reference:
        return False
    return len(SentInterchange(delivery.content)) > 1


# --- what follows ---------------------------------------------------------------------------------


def _accept(
    ledger: Ledger, message: Message, said: Acknowledgement, copies: Sequence[Delivery]
) -> _Verdict:
    """Every copy that waits is acknowledged; a refusal stands, whatever is said after it."""
    waiting = [copy for copy in copies if copy.state in _OPEN]
    why = f"{said.type} of the partner, m{message.id}: {said.said}"
    for copy in waiting:
        _advance(ledger, copy, _ACKNOWLEDGED, reason=why)
    newest = copies[0]
    if waiting or newest.state == _ACKNOWLEDGED:
        return _Verdict(newest, "acknowledged")
    ledger.events.add("delivery.contradicted", why, delivery_id=newest.id)
    log.warning("delivery.contradicted", delivery=newest.id, message=message.id)
    text = f"accepted, but it was {newest.state} before; that stands"
    return _Verdict(newest, text, code="acknowledgement-contradicts")


def _refuse(
    ledger: Ledger, said: Acknowledgement, copies: Sequence[Delivery], reason: str
) -> _Verdict:
    """Refuse the newest copy, and older ones that wait, unless it was only a copy too many."""
    newest, *older = copies
    only_copy = any(c.code == _DUPLICATE and c.message is None for c in said.complaints)
    refused = [newest] if newest.state in _OPEN | {_ACKNOWLEDGED} else []
    if not only_copy:
        refused += [copy for copy in older if copy.state in _OPEN]
    for copy in refused:
        _advance(ledger, copy, DeliveryState.REFUSED, code=_REFUSED_BY[said.type], reason=reason)
        log.warning(
            "delivery.refused", delivery=copy.id, partner=copy.partner, type=copy.type, by=said.type
        )
    if not refused:
        ledger.events.add("delivery.refused_again", reason, delivery_id=newest.id)
    return _Verdict(newest, f"refused: {reason}")


def _advance(
    ledger: Ledger,
    copy: Delivery,
    target: DeliveryState,
    *,
    reason: str,
    code: str | None = None,
) -> None:
    state = DeliveryState(copy.state)
    for step in _ARRIVED.get(state, ()):
        more: dict[str, Any] = {"sent_at": ledger.now} if step is _SENT else {}
        ledger.deliveries.move(copy.id, state, step, reason="it was acknowledged", **more)
        state = step
    ledger.deliveries.move(copy.id, state, target, code=code, reason=reason)


def _record(
    ledger: Ledger,
    message: Message,
    said: Acknowledgement,
    delivery: Delivery,
    told: Sequence[Told],
) -> bool:
    """Keep what was said with the delivery; False when the very same was said before."""
    return ledger.deliveries.acknowledge(
        NewAcknowledgement(
            delivery_id=delivery.id,
            message_id=message.id,
            type=said.type,
            said=said.said,
            accepted=bool(said.accepted),
            complaints=msgspec.json.encode(told).decode(),
        )
    )


# --- in words -------------------------------------------------------------------------------------


def _told(said: Acknowledgement, delivery: Delivery) -> list[Told]:
    """Each complaint with the segment of ours it is about, and the number of the document there."""
    if not said.complaints:
        return []
    sent = SentInterchange(b"" if delivery.name.endswith(".xml") else delivery.content)
    return [
        {
            **{name: _clipped(getattr(complaint, name)) for name in complaint.__slots__},
            "document": _clipped(
                complaint.document
                or (sent.document_number(complaint.message) if complaint.message else None)
            ),
            "quoted": sent.quote(complaint),
        }
        for complaint in said.complaints[:_MOST_KEPT]
    ]


def _clipped(value: str | int | None) -> str | int | None:
    return value[:_LONGEST_VALUE] if isinstance(value, str) else value


def sentences(told: Sequence[Told]) -> str:
    """The first complaints in words, with the segments of ours they are about."""
    text = "; ".join(sentence(complaint) for complaint in told[:_MOST_SHOWN])
    more = len(told) - _MOST_SHOWN
    return f"{text}; and {more} more" if more > 0 else text


def sentence(complaint: Told) -> str:
    """A complaint in words: where, what, and our segment there."""
    named = ("message", "document", "line", "segment", "element", "component")
    where = [f"{name} {complaint[name]}" for name in named if complaint[name] is not None]
    if complaint["service"]:
        where.insert(min(len(where), 2), str(complaint["service"]))
    what = f"{complaint['code']} {complaint['meaning']}".strip()
    quoted = f" ({complaint['quoted']})" if complaint["quoted"] else ""
    text = f"{', '.join(where)}: {what}{quoted}" if where else f"{what}{quoted}"
    return text if len(text) <= _LONGEST_SENTENCE else f"{text[:_LONGEST_SENTENCE]}..."


# --- in time --------------------------------------------------------------------------------------


def find_overdue(place: Workplace) -> int:
    """Mark sent deliveries whose acknowledgement is late; return how many there were."""
    with place.store.transaction() as ledger:
        late = ledger.deliveries.overdue()
        for delivery_id, _, hours in late:
            ledger.deliveries.move(
                delivery_id,
                _SENT,
                _OVERDUE,
                code="acknowledgement-overdue",
                reason=f"no acknowledgement within {hours} hours",
            )
    for delivery_id, partner, hours in late:
        log.warning("delivery.overdue", delivery=delivery_id, partner=partner, hours=hours)
    return len(late)
