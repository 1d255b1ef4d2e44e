"""What is wrong with the configuration is told before anything is taken in."""

from __future__ import annotations

import pytest

from edi_gateway.errors import ConfigError
from tests.conftest import Installation


def test_a_partner_that_no_connector_serves_is_named(
    sample_installation: Installation,
) -> None:
    config = sample_installation.config
    text = config.read_text().replace(
        'outbound = "outbound"', 'outbound = "outbound"\npartner = "nordlys"'
    )
    config.write_text(text)

    with pytest.raises(ConfigError, match="no connector serves partner 'erp'"):
        sample_installation.work()


def test_the_folders_are_there_after_the_first_start(installation: Installation) -> None:
    installation.work()

    assert (installation.base / "inbound").is_dir()
