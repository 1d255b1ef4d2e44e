"""What a UBL partner says about our answers: its ApplicationResponse settles or refuses them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lxml import etree

from edi_gateway.formats.xml.places import NAMESPACES
from edi_gateway.store.queries import list_deliveries
from tests.conftest import SAMPLES, Installation

PARTNER = "nordlys"
ORDER = (SAMPLES / "orders" / "7-ubl.xml").read_bytes()

RESPONSE = """<?xml version="1.0" encoding="UTF-8"?>
<ApplicationResponse xmlns="urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2"
    xmlns:cac="{cac}" xmlns:cbc="{cbc}">
  <cbc:ID>AR-1</cbc:ID><cbc:IssueDate>2026-11-17</cbc:IssueDate>
  <cac:SenderParty><cbc:EndpointID schemeID="{scheme}">{sender}</cbc:EndpointID></cac:SenderParty>
  <cac:ReceiverParty><cbc:EndpointID schemeID="0088">4012345500004</cbc:EndpointID></cac:ReceiverParty>
  <cac:DocumentResponse>
    <cac:Response><cbc:ResponseCode>{code}</cbc:ResponseCode>
      <cbc:Description>{why}</cbc:Description></cac:Response>
    <cac:DocumentReference><cbc:ID>{number}</cbc:ID>{kind}</cac:DocumentReference>
  </cac:DocumentResponse>
</ApplicationResponse>
"""


@pytest.fixture
def answered(sample_installation: Installation) -> Installation:
    """An order in UBL was answered."""
    sample_installation.drop(PARTNER, "order.xml", ORDER)
    sample_installation.work()
    return sample_installation


def delivery(installation: Installation) -> dict[str, Any]:
    with installation.open() as gateway:
        rows = list_deliveries(gateway.place.store, partner=PARTNER)
    return next(row for row in rows if row["type"] == "OrderResponse")


def say(installation: Installation, code: str, *, kind: str = "231", **more: str) -> None:
    """Let the partner say something about our order response."""
    (file,) = installation.out(PARTNER, "OrderResponse*")
    endpoint = etree.fromstring(ORDER).find(
        "cac:BuyerCustomerParty/cac:Party/cbc:EndpointID", NAMESPACES
    )
    assert endpoint is not None
    said = {
        "code": code,
        "why": "",
        "number": etree.parse(str(file)).findtext("cbc:ID", "", NAMESPACES),
        "kind": f"<cbc:DocumentTypeCode>{kind}</cbc:DocumentTypeCode>" if kind else "",
        "sender": endpoint.text or "",
        "scheme": endpoint.get("schemeID", ""),
    } | more
    installation.drop(PARTNER, "said.xml", RESPONSE.format(**NAMESPACES, **said).encode())
    installation.work()


@pytest.mark.parametrize("kind", ["231", ""])
@pytest.mark.parametrize("code", ["AB", "AP", "CA"])
def test_a_positive_response_acknowledges_what_it_names(
    answered: Installation, code: str, kind: str
) -> None:
    say(answered, code, kind=kind)

    assert delivery(answered)["state"] == "acknowledged"
    assert answered.messages()[-1]["state"] == "answered"


def test_a_refusal_is_told_in_the_words_of_the_partner(answered: Installation) -> None:
    say(answered, "RE", why="no such order")

    refused = delivery(answered)
    assert (refused["state"], refused["code"]) == ("refused", "application-response-refused")
    assert "no such order" in refused["reason"]


def test_it_is_not_answered(answered: Installation) -> None:
    before = answered.out(PARTNER)

    say(answered, "AB")

    assert answered.out(PARTNER) == before


def test_one_about_nothing_of_ours_waits_for_a_person(answered: Installation) -> None:
    say(answered, "AB", number="R99999999")

    held = answered.messages()[-1]
    assert (held["state"], held["code"]) == ("held", "acknowledgement-unmatched")


def test_one_that_is_neither_yes_nor_no_waits_for_a_person(answered: Installation) -> None:
    say(answered, "UQ")

    held = answered.messages()[-1]
    assert (held["state"], held["code"]) == ("held", "acknowledgement-unclear")
    assert delivery(answered)["state"] == "sent"


TWO = """  <cac:DocumentResponse>
    <cac:Response><cbc:ResponseCode>{code}</cbc:ResponseCode></cac:Response>
    <cac:DocumentReference><cbc:ID>{number}</cbc:ID></cac:DocumentReference>
  </cac:DocumentResponse>
</ApplicationResponse>"""


@pytest.fixture
def billed(answered: Installation) -> Installation:
    """And invoiced, when the ERP reported a despatch."""
    despatch = {
        "type": "despatch-advice",
        "partner": PARTNER,
        "number": "D-1",
        "issue_date": "2026-11-20",
        "order_number": "NL-77001",
        "lines": [{"order_line": "10", "quantity": "1"}],
    }
    answered.drop("erp", "despatch.json", json.dumps(despatch).encode())
    answered.work()
    return answered


def number_of(installation: Installation, name: str) -> str:
    (file,) = installation.out(PARTNER, f"{name}_*")
    return etree.parse(str(file)).findtext("cbc:ID", "", NAMESPACES)


def states(installation: Installation) -> dict[str, str]:
    with installation.open() as gateway:
        rows = list_deliveries(gateway.place.store, partner=PARTNER)
    return {row["type"]: row["state"] for row in rows}


@pytest.mark.parametrize("kind", ["380", ""])
@pytest.mark.parametrize(("code", "state"), [("AP", "acknowledged"), ("RE", "refused")])
def test_one_about_an_invoice_settles_or_refuses_it(
    billed: Installation, kind: str, code: str, state: str
) -> None:
    say(billed, code, kind=kind, number=number_of(billed, "Invoice"))

    after = states(billed)
    assert (after["Invoice"], after["OrderResponse"]) == (state, "sent")


@pytest.mark.parametrize(("code", "state"), [("AP", "acknowledged"), ("RE", "refused")])
def test_all_documents_that_one_response_names_are_settled(
    billed: Installation, monkeypatch: pytest.MonkeyPatch, code: str, state: str
) -> None:
    more = TWO.format(code=code, number=number_of(billed, "Invoice"))
    both = RESPONSE.replace("</ApplicationResponse>", more)
    monkeypatch.setitem(globals(), "RESPONSE", both)

    say(billed, "AP")

    after = states(billed)
    message = billed.messages()[-1]
    assert (after["OrderResponse"], after["Invoice"]) == ("acknowledged", state)
    assert message["state"] == "answered"
    assert "OrderResponse" in message["reason"]
    assert "Invoice" in message["reason"]


def test_where_one_of_two_documents_is_unknown_a_person_looks_first(
    answered: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = RESPONSE.replace("</ApplicationResponse>", TWO.format(code="AP", number="X-9"))
    monkeypatch.setitem(globals(), "RESPONSE", both)

    say(answered, "AP")

    assert states(answered)["OrderResponse"] == "sent"
    assert answered.messages()[-1]["code"] == "acknowledgement-unmatched"
