"""Builders for the XML tests."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from edi_gateway.documents import (
    Invoice,
    InvoiceLine,
    LineAction,
    Note,
    Order,
    OrderLine,
    OrderResponse,
    Party,
    Price,
    Quantity,
    ResponseLine,
    ResponseStatus,
    VatTotal,
)
from edi_gateway.formats.interchange import Limits, OpenedInterchange
from edi_gateway.formats.mapping import MappingLibrary
from edi_gateway.formats.xml import XmlFormat

REPOSITORY = Path(__file__).parents[4]
SHARED = REPOSITORY.parent / "shared"
SCHEMAS = SHARED / "reference" / "ubl-2.1-xsd" / "maindoc"

BUYER = Party(
    gln="4260123450007", name="Nordmarkt France SAS", country="FR", vat_number="FR26900000084"
)
SUPPLIER = Party(
    gln="4012345500004",
    name="Fournitures Durand SAS",
    street="12 quai des Étroits",
    city="Lyon",
    postcode="69005",
    country="FR",
    vat_number="FR44732829320",
    registration="732829320",
    legal_note="SAS au capital de 150000.00 EUR, RCS Lyon",
)


@pytest.fixture
def library() -> MappingLibrary:
    return MappingLibrary()


@pytest.fixture
def opened(library: MappingLibrary) -> Callable[..., OpenedInterchange]:
    """Open bytes as XML and return the one interchange."""

    def open_bytes(data: bytes, *, limits: Limits | None = None) -> OpenedInterchange:
        interchanges = list(
            XmlFormat().open(
                io.BytesIO(data),
                limits=limits or Limits(),
                library=library,
                partner_of=lambda identifier, qualifier: None,
            )
        )
        assert len(interchanges) == 1
        return interchanges[0]

    return open_bytes


@pytest.fixture
def assert_valid() -> Callable[[bytes], None]:
    """Check a file against the official schema of its root element."""
    if not SCHEMAS.is_dir():
        pytest.skip("the official UBL 2.1 schemas are not on this machine")

    def check(data: bytes) -> None:
        root = etree.fromstring(data)
        name = etree.QName(root).localname
        schema = etree.XMLSchema(etree.parse(str(SCHEMAS / f"UBL-{name}-2.1.xsd")))
        schema.assertValid(root)

    return check


@pytest.fixture
def sample() -> bytes:
    path = SHARED / "samples" / "orders" / "15-ubl-plain.xml"
    if not path.is_file():
        pytest.skip("the sample orders are not on this machine")
    return path.read_bytes()


def order_of(*, lines: int = 2, **changes: object) -> Order:
    given: dict[str, object] = {
        "number": "PO-1",
        "issue_date": date(2026, 11, 16),
        "currency": "EUR",
        "buyer": BUYER,
        "supplier": SUPPLIER,
        "lines": tuple(order_line_of(str(index + 1)) for index in range(lines)),
    }
    return Order(**(given | changes))  # type: ignore[arg-type]


def order_line_of(number: str, **changes: object) -> OrderLine:
    given: dict[str, object] = {
        "number": number,
        "quantity": Quantity(value=Decimal("12.5"), unit="PCE"),
        "gtin": "3760123450041",
        "description": "Colle époxy 50 ml",
        "price": Price(amount=Decimal("34.90"), per=Decimal(1000), unit="PCE"),
    }
    return OrderLine(**(given | changes))  # type: ignore[arg-type]


def response_of(**changes: object) -> OrderResponse:
    given: dict[str, object] = {
        "number": "R-1",
        "issue_date": date(2026, 11, 17),
        "order_number": "PO-1",
        "order_date": date(2026, 11, 16),
        "status": ResponseStatus.CHANGED,
        "currency": "EUR",
        "buyer": BUYER,
        "supplier": SUPPLIER,
        "contract_number": "NM-88",
        "requested_delivery": date(2026, 11, 24),
        "delivery_party": Party(gln="4260123450014"),
        "process": "urn:fdc:peppol.eu:poacc:bis:ordering:3",
        "specification": "urn:fdc:peppol.eu:poacc:trns:order_response:3",
        "lines": (response_line_of("1", LineAction.CHANGED), response_line_of("2")),
    }
    return OrderResponse(**(given | changes))  # type: ignore[arg-type]


def response_line_of(
    number: str, action: LineAction = LineAction.ACCEPTED, **changes: object
) -> ResponseLine:
    given: dict[str, object] = {
        "number": number,
        "order_line": f"00{number}0",
        "action": action,
        "ordered": Decimal(12),
        "confirmed": Decimal(10),
        "unit": "PCE",
        "price": Price(amount=Decimal("5.95")),
        "gtin": "3760123450041",
        "description": "Colle époxy 50 ml",
        "reason": "not a pack multiple" if action is not LineAction.ACCEPTED else None,
    }
    return ResponseLine(**(given | changes))  # type: ignore[arg-type]


def invoice_of(**changes: object) -> Invoice:
    given: dict[str, object] = {
        "number": "F-2026-1",
        "issue_date": date(2026, 11, 24),
        "due_date": date(2027, 1, 8),
        "payment_days": 45,
        "currency": "EUR",
        "buyer": BUYER,
        "supplier": SUPPLIER,
        "order_number": "PO-1",
        "order_date": date(2026, 11, 16),
        "despatch_number": "BL-7",
        "contract_number": "NM-88",
        "delivery_date": date(2026, 11, 24),
        "delivery_party": Party(gln="4260123450014", city="Strasbourg", country="FR"),
        "iban": "FR7630006000011234567890189",
        "notes": (Note(subject="PMT", text="Forfait 40 EUR"), Note(subject="AAB", text="Néant")),
        "specification": "urn:cen.eu:en16931:2017",
        "process": "S1",
        "net_amount": Decimal("150.00"),
        "vat_amount": Decimal("25.50"),
        "payable_amount": Decimal("175.50"),
        "vat": (
            VatTotal(
                category="S", rate=Decimal("20"), taxable=Decimal("100.00"), tax=Decimal("20.00")
            ),
            VatTotal(
                category="S", rate=Decimal("5.5"), taxable=Decimal("50.00"), tax=Decimal("2.75")
            ),
        ),
        "lines": (
            InvoiceLine(
                number="1",
                quantity=Decimal(10),
                unit="PCE",
                price=Price(amount=Decimal("10.00"), per=Decimal(1), unit="PCE"),
                amount=Decimal("100.00"),
                vat_rate=Decimal(20),
                description="Colle époxy 50 ml",
                gtin="3760123450041",
                supplier_article="COLLE-50",
                order_line="1",
            ),
            InvoiceLine(
                number="2",
                quantity=Decimal(5),
                unit="KGM",
                price=Price(amount=Decimal("10.00")),
                amount=Decimal("50.00"),
                vat_rate=Decimal("5.5"),
            ),
        ),
    }
    return Invoice(**(given | changes))  # type: ignore[arg-type]


@pytest.fixture
def order() -> Callable[..., Order]:
    return order_of


@pytest.fixture
def response() -> Callable[..., OrderResponse]:
    return response_of


@pytest.fixture
def invoice() -> Callable[..., Invoice]:
    return invoice_of


@pytest.fixture
def written(library: MappingLibrary) -> Callable[..., bytes]:
    """Write a document by the shipped UBL mapping of its type."""
    from edi_gateway.formats.xml import write_document

    names = {Order: "order", OrderResponse: "order-response", Invoice: "invoice"}

    def write(document: Order | OrderResponse | Invoice) -> bytes:
        mapping = library.find(f"ubl/{names[type(document)]}-2.1")
        assert mapping is not None
        return write_document(mapping, document)

    return write
