"""Changes that came before their orders and waited too long: a person, and the customer, are told."""

from __future__ import annotations

from datetime import timedelta

import structlog

from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import DocumentType, Order, OrderChange, from_json
from edi_gateway.exchange.deciding.application_errors import put_reports_in_outbox, report_finding
from edi_gateway.exchange.life.orders import PARKED, PARKED_TOO_LONG, applies_changes
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.store import Ledger, Message, MessageState, StepLost

log = structlog.get_logger()


def find_parked_too_long(place: Workplace) -> int:
    """Tell of changes whose order did not come in `park_hours`; return how many there were."""
    count = 0
    for agreement in place.partners:
        if not applies_changes(agreement):
            continue
        with place.store.transaction() as ledger:
            since = ledger.now - timedelta(hours=agreement.contract.park_hours)
            late = ledger.messages.held_since(PARKED, agreement.partner.id, since)
        for message in late:
            try:
                with place.store.transaction() as ledger:
                    _give_up(place, ledger, agreement, message)
            except StepLost:
                continue  # Its order came meanwhile.
            count += 1
            log.warning("change.without_order", partner=message.partner, message=message.id)
    return count


def _give_up(place: Workplace, ledger: Ledger, agreement: Agreement, message: Message) -> None:
    hours = agreement.contract.park_hours
    stored = ledger.documents.of_message(message.id, DocumentType.ORDER_CHANGE)
    assert stored is not None  # noqa: S101  (a parked change is recorded)
    change = from_json(DocumentType.ORDER_CHANGE, stored.content)
    assert isinstance(change, OrderChange)  # noqa: S101  (its kind says so)
    text = (
        f"order {change.order_number} did not arrive within {hours} hours of its change "
        f"{change.number}"
    )
    remedy = "Ask the customer for the order; the change is decided when it arrives. Or discard it."
    reason = f"{text}. {remedy}"
    ledger.messages.explain(message.id, MessageState.HELD, PARKED, PARKED_TOO_LONG, reason)
    named = Order(
        number=change.order_number,
        issue_date=change.order_date or change.issue_date,
        buyer=change.buyer,
        supplier=change.supplier,
    )
    reports = report_finding(place, ledger, agreement, message, named, PARKED_TOO_LONG, text)
    put_reports_in_outbox(place, ledger, agreement, reports, interchange_id=None, test=False)
