"""Read the clauses of a contract that are tables of their own: guards and approvals."""

from __future__ import annotations

from typing import Any

from edi_gateway.contract.clauses import ApprovalClause, Guards
from edi_gateway.contract.package.keys import APPROVAL_KEYS, GUARD_KEYS
from edi_gateway.contract.package.toml_file import TomlFile, shown


def read_clauses(file: TomlFile, contract: str = "contract") -> dict[str, object]:
    """The fields of a contract that its tables `guards` and `approvals` fill, where it has them."""
    fields: dict[str, object] = {}
    guards: dict[str, Any] = file.read(f"{contract}.guards", GUARD_KEYS)
    if guards:
        fields["guards"] = _guards(file, f"{contract}.guards", guards)
    paths = file.each(f"{contract}.approvals")
    if paths:
        fields["approvals"] = tuple(_approval(file, path) for path in paths)
    return fields


def _guards(file: TomlFile, path: str, values: dict[str, Any]) -> Guards:
    guards = Guards(**values)
    if guards.minimum_orders > guards.last_orders:
        file.fault(
            path,
            "minimum_orders",
            f"{shown(path)}.minimum_orders: {guards.minimum_orders} orders are wanted of the last "
            f"{guards.last_orders}; raise last_orders, or write fewer",
        )
    return guards


def _approval(file: TomlFile, path: str) -> ApprovalClause:
    values: dict[str, Any] = file.read(path, APPROVAL_KEYS)
    clause = ApprovalClause(**{"role": "", **values})
    if clause.above_value is None and not clause.findings:
        file.fault(path, None, "an approval names no order; give it above_value or findings")
    return clause
