"""The ERP's reports of stock: each puts its figures in the place of older ones, once."""

from __future__ import annotations

from datetime import UTC, timedelta
from hashlib import sha256

from edi_gateway.documents import DocumentType, ErpStock, to_json
from edi_gateway.errors import HeldError
from edi_gateway.exchange.recording import add_document
from edi_gateway.exchange.workplace import ERP
from edi_gateway.store import Key, Ledger, Message, MessageState, StockItem

#: How far the ERP's clock may be ahead of ours.
_CLOCKS = timedelta(minutes=10)


def take_stock(ledger: Ledger, message: Message, report: ErpStock) -> None:
    """Record the ERP's stock, in the place of what was known before its moment."""
    at = report.at.astimezone(UTC)
    if at > ledger.now + _CLOCKS:
        raise HeldError(
            f"the ERP reports stock of {at:%Y-%m-%d %H:%M} UTC, which is still to come",
            code="stock-in-future",
            remedy="Correct the clock or the time zone of the ERP's export and send it again.",
        )
    number = at.isoformat().replace("+00:00", "Z")
    if _is_repeated(ledger, message, report):
        ledger.messages.conclude(
            message.id, MessageState.DUPLICATE, reason="reported before", number=number
        )
        return
    items = [
        StockItem(
            article=item.article,
            at=at,
            available=item.available,
            next_date=item.next_date,
            next_quantity=item.next_quantity,
        )
        for item in report.items
    ]
    change = ledger.stock.report(at, items, complete=report.complete)
    add_document(ledger, message, DocumentType.ERP_STOCK, ERP, report)
    reason = f"stock of {change.changed} articles recorded"
    if change.outdated:
        reason += f"; of {change.outdated} a later figure is known"
    ledger.messages.conclude(message.id, MessageState.ANSWERED, reason=reason, number=number)


def _is_repeated(ledger: Ledger, message: Message, report: ErpStock) -> bool:
    """Whether this very report came before; else its content is known from now on."""
    content = sha256(to_json(report)).hexdigest()
    kind = DocumentType.ERP_STOCK
    ledger.keys.load(ERP, kind, [content])
    if ledger.keys.find(ERP, kind, content) is not None:
        return True
    ledger.keys.use(ERP, kind, content, Key(message_id=message.id, fingerprint=content))
    return False
