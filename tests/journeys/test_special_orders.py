"""ORDERS messages that are no new order: copies, telephone orders in writing, proposals."""

from __future__ import annotations

import pytest

from tests.conftest import Installation
from tests.journeys.order_life import GLOVES, PAIL, SOIL, desk, order, said


def test_a_copy_creates_no_second_order(installation: Installation) -> None:
    with desk(installation, copies="record") as at:
        at.send(order("MV-1"))

        copy = at.send(order("MV-1", function="31"))

        assert (copy["state"], copy["code"]) == ("duplicate", "order-copy")
        assert (len(at.handed()), len(at.out("ORDRSP*"))) == (1, 1)


def test_a_copy_that_differs_says_in_which_lines(installation: Installation) -> None:
    with desk(installation, copies="record") as at:
        at.send(order("MV-1", PAIL, SOIL))

        copy = at.send(order("MV-1", PAIL, GLOVES, function="31"))

        assert (copy["state"], copy["code"]) == ("duplicate", "copy-differs")
        assert "it differs in lines 2" in copy["reason"]
        assert len(at.handed()) == 1


@pytest.mark.parametrize("function", ["31", "42"])
def test_what_repeats_an_unknown_order_is_held(installation: Installation, function: str) -> None:
    with desk(installation, copies="record", phone_confirmations="match") as at:
        held = at.send(order("MV-1", function=function))

        assert (held["state"], held["code"]) == ("held", "original-unknown")
        assert at.handed() == []


@pytest.mark.parametrize("function", ["31", "42", "16", "46", "6", "5", "1"])
def test_without_a_policy_each_is_held_as_before(installation: Installation, function: str) -> None:
    with desk(installation, order_changes="hold") as at:
        held = at.send(order("MV-1", function=function))

        assert (held["state"], held["code"]) == ("held", "order-function-not-handled")


def test_a_telephone_order_in_writing_is_answered_as_the_order_was(
    installation: Installation,
) -> None:
    with desk(installation, phone_confirmations="match") as at:
        at.send(order("MV-1"))

        message = at.send(order("MV-1", function="42"))

        assert (message["state"], message["code"]) == ("duplicate", "order-confirmed-in-writing")
        assert (len(at.handed()), len(at.out("ORDRSP*"))) == (1, 2)


def test_a_telephone_order_that_reads_otherwise_in_writing_is_held(
    installation: Installation,
) -> None:
    with desk(installation, phone_confirmations="match") as at:
        at.send(order("MV-1", PAIL))

        held = at.send(order("MV-1", GLOVES, function="42"))

        assert (held["state"], held["code"]) == ("held", "confirmation-differs")


@pytest.mark.parametrize("function", ["16", "46"])
def test_a_proposal_is_answered_without_commitment(
    installation: Installation, function: str
) -> None:
    with desk(installation, proposals="answer", invoice_on="acceptance") as at:
        message = at.send(order("MV-1", function=function))

        (answer,) = at.responses()
        assert (message["state"], message["code"]) == ("answered", "proposal")
        assert said(answer) == [("1", "accepted", "60"), ("2", "accepted", "75")]
        assert "without commitment" in (answer.reason or "")
        assert at.handed() == []
        assert at.out("INVOIC*") == []
        assert at.order("MV-1").state == "proposed"


@pytest.mark.parametrize("function", ["6", "9"])
def test_a_proposal_that_is_taken_up_becomes_the_order(
    installation: Installation, function: str
) -> None:
    with desk(installation, proposals="answer", invoice_on="acceptance") as at:
        at.send(order("MV-1", function="16"))

        message = at.send(order("MV-1", function=function))
        again = at.send(order("MV-1", function=function))

        assert message["state"] == "answered"
        assert again["state"] == "duplicate"
        assert [(each.number, each.revision) for each in at.handed()] == [("MV-1", 1)]
        assert len(at.out("INVOIC*")) == 1
        assert at.order("MV-1").state == "open"


def test_a_proposal_again_is_answered_again(installation: Installation) -> None:
    with desk(installation, proposals="answer") as at:
        at.send(order("MV-1", function="16"))

        again = at.send(order("MV-1", function="16"))

        assert again["state"] == "duplicate"
        assert len(at.out("ORDRSP*")) == 2


def test_a_confirmation_of_no_proposal_is_held(installation: Installation) -> None:
    with desk(installation, proposals="answer") as at:
        held = at.send(order("MV-1", function="6"))

        assert (held["state"], held["code"]) == ("held", "order-function-not-handled")


def test_orders_after_a_test_proposal_are_new_orders(installation: Installation) -> None:
    test = order("MV-1", function="16").replace(b"++ORDERS++1+EANCOM", b"++ORDERS++1+EANCOM+1")
    with desk(installation, proposals="answer") as at:
        at.send(test)

        message = at.send(order("MV-1"))

        assert message["state"] == "answered"
        assert len(at.handed()) == 1
