"""
The ERP's own files: one JSON object per file, in both directions.

Inbound it says `{"type": "despatch-advice", ...}`, `"invoice"`, `"order-status"`, `"stock"` or
`"partner-package"`; the other keys are the document's. Unknown and repeated keys are refused, because a misspelt optional key would
otherwise be ignored without a word. Numbers stay exact: they never become floats.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import typing
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, BinaryIO, NoReturn

import msgspec

from edi_gateway.documents import (
    DOCUMENTS,
    Canonical,
    Document,
    DocumentType,
    ErpOrderStatus,
    ErpStock,
    PartnerPackage,
    from_json,
    is_canonical,
)
from edi_gateway.formats.interchange import (
    Fault,
    Level,
    Limits,
    OpenedInterchange,
    OpenedMessage,
    PartnerOf,
    ReadMessage,
)
from edi_gateway.formats.mapping import MappingLibrary

#: One document; far above any real one.
LARGEST_BYTES = 20_000_000

#: What the ERP may send: the value of `type`, and the document.
ERP_DOCUMENTS = {
    "despatch-advice": DocumentType.ERP_DESPATCH,
    "invoice": DocumentType.ERP_INVOICE,
    "order-status": DocumentType.ERP_ORDER_STATUS,
    "partner-package": DocumentType.PARTNER_PACKAGE,
    "stock": DocumentType.ERP_STOCK,
}

_REMEDY = "Correct the ERP's export and send the file again; docs/erp.md describes it."
#: No business figure has more digits in front of or behind the point.
_MOST_DIGITS = 20


class ErpFormat:
    """The ERP's JSON files. `open` gives a verdict for any bytes and never raises."""

    name = "erp"

    def recognise(self, head: bytes) -> bool:
        """Whether `head` begins like a JSON object."""
        return head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{")

    def open(
        self,
        file: BinaryIO,
        *,
        limits: Limits,
        library: MappingLibrary,
        partner_of: PartnerOf,
    ) -> Iterator[OpenedInterchange]:
        """Yield the one interchange of the file, with its one document."""
        largest = min(LARGEST_BYTES, limits.interchange_bytes)
        data = file.read(largest + 1)
        opened = OpenedInterchange(
            format=self.name,
            sender="erp",
            length=len(data),
            content_hash=hashlib.sha256(data).hexdigest(),
        )
        try:
            if len(data) > largest:
                raise _Refused("erp-too-large", "$", f"the file has more than {largest} bytes")
            _open_document(opened, data)
        except _Refused as error:
            opened.faults.append(error.fault(Level.FILE))
            opened.answerable = False
        yield opened

    def read(
        self,
        data: bytes,
        interchange: OpenedInterchange,
        message: OpenedMessage,
        *,
        library: MappingLibrary,
        partner: str | None,
    ) -> ReadMessage:
        """Read the document of a message without faults."""
        try:
            kind, _ = _kind_of(_parse(data))
            return ReadMessage(document=_decode(kind, data))
        except _Refused as error:
            return ReadMessage(document=None, missing=(error.text,))


def write_erp(content: bytes) -> bytes:
    """Return a document for the ERP: its canonical JSON, indented by two spaces."""
    return msgspec.json.format(content, indent=2) + b"\n"


class _Refused(Exception):
    """The file or its document cannot be used; `path` is the place in the JSON."""

    def __init__(self, code: str, path: str, text: str, *, line: int | None = None) -> None:
        super().__init__(text)
        self.code, self.path, self.line = code, path, line
        self.text = f"line {line}: {text}" if line else f"{path}: {text}"

    def fault(self, level: Level) -> Fault:
        return Fault(
            code=self.code,
            edifact_code="12",
            level=level,
            text=self.text,
            remedy=_REMEDY,
            segment=self.line,
            tag=self.path,
        )


def _open_document(opened: OpenedInterchange, data: bytes) -> None:
    content = _parse(data)
    kind, fields = _kind_of(content)
    number = fields.get("number") or fields.get("order_number") or fields.get("at")
    opened.reference = number if isinstance(number, str) else ""
    message = OpenedMessage(
        index=0,
        reference=opened.reference,
        type=kind.value,
        release="1",
        length=len(data),
    )
    opened.messages = [message]
    message.faults = tuple(error.fault(Level.ELEMENT) for error in _faults(kind, fields, data))


def _faults(kind: DocumentType, fields: Mapping[str, Any], data: bytes) -> list[_Refused]:
    """Every unknown key; then the first value of a wrong type, or every value out of bounds."""
    found = list(_unknown_keys(fields, DOCUMENTS[kind], "$"))
    try:
        document = _decode(kind, data)
    except _Refused as error:
        return [*found, error]
    return [*found, *_out_of_bounds(document)]


def _kind_of(content: Mapping[str, Any]) -> tuple[DocumentType, dict[str, Any]]:
    fields = dict(content)
    given = fields.pop("type", None)
    if not isinstance(given, str) or given not in ERP_DOCUMENTS:
        allowed = " or ".join(f'"{name}"' for name in ERP_DOCUMENTS)
        shown = json.dumps(given, default=str)[:60]
        raise _Refused("erp-type", "$.type", f"is {shown}; expected {allowed}")
    return ERP_DOCUMENTS[given], fields


def _parse(data: bytes) -> dict[str, Any]:
    """Parse the JSON for its structure; the values are decoded by type afterwards."""
    try:
        content = json.loads(
            data.decode("utf-8-sig"),
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_no_number,
            object_pairs_hook=_unique,
        )
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _Refused("erp-json", "$", "the file is not UTF-8", line=line) from error
    except json.JSONDecodeError as error:
        raise _Refused(
            "erp-json", "$", f"not valid JSON: {error.msg}", line=error.lineno
        ) from error
    except (RecursionError, ArithmeticError) as error:
        raise _Refused("erp-json", "$", "nested too deep, or a number beyond all bounds") from error
    if not isinstance(content, dict):
        raise _Refused("erp-json", "$", "the file must hold one JSON object")
    return content


def _no_number(text: str) -> NoReturn:
    raise _Refused("erp-value", "$", f"{text} is no number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Refused("erp-key", f"$..{twice[:60]}", "is given twice")
    return content


def _unknown_keys(value: Any, shape: Any, path: str) -> Iterator[_Refused]:
    """msgspec refuses the first unknown key only; here they are named all at once."""
    if is_canonical(shape) and isinstance(value, dict):
        hints = typing.get_type_hints(shape)
        for key, inner in value.items():
            if key in hints:
                yield from _unknown_keys(inner, hints[key], f"{path}.{key}")
            else:
                known = ", ".join(hints)
                yield _Refused("erp-key", f"{path}.{key[:60]}", f"unknown key; there are {known}")
    elif isinstance(value, list):
        element = (*typing.get_args(shape), None)[0]
        for index, inner in enumerate(value):
            yield from _unknown_keys(inner, element, f"{path}[{index}]")


def _decode(kind: DocumentType, data: bytes) -> Document:
    try:
        return from_json(kind, data.removeprefix(codecs.BOM_UTF8))
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at ")
        raise _Refused("erp-value", place.strip("`") or "$", text) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise _Refused("erp-json", "$", f"not valid JSON: {error}") from error


def _out_of_bounds(document: Any) -> Iterator[_Refused]:
    yield from _values_out_of_bounds(document, "$")
    if isinstance(document, PartnerPackage):
        return
    if isinstance(document, ErpOrderStatus):
        yield from _status_out_of_bounds(document)
        return
    if isinstance(document, ErpStock):
        yield from _stock_out_of_bounds(document)
        return
    if not document.lines:
        yield _Refused("erp-value", "$.lines", "is empty; at least one line is needed")
    for index, line in enumerate(document.lines):
        if not line.quantity > 0:
            path = f"$.lines[{index}].quantity"
            yield _Refused("erp-value", path, f"is {line.quantity}; it must be above 0")


def _status_out_of_bounds(status: ErpOrderStatus) -> Iterator[_Refused]:
    """A report may say of a line that nothing is supplied, or only that changes are too late."""
    if status.number < 1:
        yield _Refused("erp-value", "$.number", f"is {status.number}; reports are counted from 1")
    if not status.lines and status.changeable:
        yield _Refused("erp-value", "$.lines", "is empty; at least one line is needed")
    for index, line in enumerate(status.lines):
        if line.quantity < 0:
            path = f"$.lines[{index}].quantity"
            yield _Refused("erp-value", path, f"is {line.quantity}; it must be 0 or above")


def _stock_out_of_bounds(stock: ErpStock) -> Iterator[_Refused]:
    if stock.at.tzinfo is None:
        text = "has no time zone; write the moment in UTC, as in 2026-11-16T08:00:00Z"
        yield _Refused("erp-value", "$.at", text)
    if not stock.items and not stock.complete:
        yield _Refused("erp-value", "$.items", "is empty; at least one article is needed")
    seen: set[str] = set()
    for index, item in enumerate(stock.items):
        path = f"$.items[{index}]"
        if item.article in seen:
            yield _Refused("erp-value", f"{path}.article", f"{item.article} is listed twice")
        seen.add(item.article)
        if item.next_quantity is not None and item.next_quantity < 0:
            yield _Refused("erp-value", f"{path}.next_quantity", "is below 0")
        if item.next_quantity is not None and item.next_date is None:
            yield _Refused("erp-value", f"{path}.next_quantity", "stands without a next_date")


def _values_out_of_bounds(value: Any, path: str) -> Iterator[_Refused]:
    if isinstance(value, Decimal):
        if not _is_figure(value):
            yield _Refused("erp-value", path, f"{str(value)[:40]} is no figure we can use")
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            yield from _values_out_of_bounds(each, f"{path}[{index}]")
    elif isinstance(value, Canonical):
        for name in value.__struct_fields__:
            yield from _values_out_of_bounds(getattr(value, name), f"{path}.{name}")
    elif value == "":
        yield _Refused("erp-value", path, "is empty; leave the key out instead")


def _is_figure(value: Decimal) -> bool:
    if not value.is_finite():
        return False
    exponent = value.as_tuple().exponent
    return (
        isinstance(exponent, int) and exponent >= -_MOST_DIGITS and value.adjusted() < _MOST_DIGITS
    )
