"""An action on what is, meanwhile or always, in another state is told so, and stops nothing."""

from __future__ import annotations

import pytest

from edi_gateway.control import ControlServer, ask_service
from edi_gateway.errors import ConfigError, HeldError
from edi_gateway.operations import perform
from tests.conftest import Installation
from tests.journeys.order_life import desk, order


@pytest.mark.parametrize("item", ["t1", "d1", "t99", "d99"])
def test_what_is_not_held_is_not_discarded(installation: Installation, item: str) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))

        with pytest.raises(HeldError, match="is no longer held") as refused:
            perform(at.gateway, {"action": "discard", "item": item, "reason": "no use"})

        assert refused.value.code == "not-possible"


def test_the_service_goes_on_to_answer_commands(installation: Installation) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))
        server = ControlServer(installation.base, lambda request: perform(at.gateway, request))
        server.start()
        try:
            with pytest.raises(ConfigError, match="is no longer held"):
                ask_service(
                    installation.base, {"action": "discard", "item": "t1", "reason": "no use"}
                )

            reply = ask_service(installation.base, {"action": "poll"})
        finally:
            server.stop()

    assert reply == {"text": "every connector was polled"}
