"""An operator refuses a held change: the customer is told that the order stands, and why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from lxml import etree

from edi_gateway.documents import OrderChange, OrderChangeLine, Party, Quantity
from edi_gateway.exchange.life.refusing import NothingToRefuse
from edi_gateway.exchange.operator import NotPossible, discard, refuse
from tests.conftest import SAMPLES, Installation
from tests.journeys.answers import UBL, ubl_responses
from tests.journeys.order_life import PAIL, Desk, change, desk, order, pails, said
from tests.journeys.test_changes_and_the_rest import ubl
from tests.journeys.test_order_status import status

BOTH = (pails(30), "LIN+2+2+3769999000138:EN", "LIN+3+1+3769999000121:EN'QTY+21:24")
WHY = "the goods are packed"


def refused(at: Desk, held: dict[str, object]) -> str:
    text = refuse(at.gateway.place, str(held["item"]), WHY, "alice")
    at.work()
    return text


@pytest.mark.parametrize("policy", ["hold", "apply"])
def test_the_customer_is_told_line_by_line_that_the_order_stands(
    installation: Installation, policy: str
) -> None:
    with desk(installation, order_changes=policy, late_change="hold") as at:
        at.send(order("MV-1"))
        at.erp(status(1, changeable=False))
        held = at.send(change("C-1", "MV-1", *BOTH))

        text = refused(at, held)

        answer = at.responses()[-1]
        assert "order MV-1 stands" in text
        assert answer.change_number == "C-1"
        assert answer.status == "changed"
        assert answer.reason == (
            "change C-1 is not accepted; order MV-1 stands as confirmed: the goods are packed"
        )
        assert [
            (line.order_line, line.action, str(line.ordered), str(line.confirmed))
            for line in answer.lines
        ] == [
            ("1", "changed", "30", "60"),
            ("2", "changed", "0", "75"),
            ("3", "rejected", "24", "0"),
        ]
        assert {line.reason for line in answer.lines} == {"not changed: the goods are packed"}


def test_the_order_and_the_erp_are_left_alone(installation: Installation) -> None:
    with desk(installation, order_changes="hold") as at:
        at.send(order("MV-1"))
        before = at.order("MV-1")
        held = at.send(change("C-1", "MV-1", *BOTH))

        refused(at, held)

        after = at.order("MV-1")
        assert (after.state, after.revision, after.message_id) == ("open", 1, before.message_id)
        assert after.response == at.responses()[-1].number
        assert len(at.handed()) == 1


def test_the_message_is_answered_and_says_why(installation: Installation) -> None:
    with desk(installation, order_changes="hold") as at:
        at.send(order("MV-1"))

        refused(at, at.send(change("C-1", "MV-1", *BOTH)))

        message = at.messages()[-1]
        assert (message["state"], message["code"]) == ("answered", "change-refused")
        assert message["reason"] == WHY


@pytest.mark.parametrize("release", ["D.96A", "D.01B"])
def test_in_edifact_the_answer_names_order_and_change(
    installation: Installation, release: str
) -> None:
    with desk(installation, order_changes="hold") as at:
        toml = installation.base / "package" / "partner.toml"
        text = toml.read_text(encoding="utf-8")
        agreed = f'order_response = "EDIFACT {release}"'
        toml.write_text(text.replace('order_response = "EDIFACT D.96A"', agreed), encoding="utf-8")
        at.take_package(toml.parent)
        at.send(order("MV-1"))

        refused(at, at.send(change("C-1", "MV-1", pails(30))))

        answer = at.out("ORDRSP*")[-1].read_text(encoding="latin-1")
        assert f"ORDRSP:D:{release[2:]}:UN:" in answer
        assert "BGM+231" in answer
        assert f"+{at.responses()[-1].number}+4'" in answer
        assert "RFF+ON:MV-1'" in answer
        assert "RFF+PP:C-1'" in answer
        assert "change C-1 is not accepted" in answer
        assert "LIN+1+3+3769999000114:" in answer
        assert "QTY+21:30" in answer
        assert "QTY+113:60" in answer


@pytest.mark.parametrize("mapping", ["ubl/order-change-2.1", "ubl/order-cancellation-2.1"])
def test_in_ubl_the_order_response_says_what_stands(
    installation: Installation, mapping: str
) -> None:
    is_change = "change" in mapping
    line = OrderChangeLine(number="10", quantity=Quantity(value=Decimal(12), unit="PCE"))
    with desk(installation, "nordlys", order_changes="hold") as at:
        at.send((SAMPLES / "orders" / "7-ubl.xml").read_bytes())
        known = at.documents_of_order()
        confirmed = {one.order_line: one.confirmed for one in at.responses()[-1].lines}
        wanted = OrderChange(
            number="CH-1",
            issue_date=date(2026, 11, 17),
            order_number="NL-77001",
            function="4" if is_change else "1",
            lines=(line,) if is_change else (),
            reason="no longer wanted",
            buyer=known.buyer,
            supplier=Party(gln="4012345500004", name="Us"),
            currency="EUR",
        )

        refused(at, at.send(ubl(wanted, mapping)))

        file = at.out("OrderResponse*")[-1]
        notes = [note.text for note in etree.parse(str(file)).iterfind("cbc:Note", UBL)]
        answer = ubl_responses(file.parent)[-1]
        assert (answer.order, answer.header) == ("NL-77001", "CA")
        assert f"change CH-1 is not accepted; order NL-77001 stands as confirmed: {WHY}" in notes
        assert {one.order_line: one.confirmed for one in at.responses()[-1].lines} == confirmed


def test_a_refused_cancellation_by_orders_leaves_every_line(installation: Installation) -> None:
    with desk(installation, late_change="hold") as at:
        at.send(order("MV-1"))
        at.erp(status(1, changeable=False))
        held = at.send(order("MV-1", function="1"))

        refused(at, held)

        assert held["code"] == "change-late"
        assert said(at.responses()[-1]) == [("1", "changed", "60"), ("2", "changed", "75")]
        assert at.order("MV-1").state == "open"


@pytest.mark.parametrize("function", ["1", "5"])
def test_orders_that_cancels_or_replaces_is_refused_as_the_change_it_is(
    installation: Installation, function: str
) -> None:
    with desk(installation, order_changes="hold") as at:
        at.send(order("MV-1"))
        held = at.send(order("MV-1", PAIL, function=function))

        refused(at, held)

        answer = at.responses()[-1]
        assert held["code"] == "changed-order-number"
        assert (answer.status, answer.change_number) == ("changed", None)
        assert (answer.reason or "").endswith(
            "order MV-1 stands as confirmed: the goods are packed"
        )
        assert said(answer)[1] == ("2", "changed", "75")
        assert at.order("MV-1").state == "open"


def test_a_refused_change_that_is_sent_again_gets_the_same_answer(
    installation: Installation,
) -> None:
    with desk(installation, late_change="hold") as at:
        at.send(order("MV-1"))
        at.erp(status(1, changeable=False))
        refused(at, at.send(change("C-1", "MV-1", pails(30))))

        again = at.send(change("C-1", "MV-1", pails(30)))

        assert (again["state"], again["code"]) == ("duplicate", "duplicate-change")
        first, second = (file.read_bytes() for file in at.out("ORDRSP*")[-2:])
        assert b"RFF+PP:C-1'" in first
        assert b"RFF+PP:C-1'" in second


def test_a_change_that_is_unclear_is_refused_for_the_order_as_a_whole(
    installation: Installation,
) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))
        held = at.send(change("C-1", "MV-1", "LIN+9+3+3769999000114:EN'QTY+21:1"))

        refused(at, held)

        answer = at.responses()[-1]
        assert said(answer) == [("1", "accepted", "60"), ("2", "accepted", "75")]
        assert answer.status == "changed"
        assert "is not accepted" in (answer.reason or "")


def test_what_waits_behind_it_is_decided(installation: Installation) -> None:
    with desk(installation, unknown_article="hold", park_hours="4") as at:
        at.send(change("C-1", "MV-1", "LIN+9+1+3769999999999:EN'QTY+21:1"))
        at.send(change("C-2", "MV-1", pails(30)))
        at.send(order("MV-1"))
        first, second, _ = at.messages()

        refused(at, first)

        states = [(m["number"], m["state"], m["code"]) for m in at.messages()]
        assert second["code"] == "change-before-order"
        assert states[:2] == [("C-1", "answered", "change-refused"), ("C-2", "answered", None)]
        assert said(at.responses()[-1])[0] == ("1", "accepted", "30")


def test_what_waits_behind_a_discarded_change_is_decided(installation: Installation) -> None:
    with desk(installation, unknown_article="hold", park_hours="4") as at:
        at.send(change("C-1", "MV-1", "LIN+9+1+3769999999999:EN'QTY+21:1"))
        at.send(change("C-2", "MV-1", pails(30)))
        at.send(order("MV-1"))

        discard(at.gateway.place, at.messages()[0]["item"], "by telephone", "alice")
        at.work()

        assert at.messages()[1]["state"] == "answered"


def test_a_change_of_an_order_that_is_not_known_cannot_be_refused(
    installation: Installation,
) -> None:
    with desk(installation) as at:
        held = at.send(change("C-1", "MV-1", pails(30)))

        with pytest.raises(NothingToRefuse, match="We have not answered order MV-1"):
            refused(at, held)


def test_another_content_under_a_used_number_cannot_be_refused(installation: Installation) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))
        at.send(change("C-1", "MV-1", pails(30)))
        held = at.send(change("C-1", "MV-1", pails(36)))

        with pytest.raises(NothingToRefuse, match="belongs to the change that came first"):
            refused(at, held)


def test_a_change_is_refused_once(installation: Installation) -> None:
    with desk(installation, order_changes="hold") as at:
        at.send(order("MV-1"))
        held = at.send(change("C-1", "MV-1", pails(30)))
        refused(at, held)

        with pytest.raises(NotPossible, match="refuse is for a message that is held"):
            refused(at, held)
