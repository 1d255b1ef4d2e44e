"""Whether UNB, UNG, UNE and UNZ keep to the tables of their syntax version."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from edi_gateway.formats.edifact.conformity import Conformity
from edi_gateway.formats.edifact.directory import Table, find_service_segments
from edi_gateway.formats.edifact.faults import fault
from edi_gateway.formats.edifact.tokens import ServiceCharacters
from edi_gateway.formats.interchange import Fault


def service_faults(
    raw: str, chars: ServiceCharacters, version: str, offset: int
) -> Iterator[Fault]:
    """
    Yield each value of a service segment that is too long or short, of another kind, or too many.

    What is missing is told by those who need it.
    """
    for found in _conformity(chars, version).check(raw):
        if found.code != "element-missing":
            yield fault(
                "envelope-value",
                f"{raw[:3]}: {found.text}",
                edifact_code=found.edifact_code,
                tag=raw[:3],
                element=found.element,
                component=found.component,
                repetition=found.repetition,
                offset=offset,
                value=found.value or None,
            )


@lru_cache(64)
def _conformity(chars: ServiceCharacters, version: str) -> Conformity:
    segments = dict(find_service_segments(version))
    return Conformity(Table("", version, (), [], segments), chars, "latin-1", {})
