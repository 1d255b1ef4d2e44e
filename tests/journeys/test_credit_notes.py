"""A change of an order that was invoiced when it was accepted: credited, and invoiced anew."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from edi_gateway.documents import DocumentType, Invoice
from edi_gateway.formats import recognise
from edi_gateway.formats.interchange import Limits
from edi_gateway.formats.mapping import MappingLibrary
from edi_gateway.formats.xml.places import NAMESPACES
from tests.conftest import SHARED, Installation
from tests.journeys.order_life import GLOVES, PAIL, Desk, change, desk, order, pails
from tests.journeys.test_application_responses import RESPONSE
from tests.journeys.test_confirmations import DEAR
from tests.journeys.test_order_status import part

CREDIT = {"invoice_on": "acceptance", "invoiced_changes": "credit"}
LIBRARY = MappingLibrary()


def invoices(at: Desk) -> list[Invoice]:
    return at.documents(DocumentType.INVOICE)


def agree(at: Desk, format_: str) -> None:
    toml = at.installation.base / "package" / "partner.toml"
    text = toml.read_text(encoding="utf-8")
    text = text.replace('invoice = "EDIFACT D.96A"', f'invoice = "{format_}"')
    toml.write_text(text, encoding="utf-8")
    at.take_package(toml.parent)


def read(file: Path) -> list[Invoice]:
    data = file.read_bytes()
    form = recognise(data[:4096])
    found = []
    for opened in form.open(
        io.BytesIO(data), limits=Limits(), library=LIBRARY, partner_of=lambda *_: None
    ):
        for message in opened.messages:
            assert message.faults == ()
            bytes_ = data[message.offset : message.offset + message.length]
            document = form.read(bytes_, opened, message, library=LIBRARY, partner=None).document
            assert isinstance(document, Invoice)
            found.append(document)
    return found


def test_a_changed_order_is_credited_and_invoiced_anew(installation: Installation) -> None:
    with desk(installation, **CREDIT) as at:
        at.send(order("MV-1"))

        message = at.send(change("C-1", "MV-1", pails(30)))

        first, note, second = invoices(at)
        assert message["state"] == "answered", message["reason"]
        assert [each.type_code for each in (first, note, second)] == ["380", "381", "380"]
        assert (note.preceding_invoice, note.preceding_date) == (first.number, first.issue_date)
        assert (note.lines, note.vat, note.payable_amount) == (
            first.lines,
            first.vat,
            first.payable_amount,
        )
        assert [(line.order_line, str(line.quantity)) for line in second.lines] == [
            ("1", "30"),
            ("2", "75"),
        ]
        assert any("order MV-1 was changed as you asked, change C-1" in n.text for n in note.notes)


def test_a_cancelled_order_is_credited_and_not_invoiced(installation: Installation) -> None:
    with desk(installation, **CREDIT) as at:
        at.send(order("MV-1"))

        at.send(change("C-1", "MV-1", function="1"))

        first, note = invoices(at)
        assert (note.type_code, note.preceding_invoice) == ("381", first.number)
        assert at.order("MV-1").state == "cancelled"
        assert any("order MV-1 was cancelled as you asked" in each.text for each in note.notes)


def test_what_the_customer_owes_is_that_of_the_order_as_it_stands(
    installation: Installation,
) -> None:
    with desk(installation, **CREDIT) as at:
        at.send(order("MV-1"))
        at.send(change("C-1", "MV-1", pails(30)))
        at.send(change("C-2", "MV-1", "LIN+3+1+3769999000121:EN'QTY+21:24"))
        at.send(change("C-3", "MV-1", "LIN+2+2+3769999000138:EN"))

        owed = sum(
            (-one.payable_amount if one.is_credit else one.payable_amount for one in invoices(at)),
            Decimal(0),
        )

        at.send(order("MV-2", ("3769999000114", "MV-501", "30", "7.95", "", "1"), GLOVES))
        assert [one.type_code for one in invoices(at)][:7] == ["380", *["381", "380"] * 3]
        assert owed == invoices(at)[-1].payable_amount


def test_credit_notes_have_a_series_of_their_own_without_gaps(installation: Installation) -> None:
    with desk(installation, **CREDIT) as at:
        at.send(order("MV-1"))
        at.send(change("C-1", "MV-1", pails(30)))
        at.send(change("C-2", "MV-1", function="1"))

        bills = [one.number for one in invoices(at) if not one.is_credit]
        notes = [one.number for one in invoices(at) if one.is_credit]

        assert [number.rpartition("-")[2] for number in bills] == ["000001", "000002"]
        assert [number.rpartition("-")[2] for number in notes] == ["C000001", "C000002"]


def test_a_change_that_asks_for_the_same_money_is_not_credited(installation: Installation) -> None:
    heading = ("DTM+2:20261130:102",)
    with desk(installation, **CREDIT) as at:
        at.send(order("MV-1"))

        message = at.send(change("C-1", "MV-1", heading=heading))

        assert message["state"] == "answered", message["reason"]
        assert [one.type_code for one in invoices(at)] == ["380"]


def test_where_the_customer_must_confirm_it_is_invoiced_anew_when_it_did(
    installation: Installation,
) -> None:
    dear = f"LIN+1+3+3769999000114:EN'QTY+21:30'PRI+AAA:{DEAR[3]}"
    with desk(installation, change_confirmation="required", **CREDIT) as at:
        at.send(order("MV-1"))
        at.send(change("C-1", "MV-1", dear))
        waiting = [one.type_code for one in invoices(at)]
        number = at.responses()[-1].number

        at.send(change("C-2", "MV-1", function="29", heading=(f"RFF+POR:{number}",)))

        assert waiting == ["380", "381"]
        assert [one.type_code for one in invoices(at)] == ["380", "381", "380"]
        assert str(invoices(at)[-1].lines[0].quantity) == "30"


def test_a_repeated_change_is_credited_once(installation: Installation) -> None:
    with desk(installation, **CREDIT) as at:
        at.send(order("MV-1"))
        at.send(change("C-1", "MV-1", pails(30)))

        at.send(change("C-1", "MV-1", pails(30)))

        assert [one.type_code for one in invoices(at)] == ["380", "381", "380"]


def test_under_goods_that_are_on_the_way_nothing_is_credited(installation: Installation) -> None:
    with desk(installation, late_change="accept", **CREDIT) as at:
        at.send(order("MV-1"))
        at.erp(
            {
                "type": "despatch-advice",
                "number": "D-1",
                "issue_date": "2026-11-16",
                "order_number": "MV-1",
                "lines": [part("20")],
            }
        )

        held = at.send(change("C-1", "MV-1", pails(30)))

        assert (held["state"], held["code"]) == ("held", "order-invoiced")
        assert "part of it is supplied already" in held["reason"]
        assert [one.type_code for one in invoices(at)] == ["380"]


@pytest.mark.parametrize(
    "format_", [f"EDIFACT {each}" for each in ("D.93A", "D.96A", "D.97A", "D.99B", "D.01B")]
)
def test_in_edifact_it_is_an_invoic_381_that_names_the_invoice(
    installation: Installation, format_: str
) -> None:
    with desk(installation, **CREDIT) as at:
        agree(at, format_)
        at.send(order("MV-1"))

        at.send(change("C-1", "MV-1", pails(30)))

        first, (file_of_first, file) = invoices(at)[0], at.out("INVOIC*")
        text = file.read_text(encoding="latin-1")
        note, second = read(file)
        assert "BGM+381" in text
        assert f"RFF+IV:{first.number}'DTM+171:20261116:102'" in text
        assert "FII+RB" not in text.split("UNT+")[0]
        assert (note.type_code, second.type_code) == ("381", "380")
        assert note.payable_amount == read(file_of_first)[0].payable_amount
        assert second.preceding_invoice is None


@pytest.mark.parametrize("format_", ["UBL 2.1", "Peppol BIS 3"])
def test_in_ubl_it_is_a_credit_note_that_names_the_invoice(
    installation: Installation, format_: str
) -> None:
    with desk(installation, **CREDIT) as at:
        agree(at, format_)
        at.send(order("MV-1"))

        at.send(change("C-1", "MV-1", pails(30)))

        first = invoices(at)[0]
        (file,) = at.out("CreditNote*")
        root = etree.parse(str(file)).getroot()
        (note,) = read(file)
        said = "cac:BillingReference/cac:InvoiceDocumentReference/"
        assert root.findtext("cbc:CreditNoteTypeCode", None, NAMESPACES) == "381"
        assert root.findtext(f"{said}cbc:ID", None, NAMESPACES) == first.number
        assert root.findtext(f"{said}cbc:IssueDate", None, NAMESPACES) == "2026-11-16"
        assert root.find("cac:PaymentMeans", NAMESPACES) is None
        assert root.findtext("cac:PaymentTerms/cbc:Note", None, NAMESPACES)
        assert (note.lines, note.vat, note.payable_amount) == (
            first.lines,
            first.vat,
            first.payable_amount,
        )
        assert len(root.findall("cbc:Note", NAMESPACES)) == 1 or format_ == "UBL 2.1"
        assert len(at.out("Invoice*")) == 2


@pytest.mark.skipif(
    not (SHARED / "reference" / "ubl-2.1-xsd").exists(), reason="the UBL schemas are not here"
)
def test_the_credit_note_is_valid_ubl(installation: Installation) -> None:
    schemas = SHARED / "reference" / "ubl-2.1-xsd" / "maindoc"
    with desk(installation, **CREDIT) as at:
        agree(at, "UBL 2.1")
        at.send(order("MV-1"))
        at.send(change("C-1", "MV-1", pails(30)))
        (file,) = at.out("CreditNote*")

    schema = etree.XMLSchema(etree.parse(str(schemas / "UBL-CreditNote-2.1.xsd")))

    schema.assertValid(etree.parse(str(file)))


def test_what_the_partner_says_of_it_settles_it(installation: Installation) -> None:
    with desk(installation, **CREDIT) as at:
        agree(at, "UBL 2.1")
        at.send(order("MV-1"))
        at.send(change("C-1", "MV-1", function="1"))
        words = {"code": "AP", "why": "", "sender": "3019999000011", "scheme": "0088"}
        number = invoices(at)[-1].number
        kind = "<cbc:DocumentTypeCode>381</cbc:DocumentTypeCode>"

        message = at.send(RESPONSE.format(**NAMESPACES, **words, number=number, kind=kind).encode())

        assert message["state"] == "answered", message["reason"]
        assert "CreditNote" in message["reason"]
        assert "acknowledged" in message["reason"]


def test_by_default_such_a_change_waits_for_a_person(installation: Installation) -> None:
    with desk(installation, invoice_on="acceptance") as at:
        at.send(order("MV-1", PAIL))

        held = at.send(change("C-1", "MV-1", pails(30)))

        assert (held["state"], held["code"]) == ("held", "order-invoiced")
        assert "`invoiced_changes`" in held["reason"]
