"""A package written to begin with holds whatever can be held, and can be imported as it is."""

from datetime import date

import pytest

from edi_gateway.contract.package import read_package
from edi_gateway.contract.package.keys import POLICY_KEYS
from edi_gateway.contract.package.template import cautious, template
from edi_gateway.contract.policies import policy_kinds, policy_meaning


def written(name: str = "Acme") -> dict[str, bytes]:
    files = template(
        id="acme",
        name=name,
        gln="5412345000013",
        contract="C-1",
        currency="EUR",
        valid_from=date(2026, 1, 1),
    )
    return {file: text.encode() for file, text in files.items()}


@pytest.mark.parametrize("policy", POLICY_KEYS)
def test_every_policy_is_spelled_out_with_its_meaning(policy):
    text = written()["partner.toml"].decode()

    assert f'# {policy_meaning(policy)}\n{policy} = "{cautious(policy)}"' in text


@pytest.mark.parametrize("policy", POLICY_KEYS)
def test_what_can_be_held_is_held(policy):
    agreement = read_package(written(), "acme")

    value = getattr(agreement.contract.policies, policy).value

    assert value == "hold" or "hold" not in {word.value for word in policy_kinds()[policy]}


def test_a_name_may_hold_quotes():
    agreement = read_package(written('The "Acme" \\ Co.'), "acme")

    assert agreement.partner.name == 'The "Acme" \\ Co.'
