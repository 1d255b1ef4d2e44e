"""A package written to begin with holds whatever can be held, and can be imported as it is."""

from datetime import date
from decimal import Decimal

import pytest

from edi_gateway.contract.clauses import GuardPolicy
from edi_gateway.contract.package import read_package
from edi_gateway.contract.package.keys import POLICY_KEYS
from edi_gateway.contract.package.template import cautious, template
from edi_gateway.contract.policies import ChangeConfirmation, policy_kinds, policy_meaning


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


def test_what_we_change_waits_for_the_customer():
    agreement = read_package(written(), "acme")

    assert agreement.contract.policies.change_confirmation is ChangeConfirmation.REQUIRED


def test_every_guard_is_set_and_holds():
    guards = read_package(written(), "acme").contract.guards

    assert guards is not None
    assert (guards.quantity_factor, guards.value_factor) == (Decimal(5), Decimal(5))
    assert {guards.quantity_policy, guards.value_policy, guards.new_delivery_address} == {
        GuardPolicy.HOLD
    }
