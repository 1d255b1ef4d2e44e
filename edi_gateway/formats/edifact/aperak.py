"""
APERAK, the application acknowledgement: written for order errors, and read from partners.

It says whether an application could take a message whose syntax was right. There is no code list for
its errors (9321): ours are published in `docs/errors.md`. There is never an APERAK about an APERAK.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from edi_gateway.documents import Party
from edi_gateway.formats.acknowledgement import Acknowledgement, Complaint
from edi_gateway.formats.edifact.acknowledgements import UnreadableAcknowledgement, segments_of
from edi_gateway.formats.edifact.charsets import transliterate
from edi_gateway.formats.edifact.parsing import Segment
from edi_gateway.formats.edifact.writer import segment
from edi_gateway.formats.interchange import OpenedInterchange

ACCEPTED, REFUSED = "6", "27"

#: Longest reference (1154 in D.96A, and in EANCOM), line number (1156), and own number.
_REFERENCE, _LINE = 35, 6
#: Errors in one message (D.96A; D.01B takes more), and parts of a text.
_MOST_ERRORS, _TEXTS = 999, 5


@dataclass(frozen=True, slots=True)
class _Release:
    """What differs between the directories."""

    identity: tuple[str, ...]
    #: C002 of BGM where the document is accepted, and where it is not.
    accepted: tuple[str, ...]
    refused: tuple[str, ...]
    #: Length of one text (4440).
    text: int


_D96A = _Release(("APERAK", "D", "96A", "UN", "EAN000"), ("12E", "", "9"), ("12E", "", "9"), 70)

#: By the format of the partner's order responses. D.93A has no APERAK, so its partners get that of
#: D.96A; before D.99B there is no code for it in 1001, and EANCOM's own (12E) is for D.96A alone.
_RELEASES = {
    "EDIFACT D.93A": _D96A,
    "EDIFACT D.96A": _D96A,
    "EDIFACT D.97A": _Release(("APERAK", "D", "97A", "UN"), (), (), 70),
    "EDIFACT D.99B": _Release(("APERAK", "D", "99B", "UN"), ("305",), ("313",), 70),
    "EDIFACT D.01B": _Release(("APERAK", "D", "01B", "UN", "EAN003"), ("305",), ("313",), 512),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationError:
    """One error: its code (9321), what is wrong, and the line where it is one line's."""

    code: str
    text: str
    line: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationReport:
    """What an APERAK says about one order."""

    number: str
    issued: date
    accepted: bool
    order_number: str
    order_date: date
    #: 0062 of the message that held the order.
    message_reference: str
    buyer: Party
    supplier: Party
    errors: tuple[ApplicationError, ...]


def write_aperak(report: ApplicationReport, reference: str, format_name: str, syntax: str) -> str:
    """Write one message, UNH to UNT, for a partner with that format of order responses."""
    release = _RELEASES[format_name]
    body = list(_body(report, release, syntax))
    return "".join(
        (
            segment("UNH", reference, release.identity),
            *body,
            segment("UNT", str(len(body) + 2), reference),
        )
    )


def _body(report: ApplicationReport, release: _Release, syntax: str) -> Iterator[str]:
    name = release.accepted if report.accepted else release.refused
    yield segment("BGM", name, report.number, ACCEPTED if report.accepted else REFUSED)
    yield segment("DTM", ("137", f"{report.issued:%Y%m%d}", "102"))
    if len(report.order_number) <= _REFERENCE:
        yield segment("RFF", ("ON", transliterate(report.order_number, syntax)))
        yield segment("DTM", ("171", f"{report.order_date:%Y%m%d}", "102"))
    yield segment("RFF", ("ACW", transliterate(report.message_reference, syntax)))
    yield _party("BY", report.buyer, syntax)
    yield _party("SU", report.supplier, syntax)
    for error in report.errors[:_MOST_ERRORS]:
        yield from _error(report, error, release, syntax)


def _party(role: str, party: Party, syntax: str) -> str:
    if party.gln is not None:
        return segment("NAD", role, (party.gln, "", "9"))
    scheme = party.identifier_scheme or "92"
    identifier = transliterate(party.identifier or party.name or "", syntax)[:17]
    return segment("NAD", role, (identifier, "", scheme))


def _error(
    report: ApplicationReport, error: ApplicationError, release: _Release, syntax: str
) -> Iterator[str]:
    line = error.line
    shown = line is not None and len(line) <= _LINE and len(report.order_number) <= _REFERENCE
    text = error.text if shown or line is None else f"line {line}: {error.text}"
    yield segment("ERC", (error.code, "", "91"))
    yield segment("FTX", "AAO", "", "", _pieces(transliterate(text, syntax), release.text))
    if shown and line is not None:
        number = transliterate(report.order_number, syntax)
        yield segment("RFF", ("ON", number, transliterate(line, syntax)))


def _pieces(text: str, most: int) -> list[str]:
    """Cut a text into its components; what is beyond them is marked as left out."""
    room = most * _TEXTS
    if len(text) > room:
        text = f"{text[: room - 3].rstrip()}..."
    return [text[start : start + most].strip() for start in range(0, len(text), most)]


# --- read -----------------------------------------------------------------------------------------

#: 1225: accepted in some way, and not accepted.
_POSITIVE, _NEGATIVE = {"6", "28", "29", "30", "34", "44", "45"}, {"27", "48", "63"}
#: 1001 of D.01B: acknowledgement, and application error.
_ACKNOWLEDGEMENT, _ERROR = "312", "313"


def read_aperak(data: bytes, interchange: OpenedInterchange) -> Acknowledgement:
    """Read an APERAK of any release; `UnreadableAcknowledgement` when it has no beginning."""
    segments = segments_of(data, interchange)
    bgm = next((segment for segment in segments if segment.tag == "BGM"), None)
    if bgm is None:
        raise UnreadableAcknowledgement("The APERAK has no BGM, so it says nothing.")
    first = next((n for n, one in enumerate(segments) if one.tag == "ERC"), len(segments))
    references = list(_references(segments[:first]))
    documents = tuple((kind, number) for kind, number, _ in references if kind != "ACW")
    complaints = tuple(_complaints(segments[first:], documents))
    accepted = _is_accepted(bgm.at(1), bgm.at(3), bool(complaints))
    if not accepted and not complaints:
        named = documents[0][1] if documents else None
        complaints = (Complaint(code="", meaning="not accepted", document=named),)
    return Acknowledgement(
        type="APERAK",
        number=bgm.at(2),
        accepted=accepted,
        said=f"BGM {bgm.at(1)} {bgm.at(3)}".strip(),
        reference=next((number for kind, number, _ in references if kind == "ACW"), ""),
        documents=documents,
        complaints=complaints,
    )


def _is_accepted(name: str, status: str, has_errors: bool) -> bool:
    if status in _NEGATIVE or name == _ERROR:
        return False
    return status in _POSITIVE or name == _ACKNOWLEDGEMENT or not has_errors


def _references(segments: Sequence[Segment]) -> Iterator[tuple[str, str, str]]:
    """Qualifier, number and line of every document named; DOC (D.01B) has a type for qualifier."""
    for one in segments:
        if one.tag == "RFF" and one.at(1, 1):
            yield one.at(1), one.at(1, 1), one.at(1, 2)
        elif one.tag == "DOC" and one.at(2):
            yield f"DOC {one.at(1)}".strip(), one.at(2), ""


def _complaints(
    segments: Sequence[Segment], documents: Sequence[tuple[str, str]]
) -> Iterator[Complaint]:
    starts = [n for n, one in enumerate(segments) if one.tag == "ERC"] + [len(segments)]
    for start, end in pairwise(starts):
        own = segments[start:end]
        texts = [one.at(4, part) for one in own if one.tag == "FTX" for part in range(_TEXTS)]
        named = next(_references(own), None)
        yield Complaint(
            code=own[0].at(1),
            meaning=" ".join(text for text in texts if text) or "no reason given",
            document=named[1] if named else (documents[0][1] if documents else None),
            line=(named[2] or None) if named else None,
        )
