from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi_gateway.formats.dialects import name_dialect, name_message

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04....", "ZIP"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"ISA*00*          *00*", "X12"),
        (b"STX=ANA:1+5000000000000", "TRADACOMS"),
        (b"EDI_DC40  800", "SAP IDoc"),
        (b"<cXML payloadID='1'>", "cXML"),
        (b"<!-- > --><?x ?><!DOCTYPE cXML [<!ENTITY a '>'>]><cXML>", "cXML"),
        (b"<ORDERS05><IDOC BEGIN='1'>", "SAP IDoc"),
        (b"<ORDER xmlns='http://www.opentrans.org/XMLSchema/2.1'>", "openTRANS"),
        (b"<o:orderMessage xmlns:o='urn:gs1:ecom:order:xsd:3'>", "GS1 XML"),
        (b"<P xmlns='http://www.openapplications.org/oagis/9'>", "OAGIS"),
        (b"<P xmlns='urn:rosettanet:specification:x'>", "RosettaNet"),
        (b"<r:CrossIndustryInvoice xmlns:r='u'>", "CII"),
        (b"<r:CrossIndustryDocument xmlns:r='u'>", "ZUGFeRD 1"),
        (b"<r:SCRDMCCBDACIOMessageStructure xmlns:r='u'>", "Order-X"),
        (b"<M_INVOIC>", "EDIFACT-XML (ISO 20625)"),
        (b"<!DOCTYPE html><html>", "HTML"),
        ("\ufeff<cXML>".encode("utf-16-be"), "cXML"),
        (b"\xef\xbb\xbf  <cXML>", "cXML"),
    ],
)
def test_a_dialect_is_named_by_its_first_bytes(head, name):
    assert name_dialect(head) == name


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"Hello, this is no EDI\n", id="a line of prose"),
        pytest.param(b"UNA:+.? 'UNB+UNOC:3", id="EDIFACT, which is read"),
        pytest.param(
            b"<Order xmlns='urn:oasis:names:specification:ubl:schema:xsd:Order-2'>",
            id="UBL, which is read",
        ),
        pytest.param(b'{"type": "invoice"}', id="the ERP's, which is read"),
        pytest.param(b"<anything/>", id="XML nobody knows"),
        pytest.param(b"ISABELLE ordered 5 pieces", id="a letter to us"),
        pytest.param(b"<!-- never closed <cXML>", id="a comment without end"),
    ],
)
def test_what_is_read_or_unknown_has_no_name(head):
    assert name_dialect(head) is None


def test_the_kind_of_a_cxml_message_is_found_below_its_envelope():
    head = b'<cXML><Header/><Request deploymentMode="test"><OrderRequest>'

    assert name_message(head) == "OrderRequest"


def test_the_kind_of_other_messages_is_their_root():
    assert name_message(b"<ORDERS05><IDOC>") == "ORDERS05"
    assert name_message(b"no XML") == ""


@given(st.binary(max_size=200), st.sampled_from([b"", b"<", b"<!DOCTYPE ", b"<a xmlns='"]))
def test_any_bytes_are_taken_calmly(data, start):
    name_dialect(start + data)
    name_message(start + data)


@pytest.mark.parametrize(
    "part", [b"<Request ", b"<!--", b"<?", b"<!DOCTYPE a [", b"<a b='", b"] ", b"xmlns="]
)
def test_no_repetition_makes_naming_slow(part):
    head = b"<cXML>" + part * (65_536 // len(part))

    began = time.perf_counter()
    name_dialect(head)
    name_message(head)
    name_dialect(head[6:])

    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    ("folder", "names"),
    [
        ("cxml", {"cXML"}),
        ("idoc", {"SAP IDoc"}),
        ("opentrans", {"openTRANS"}),
        ("gs1-xml", {"GS1 XML"}),
        ("oagis", {"OAGIS"}),
        ("rosettanet", {"RosettaNet"}),
        ("edifact-xml", {"EDIFACT-XML (ISO 20625)"}),
        ("facturx-pdf", {"PDF"}),
    ],
)
def test_every_real_file_of_a_dialect_is_named(folder, names):
    if not CORPUS.is_dir():
        pytest.skip("the corpus of real files is not on this machine")

    suffixes = {".xml", ".pdf"}
    files = [f for f in (CORPUS / folder).rglob("*") if f.suffix.lower() in suffixes]

    assert files
    assert {name_dialect(file.read_bytes()[:65_536]) for file in files} == names
