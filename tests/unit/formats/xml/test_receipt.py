from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from lxml import etree

from edi_gateway.documents import Party
from edi_gateway.formats.interchange import Fault, Level, OpenedInterchange, OpenedMessage
from edi_gateway.formats.xml import write_receipt
from edi_gateway.formats.xml.places import NAMESPACES

US = Party(gln="4012345500004", name="Fournitures Durand SAS")
THEM = Party(gln="4260123450007", name="Nordmarkt France SAS")
NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)


def subject_of(reference: str = "PO-1", kind: str = "Order") -> OpenedInterchange:
    message = OpenedMessage(index=0, reference=reference, type=kind, release="2.1")
    return OpenedInterchange(format="ubl", reference=reference, messages=[message])


def fault_of(line: int | None = 13) -> Fault:
    return Fault(
        code="xml-value",
        edifact_code="37",
        level=Level.ELEMENT,
        text="line 13: cbc:Quantity is 'many'",
        remedy="Correct it.",
        segment=line,
    )


def receipt(**changes: object) -> bytes:
    given: dict[str, object] = {
        "number": "A-1",
        "issued": NOON,
        "subject": subject_of(),
        "sender": US,
        "receiver": THEM,
        "accepted": True,
        "faults": (),
    }
    return write_receipt(**(given | changes))  # type: ignore[arg-type]


def text(data: bytes, path: str) -> str | None:
    return etree.fromstring(data).findtext(path, None, NAMESPACES)


def test_a_receipt_is_valid_and_says_received(assert_valid):
    data = receipt()

    assert_valid(data)
    assert text(data, "cac:DocumentResponse/cac:Response/cbc:ResponseCode") == "AB"
    assert text(data, "cac:DocumentResponse/cac:DocumentReference/cbc:ID") == "PO-1"
    assert text(data, ".//cbc:DocumentTypeCode") == "220"
    assert text(data, "cac:SenderParty/cbc:EndpointID") == "4012345500004"
    assert text(data, "cac:ReceiverParty/cbc:EndpointID") == "4260123450007"


def test_a_refusal_is_valid_and_lists_every_fault_with_its_line(assert_valid):
    data = receipt(accepted=False, faults=[fault_of(), fault_of(line=None)])

    assert_valid(data)
    root = etree.fromstring(data)
    assert text(data, "cac:DocumentResponse/cac:Response/cbc:ResponseCode") == "RE"
    lines = [e.text for e in root.iterfind(".//cac:LineReference/cbc:LineID", NAMESPACES)]
    assert lines == ["13", "NA"]
    assert text(data, ".//cac:LineResponse/cac:Response/cbc:Description") == fault_of().text
    assert text(data, ".//cac:Status/cbc:StatusReason") == fault_of().remedy


def test_the_time_is_written_in_utc():
    issued = datetime(2026, 11, 17, 0, 30, tzinfo=timezone(timedelta(hours=1)))

    data = receipt(issued=issued)

    assert (text(data, "cbc:IssueDate"), text(data, "cbc:IssueTime")) == ("2026-11-16", "23:30:00Z")


def test_a_receipt_for_a_document_without_reference_is_still_valid(assert_valid):
    assert_valid(receipt(subject=subject_of("", "Unheard"), sender=Party(name="Us only")))


def test_a_refusal_with_thousands_of_faults_stays_small():
    data = receipt(accepted=False, faults=[fault_of()] * 5000)

    assert data.count(b"<cac:LineResponse>") == 100
    assert b"5000 fault(s)" in data
