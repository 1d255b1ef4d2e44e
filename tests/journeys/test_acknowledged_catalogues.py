"""A partner acknowledges or refuses the catalogue we sent: by its number, in EDIFACT and in UBL."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edi_gateway.cli import app
from edi_gateway.exchange.catalogues import send_catalogue
from edi_gateway.exchange.operator import resend
from edi_gateway.formats.xml.places import NAMESPACES
from edi_gateway.store.queries import list_deliveries, story
from tests.conftest import SAMPLES, Installation
from tests.journeys.test_acknowledgements import aperak, contrl
from tests.journeys.test_application_responses import RESPONSE
from tests.journeys.test_catalogues import Shop, agreed


@pytest.fixture
def shop(installation: Installation, tmp_path: Path) -> Shop:
    folder = tmp_path / "package"
    shutil.copytree(SAMPLES / "partners" / "maisonvert", folder)
    return Shop(installation, folder)


def deliveries(shop: Shop) -> list[dict[str, Any]]:
    """The catalogues that went out, the newest first."""
    with shop.open() as gateway:
        rows = list_deliveries(gateway.place.store, partner="maisonvert")
    return [row for row in rows if row["type"] in {"PRICAT", "Catalogue"}]


def say(shop: Shop, name: str, data: bytes) -> dict[str, Any]:
    """Let the partner say something; return the message it became."""
    shop.installation.drop("maisonvert", name, data)
    shop.work()
    return shop.installation.messages()[-1]


def application_response(code: str, number: str, kind: str = "9", why: str = "") -> bytes:
    said = {"code": code, "why": why, "number": number, "sender": "3019999000011", "scheme": "0088"}
    type_ = f"<cbc:DocumentTypeCode>{kind}</cbc:DocumentTypeCode>" if kind else ""
    return RESPONSE.format(**NAMESPACES, **said, kind=type_).encode()


@pytest.mark.parametrize("named", ["RFF+ACW:C00000001'", "RFF+PL:C00000001'", "DOC+9+C00000001'"])
@pytest.mark.parametrize(
    ("verdict", "state"), [("BGM++A-1+6'", "acknowledged"), ("BGM++A-1+27'", "refused")]
)
def test_an_aperak_that_names_it_settles_or_refuses_it(
    shop: Shop, named: str, verdict: str, state: str
) -> None:
    shop.package(*agreed("EDIFACT D.96A"))
    shop.work()

    message = say(shop, "aperak.edi", aperak(f"{verdict}{named}"))

    assert message["state"] == "answered", message["reason"]
    assert [row["state"] for row in deliveries(shop)] == [state]


def test_a_contrl_settles_it_by_its_reference(shop: Shop) -> None:
    shop.package(*agreed("EDIFACT D.96A"))
    shop.work()
    (sent,) = deliveries(shop)

    say(shop, "contrl.edi", contrl(sent["reference"], "7"))

    assert [row["state"] for row in deliveries(shop)] == ["acknowledged"]


@pytest.mark.parametrize("kind", ["9", ""])
@pytest.mark.parametrize(("code", "state"), [("AP", "acknowledged"), ("RE", "refused")])
def test_an_application_response_that_names_it_settles_or_refuses_it(
    shop: Shop, kind: str, code: str, state: str
) -> None:
    shop.package(*agreed("UBL 2.1"))
    shop.work()

    message = say(shop, "said.xml", application_response(code, "C00000001", kind, "wrong codes"))

    (delivery,) = deliveries(shop)
    assert message["state"] == "answered", message["reason"]
    assert delivery["state"] == state
    assert ("wrong codes" in (delivery["reason"] or "")) is (state == "refused")


def test_one_part_is_refused_and_the_others_stand(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edi_gateway.exchange.catalogues.LARGEST", 2)
    shop.package(*agreed("UBL 2.1"))
    shop.work()

    say(shop, "said.xml", application_response("RE", "C00000001-2", why="wrong codes"))

    assert [row["state"] for row in reversed(deliveries(shop))] == ["sent", "refused", "sent"]


def test_one_that_another_partner_got_is_not_meant(shop: Shop) -> None:
    shop.package(*agreed("UBL 2.1"))
    shop.installation.import_partner(SAMPLES / "partners" / "nordlys")
    shop.work()

    data = application_response("RE", "C00000001").replace(b"3019999000011", b"7390000012345")
    shop.installation.drop("nordlys", "said.xml", data)
    shop.work()

    assert [row["state"] for row in deliveries(shop)] == ["sent"]


def test_a_copy_that_was_sent_again_is_found_by_the_number_too(shop: Shop) -> None:
    shop.package(*agreed("EDIFACT D.96A"))
    shop.work()
    say(shop, "1.edi", aperak("BGM++A-1+27'RFF+ACW:C00000001'"))
    (first,) = deliveries(shop)
    with shop.open() as gateway:
        resend(gateway.place, first["item"], "they were mistaken", "alice")
    shop.work()

    say(shop, "2.edi", aperak("BGM++A-2+6'RFF+ACW:C00000001'", reference="P2"))

    assert [row["state"] for row in deliveries(shop)] == ["acknowledged", "closed"]


def test_operators_see_which_catalogue_a_delivery_carries(shop: Shop) -> None:
    shop.package(*agreed("EDIFACT D.96A", 'catalogue_on = "never"'))
    with shop.open() as gateway:
        agreement = gateway.place.partners.get("maisonvert")
        assert agreement is not None
        send_catalogue(gateway.place, agreement, "test")
    shop.work()
    (sent,) = deliveries(shop)

    with shop.open() as gateway:
        told = story(gateway.place.store, "d", int(sent["item"][1:]))
    config = ["--config", str(shop.installation.config)]
    listed = CliRunner().invoke(app, ["deliveries", *config])

    assert told is not None
    assert told.fields["document"] == sent["document"] == "catalogue C00000001"
    assert "catalogue C00000001" in listed.stdout
