from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi_gateway.documents import (
    DocumentType,
    ErpDespatch,
    ErpInvoice,
    ErpOrder,
    ErpOrderLine,
    LineAction,
    from_json,
    to_json,
)
from edi_gateway.formats.erp import ErpFormat, write_erp
from edi_gateway.formats.interchange import Limits, OpenedInterchange
from edi_gateway.formats.mapping import MappingLibrary

LIBRARY = MappingLibrary()

DESPATCH = {
    "type": "despatch-advice",
    "number": "BL-7",
    "issue_date": "2026-11-24",
    "partner": "nordmarkt",
    "order_number": "NM-2026-0815",
    "lines": [{"order_line": "1", "quantity": "60"}, {"order_line": "2", "quantity": 2}],
}
INVOICE = {
    "type": "invoice",
    "partner": "acme",
    "order_number": "4500001",
    "issue_date": "2026-11-24",
    "lines": [{"order_line": "1", "quantity": "2", "price": "129.90"}],
}


def opened(data: bytes, limits: Limits | None = None) -> OpenedInterchange:
    (interchange,) = ErpFormat().open(
        io.BytesIO(data),
        limits=limits or Limits(),
        library=LIBRARY,
        partner_of=lambda *_: None,
    )
    return interchange


def read(data: bytes) -> object:
    interchange = opened(data)
    assert interchange.faults == []
    (message,) = interchange.messages
    assert message.faults == ()
    return ErpFormat().read(data, interchange, message, library=LIBRARY, partner=None).document


def without(content: dict[str, object], key: str) -> dict[str, object]:
    return {name: value for name, value in content.items() if name != key}


def fault_texts(content: object) -> list[str]:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    interchange = opened(data)
    return [
        fault.text
        for fault in [*interchange.faults, *(f for m in interchange.messages for f in m.faults)]
    ]


def test_a_despatch_advice_of_the_erp_is_read():
    data = json.dumps(DESPATCH).encode()

    interchange = opened(data)
    document = read(data)

    assert (interchange.format, interchange.sender, interchange.reference) == ("erp", "erp", "BL-7")
    assert interchange.messages[0].type == "erp-despatch"
    assert isinstance(document, ErpDespatch)
    assert [line.quantity for line in document.lines] == [Decimal(60), Decimal(2)]


def test_an_invoice_of_the_erp_is_read_and_named_by_its_order():
    data = json.dumps(INVOICE).encode()

    interchange = opened(data)

    assert interchange.messages[0].type == "erp-invoice"
    assert interchange.reference == "4500001"
    assert isinstance(read(data), ErpInvoice)


@pytest.mark.parametrize("number", ["0.1", "1.10", "34.900000000000000001", "0.07", "2.675"])
def test_a_json_number_stays_exact(number):
    content = json.dumps(INVOICE).replace('"129.90"', number)

    document = read(content.encode())

    assert isinstance(document, ErpInvoice)
    assert document.lines[0].price == Decimal(number)
    assert str(document.lines[0].price) == number


def test_a_file_with_a_byte_order_mark_is_read():
    assert isinstance(read(b"\xef\xbb\xbf" + json.dumps(INVOICE).encode()), ErpInvoice)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b'{"type"', True),
        (b"\xef\xbb\xbf\n {", True),
        (b"[1]", False),
        (b"<a>", False),
        (b"", False),
    ],
)
def test_the_erps_files_are_recognised_by_their_brace(head, expected):
    assert ErpFormat().recognise(head) is expected


@pytest.mark.parametrize(
    ("content", "start"),
    [
        pytest.param(DESPATCH | {"nubmer": "1"}, "$.nubmer: unknown key", id="misspelt key"),
        pytest.param(
            DESPATCH | {"lines": [{"order_line": "1", "quantity": 1, "qty": 2}]},
            "$.lines[0].qty: unknown key",
            id="misspelt key in a line",
        ),
        pytest.param(without(DESPATCH, "number"), "$: Object missing", id="key missing"),
        pytest.param(DESPATCH | {"number": 7}, "$.number: Expected", id="wrong type"),
        pytest.param(DESPATCH | {"number": ""}, "$.number: is empty", id="empty text"),
        pytest.param(DESPATCH | {"issue_date": "soon"}, "$.issue_date: Invalid", id="no date"),
        pytest.param(DESPATCH | {"lines": []}, "$.lines: is empty", id="no lines"),
        pytest.param(
            DESPATCH | {"lines": [{"order_line": "1", "quantity": "0"}]},
            "$.lines[0].quantity: is 0",
            id="quantity of nothing",
        ),
        pytest.param(
            DESPATCH | {"lines": [{"order_line": "1", "quantity": "-1"}]},
            "$.lines[0].quantity: is -1",
            id="negative quantity",
        ),
        pytest.param(
            DESPATCH | {"lines": [{"order_line": "1", "quantity": "1E+400"}]},
            "$.lines[0].quantity: 1E+400",
            id="quantity beyond all bounds",
        ),
        pytest.param(
            INVOICE | {"payable_amount": "NaN"}, "$.payable_amount: ", id="an amount that is none"
        ),
        pytest.param(INVOICE | {"type": "order"}, '$.type: is "order"', id="another type"),
        pytest.param(without(INVOICE, "type"), "$.type: is null", id="no type"),
        pytest.param(b"{", "line 1: not valid JSON", id="cut off"),
        pytest.param(b'{\n"a": 1,\n}', "line 3: not valid JSON", id="a comma too many"),
        pytest.param(b'{"a": "\xe9"}', "line 1: the file is not UTF-8", id="Latin-1"),
        pytest.param(b'{"a": NaN}', "$: NaN is no number", id="NaN"),
        pytest.param(b'{"a": 1, "a": 2}', "$..a: is given twice", id="a key twice"),
        pytest.param(b'{"a":' * 100_000, "$: nested too deep", id="nested 100 000 deep"),
        pytest.param(b'{"type": "invoice"} x', "line 1: not valid JSON", id="more behind it"),
    ],
)
def test_a_faulty_file_is_told_with_its_place(content, start):
    texts = fault_texts(content)

    assert texts
    assert texts[0].startswith(start)


def test_every_unknown_key_is_told_at_once():
    texts = fault_texts(DESPATCH | {"a": 1, "b": 2})

    assert [text.partition(":")[0] for text in texts] == ["$.a", "$.b"]


def test_a_file_beyond_the_limit_is_refused():
    interchange = opened(json.dumps(DESPATCH).encode(), Limits(interchange_bytes=20))

    assert interchange.faults[0].code == "erp-too-large"
    assert interchange.messages == []


@given(st.binary(max_size=200), st.sampled_from([b"", b"{", b'{"type": "invoice",']))
@settings(deadline=None)
def test_any_bytes_get_a_verdict_and_no_exception(data, start):
    interchange = opened(start + data)

    assert interchange.faults or interchange.messages


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(key=st.sampled_from([*DESPATCH, *INVOICE, "due_date"]), value=_json, base=st.booleans())
@settings(deadline=None)
def test_any_value_in_any_key_gets_a_verdict_and_no_exception(key, value, base):
    content = (DESPATCH if base else INVOICE) | {key: value}

    interchange = opened(json.dumps(content).encode())

    assert interchange.faults or interchange.messages


def test_an_order_for_the_erp_is_indented_and_reads_back():
    order = ErpOrder(
        number="4500001",
        revision=1,
        partner="acme",
        issue_date=date(2026, 11, 16),
        currency="EUR",
        contract="AC-1",
        lines=(
            ErpOrderLine(
                number="1",
                action=LineAction.ACCEPTED,
                ordered_quantity=Decimal("2"),
                confirmed_quantity=Decimal("2"),
                price=Decimal("129.90"),
            ),
        ),
    )

    data = write_erp(to_json(order))

    assert data.startswith(b'{\n  "number": "4500001"')
    assert b'"price": "129.90"' in data
    assert from_json(DocumentType.ERP_ORDER, data) == order
