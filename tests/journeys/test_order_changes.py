"""A customer's change of an order is applied where its contract says so: file in, answer out."""

from __future__ import annotations

import pytest

from tests.conftest import Installation
from tests.journeys.answers import edifact_responses, erp_orders
from tests.journeys.order_life import GLOVES, PAIL, SOIL, change, desk, order, pails, said


def test_a_changed_quantity_is_decided_answered_and_handed_over(
    installation: Installation,
) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))

        message = at.send(change("C-1", "MV-1", pails(30)))

        first, second = at.responses()
        told = edifact_responses(installation.base / "outbound" / "maisonvert")[-1]
        files = erp_orders(installation.base / "outbound" / "erp")
    assert message["state"] == "answered"
    assert (second.change_number, said(second)) == (
        "C-1",
        [("1", "accepted", "30"), ("2", "accepted", "75")],
    )
    assert first.number != second.number
    assert (told.order, told.header, told.lines["1"][1]) == ("MV-1", "29", 30)
    assert [(f["revision"], f["lines"][0]["confirmed_quantity"]) for f in files] == [
        (1, "60"),
        (2, "30"),
    ]


def test_lines_are_added_and_deleted(installation: Installation) -> None:
    gloves = "LIN+3+1+3769999000121:EN'QTY+21:24"
    with desk(installation) as at:
        at.send(order("MV-1"))

        at.send(change("C-1", "MV-1", "LIN+2+2+3769999000138:EN", gloves))

        assert said(at.responses()[-1]) == [
            ("1", "accepted", "60"),
            ("3", "accepted", "24"),
            ("2", "accepted", "0"),
        ]
        assert [(x.number, str(x.confirmed_quantity)) for x in at.handed()[-1].lines] == [
            ("1", "60"),
            ("3", "24"),
            ("2", "0"),
        ]


@pytest.mark.parametrize("function", ["1", "17"])
def test_a_cancelled_order_is_supplied_no_more(installation: Installation, function: str) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))

        at.send(change("C-1", "MV-1", function=function))

        answer, handed = at.responses()[-1], at.handed()[-1]
        assert (answer.status, answer.reason) == (
            "accepted",
            "order MV-1 is cancelled as you asked; nothing is supplied",
        )
        assert said(answer) == [("1", "accepted", "0"), ("2", "accepted", "0")]
        assert (handed.status, handed.revision, str(handed.net_amount)) == ("cancelled", 2, "0.00")
        assert at.order("MV-1").state == "cancelled"


def test_an_order_is_replaced_by_orders_with_function_5(installation: Installation) -> None:
    with desk(installation) as at:
        at.send(order("MV-1", PAIL, SOIL))

        message = at.send(order("MV-1", GLOVES, function="5"))

        answer = at.responses()[-1]
        assert message["state"] == "answered"
        assert (answer.change_number, said(answer)) == (
            None,
            [("1", "accepted", "24"), ("2", "accepted", "0")],
        )
        assert at.handed()[-1].lines[0].article == "GANT-J"


def test_an_order_is_cancelled_by_orders_with_function_1(installation: Installation) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))

        at.send(order("MV-1", function="1"))

        assert at.handed()[-1].status == "cancelled"


def test_a_repeated_change_is_answered_again_and_applied_once(
    installation: Installation,
) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))
        at.send(change("C-1", "MV-1", pails(30)))

        again = at.send(change("C-1", "MV-1", pails(30)))

        assert again["state"] == "duplicate"
        assert len(at.handed()) == 2
        assert len(at.responses()) == 2
        assert len(at.out("ORDRSP*")) == 3


def test_a_change_number_with_other_content_is_held(installation: Installation) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))
        at.send(change("C-1", "MV-1", pails(30)))

        held = at.send(change("C-1", "MV-1", pails(31)))

        assert (held["state"], held["code"]) == ("held", "changed-change-number")


@pytest.mark.parametrize(("policy", "state"), [("reject", "answered"), ("hold", "held")])
def test_an_older_change_after_a_newer_one_is_not_applied(
    installation: Installation, policy: str, state: str
) -> None:
    with desk(installation, outdated_change=policy) as at:
        at.send(order("MV-1"))
        at.send(change("C-2", "MV-1", pails(20), issued="20261118"))

        late = at.send(change("C-1", "MV-1", pails(30), issued="20261117"))

        assert (late["state"], late["code"]) == (state, "change-outdated")
        assert str(at.handed()[-1].lines[0].confirmed_quantity) == "20"
        if state == "answered":
            assert said(at.responses()[-1])[0] == ("1", "accepted", "20")
            assert at.responses()[-1].status == "changed"


def test_changes_before_their_order_wait_and_are_applied_in_the_order_they_were_issued(
    installation: Installation,
) -> None:
    with desk(installation) as at:
        newer = at.send(change("C-2", "MV-1", pails(20), issued="20261118"))
        older = at.send(change("C-1", "MV-1", pails(30), issued="20261117"))

        at.send(order("MV-1"))

        assert (newer["code"], older["code"]) == ("change-before-order",) * 2
        states = [(m["number"], m["state"]) for m in at.messages()]
        assert states == [("C-2", "answered"), ("C-1", "answered"), ("MV-1", "answered")]
        assert [str(each.lines[0].confirmed_quantity) for each in at.handed()] == ["60", "30", "20"]


def test_a_change_whose_order_never_comes_is_told_after_park_hours(
    installation: Installation,
) -> None:
    keys = 'application_errors = "aperak"'
    with desk(installation, park_hours="24", partner_keys=keys) as at:
        at.send(change("C-1", "MV-1", pails(30)))
        at.clock.pass_by(hours=25)

        at.work()

        (message,) = at.messages()
        assert (message["state"], message["code"]) == ("held", "change-without-order")
        assert "did not arrive within 24 hours" in message["reason"]
        (aperak,) = at.out("APERAK*")
        assert b"UNKORD" in aperak.read_bytes()


def test_an_order_that_comes_after_park_hours_still_gets_its_change(
    installation: Installation,
) -> None:
    with desk(installation, park_hours="24") as at:
        at.send(change("C-1", "MV-1", pails(30)))
        at.clock.pass_by(hours=25)
        at.work()

        at.send(order("MV-1"))

        assert str(at.handed()[-1].lines[0].confirmed_quantity) == "30"


DESPATCH = {
    "type": "despatch-advice",
    "number": "D-1",
    "issue_date": "2026-11-16",
    "order_number": "MV-1",
    "lines": [{"order_line": "1", "quantity": "40"}],
}


def test_a_late_change_is_answered_with_what_stands(installation: Installation) -> None:
    with desk(installation, late_change="reject") as at:
        at.send(order("MV-1"))
        at.erp(DESPATCH)

        at.send(change("C-1", "MV-1", pails(50), "LIN+2+3+3769999000138:EN'QTY+21:100:KGM"))

        first, second = at.responses()[-1].lines
        assert (first.action, str(first.ordered), str(first.confirmed)) == ("changed", "50", "60")
        assert first.reason_code == "change-late"
        assert "40 are supplied already" in (first.reason or "")
        assert (second.action, str(second.confirmed)) == ("accepted", "100")
        assert at.order("MV-1").state == "partial"


def test_a_late_change_is_held(installation: Installation) -> None:
    with desk(installation, late_change="hold") as at:
        at.send(order("MV-1"))
        at.erp(DESPATCH)

        held = at.send(change("C-1", "MV-1", pails(50)))

        assert (held["state"], held["code"]) == ("held", "change-late")
        assert len(at.handed()) == 1


def test_a_late_change_is_accepted_but_never_below_what_was_despatched(
    installation: Installation,
) -> None:
    with desk(installation, late_change="accept") as at:
        at.send(order("MV-1"))
        at.erp(DESPATCH)

        at.send(change("C-1", "MV-1", pails(50)))
        at.send(change("C-2", "MV-1", pails(39)))

        fifty, too_few = at.responses()[-2].lines[0], at.responses()[-1].lines[0]
        assert (fifty.action, str(fifty.confirmed)) == ("accepted", "50")
        assert (too_few.reason_code, str(too_few.confirmed)) == ("below-supplied", "50")


def test_the_rest_is_cancelled_where_part_was_despatched(installation: Installation) -> None:
    with desk(installation, late_change="accept") as at:
        at.send(order("MV-1"))
        at.erp(DESPATCH)

        at.send(change("C-1", "MV-1", function="1"))

        # 40 pails no longer reach the break at 50: the ordered price is corrected.
        assert said(at.responses()[-1]) == [("1", "changed", "40"), ("2", "accepted", "0")]
        assert at.order("MV-1").state == "despatched"


def test_a_change_close_to_delivery_is_late(installation: Installation) -> None:
    with desk(installation, late_change="reject", change_until_days="5") as at:
        at.send(order("MV-1"))
        at.clock.pass_by(days=3)

        at.send(change("C-1", "MV-1", pails(50)))

        line = at.responses()[-1].lines[0]
        assert (line.reason_code, str(line.confirmed)) == ("change-late", "60")
        assert "until 2026-11-18, 5 days before delivery on 2026-11-23" in (line.reason or "")


def test_a_change_that_the_contract_rejects_leaves_the_line_as_it_was(
    installation: Installation,
) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))

        at.send(change("C-1", "MV-1", "LIN+1+3+3769999000107:EN'QTY+21:30"))

        line = at.responses()[-1].lines[0]
        assert (line.action, str(line.ordered), str(line.confirmed)) == ("changed", "30", "60")
        assert line.supplier_article == "SEAU-10"
        assert "the line stands as confirmed before" in (line.reason or "")


def test_an_order_invoiced_on_acceptance_is_not_changed(installation: Installation) -> None:
    with desk(installation, invoice_on="acceptance") as at:
        at.send(order("MV-1"))

        held = at.send(change("C-1", "MV-1", pails(30)))

        assert (held["state"], held["code"]) == ("held", "order-invoiced")
        assert "INV-000001" in held["reason"]


def test_another_buyer_cannot_be_named(installation: Installation) -> None:
    data = change("C-1", "MV-1", pails(30)).replace(
        b"NAD+BY+3019999000011", b"NAD+BY+3019999001018"
    )
    with desk(installation) as at:
        at.send(order("MV-1"))

        held = at.send(data)

        assert (held["state"], held["code"]) == ("held", "change-parties-differ")


def test_a_line_the_order_does_not_have_is_held(installation: Installation) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))

        held = at.send(change("C-1", "MV-1", "LIN+9+3+3769999000114:EN'QTY+21:1"))

        assert (held["state"], held["code"]) == ("held", "change-line-unclear")


def test_the_date_of_the_heading_is_changed(installation: Installation) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))

        at.send(change("C-1", "MV-1", heading=("DTM+2:20261130:102",)))

        assert str(at.handed()[-1].requested_delivery) == "2026-11-30"
        assert at.responses()[-1].status == "accepted"


def test_a_cancelled_order_cannot_be_changed_any_more(installation: Installation) -> None:
    with desk(installation, late_change="reject") as at:
        at.send(order("MV-1"))
        at.send(change("C-1", "MV-1", function="1"))

        at.send(change("C-2", "MV-1", pails(30)))

        answer = at.responses()[-1]
        assert answer.change_number == "C-2"
        assert "cancelled; nothing is supplied" in (answer.reason or "")
        assert all(confirmed == "0" for _, _, confirmed in said(answer))


def test_a_released_change_is_decided_anew(installation: Installation) -> None:
    from edi_gateway.operations import perform

    with desk(installation, late_change="hold", change_until_days="5") as at:
        at.send(order("MV-1"))
        at.clock.pass_by(days=3)
        held = at.send(change("C-1", "MV-1", pails(50)))
        at.clock.pass_by(days=-3)

        perform(at.gateway, {"action": "release", "item": held["item"], "reason": "agreed"})
        at.work()

        assert str(at.handed()[-1].lines[0].confirmed_quantity) == "50"


def test_a_heading_under_which_a_line_would_be_rejected_stays(installation: Installation) -> None:
    gone = ("3769999000152", "MV-505", "1", "12.40", "", "1")
    with desk(installation, no_price="reject") as at:
        folder = installation.base / "package"
        toml = folder / "partner.toml"
        text = toml.read_text(encoding="utf-8")
        toml.write_text(text.replace('price_date = "order"', 'price_date = "delivery"'), "utf-8")
        at.take_package(folder)
        data = order("MV-1", PAIL, gone).replace(b"DTM+2:20261123", b"DTM+2:20260323")
        at.send(data)

        at.send(change("C-1", "MV-1", heading=("DTM+2:20261130:102",)))

        answer = at.responses()[-1]
        assert said(answer) == [("1", "accepted", "60"), ("2", "accepted", "1")]
        assert answer.status == "changed"
        assert "the line stands as confirmed before" in (answer.reason or "")
        assert str(at.handed()[-1].requested_delivery) == "2026-03-23"
