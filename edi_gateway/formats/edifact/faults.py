"""Every fault of syntax we report: its stable code, 0085, and what to do about it."""

from __future__ import annotations

from edi_gateway.formats.interchange import Fault, Level

_RESEND = "Ask the partner to correct the message and send it again."
_PROFILE = "Ask the partner to keep to the guideline that UNH names."
_WHOLE = "Ask the partner to send the whole interchange again."

#: Our code: (0085, level, remedy).
CATALOGUE: dict[str, tuple[str, Level, str]] = {
    "una-invalid": (
        "20",
        Level.FILE,
        "Ask the partner to declare six different characters in UNA.",
    ),
    "unb-missing": ("13", Level.FILE, "Ask the partner for the file with its UNB segment."),
    "unb-incomplete": (
        "13",
        Level.INTERCHANGE,
        "Ask the partner to fill the mandatory UNB elements.",
    ),
    "unb-syntax": (
        "2",
        Level.INTERCHANGE,
        "Agree a syntax identifier UNOA to UNOY, version 1 to 4.",
    ),
    "unz-missing": ("13", Level.INTERCHANGE, _WHOLE),
    "unz-count": ("29", Level.INTERCHANGE, _WHOLE),
    "unz-reference": ("28", Level.INTERCHANGE, _WHOLE),
    "unz-unexpected": ("33", Level.FILE, _WHOLE),
    "une-missing": ("13", Level.INTERCHANGE, _WHOLE),
    "une-count": ("29", Level.INTERCHANGE, _WHOLE),
    "une-reference": ("28", Level.INTERCHANGE, _WHOLE),
    "groups-mixed": (
        "30",
        Level.INTERCHANGE,
        "Ask the partner to put every message in a group, or none.",
    ),
    "interchange-empty": ("32", Level.INTERCHANGE, _WHOLE),
    "outside-envelope": ("33", Level.FILE, "Ask the partner to send only whole interchanges."),
    "outside-message": (
        "33",
        Level.INTERCHANGE,
        "Ask the partner to keep every segment in a message.",
    ),
    "unterminated-segment": ("22", Level.INTERCHANGE, _WHOLE),
    "segment-too-long": (
        "22",
        Level.FILE,
        "Ask the partner to end each segment with its terminator.",
    ),
    "too-many-messages": (
        "18",
        Level.FILE,
        "Raise limits.messages, or have the partner split the file.",
    ),
    "package-length": ("22", Level.INTERCHANGE, _WHOLE),
    "unh-incomplete": ("13", Level.MESSAGE, _RESEND),
    "unh-duplicate": (
        "26",
        Level.MESSAGE,
        "Ask the partner to number the messages of an interchange.",
    ),
    "unt-missing": ("13", Level.MESSAGE, _WHOLE),
    "unt-count": ("29", Level.MESSAGE, _RESEND),
    "unt-reference": ("28", Level.MESSAGE, _RESEND),
    "unt-malformed": ("12", Level.MESSAGE, _RESEND),
    "tag-invalid": ("12", Level.SEGMENT, _RESEND),
    "tag-lower-case": (
        "12",
        Level.SEGMENT,
        "Ask the partner to write segment tags in capitals, or tolerate it.",
    ),
    "characters-invalid": (
        "21",
        Level.SEGMENT,
        "Ask the partner to keep to the declared characters.",
    ),
    "characters-undeclared": (
        "21",
        Level.SEGMENT,
        "Ask the partner to declare the characters it sends (UNOC, UNOY), or tolerate it.",
    ),
    "segment-missing": ("13", Level.SEGMENT, _RESEND),
    "segment-unexpected": ("15", Level.SEGMENT, _RESEND),
    "segment-repeated": ("35", Level.SEGMENT, _RESEND),
    "group-repeated": ("36", Level.SEGMENT, _RESEND),
    "element-missing": ("13", Level.ELEMENT, _RESEND),
    "element-excess": ("16", Level.ELEMENT, _RESEND),
    "element-type": ("37", Level.ELEMENT, _RESEND),
    "text-too-long": (
        "39",
        Level.ELEMENT,
        "Ask the partner to shorten or split it, or go on as it is: this is a warning.",
    ),
    "element-too-long": ("39", Level.ELEMENT, _RESEND),
    "element-too-short": ("40", Level.ELEMENT, _RESEND),
    "code-unknown": (
        "12",
        Level.ELEMENT,
        "Ask the partner for a code of the directory, or go on as it is: this is a warning.",
    ),
    "element-value": ("12", Level.ELEMENT, _RESEND),
    "profile-segment": ("13", Level.SEGMENT, _PROFILE),
    "profile-element": ("13", Level.ELEMENT, _PROFILE),
    "profile-value": ("12", Level.ELEMENT, _PROFILE),
}


def fault(
    code: str,
    text: str,
    *,
    edifact_code: str | None = None,
    segment: int | None = None,
    tag: str | None = None,
    element: int | None = None,
    component: int | None = None,
    repetition: int | None = None,
    offset: int | None = None,
    value: str | None = None,
) -> Fault:
    """Return the fault `code` at its place."""
    default, level, remedy = CATALOGUE[code]
    return Fault(
        code=code,
        edifact_code=edifact_code or default,
        level=level,
        text=text,
        remedy=remedy,
        segment=segment,
        tag=tag,
        element=element,
        component=component,
        repetition=repetition,
        offset=offset,
        value=value if value is None else value[:70],
    )
