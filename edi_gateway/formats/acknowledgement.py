"""What a partner says about something we sent: taken, or refused, and every complaint about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One error the partner reports, with the place it names in what we sent."""

    #: 0085 in CONTRL, 9321 in APERAK; "" where a rejection states none.
    code: str
    #: The code, or the partner's text, in words.
    meaning: str
    #: 0062 of our message; None for the interchange as a whole.
    message: str | None = None
    #: The service segment at fault (0013), such as UNB or UNT.
    service: str | None = None
    #: Position of the segment in its message, UNH = 1.
    segment: int | None = None
    #: Position with the tag as 1 (0098), component from 1 (0104), repetition from 1 (0136).
    element: int | None = None
    component: int | None = None
    repetition: int | None = None
    #: The document and the line it names (APERAK).
    document: str | None = None
    line: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """A partner's CONTRL, APERAK or ApplicationResponse, read leniently."""

    #: CONTRL, APERAK or ApplicationResponse.
    type: str
    #: Its own number, where it has one (BGM 1004).
    number: str = ""
    #: None where its code is none we know.
    accepted: bool | None
    #: The code that says so (0083, or 1225), for people.
    said: str
    #: Our interchange (0020), or what the partner gives for it (RFF+ACW).
    reference: str = ""
    #: Sender and recipient of our interchange, as the partner states them.
    parties: tuple[str, str] = ("", "")
    #: The documents it names, as qualifier (1153) and number.
    documents: tuple[tuple[str, str], ...] = ()
    complaints: tuple[Complaint, ...] = ()
    #: What the same message says about other documents (ApplicationResponse).
    others: tuple[Acknowledgement, ...] = ()
