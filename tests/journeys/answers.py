"""Read what the gateway sent, with readers that are not ours: stock pydifact and lxml."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from lxml import etree
from pydifact.parser import Parser
from pydifact.segments import Segment

UBL = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


@dataclass
class Response:
    order: str
    header: str
    test: bool = False
    #: line -> action, confirmed quantity, price, per
    lines: dict[str, tuple[str, Decimal, Decimal | None, Decimal]] = field(default_factory=dict)


@dataclass
class Bill:
    order: str
    number: str
    net: Decimal
    payable: Decimal
    vat: dict[Decimal, tuple[Decimal, Decimal]] = field(default_factory=dict)


def segments_of(file: Path) -> list[Segment]:
    return list(Parser().parse(file.read_bytes().decode("latin-1")))


def messages_of(segments: list[Segment]) -> Iterator[list[Segment]]:
    message: list[Segment] = []
    for segment in segments:
        if segment.tag == "UNH":
            message = []
        message.append(segment)
        if segment.tag == "UNT":
            yield message


def component(element: object, index: int = 0) -> str:
    if isinstance(element, list):
        return str(element[index]) if len(element) > index else ""
    return str(element) if index == 0 else ""


def element(segment: Segment, position: int, index: int = 0) -> str:
    if len(segment.elements) <= position:
        return ""
    return component(segment.elements[position], index)


def edifact_responses(folder: Path) -> list[Response]:
    found = []
    for file in sorted(folder.glob("ORDRSP*")):
        segments = segments_of(file)
        test = any(s.tag == "UNB" and element(s, 10) == "1" for s in segments)
        found += [_edifact_response(message, test) for message in messages_of(segments)]
    return found


def _edifact_response(message: list[Segment], test: bool) -> Response:
    response = Response(order="", header="", test=test)
    line = ""
    for segment in message:
        qualifier = element(segment, 0)
        if segment.tag == "BGM":
            assert qualifier == "231"
            response.header = element(segment, 2)
        elif segment.tag == "RFF" and qualifier == "ON" and not line:
            response.order = element(segment, 0, 1)
        elif segment.tag == "LIN":
            line = qualifier
            response.lines[line] = (element(segment, 1), Decimal(0), None, Decimal(1))
        elif segment.tag == "QTY" and qualifier in {"21", "113", "12"}:
            action, quantity, price, per = response.lines[line]
            if qualifier != "21" or not quantity:
                quantity = Decimal(element(segment, 0, 1))
            response.lines[line] = (action, quantity, price, per)
        elif segment.tag == "PRI":
            action, quantity, _, _ = response.lines[line]
            per = Decimal(element(segment, 0, 4) or 1)
            price = Decimal(element(segment, 0, 1))
            response.lines[line] = (action, quantity, price, per)
        elif segment.tag == "UNS":
            break
    return response


def edifact_invoices(folder: Path) -> list[Bill]:
    found = []
    for file in sorted(folder.glob("INVOIC*")):
        found += [_edifact_invoice(message) for message in messages_of(segments_of(file))]
    return found


def _edifact_invoice(message: list[Segment]) -> Bill:
    bill = Bill(order="", number="", net=Decimal(0), payable=Decimal(0))
    summary = False
    rate = Decimal(0)
    for segment in message:
        qualifier = element(segment, 0)
        if segment.tag == "BGM":
            bill.number = element(segment, 1)
        elif segment.tag == "RFF" and qualifier == "ON" and not bill.order:
            bill.order = element(segment, 0, 1)
        elif segment.tag == "UNS":
            summary = True
        elif summary and segment.tag == "TAX":
            rate = Decimal(element(segment, 4, 3))
        elif summary and segment.tag == "MOA":
            _take_amount(bill, qualifier, Decimal(element(segment, 0, 1)), rate)
    return bill


def _take_amount(bill: Bill, qualifier: str, amount: Decimal, rate: Decimal) -> None:
    taxable, tax = bill.vat.get(rate, (Decimal(0), Decimal(0)))
    if qualifier == "79":
        bill.net = amount
    elif qualifier == "9":
        bill.payable = amount
    elif qualifier == "125":
        bill.vat[rate] = (amount, tax)
    elif qualifier == "124":
        bill.vat[rate] = (taxable, amount)


def controls(folder: Path) -> dict[str, list[list[str]]]:
    """Reference of the subject -> one list per CONTRL: UCI action and codes, then each UCM."""
    found: dict[str, list[list[str]]] = {}
    for file in sorted(folder.glob("CONTRL*")):
        said = []
        reference = ""
        for segment in segments_of(file):
            values = [component(part) for part in segment.elements]
            if segment.tag == "UCI":
                reference = values[0]
                said.append(" ".join(["UCI", *values[3:5]]))
            elif segment.tag == "UCM":
                said.append(" ".join(["UCM", values[0], *values[2:4]]))
        found.setdefault(reference, []).append(said)
    return found


def ubl_responses(folder: Path) -> list[Response]:
    return [_ubl_response(etree.parse(file)) for file in sorted(folder.glob("OrderResponse*"))]


def _ubl_response(tree: etree._ElementTree) -> Response:
    response = Response(
        order=_text(tree, "cac:OrderReference/cbc:ID"), header=_text(tree, "cbc:OrderResponseCode")
    )
    for item in tree.iterfind("cac:OrderLine", UBL):
        price = item.findtext("cac:LineItem/cac:Price/cbc:PriceAmount", None, UBL)
        per = item.findtext("cac:LineItem/cac:Price/cbc:BaseQuantity", "1", UBL)
        response.lines[_text(item, "cac:OrderLineReference/cbc:LineID")] = (
            _text(item, "cac:LineItem/cbc:LineStatusCode"),
            Decimal(_text(item, "cac:LineItem/cbc:Quantity")),
            Decimal(price) if price else None,
            Decimal(per),
        )
    return response


def ubl_invoices(folder: Path) -> list[Bill]:
    return [_ubl_invoice(etree.parse(file)) for file in sorted(folder.glob("Invoice*"))]


def _ubl_invoice(tree: etree._ElementTree) -> Bill:
    bill = Bill(
        order=_text(tree, "cac:OrderReference/cbc:ID"),
        number=_text(tree, "cbc:ID"),
        net=Decimal(_text(tree, "cac:LegalMonetaryTotal/cbc:LineExtensionAmount")),
        payable=Decimal(_text(tree, "cac:LegalMonetaryTotal/cbc:PayableAmount")),
    )
    for total in tree.iterfind("cac:TaxTotal/cac:TaxSubtotal", UBL):
        rate = Decimal(_text(total, "cac:TaxCategory/cbc:Percent"))
        bill.vat[rate] = (
            Decimal(_text(total, "cbc:TaxableAmount")),
            Decimal(_text(total, "cbc:TaxAmount")),
        )
    return bill


def _text(node: object, path: str) -> str:
    return node.findtext(path, "", UBL)  # type: ignore[attr-defined]


def erp_orders(folder: Path) -> list[dict[str, object]]:
    return [json.loads(file.read_bytes()) for file in sorted(folder.glob("order*.json"))]
