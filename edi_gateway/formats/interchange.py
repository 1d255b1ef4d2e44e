"""What opening a file tells: its interchanges, their messages, and every fault with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from edi_gateway.documents import Document


class Level(StrEnum):
    """What a fault makes unusable: the whole file, an interchange, a group, or one message."""

    FILE = "file"
    INTERCHANGE = "interchange"
    GROUP = "group"
    MESSAGE = "message"
    #: The last three reject their message.
    SEGMENT = "segment"
    ELEMENT = "element"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of syntax or structure, located; listed by `code` in `docs/errors.md`."""

    #: Stable code of ours, e.g. `unt-count`.
    code: str
    #: Data element 0085.
    edifact_code: str
    level: Level
    #: What is wrong, in words.
    text: str
    #: What to do.
    remedy: str
    #: Position of the segment in its message, UNH = 1; for XML the line.
    segment: int | None = None
    tag: str | None = None
    #: Position counted with the tag as 1 (0098), and component from 1 (0104).
    element: int | None = None
    component: int | None = None
    #: Which repetition of the element (syntax version 4), from 1; None where it is not repeated.
    repetition: int | None = None
    #: Byte offset in the file.
    offset: int | None = None
    value: str | None = None


@dataclass(slots=True, kw_only=True)
class OpenedMessage:
    """One message found in an interchange; where its bytes lie, and what is wrong with it."""

    index: int
    #: 0062, or the document's own identifier in XML.
    reference: str
    #: ORDERS, INVOIC ... or the XML root's local name.
    type: str
    #: `D.96A`, `2.1`.
    release: str
    #: 0057 or the customisation identifier.
    association: str = ""
    offset: int = 0
    length: int = 0
    segments: int = 0
    #: What rejects the message.
    faults: tuple[Fault, ...] = ()
    #: What departs from the standard and is let pass: unknown codes, agreed leniencies.
    warnings: tuple[Fault, ...] = ()


@dataclass(slots=True, kw_only=True)
class OpenedInterchange:
    """One interchange with the verdict on its envelope and on each message."""

    #: `edifact`, `ubl`, `erp`, or the name of a dialect that is recognised but not built.
    format: str
    index: int = 0
    sender: str = ""
    sender_qualifier: str = ""
    recipient: str = ""
    recipient_qualifier: str = ""
    #: 0020, or the document's own identifier in XML.
    reference: str = ""
    syntax: str = ""
    version: str = ""
    test: bool = False
    acknowledgement_requested: bool = False
    application_reference: str = ""
    offset: int = 0
    length: int = 0
    #: SHA-256 (hex) of the interchange without line breaks: equal for a resend.
    content_hash: str = ""
    messages: list[OpenedMessage] = field(default_factory=list)
    #: Faults of the envelope. Warnings of a leniency are in `warnings`.
    faults: list[Fault] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    #: Whether sender and reference could be read, so that an acknowledgement can be addressed.
    answerable: bool = True
    #: What the format needs to read a message's bytes again (service characters, codec).
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The partner an interchange is from, and what is agreed with it about syntax."""

    partner: str
    #: Codes of faults that are let pass with a warning.
    tolerates: frozenset[str] = frozenset()
    #: Codes of warnings that reject the message.
    insists: frozenset[str] = frozenset()

    @property
    def looks_at_profile(self) -> bool:
        """Whether messages are held against the profile they name (EANCOM)."""
        return any(code.startswith("profile-") for code in (*self.insists, *self.tolerates))


#: Interchange identifier and qualifier to the partner who uses it; None: nobody we know.
PartnerOf = Callable[[str, str], Sender | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Upper bounds a file must keep; a larger one is held unread."""

    interchange_bytes: int = 150_000_000
    messages: int = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMessage:
    """A message's document, and the fields it needs but does not have (then `document` is None)."""

    document: Document | None
    missing: tuple[str, ...] = ()
