"""
Data element 0085, the error codes of CONTRL: what each means, where it may stand, in which version.

Versions 1 to 3 of ISO 9735 share one list, version 4 has dropped some of it and added others. What
a version does not have is written as the nearest code it has.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Segments of CONTRL that hold 0085, from the interchange down to the data element.
LEVELS = ("UCI", "UCF", "UCM", "UCS", "UCD")
_ENVELOPES = ("UCI", "UCF", "UCM")

UNSPECIFIED = "18"


@dataclass(frozen=True, slots=True)
class SyntaxErrorCode:
    """One code of 0085."""

    meaning: str
    levels: tuple[str, ...] = LEVELS
    #: Whether versions 1 to 3, and version 4, list it for use.
    in_3: bool = True
    in_4: bool = True


_Code = SyntaxErrorCode

#: Every code; those of neither version are withdrawn or GS1's own, and only read.
SYNTAX_ERRORS: dict[str, SyntaxErrorCode] = {
    "1": _Code("UNA not supported", ("UCI",), in_3=False, in_4=False),
    "2": _Code("syntax version or level not supported", ("UCI",)),
    "3": _Code("message version or release not supported", ("UCM",), in_3=False, in_4=False),
    "4": _Code("service segment missing or invalid", in_3=False, in_4=False),
    "5": _Code("trailer check in error", in_3=False, in_4=False),
    "6": _Code("data segment missing or invalid", ("UCS",), in_3=False, in_4=False),
    "7": _Code("interchange recipient not actual recipient", ("UCI",)),
    "8": _Code("too many data elements in segment", in_3=False, in_4=False),
    "9": _Code("mandatory data element missing", in_3=False, in_4=False),
    "10": _Code("data element attribute error", in_3=False, in_4=False),
    "11": _Code("password invalid", ("UCI",), in_3=False, in_4=False),
    "12": _Code("invalid value"),
    "13": _Code("missing"),
    "14": _Code("value not supported in this position"),
    "15": _Code("not supported in this position"),
    "16": _Code("too many constituents"),
    "17": _Code("no agreement", _ENVELOPES),
    "18": _Code("unspecified error"),
    "19": _Code("invalid decimal notation", ("UCI", "UCD"), in_4=False),
    "20": _Code("character invalid as service character", ("UCI",)),
    "21": _Code("invalid character(s)"),
    "22": _Code("invalid service character(s)"),
    "23": _Code("unknown interchange sender", ("UCI",)),
    "24": _Code("too old", ("UCI",)),
    "25": _Code("test indicator not supported", _ENVELOPES),
    "26": _Code("duplicate detected", _ENVELOPES),
    "27": _Code("security function not supported", in_4=False),
    "28": _Code("references do not match", _ENVELOPES),
    "29": _Code("control count does not match number of instances received", _ENVELOPES),
    "30": _Code("functional groups and messages mixed", ("UCI",)),
    "31": _Code("more than one message type in group", ("UCF",), in_4=False),
    "32": _Code("lower level empty", ("UCI", "UCF")),
    "33": _Code("invalid occurrence outside message or functional group", ("UCI", "UCF")),
    "34": _Code("nesting indicator not allowed", ("UCM", "UCS", "UCD"), in_4=False),
    "35": _Code("too many segment or element repetitions", ("UCS",)),
    "36": _Code("too many segment group repetitions", ("UCS",)),
    "37": _Code("invalid type of character(s)", ("UCD",)),
    "38": _Code("missing digit in front of decimal sign", ("UCD",), in_4=False),
    "39": _Code("data element too long", ("UCD",)),
    "40": _Code("data element too short", ("UCD",)),
    "41": _Code("permanent communication network error", ("UCI",), in_4=False),
    "42": _Code("temporary communication network error", ("UCI",), in_4=False),
    "43": _Code("unknown interchange recipient", ("UCI",), in_4=False),
    "44": _Code("application temporarily unavailable", ("UCI",), in_3=False, in_4=False),
    "45": _Code("trailing separator", in_3=False),
    "46": _Code("character set not supported", in_3=False),
    "47": _Code("envelope functionality not supported", in_3=False),
    "48": _Code("dependency condition violated", in_3=False),
}

#: What stands for a code GS1 lists for EANCOM alone; 3 is "no agreement" where that may stand.
_GS1 = {"1": "20", "6": "13", "9": "13", "11": "12"}
#: What is wrong with a value, in UCD; of a service segment its value is invalid.
_OF_VALUES = {"37", "38", "39", "40"}
#: What stands in version 4 for a code only versions 1 to 3 have.
_IN_4 = {"19": "12", "34": "12", "38": "12", "43": "7"}
#: What stands in versions 1 to 3 for a code only version 4 has.
_IN_3 = {"45": "16", "46": "2", "47": "15"}


def code_for(code: str, level: str, version: str) -> str:
    """Return 0085 for `code` in a segment such as UCM, in a CONTRL of this syntax version."""
    if code == "3":
        code = "17" if level in _ENVELOPES else "12"
    if code in _OF_VALUES and level in _ENVELOPES:
        code = "12"
    code = _GS1.get(code, code)
    code = (_IN_4 if version == "4" else _IN_3).get(code, code)
    listed = SYNTAX_ERRORS.get(code)
    if listed is None or level not in listed.levels:
        return UNSPECIFIED
    return code if (listed.in_4 if version == "4" else listed.in_3) else UNSPECIFIED


def meaning_of(code: str) -> str:
    """A code of 0085 in words, also one that is withdrawn or unknown."""
    listed = SYNTAX_ERRORS.get(code)
    return listed.meaning if listed is not None else f"error {code}, which no list explains"
