"""The invoice: what the law and EN 16931 want of it, whatever triggered it."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi_gateway.contract.answers.billing import bill, credit, is_same_bill, within_confirmed
from edi_gateway.contract.partner import Formats
from edi_gateway.contract.pricing.figures import to_cents
from edi_gateway.documents import ErpInvoiceLine
from edi_gateway.errors import HeldError
from tests.unit.contract.builders import ACME, COMPANY, agreement_of, erp_line_of, erp_order_of


def billed(order, quantities=None, agreement=ACME, **others):
    if quantities is None:
        quantities = {line.number: line.confirmed_quantity for line in order.lines}
    facts = {"number": "INV-1", "issue_date": date(2026, 11, 17), "company": COMPANY, **others}
    return bill(order, quantities, agreement=agreement, **facts)


def with_format(name):
    return agreement_of(formats=Formats(order_response=name, invoice=name, acknowledgement=name))


def override(**others):
    return {"1": ErpInvoiceLine(order_line="1", quantity=Decimal(3), **others)}


def test_vat_is_computed_once_per_rate_not_per_line():
    order = erp_order_of(*(erp_line_of(str(n), 1, "0.33", vat_rate="5.5") for n in range(1, 11)))

    assert billed(order).vat_amount == Decimal("0.18")  # ten times 0.02 would be 0.20


def test_half_a_cent_is_rounded_up():
    order = erp_order_of(erp_line_of(confirmed=55, price="1.355"))

    assert billed(order).lines[0].amount == Decimal("74.53")


def test_lines_of_no_quantity_are_left_out():
    order = erp_order_of(erp_line_of("1"), erp_line_of("2", 0, None, None))

    assert [line.order_line for line in billed(order).lines] == ["1"]


def test_part_of_an_order_can_be_invoiced():
    invoice = billed(erp_order_of(erp_line_of()), {"1": Decimal(2)}, despatch_number="D1")

    assert (invoice.net_amount, invoice.despatch_number) == (Decimal("48.00"), "D1")


def test_the_due_date_follows_the_terms():
    invoice = billed(erp_order_of(erp_line_of()))

    assert (invoice.due_date, invoice.payment_days) == (date(2026, 12, 17), 30)


def test_the_erp_may_set_another_due_date():
    invoice = billed(erp_order_of(erp_line_of()), due_date=date(2026, 11, 27))

    assert (invoice.due_date, invoice.payment_days) == (date(2026, 11, 27), 10)


def test_a_due_date_before_the_invoice_is_held():
    with pytest.raises(HeldError, match="lies before"):
        billed(erp_order_of(erp_line_of()), due_date=date(2026, 11, 16))


@pytest.mark.parametrize(("rate", "category"), [("20.0", "S"), ("5.5", "S"), ("0", "Z")])
def test_the_vat_category_follows_the_rate(rate, category):
    invoice = billed(erp_order_of(erp_line_of(vat_rate=rate)))

    assert invoice.vat[0].category == category


def test_a_french_company_states_what_french_law_wants():
    notes = {note.subject: note.text for note in billed(erp_order_of(erp_line_of())).notes}

    assert list(notes) == ["REG", "PMT", "PMD", "AAB"]
    assert notes["REG"] == "SAS au capital de 150000.00 EUR, RCS Lyon 732829320"
    assert "40 EUR" in notes["PMT"]


def test_notes_can_be_written_in_latin_1():
    for note in billed(erp_order_of(erp_line_of())).notes:
        note.text.encode("latin-1")


def test_peppol_allows_one_note_only():
    (note,) = billed(erp_order_of(erp_line_of()), agreement=with_format("Peppol BIS 3")).notes

    assert "40 EUR" in note.text


@pytest.mark.parametrize(
    ("name", "specification"),
    [
        ("EDIFACT D.96A", None),
        ("UBL 2.1", "urn:cen.eu:en16931:2017"),
        (
            "Peppol BIS 3",
            "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
        ),
    ],
)
def test_the_specification_is_that_of_the_format(name, specification):
    invoice = billed(erp_order_of(erp_line_of()), agreement=with_format(name))

    assert invoice.specification == specification


def test_the_account_is_written_without_spaces():
    assert billed(erp_order_of(erp_line_of())).iban == "FR7630006000011234567890189"


@pytest.mark.parametrize(
    ("stated", "amount"),
    [
        pytest.param({"price": Decimal("20.00")}, "60.00", id="price"),
        pytest.param({"price": Decimal("2000"), "price_per": Decimal(100)}, "60.00", id="per"),
        pytest.param({}, "72.00", id="nothing"),
    ],
)
def test_the_erp_may_state_its_own_price(stated, amount):
    invoice = billed(erp_order_of(erp_line_of()), overrides=override(**stated))

    assert invoice.net_amount == Decimal(amount)


def test_the_erp_may_state_its_own_rate_and_text():
    invoice = billed(
        erp_order_of(erp_line_of()), overrides=override(vat_rate=Decimal(10), description="Tarp")
    )

    assert (invoice.lines[0].vat_rate, invoice.lines[0].description) == (10, "Tarp")


@pytest.mark.parametrize(
    ("line", "quantities", "stated"),
    [
        pytest.param(erp_line_of(), {"9": Decimal(1)}, {}, id="unknown line"),
        pytest.param(erp_line_of(), {"1": Decimal(0)}, {}, id="nothing to invoice"),
        pytest.param(erp_line_of(), {"1": Decimal("NaN")}, {}, id="no quantity at all"),
        pytest.param(erp_line_of(price=None), {"1": Decimal(1)}, {}, id="no price"),
        pytest.param(erp_line_of(vat_rate=None), {"1": Decimal(1)}, {}, id="no VAT rate"),
        pytest.param(erp_line_of(), {"1": Decimal(1)}, {"price": Decimal(-1)}, id="negative price"),
        pytest.param(erp_line_of(), {"1": Decimal(1)}, {"price_per": Decimal(0)}, id="per nothing"),
    ],
)
def test_what_cannot_be_invoiced_is_held(line, quantities, stated):
    with pytest.raises(HeldError) as held:
        billed(erp_order_of(line), quantities, overrides=override(**stated))

    assert held.value.code == "not-billable"


@pytest.mark.parametrize(
    ("already", "now", "is_within"),
    [
        pytest.param({}, 3, True, id="all of it"),
        pytest.param({"1": Decimal(1)}, 2, True, id="the rest"),
        pytest.param({"1": Decimal(1)}, 3, False, id="more than the rest"),
        pytest.param({}, 4, False, id="more than all"),
        pytest.param({}, -1, False, id="less than nothing"),
        pytest.param({"1": Decimal(3)}, 0, True, id="nothing any more"),
    ],
)
def test_no_more_than_confirmed_can_be_supplied(already, now, is_within):
    sentences = within_confirmed(erp_order_of(erp_line_of()), already, {"1": Decimal(now)})

    assert (sentences == []) == is_within


def test_an_unknown_line_is_named():
    (sentence,) = within_confirmed(erp_order_of(erp_line_of()), {}, {"7": Decimal(1)})

    assert sentence.startswith("line 7:")


LINES = st.lists(
    st.tuples(
        st.decimals("0.01", 5000, places=2),
        st.decimals("0.0001", 900, places=4),
        st.sampled_from(["20.0", "10.0", "5.5", "2.1", "0"]),
    ),
    min_size=1,
    max_size=8,
)
INVOICES = LINES.map(
    lambda lines: billed(
        erp_order_of(
            *(erp_line_of(str(n), q, str(p), rate) for n, (q, p, rate) in enumerate(lines, 1))
        )
    )
)


@given(INVOICES)
def test_lines_and_total_agree(invoice):
    assert invoice.net_amount == sum(line.amount for line in invoice.lines)


@given(INVOICES)
def test_vat_groups_and_lines_agree(invoice):
    assert sum(total.taxable for total in invoice.vat) == invoice.net_amount


@given(INVOICES)
def test_vat_is_the_rate_of_the_sum(invoice):
    for total in invoice.vat:
        assert total.tax == to_cents(total.taxable * total.rate / 100)


@given(INVOICES)
def test_what_is_payable_is_net_and_vat(invoice):
    vat = sum(total.tax for total in invoice.vat)
    assert invoice.payable_amount == invoice.net_amount + invoice.vat_amount
    assert invoice.vat_amount == vat


@given(INVOICES)
def test_there_is_one_vat_group_per_category_and_rate(invoice):
    keys = [(total.category, total.rate) for total in invoice.vat]

    assert len(keys) == len(set(keys))


def credited(invoice, agreement=ACME):
    facts = {"number": "INV-C1", "issue_date": date(2026, 11, 20), "reason": "order 1 was changed"}
    return credit(invoice, agreement=agreement, **facts)


QUANTITIES = st.lists(st.integers(1, 500), min_size=1, max_size=6)


@given(QUANTITIES, st.sampled_from(["0", "5.5", "20"]), st.sampled_from(["0.33", "7.95", "1250"]))
def test_an_invoice_and_its_credit_note_are_nothing(quantities, rate, price):
    lines = (
        erp_line_of(str(place), confirmed, price, vat_rate=rate if place % 2 else "10")
        for place, confirmed in enumerate(quantities, 1)
    )
    invoice = billed(erp_order_of(*lines))

    note = credited(invoice)

    figures = ("lines", "allowances", "vat", "net_amount", "vat_amount", "payable_amount")
    assert all(getattr(note, name) == getattr(invoice, name) for name in figures)
    assert (note.type_code, note.preceding_invoice) == ("381", "INV-1")
    assert note.preceding_date == date(2026, 11, 17)
    assert note.iban is None


@given(QUANTITIES, st.integers(0, 5), st.integers(-3, 3))
def test_only_a_bill_that_asks_for_the_same_is_the_same(quantities, place, more):
    changed = [*quantities]
    changed[place % len(changed)] = max(1, changed[place % len(changed)] + more)
    one, other = (
        billed(
            erp_order_of(*(erp_line_of(str(n), each, "7.95") for n, each in enumerate(some, 1))),
            issue_date=issued,
        )
        for some, issued in (
            (quantities, date(2026, 11, 17)),
            (changed, date(2026, 11, 20)),
        )
    )

    assert is_same_bill(one, other) is (quantities == changed)


def test_a_credit_note_says_why_beside_what_the_law_wants():
    invoice = billed(erp_order_of(erp_line_of()))

    note = credited(invoice)

    *kept, reason = note.notes
    assert tuple(kept) == invoice.notes
    assert reason.text == "order 1 was changed (invoice INV-1 of 2026-11-17)"


def test_under_peppol_the_one_note_says_why_too():
    peppol = with_format("Peppol BIS 3")
    invoice = billed(erp_order_of(erp_line_of()), agreement=peppol)

    (note,) = credited(invoice, peppol).notes

    assert note.text.startswith("order 1 was changed (invoice INV-1 of 2026-11-17). ")
    assert note.text.endswith(invoice.notes[0].text)
