"""Every fault of syntax we report: its stable code, 0085, and what to do about it."""

from __future__ import annotations

from edi_gateway.formats.interchange import Fault, Level

_RESEND = "Ask the partner to correct the message and send it again."
_GROUP = "Ask the partner to send the functional group again."
_PROFILE = "Ask the partner to keep to the guideline that UNH names."
_WHOLE = "Ask the partner to send the whole interchange again."
_CUT_OFF = "The file was cut off on its way: ask the partner to send the whole interchange again."
_COUNT = (
    "Something was lost or added on the way, or the partner's program counts wrongly: compare with "
    "the partner's own copy, and ask for the whole interchange again."
)
_TABLE = (
    "Ask the partner to keep to the order and number of segments that the message's table has, "
    "and to send the message again."
)

#: Our code: (0085, level, remedy).
CATALOGUE: dict[str, tuple[str, Level, str]] = {
    "una-decimal": (
        "19",
        Level.INTERCHANGE,
        "Ask the partner to declare a point or a comma as decimal mark in UNA.",
    ),
    "una-invalid": (
        "20",
        Level.INTERCHANGE,
        "Ask the partner to declare six different characters in UNA.",
    ),
    "unb-missing": (
        "13",
        Level.FILE,
        "Ask the partner for the whole file, with its UNB segment: without it the sender is unknown.",
    ),
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
    "unz-missing": ("13", Level.INTERCHANGE, _CUT_OFF),
    "unz-count": ("29", Level.INTERCHANGE, _COUNT),
    "unz-reference": (
        "28",
        Level.INTERCHANGE,
        "Two interchanges may have been mixed: ask the partner to send the whole interchange again, "
        "with the same control reference in UNB and UNZ.",
    ),
    "unz-unexpected": (
        "33",
        Level.FILE,
        "The beginning of an interchange was lost: ask the partner to send it again, from its UNB.",
    ),
    "ung-incomplete": ("13", Level.INTERCHANGE, _WHOLE),
    "une-missing": ("13", Level.GROUP, _GROUP),
    "une-count": ("29", Level.GROUP, _GROUP),
    "une-reference": ("28", Level.GROUP, _GROUP),
    "group-types-mixed": (
        "31",
        Level.GROUP,
        "Ask the partner to put each message type in a group of its own.",
    ),
    "group-empty": ("32", Level.GROUP, _GROUP),
    "groups-mixed": (
        "30",
        Level.INTERCHANGE,
        "Ask the partner to put every message in a group, or none.",
    ),
    "interchange-empty": (
        "32",
        Level.INTERCHANGE,
        "Ask the partner to send the interchange with its messages, or not at all.",
    ),
    "outside-envelope": (
        "33",
        Level.FILE,
        "Ask the partner to send only whole interchanges, from UNB to UNZ.",
    ),
    "outside-message": (
        "33",
        Level.INTERCHANGE,
        "Look at the segment in front of the first such one: most often it is a damaged UNH. Ask the "
        "partner to send every segment between UNH and UNT.",
    ),
    "unterminated-segment": ("22", Level.INTERCHANGE, _CUT_OFF),
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
    "package-length": (
        "22",
        Level.INTERCHANGE,
        "Ask the partner to state the length of the package in UNO and UNP (0810), or to send none.",
    ),
    "package-reference": ("28", Level.INTERCHANGE, _WHOLE),
    "unh-incomplete": ("13", Level.INTERCHANGE, _WHOLE),
    "unh-duplicate": (
        "26",
        Level.MESSAGE,
        "Ask the partner to number the messages of an interchange.",
    ),
    "unt-missing": ("13", Level.MESSAGE, _CUT_OFF),
    "unt-count": (
        "29",
        Level.MESSAGE,
        "Segments were lost or added on the way, or the partner's program counts wrongly: compare "
        "with the partner's own copy, and ask for the message again.",
    ),
    "unt-reference": (
        "28",
        Level.MESSAGE,
        "Two messages may have been mixed: ask the partner to send the message again, with the same "
        "reference in UNH and UNT.",
    ),
    "unt-malformed": ("13", Level.MESSAGE, _RESEND),
    "tag-invalid": (
        "12",
        Level.SEGMENT,
        "Most often a text holds an apostrophe, which ends the segment: ask the partner to write ?' "
        "in texts, and to send the message again.",
    ),
    "tag-lower-case": (
        "12",
        Level.SEGMENT,
        "Ask the partner to write segment tags in capitals, or tolerate it.",
    ),
    "characters-invalid": (
        "21",
        Level.SEGMENT,
        "Ask the partner to leave the characters out, or to declare a syntax that has them (UNOC: "
        "Western European letters, UNOY: UTF-8).",
    ),
    "segment-missing": (
        "13",
        Level.SEGMENT,
        "Ask the partner to add the segment, and to send the message again.",
    ),
    "segment-unexpected": ("15", Level.SEGMENT, _TABLE),
    "segment-misplaced": ("15", Level.SEGMENT, _TABLE),
    "segment-repeated": ("35", Level.SEGMENT, _TABLE),
    "group-repeated": ("36", Level.SEGMENT, _TABLE),
    "element-missing": (
        "13",
        Level.ELEMENT,
        "Ask the partner to fill the element in, and to send the message again.",
    ),
    "element-type": (
        "37",
        Level.ELEMENT,
        "Ask the partner to write the number as digits with at most one decimal mark, and to send "
        "the message again.",
    ),
    "element-value": (
        "12",
        Level.ELEMENT,
        "Ask the partner to correct the value, and to send the message again.",
    ),
    "characters-undeclared": (
        "21",
        Level.SEGMENT,
        "Ask the partner to declare the characters it sends (UNOC: Western European letters, UNOY: "
        "UTF-8), or tolerate it.",
    ),
    "element-excess": (
        "16",
        Level.ELEMENT,
        "Ask the partner to leave the value out. A + or : in a text separates unless it is written "
        "?+ or ?:.",
    ),
    "decimal-mark": (
        "19",
        Level.ELEMENT,
        "Ask the partner to declare in UNA the decimal mark it writes, or go on as it is: this is a "
        "warning.",
    ),
    "envelope-identity": (
        "12",
        Level.INTERCHANGE,
        "Ask the partner for a reference, party or message type as short as the syntax version has it: "
        "no acknowledgement could repeat this one.",
    ),
    "envelope-value": (
        "12",
        Level.INTERCHANGE,
        "Ask the partner to correct its envelope, or go on as it is: this is a warning.",
    ),
    "text-too-long": (
        "39",
        Level.ELEMENT,
        "Ask the partner to shorten or split it, or go on as it is: this is a warning.",
    ),
    "element-too-long": (
        "39",
        Level.ELEMENT,
        "Ask the partner to shorten the value, and to send the message again.",
    ),
    "element-too-short": (
        "40",
        Level.ELEMENT,
        "Ask the partner to send the value in full length, and to send the message again.",
    ),
    "code-unknown": (
        "12",
        Level.ELEMENT,
        "Ask the partner for a code of the directory, or go on as it is: this is a warning.",
    ),
    "profile-segment": ("13", Level.SEGMENT, _PROFILE),
    "profile-element": ("13", Level.ELEMENT, _PROFILE),
    "profile-value": ("12", Level.ELEMENT, _PROFILE),
    # Only told, never a reason to reject.
    "no-table": (
        "17",
        Level.MESSAGE,
        "Nothing, unless such messages are to be read: then agree a release that is.",
    ),
}


def fault(
    code: str,
    text: str,
    *,
    edifact_code: str | None = None,
    level: Level | None = None,
    segment: int | None = None,
    tag: str | None = None,
    element: int | None = None,
    component: int | None = None,
    repetition: int | None = None,
    offset: int | None = None,
    value: str | None = None,
) -> Fault:
    """Return the fault `code` at its place."""
    default, usual, remedy = CATALOGUE[code]
    return Fault(
        code=code,
        edifact_code=edifact_code or default,
        level=level or usual,
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
