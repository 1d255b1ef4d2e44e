"""The formats `convert` writes. They follow from the mappings there are; nothing is listed twice."""

from __future__ import annotations

import re

from edi_gateway.documents import DocumentType
from edi_gateway.formats.mapping import MappingFile, MappingLibrary

JSON = "json"
UBL = "ubl"

_EDIFACT = re.compile(r"edifact/[a-z]{6}-(?P<release>[a-z0-9]+)")


def target_of(name: str) -> str | None:
    """
    Return the target a mapping writes.

    >>> target_of("edifact/orders-d96a"), target_of("ubl/order-2.1"), target_of("partners/a/x-d96a")
    ('edifact-d96a', 'ubl', None)
    """
    match = _EDIFACT.fullmatch(name)
    if match is not None:
        return f"edifact-{match['release']}"
    return UBL if name.startswith("ubl/") else None


def targets(library: MappingLibrary) -> list[str]:
    """Every target, canonical JSON first."""
    found = {target_of(name) for name in library.names()}
    return [JSON, *sorted(name for name in found if name is not None)]


def mappings_of(target: str, library: MappingLibrary) -> dict[DocumentType, MappingFile]:
    """The mapping that writes each document type in a target other than JSON."""
    found: dict[DocumentType, MappingFile] = {}
    for name in library.names():
        mapping = library.find(name) if target_of(name) == target else None
        if mapping is not None:
            found.setdefault(mapping.document, mapping)
    return found
