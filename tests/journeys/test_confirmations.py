"""The customer's word on our changes: given, refused, not given in time; and who needs it."""

from __future__ import annotations

import pytest

from edi_gateway.exchange.operator import parse_item
from edi_gateway.store.queries import story
from tests.conftest import Installation
from tests.journeys.order_life import GLOVES, Line, change, desk, order, pails

#: Priced as no contract has it: we answer it with the contract's price, as a change.
DEAR: Line = ("3769999000114", "MV-501", "60", "6.00", "", "1")
REQUIRED = {"change_confirmation": "required"}


def test_without_a_rule_our_changes_stand(installation: Installation) -> None:
    with desk(installation) as at:
        at.send(order("MV-1", DEAR))

        assert at.handed()[-1].status == "confirmed"
        assert at.order("MV-1").state == "open"


def test_a_changed_order_waits_for_the_customers_word(installation: Installation) -> None:
    with desk(installation, **REQUIRED, invoice_on="acceptance") as at:
        at.send(order("MV-1", DEAR))

        assert at.handed()[-1].status == "awaiting-confirmation"
        assert at.order("MV-1").state == "awaiting"
        assert at.out("INVOIC*") == []


def test_show_tells_that_an_order_waits_for_the_customers_word(installation: Installation) -> None:
    with desk(installation, **REQUIRED) as at:
        decided = at.send(order("MV-1", DEAR))

        told = story(at.gateway.place.store, *parse_item(decided["item"]))

        assert told is not None
        assert told.fields["order"] == "awaiting, our response R00000001"


def test_an_order_accepted_as_it_is_waits_for_nothing(installation: Installation) -> None:
    with desk(installation, **REQUIRED, invoice_on="acceptance") as at:
        at.send(order("MV-1"))

        assert at.order("MV-1").state == "open"
        assert len(at.out("INVOIC*")) == 1


@pytest.mark.parametrize("function", ["29", "6"])
def test_accepted_changes_make_a_confirmed_and_invoiced_order(
    installation: Installation, function: str
) -> None:
    with desk(installation, **REQUIRED, invoice_on="acceptance") as at:
        at.send(order("MV-1", DEAR))

        said = at.send(change("C-1", "MV-1", function=function, heading=("RFF+POR:R00000001",)))

        assert said["state"] == "answered"
        assert [(each.revision, each.status) for each in at.handed()] == [
            (1, "awaiting-confirmation"),
            (2, "confirmed"),
        ]
        assert at.order("MV-1").state == "open"
        assert len(at.out("INVOIC*")) == 1


def test_refused_changes_cancel_the_order(installation: Installation) -> None:
    with desk(installation, **REQUIRED, invoice_on="acceptance") as at:
        at.send(order("MV-1", DEAR))

        at.send(change("C-1", "MV-1", function="27", heading=("RFF+POR:R00000001",)))

        answer = at.responses()[-1]
        assert (answer.status, answer.change_number) == ("rejected", "C-1")
        assert at.handed()[-1].status == "cancelled"
        assert at.order("MV-1").state == "cancelled"
        assert at.out("INVOIC*") == []


def test_the_same_word_twice_confirms_once(installation: Installation) -> None:
    with desk(installation, **REQUIRED) as at:
        at.send(order("MV-1", DEAR))
        at.send(change("C-1", "MV-1", function="29"))

        again = at.send(change("C-1", "MV-1", function="29"))

        assert again["state"] == "duplicate"
        assert len(at.handed()) == 2


def test_a_word_on_another_response_is_held(installation: Installation) -> None:
    with desk(installation, **REQUIRED) as at:
        at.send(order("MV-1", DEAR))

        held = at.send(change("C-1", "MV-1", function="29", heading=("RFF+POR:R00000099",)))

        assert (held["state"], held["code"]) == ("held", "confirmation-of-other-response")
        assert at.order("MV-1").state == "awaiting"


def test_refusing_what_does_not_wait_is_held(installation: Installation) -> None:
    with desk(installation, **REQUIRED) as at:
        at.send(order("MV-1"))

        held = at.send(change("C-1", "MV-1", function="27"))

        assert (held["state"], held["code"]) == ("held", "changes-refused")


def test_a_new_change_settles_what_waited(installation: Installation) -> None:
    with desk(installation, **REQUIRED) as at:
        at.send(order("MV-1", DEAR))

        at.send(change("C-1", "MV-1", f"{pails(60)}'PRI+AAA:7.95"))

        assert at.order("MV-1").state == "open"
        assert at.handed()[-1].status == "confirmed"


def test_what_waits_is_not_despatched(installation: Installation) -> None:
    with desk(installation, **REQUIRED) as at:
        at.send(order("MV-1", DEAR))

        held = at.erp(
            {
                "type": "despatch-advice",
                "number": "D-1",
                "issue_date": "2026-11-16",
                "order_number": "MV-1",
                "lines": [{"order_line": "1", "quantity": "1"}],
            }
        )

        assert (held["state"], held["code"]) == ("held", "order-not-confirmed")


@pytest.mark.parametrize(
    ("silence", "state", "status"),
    [("accept", "open", "confirmed"), ("cancel", "cancelled", "cancelled")],
)
def test_silence_counts_as_the_contract_says(
    installation: Installation, silence: str, state: str, status: str
) -> None:
    terms = {**REQUIRED, "silence": silence, "silence_days": "3"}
    with desk(installation, **terms, invoice_on="acceptance") as at:
        at.send(order("MV-1", DEAR))
        at.clock.pass_by(days=2)
        at.work()
        before = at.order("MV-1").state
        at.clock.pass_by(days=1)

        at.work()
        at.work()

        assert (before, at.order("MV-1").state) == ("awaiting", state)
        assert [each.status for each in at.handed()] == ["awaiting-confirmation", status]
        assert len(at.out("INVOIC*")) == (1 if silence == "accept" else 0)
        assert len(at.out("ORDRSP*")) == (1 if silence == "accept" else 2)


def test_a_customer_whose_silence_cancels_reads_why_in_words(installation: Installation) -> None:
    with desk(installation, **REQUIRED, silence="cancel", silence_days="3") as at:
        at.send(order("MV-1", DEAR))
        at.clock.pass_by(days=3)

        at.work()

        first, last = at.responses()
        assert last.lines[0].reason == (
            f"order MV-1 is cancelled: no word on {first.number} within 3 days"
        )


def test_silence_is_told_to_a_person_and_the_order_goes_on_waiting(
    installation: Installation,
) -> None:
    with desk(installation, **REQUIRED, silence="ask", silence_days="3") as at:
        at.send(order("MV-1", DEAR))
        at.clock.pass_by(days=4)

        at.work()

        (message,) = at.messages()
        assert (message["state"], message["code"]) == ("answered", "confirmation-overdue")
        assert at.order("MV-1").state == "awaiting"


@pytest.mark.parametrize(("action", "state"), [("confirm", "open"), ("cancel", "cancelled")])
def test_an_operator_settles_what_the_customer_said_by_telephone(
    installation: Installation, action: str, state: str
) -> None:
    from edi_gateway.operations import perform

    with desk(installation, **REQUIRED) as at:
        at.send(order("MV-1", DEAR))

        perform(at.gateway, {"action": action, "item": "m1", "reason": "by telephone"})

        assert at.order("MV-1").state == state


def test_an_order_that_does_not_wait_is_not_confirmed_by_an_operator(
    installation: Installation,
) -> None:
    from edi_gateway.exchange.operator import NotPossible
    from edi_gateway.operations import perform

    with desk(installation, **REQUIRED) as at:
        at.send(order("MV-1", GLOVES))

        with pytest.raises(NotPossible):
            perform(at.gateway, {"action": "confirm", "item": "m1", "reason": "by telephone"})
