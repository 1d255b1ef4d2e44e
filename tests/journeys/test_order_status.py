"""The ERP says what became of an order; the customer hears of it in a new order response."""

from __future__ import annotations

from typing import Any

import pytest

from edi_gateway.documents import LineAction
from tests.conftest import SAMPLES, Installation
from tests.journeys.answers import edifact_responses, ubl_responses
from tests.journeys.order_life import change, desk, order, pails, said
from tests.journeys.test_confirmations import REQUIRED


def status(number: int, *lines: dict[str, Any], order: str = "MV-1", **more: Any) -> dict[str, Any]:
    return {
        "type": "order-status",
        "order_number": order,
        "number": number,
        "lines": list(lines),
        **more,
    }


def part(quantity: str, date: str | None = None, line: str = "1", **more: Any) -> dict[str, Any]:
    dated = {"delivery_date": date} if date else {}
    return {"order_line": line, "quantity": quantity, **dated, **more}


def test_a_date_is_promised(installation: Installation) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))

        at.erp(status(1, part("60", "2026-11-27")))

        answer = at.responses()[-1]
        first, second = answer.lines
        assert answer.status == "changed"
        assert (first.action, str(first.promised_delivery)) == ("changed", "2026-11-27")
        assert (first.reason_code, str(first.confirmed)) == ("date-changed", "60")
        assert second == at.responses()[0].lines[1]
        assert len(at.handed()) == 1
        told = edifact_responses(installation.base / "outbound" / "maisonvert")[-1]
        assert (told.header, told.lines["1"][:2]) == ("4", ("3", 60))


def test_what_is_delivered_as_wanted_tells_the_customer_nothing_new(
    installation: Installation,
) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))

        report = at.erp(status(1, part("60")))

        assert report["state"] == "answered"
        assert "nothing new" in report["reason"]
        assert len(at.out("ORDRSP*")) == 1


def test_a_split_delivery_is_answered_part_by_part(installation: Installation) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))

        at.erp(status(1, part("40", "2026-11-23"), part("20", "2026-12-01")))

        assert [
            (line.order_line, line.action, str(line.confirmed), str(line.promised_delivery))
            for line in at.responses()[-1].lines
        ] == [
            ("1", LineAction.CHANGED, "40", "2026-11-23"),
            ("1", LineAction.ADDED, "20", "2026-12-01"),
            ("2", LineAction.ACCEPTED, "75", "None"),
        ]
        assert len(at.handed()) == 1


def test_a_backorder_is_told_with_its_date_where_there_is_one(installation: Installation) -> None:
    soil = part("25", line="2", backorder=True)
    with desk(installation) as at:
        at.send(order("MV-1"))

        at.erp(
            status(
                1,
                part("40", "2026-11-23"),
                part("20", "2026-12-15", backorder=True),
                part("50", "2026-11-23", line="2"),
                soil,
            )
        )

        pail, later, ground = at.responses()[-1].lines
        assert (str(pail.confirmed), str(pail.backordered)) == ("40", "20")
        assert (str(later.confirmed), str(later.promised_delivery)) == ("20", "2026-12-15")
        assert (str(ground.confirmed), str(ground.backordered)) == ("50", "25")
        assert "date not known yet" in (ground.reason or "")
        handed = at.handed()[-1]
        assert (handed.revision, str(handed.lines[0].confirmed_quantity)) == (2, "40")
        assert str(handed.lines[0].backordered) == "20"


def test_what_is_backordered_may_be_despatched_later(installation: Installation) -> None:
    despatch = {
        "type": "despatch-advice",
        "issue_date": "2026-11-23",
        "order_number": "MV-1",
    }
    with desk(installation) as at:
        at.send(order("MV-1"))
        at.erp(status(1, part("40"), part("20", backorder=True)))

        first = at.erp({**despatch, "number": "D-1", "lines": [part("40") | {}]})
        rest = at.erp({**despatch, "number": "D-2", "lines": [part("20")]})
        more = at.erp({**despatch, "number": "D-3", "lines": [part("1")]})

        assert [first["state"], rest["state"]] == ["answered", "answered"]
        assert (more["state"], more["code"]) == ("held", "more-than-confirmed")


def test_less_than_confirmed_limits_what_is_despatched(installation: Installation) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))

        at.erp(status(1, part("50", reason="the rest is sold out")))

        line = at.responses()[-1].lines[0]
        assert (line.action, str(line.confirmed)) == ("changed", "50")
        assert "the rest is sold out" in (line.reason or "")
        assert str(at.handed()[-1].lines[0].confirmed_quantity) == "50"


def test_a_line_that_is_not_supplied_is_rejected(installation: Installation) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))

        at.erp(status(1, part("0", reason="no longer made")))

        assert said(at.responses()[-1]) == [("1", "rejected", "0"), ("2", "accepted", "75")]
        assert at.responses()[-1].lines[0].reason == "no longer made"
        assert str(at.handed()[-1].net_amount) == "13.88"


def test_an_order_that_is_not_supplied_is_cancelled(installation: Installation) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))

        at.erp(status(1, part("0"), part("0", line="2")))

        assert at.responses()[-1].status == "rejected"
        assert at.handed()[-1].status == "cancelled"
        assert at.order("MV-1").state == "cancelled"


def test_a_substitute_is_priced_by_the_contract_and_traced(installation: Installation) -> None:
    with desk(installation, erp_substitution="accept") as at:
        at.send(order("MV-1"))

        at.erp(status(1, part("60", article="GANT-J")))

        line, handed = at.responses()[-1].lines[0], at.handed()[-1].lines[0]
        assert (line.reason_code, line.supplier_article) == ("substituted", "GANT-J")
        assert line.replaced_supplier_article == "SEAU-10"
        assert line.price is not None
        assert (str(line.price.amount), str(handed.amount)) == ("3.20", "192.00")
        assert (handed.article, handed.substituted_for) == ("GANT-J", "SEAU-10")


@pytest.mark.parametrize(
    ("terms", "article", "code"),
    [
        ({}, "GANT-J", "substitute-held"),
        ({"erp_substitution": "accept"}, "NO-SUCH", "unknown-substitute"),
        ({"erp_substitution": "accept"}, "ARROSOIR", "unknown-substitute"),
    ],
    ids=["not agreed", "not in the contract", "without a price"],
)
def test_a_substitute_that_cannot_be_is_held(
    installation: Installation, terms: dict[str, str], article: str, code: str
) -> None:
    with desk(installation, **terms) as at:
        at.send(order("MV-1"))

        held = at.erp(status(1, part("60", article=article)))

        assert (held["state"], held["code"]) == ("held", code)
        assert len(at.out("ORDRSP*")) == 1


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([part("61")], "more than the 60 confirmed"),
        ([part("1", line="9")], "has no such line"),
    ],
    ids=["more than confirmed", "a line the order does not have"],
)
def test_what_cannot_be_true_is_held(
    installation: Installation, lines: list[dict[str, Any]], why: str
) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))

        held = at.erp(status(1, *lines))

        assert (held["state"], held["code"]) == ("held", "status-impossible")
        assert why in held["reason"]


def test_a_report_again_changes_nothing(installation: Installation) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))
        at.erp(status(2, part("50")))

        again = at.erp(status(2, part("50")))
        older = at.erp(status(1, part("60")))
        other = at.erp(status(2, part("40")))

        assert (again["state"], older["state"]) == ("duplicate", "duplicate")
        assert (other["state"], other["code"]) == ("held", "changed-report")
        assert len(at.responses()) == 2


def test_a_report_on_an_order_the_erp_never_got_is_held(installation: Installation) -> None:
    with desk(installation) as at:
        held = at.erp(status(1, part("60")))

        assert (held["state"], held["code"]) == ("held", "unknown-order")


def test_a_later_report_may_give_back_what_an_earlier_one_took(
    installation: Installation,
) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))
        at.erp(status(1, part("50")))

        at.erp(status(2, part("60")))

        assert said(at.responses()[-1])[0] == ("1", "accepted", "60")
        assert str(at.handed()[-1].lines[0].confirmed_quantity) == "60"


def test_a_change_of_another_line_keeps_what_the_erp_said(installation: Installation) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))
        at.erp(status(1, part("50", "2026-11-27", line="2")))

        at.send(change("C-1", "MV-1", pails(55)))

        soil = at.responses()[-1].lines[1]
        assert (str(soil.confirmed), str(soil.promised_delivery)) == ("50", "2026-11-27")
        assert [str(line.confirmed_quantity) for line in at.handed()[-1].lines] == ["55", "50"]


def test_changes_are_late_once_the_erp_says_so(installation: Installation) -> None:
    with desk(installation, late_change="reject") as at:
        at.send(order("MV-1"))
        at.erp(status(1, changeable=False))

        at.send(change("C-1", "MV-1", pails(55)))

        line = at.responses()[-1].lines[0]
        assert (line.reason_code, str(line.confirmed)) == ("change-late", "60")


def test_where_it_is_required_the_customer_must_confirm_what_the_erp_changed(
    installation: Installation,
) -> None:
    with desk(installation, **REQUIRED) as at:
        at.send(order("MV-1"))

        at.erp(status(1, part("50")))
        waiting = (at.order("MV-1").state, at.handed()[-1].status)
        at.send(change("C-1", "MV-1", function="29"))

        assert waiting == ("awaiting", "awaiting-confirmation")
        assert (at.handed()[-1].status, at.handed()[-1].revision) == ("confirmed", 3)
        assert str(at.handed()[-1].lines[0].confirmed_quantity) == "50"


def test_an_invoice_that_no_longer_fits_is_pointed_out(installation: Installation) -> None:
    with desk(installation, invoice_on="acceptance") as at:
        at.send(order("MV-1"))

        report = at.erp(status(1, part("50")))

        assert report["state"] == "answered"
        assert "invoice INV-000001 was made for what was confirmed before" in report["reason"]
        assert len(at.out("INVOIC*")) == 1


def test_it_is_told_in_ubl_too(installation: Installation) -> None:
    data = (SAMPLES / "orders" / "7-ubl.xml").read_bytes()
    with desk(installation, "nordlys") as at:
        at.send(data)

        at.erp(
            status(
                1,
                part("12", "2026-11-27", line="10"),
                part("8", "2026-12-04", line="10"),
                part("0", line="20", reason="no longer made"),
                order="NL-77001",
            )
        )

        told = ubl_responses(installation.base / "outbound" / "nordlys")[-1]
        canonical = at.responses()[-1]
        assert (told.order, told.header) == ("NL-77001", "CA")
        assert said(canonical) == [
            ("10", "changed", "12"),
            ("10", "added", "8"),
            ("20", "rejected", "0"),
        ]


def test_what_was_invoiced_on_acceptance_is_not_invoiced_again_when_it_is_confirmed(
    installation: Installation,
) -> None:
    with desk(installation, **REQUIRED, invoice_on="acceptance") as at:
        at.send(order("MV-1"))
        at.erp(status(1, part("50")))

        at.send(change("C-1", "MV-1", function="29"))

        assert at.handed()[-1].status == "confirmed"
        assert len(at.out("INVOIC*")) == 1


def test_what_was_invoiced_on_acceptance_is_not_invoiced_again_when_it_leaves_later(
    installation: Installation,
) -> None:
    despatch = {"type": "despatch-advice", "issue_date": "2026-11-23", "order_number": "MV-1"}
    with desk(installation, invoice_on="acceptance") as at:
        at.send(order("MV-1"))
        at.erp(status(1, part("50"), part("10", backorder=True)))

        at.erp({**despatch, "number": "D-1", "lines": [part("50")]})
        at.erp({**despatch, "number": "D-2", "lines": [part("10")]})

        assert len(at.out("INVOIC*")) == 1
