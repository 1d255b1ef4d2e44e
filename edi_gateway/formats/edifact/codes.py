"""
Code lists: which codes a coded data element may have in a directory.

They lie beside the tables, are written the same way (a directory states what it changed), and are
read when first asked for. Lists that users or other agencies keep are not among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from edi_gateway.formats.edifact.directory import FILES, Value

#: The agency (3055) that keeps the lists of the directories: the United Nations.
_UN = "6"


def find_codes(release: str) -> Mapping[str, frozenset[str]]:
    """
    Return the codes of each coded data element of a release, by its id.

    An element that is not there has no list: any code may stand in it.
    """
    return _load(FILES[release]) if release in FILES else {}


def is_listed(value: Value, given: Sequence[str], codes: Mapping[str, frozenset[str]]) -> bool:
    """
    Return whether the code at `value`, in the components `given`, may stand there.

    Where the composite names a code list (1131) or an agency other than the UN (3055), the code is
    of that list, which we do not have, and is let pass.
    """
    listed = codes.get(value.id)
    if listed is None or given[value.component] in listed:
        return True
    return any(at < len(given) and given[at] not in ("", _UN) for at in value.listed_by)


@cache
def _load(name: str) -> dict[str, frozenset[str]]:
    path = resources.files(__package__) / "tables" / "codes" / f"{name}.txt"
    codes: dict[str, frozenset[str]] = {}
    for line in path.read_text(encoding="utf-8").replace("\n  ", " ").splitlines():
        id_, *listed = line.split() or ["#"]
        if id_ == "extends":
            codes |= _load(listed[0])
        elif id_ != "#":
            end = listed.index("-") if "-" in listed else len(listed)
            codes[id_] = codes.get(id_, frozenset()).union(listed[:end]).difference(listed[end:])
    return codes
