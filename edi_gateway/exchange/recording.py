"""What a decision leaves on record: documents, findings, and the sentences that explain it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from edi_gateway.contract.decision import Decision, Finding
from edi_gateway.documents import Document, DocumentType, LineAction, to_json
from edi_gateway.store import Ledger, Message, StoredDocument


def add_document(
    ledger: Ledger,
    message: Message,
    kind: DocumentType,
    partner: str,
    document: Document,
    order_number: str | None = None,
    order_key: str | None = None,
) -> bytes:
    """Record a document that was read from a message, or made in answer to it; return its JSON."""
    number = getattr(document, "number", None) or order_number or ""
    content = to_json(document)
    ledger.documents.add(
        StoredDocument(
            message_id=message.id,
            kind=kind,
            partner=partner,
            number=number,
            order_number=order_number,
            order_key=order_key,
            content=content,
        )
    )
    return content


def record_findings(ledger: Ledger, message: Message, findings: Iterable[Finding]) -> None:
    """Put on record what was found in a message."""
    for finding in findings:
        ledger.messages.add_finding(
            message.id,
            line=finding.line,
            code=finding.code,
            effect=finding.effect,
            text=finding.text,
        )


def explained(decision: Decision) -> str:
    """Each line's action and the sentences that explain it, as JSON for `show`."""
    explanations = [
        _Explanation(
            line=decided.line.number,
            action=decided.action,
            article=decided.article.code if decided.article else None,
            ordered=decided.ordered,
            confirmed=decided.confirmed,
            price=decided.price.amount if decided.price else None,
            per=decided.price.per if decided.price else None,
            reason=decided.reason,
            trace=decided.trace,
        )
        for decided in decision.lines
    ]
    return msgspec.json.encode(explanations).decode()


class _Explanation(msgspec.Struct, kw_only=True, gc=False):
    """What `show` tells about a line."""

    line: str
    action: LineAction | None
    article: str | None
    ordered: Decimal
    confirmed: Decimal
    price: Decimal | None
    per: Decimal | None
    reason: str | None
    trace: tuple[str, ...]
