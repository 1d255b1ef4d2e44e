"""
One interchange, from UNB to UNZ: its groups, messages and packages, held against their trailers.

The trailers are compared with what they close; a file cut off after a complete segment is caught
here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edi_gateway.formats.edifact.charsets import CODECS
from edi_gateway.formats.edifact.directory import find_table
from edi_gateway.formats.edifact.faults import fault
from edi_gateway.formats.edifact.headers import unh_faults
from edi_gateway.formats.edifact.reader import Reader
from edi_gateway.formats.edifact.service import service_segments
from edi_gateway.formats.edifact.structure import MessageCheck
from edi_gateway.formats.edifact.tokens import (
    ServiceCharacters,
    cell,
    components,
    split_elements,
)
from edi_gateway.formats.edifact.verdict import MOST_FAULTS, is_count
from edi_gateway.formats.interchange import (
    Fault,
    Level,
    OpenedGroup,
    OpenedInterchange,
    OpenedMessage,
    Sender,
)

#: (type, release, partner) -> what reads and checks such messages.
FindReader = Callable[[str, str, str | None], Reader | None]

#: A reference no longer than this (0062), and a count no greater (0074), fits every version.
_SHORT, _MOST_PLAIN = 14, 999_999

SKIPPED = "Empty segments were skipped."


class Enclosed:
    """What an open interchange encloses, as far as it has been read."""

    def __init__(self, opened: OpenedInterchange, sender: Sender, chars: ServiceCharacters) -> None:
        self.opened = opened
        self.sender = sender
        #: Whether its lines are to be unwrapped.
        self.wrapped = "lines-wrapped" in sender.tolerates
        self._chars = chars
        self._codec = CODECS.get(opened.syntax, "latin-1")
        self._service = service_segments(chars, opened.version, self._codec)
        #: What stood behind the reference of the last UNH without fault.
        self._plain: list[Any] | None = None
        #: Group and message references that were used.
        self._references: set[tuple[str, str]] = set()
        #: Reference of the functional group that is open, and how many messages it holds.
        self._group: tuple[str, int] | None = None
        #: Messages outside of groups, and packages.
        self._bare = self._packages = 0
        #: Reference and length of the package whose UNP is to come.
        self._package: tuple[str, str] | None = None
        #: Whether all text was UTF-8, and whether some was not what was declared.
        self._utf8, self._fallback = True, False

    # --- what is wrong --------------------------------------------------------------------------

    def warn(self, text: str) -> None:
        """Keep a warning, once."""
        if text not in self.opened.warnings:
            self.opened.warnings.append(text)

    def keep(self, found: Fault) -> None:
        """Keep a fault of the envelope, or the warning it is by agreement."""
        if found.code in self.sender.tolerates:
            self.warn(found.text)
        elif len(self.opened.faults) < MOST_FAULTS:
            self.opened.faults.append(found)

    def keep_around(self, found: Fault) -> None:
        """Keep a fault between messages: of the functional group, where one is open."""
        if self._group is None:
            self.keep(found)
        elif found.code in self.sender.tolerates:
            self.warn(found.text)
        elif len(self.opened.groups[-1].faults) < MOST_FAULTS:
            self.opened.groups[-1].faults.append(found)

    def stray(self, raw: str, offset: int) -> None:
        """Keep a segment that belongs to no message."""
        text = f"{raw[:20]!r} stands outside a message"
        self.keep_around(fault("outside-message", text, tag=raw[:3], offset=offset, value=raw))

    def look_at(self, raw: str, offset: int) -> None:
        """Look at the values of a UNB, UNG, UNE or UNZ: most leave warnings by default."""
        for found in self._service.faults(raw, offset):
            if found.code == "envelope-value" and found.code not in self.sender.insists:
                self.warn(found.text)
            elif found.level is Level.GROUP:
                self.keep_around(found)
            else:
                self.keep(found)

    # --- functional groups ----------------------------------------------------------------------

    def open_group(self, raw: str, offset: int) -> None:
        """Take a UNG."""
        elements = split_elements(raw, self._chars)
        if self._group is not None:
            text = "another UNG begins before UNE"
            self.keep_around(fault("une-missing", text, tag="UNE", offset=offset))
        if self._bare:
            text = "messages stand outside the groups"
            self.keep(fault("groups-mixed", text, tag="UNG", offset=offset))
        reference, sender, recipient = (
            tuple(cell(elements, element, part, self._chars) for part in range(2))
            for element in (5, 2, 3)
        )
        self._group = (reference[0], 0)
        self.opened.groups.append(
            OpenedGroup(reference=reference[0], sender=sender, recipient=recipient)
        )
        self.look_at(raw, offset)
        if not reference[0]:
            text = "UNG has no reference (0048)"
            self.keep(fault("ung-incomplete", text, tag="UNG", element=6, offset=offset))

    def close_group(self, raw: str, offset: int) -> None:
        """Take a UNE."""
        if self._group is None:
            self.stray(raw, offset)
            return
        self.look_at(raw, offset)
        elements = split_elements(raw, self._chars)
        reference, count = self._group
        stated, named = (cell(elements, element, 0, self._chars) for element in (1, 2))
        if not is_count(stated, count):
            text = f"UNE counts {stated} messages, the group holds {count}"
            self.keep_around(
                fault("une-count", text, tag="UNE", element=2, offset=offset, value=stated)
            )
        if named != reference:
            text = f"UNE names {named}, UNG {reference}"
            self.keep_around(
                fault("une-reference", text, tag="UNE", element=3, offset=offset, value=named)
            )
        if not count:
            text = "the functional group holds no message"
            self.keep_around(fault("group-empty", text, tag="UNE", offset=offset))
        self._group = None

    # --- messages and packages ------------------------------------------------------------------

    def begin_message(self, raw: str, offset: int, find_reader: FindReader) -> MessageCheck:
        """Take a UNH."""
        self._count_message(offset)
        chars, opened = self._chars, self.opened
        elements = split_elements(raw, chars)
        given = components(elements[2], chars) if len(elements) > 2 else []
        identity = tuple([*given, *[""] * 7][:7])
        type_, version, release, _, association = identity[:5]
        message = OpenedMessage(
            index=len(opened.messages),
            reference=cell(elements, 1, 0, chars),
            type=type_,
            release=f"{version}.{release}".strip("."),
            association=association,
            identity=identity,
            group=len(opened.groups) - 1 if self._group is not None else None,
            offset=offset,
        )
        check = MessageCheck(
            message,
            chars,
            self._codec,
            find_table(type_, message.release),
            find_reader(type_, message.release, self.sender.partner or None),
            self.sender,
        )
        if not opened.messages:
            check.forget()
        for missing in unh_faults(message, version, release):
            self.keep(missing)  # CONTRL could not name the message
        self._look_at_header(check, raw, elements[2:])
        self._look_at_type(message)
        self._look_at_reference(check)
        return check

    def _count_message(self, offset: int) -> None:
        if self._group is not None:
            self._group = (self._group[0], self._group[1] + 1)
            return
        self._bare += 1
        if self.opened.groups:
            text = "a message stands outside the groups"
            self.keep(fault("groups-mixed", text, tag="UNH", offset=offset))

    def _look_at_header(self, check: MessageCheck, raw: str, behind: list[Any]) -> None:
        """Look at the values of a UNH; those of one interchange mostly differ in the reference."""
        message = check.message
        reference = message.reference
        if behind == self._plain and reference.isalnum() and len(reference) <= _SHORT:
            return
        found = list(self._service.faults(raw, message.offset, 1))
        for each in found:
            check.keep(each)
        if not found:
            self._plain = behind

    def _look_at_type(self, message: OpenedMessage) -> None:
        """Before version 4 a functional group holds messages of one type only."""
        opened = self.opened
        if self._group is None or opened.version == "4" or not opened.messages:
            return
        last = opened.messages[-1]
        if last.group == message.group and last.type != message.type:
            text = f"the functional group holds {last.type} and {message.type}"
            self.keep_around(fault("group-types-mixed", text, tag="UNH", offset=message.offset))

    def _look_at_reference(self, check: MessageCheck) -> None:
        """A message reference is used once in a group, or in the interchange."""
        message = check.message
        unique = (self._group[0] if self._group is not None else "", message.reference)
        if unique in self._references:
            check.keep(
                fault(
                    "unh-duplicate",
                    f"message reference {message.reference} occurs twice",
                    segment=1,
                    tag="UNH",
                    element=2,
                    offset=message.offset,
                    value=message.reference,
                )
            )
        self._references.add(unique)

    def close_message(self, check: MessageCheck, raw: str, offset: int) -> None:
        """Take the UNT of a message."""
        check.close(raw, offset)
        if not check.ends_plainly(raw) or check.position > _MOST_PLAIN:
            for found in self._service.faults(raw, offset, check.position):
                check.keep(found)

    def end_message(self, check: MessageCheck) -> None:
        """Keep a message that has ended."""
        if check.skipped:
            self.warn(SKIPPED)
        self._utf8 = self._utf8 and check.utf8
        self._fallback = self._fallback or check.fallback
        self.opened.messages.append(check.message)

    def begin_package(self, raw: str, offset: int) -> int | None:
        """Take a UNO; return the length of its package (S022, 0810), None where it states none."""
        self._packages += 1
        elements = split_elements(raw, self._chars)
        reference, size = (cell(elements, element, 0, self._chars) for element in (1, 4))
        if size.isascii() and size.isdigit() and len(size) <= 12:
            self._package = (reference, size)
            return int(size)
        text = f"UNO states no length of its package ({size[:20]!r})"
        self.keep(fault("package-length", text, tag="UNO", element=5, offset=offset))
        return None

    def lacks_unp(self, offset: int) -> None:
        """No UNP stands where UNO says that its package ends."""
        if self._package is None:
            return
        text = f"no UNP stands behind the {self._package[1]} bytes that UNO states"
        self.keep(fault("package-length", text, tag="UNO", element=5, offset=offset))
        self._package = None

    def close_package(self, raw: str, offset: int) -> None:
        """Take a UNP, and compare it with its UNO."""
        if self._package is None:
            self.stray(raw, offset)
            return
        reference, size = self._package
        self._package = None
        elements = split_elements(raw, self._chars)
        stated, named = (cell(elements, element, 0, self._chars) for element in (1, 2))
        if not is_count(stated, int(size)):
            text = f"UNP states a package of {stated} bytes, UNO one of {size}"
            self.keep(fault("package-length", text, tag="UNP", element=2, offset=offset))
        if named != reference:
            text = f"UNP names {named}, UNO {reference}"
            self.keep(fault("package-reference", text, tag="UNP", element=3, offset=offset))

    # --- the end --------------------------------------------------------------------------------

    def lacks_une(self, offset: int) -> None:
        """A functional group is still open where the interchange ends."""
        if self._group is not None:
            self.keep_around(fault("une-missing", "UNE is missing", tag="UNE", offset=offset))

    def compare_trailer(self, raw: str, offset: int) -> None:
        """Compare what UNZ says with the interchange."""
        self.look_at(raw, offset)
        elements = split_elements(raw, self._chars)
        stated, named = (cell(elements, element, 0, self._chars) for element in (1, 2))
        self.lacks_une(offset)
        held = len(self.opened.groups) or self._bare + self._packages
        if not is_count(stated, held):
            text = f"UNZ counts {stated}, the interchange holds {held}"
            self.keep(fault("unz-count", text, tag="UNZ", element=2, offset=offset, value=stated))
        if named != self.opened.reference:
            text = f"UNZ names {named}, UNB {self.opened.reference}"
            self.keep(
                fault("unz-reference", text, tag="UNZ", element=3, offset=offset, value=named)
            )
        if not held:
            text = "the interchange holds no message"
            self.keep(fault("interchange-empty", text, tag="UNZ", offset=offset))

    def finish(self, behind: int, content_hash: str) -> OpenedInterchange:
        """Return the interchange with what whoever reads its messages must know."""
        opened = self.opened
        opened.length = behind - opened.offset
        opened.content_hash = content_hash
        codec = self._codec
        if self._fallback:
            codec = "utf-8" if self._utf8 else "latin-1"
            self.warn(f"{opened.syntax} was declared, but the text is read as {codec}.")
        elif codec == "utf-8" and not self._utf8:
            codec = "latin-1"
        opened.details = {
            **opened.details,
            "una": self._chars.to_una(),
            "codec": codec,
            "groups": len(opened.groups),
            "wrapped": self.wrapped,
        }
        return opened
