"""
Open EDIFACT interchanges: the envelope; `structure` looks at the messages in it.

The trailers are compared with what they close; a file cut off after a complete segment is caught
here and nowhere else. Any bytes give faults, never an exception, and memory does not grow with
the file (one small object per message stays).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import BinaryIO

from edi_gateway.formats.edifact.charsets import CODECS
from edi_gateway.formats.edifact.directory import find_table
from edi_gateway.formats.edifact.faults import fault
from edi_gateway.formats.edifact.headers import read_unb, unh_faults
from edi_gateway.formats.edifact.reader import Reader
from edi_gateway.formats.edifact.scanner import LONGEST_SEGMENT, Batch, Scanner
from edi_gateway.formats.edifact.service import service_faults
from edi_gateway.formats.edifact.structure import SERVICE, MessageCheck
from edi_gateway.formats.edifact.tokens import (
    DEFAULT,
    PADDING,
    ServiceCharacters,
    cell,
    components,
    split_elements,
)
from edi_gateway.formats.edifact.verdict import MOST_FAULTS, NOBODY, is_count
from edi_gateway.formats.interchange import (
    Fault,
    Limits,
    OpenedGroup,
    OpenedInterchange,
    OpenedMessage,
    PartnerOf,
)

#: (type, release, partner) -> what reads and checks such messages.
FindReader = Callable[[str, str, str | None], Reader | None]

#: Faults and warnings kept of all messages of a file; after that, one of each message.
MOST_FAULTS_OF_A_FILE = 50_000

_BOM = "\xef\xbb\xbf"


class Opener:
    """Walks one file and yields its interchanges as they end."""

    def __init__(
        self, file: BinaryIO, limits: Limits, find_reader: FindReader, partner_of: PartnerOf
    ) -> None:
        self._scanner = Scanner(file)
        self._limits = limits
        self._find_reader = find_reader
        self._partner_of = partner_of
        self._done: list[OpenedInterchange] = []
        self._count = 0
        self._messages = 0
        self._loose: list[Fault] = []
        self._warnings: list[str] = []
        self._stopped = False
        self._room = MOST_FAULTS_OF_A_FILE
        self._serve = {
            "UNA": self._una,
            "UNB": self._unb,
            "UNG": self._ung,
            "UNH": self._unh,
            "UNT": self._unt,
            "UNE": self._une,
            "UNZ": self._unz,
            "UNO": self._uno,
            "UNP": self._unp,
        }
        self._check: MessageCheck | None = None
        #: The service characters as UNA declares them, whatever the syntax version makes of them.
        self._declared = DEFAULT
        #: What is wrong before or in the next UNB, told once its sender is known.
        self._late: list[Fault] = []
        self._reset_interchange()

    def _reset_interchange(self) -> None:
        self._opened: OpenedInterchange | None = None
        self._una_at: int | None = None
        self._references: set[tuple[str, str]] = set()
        self._groups = 0
        self._group: tuple[str, int] | None = None
        self._bare = 0
        self._packages = 0
        self._sender = NOBODY
        self._wrapped = False
        self._utf8 = True
        self._fallback = False

    def run(self) -> Iterator[OpenedInterchange]:
        """Yield each interchange with its verdict, then one of loose faults where there are any."""
        self._begin_file()
        while not self._stopped:
            restarted = False
            for batch in self._scanner.batches():
                restarted = self._feed(batch)
                yield from self._take_done()
                if restarted or self._stopped:
                    break
            if not restarted and not self._changes_characters():
                break
        self._end_file()
        yield from self._take_done()

    def _changes_characters(self) -> bool:
        """Whether what is left is an interchange with other service characters than the last."""
        scanner = self._scanner
        rest = scanner.rest()
        begin = rest.lstrip(PADDING)
        if self._opened is not None or self._stopped or begin[:3] not in {"UNA", "UNB"}:
            return False
        if begin[:3] == "UNB" and (scanner.chars == DEFAULT or begin[3:4] != DEFAULT.element):
            return False
        if begin[:9] == scanner.chars.to_una():
            return False
        scanner.drop(len(rest) - len(begin))
        scanner.overlong = False
        scanner.chars = DEFAULT
        if begin.startswith("UNA"):
            self._declare(begin[:9])
        return True

    def _take_done(self) -> list[OpenedInterchange]:
        done, self._done = self._done, []
        return done

    # --- the file -------------------------------------------------------------------------------

    def _begin_file(self) -> None:
        scanner = self._scanner
        if scanner.head(3) == _BOM:
            scanner.drop(3)
            self._warnings.append("The file begins with a byte order mark, which was skipped.")
        while True:
            head = scanner.head(512)
            blank = len(head) - len(head.lstrip(PADDING))
            if not blank:
                break
            scanner.drop(blank)
        if head.startswith("UNA"):
            self._declare(head)

    def _declare(self, head: str) -> None:
        """Take the service characters of a UNA at the scanner's place."""
        offset = self._scanner.offset
        chars = ServiceCharacters.from_una(head[:9]) if len(head) >= 9 else None
        if chars is None:
            text = f"UNA declares {head[3:9]!r}, not six different service characters"
            self._late.append(fault("una-invalid", text, tag="UNA", offset=offset))
        elif chars.decimal.isalnum():
            text = f"UNA declares {chars.decimal!r} as decimal mark"
            self._late.append(fault("una-decimal", text, tag="UNA", offset=offset))
        self._una_at = offset
        self._scanner.chars = chars or DEFAULT
        self._scanner.drop(min(len(head), 9))

    def _end_file(self) -> None:
        scanner = self._scanner
        rest = scanner.rest().lstrip(PADDING)
        offset = scanner.offset + len(scanner.rest()) - len(rest)
        rest = rest.rstrip(PADDING)
        if scanner.overlong:
            text = f"a segment has no end within {LONGEST_SEGMENT} characters"
            self._loose.append(fault("segment-too-long", text, offset=scanner.offset))
        elif rest and not self._stopped:
            self._unterminated(rest, offset)
        if self._opened is not None:
            self._truncated()
        if self._count == 0 and not self._loose and not self._late:
            self._loose.append(
                fault("unb-missing", "the file holds no interchange (no UNB)", tag="UNB")
            )
        self._loose = [*self._late, *self._loose]
        if self._loose:
            self._done.append(
                OpenedInterchange(
                    format="edifact",
                    index=self._count,
                    faults=self._loose[:MOST_FAULTS],
                    warnings=self._warnings,
                    answerable=False,
                )
            )

    def _unterminated(self, rest: str, offset: int) -> None:
        if self._opened is None and rest[:3] == "UNB":
            self._unb(rest, offset)
        found = fault(
            "unterminated-segment",
            f"the last segment, {rest[:20]!r}, has no terminator",
            tag=rest[:3],
            offset=offset,
            value=rest,
        )
        if self._opened is None:
            self._loose.append(found)
            return
        self._opened.faults.append(found)
        if rest[:3] == "UNZ":
            # It closes the interchange all the same: nothing else is missing.
            self._close_message_early("UNZ closes the interchange", offset)
            self._finish(offset + len(rest))

    def _truncated(self) -> None:
        """Close what the end of the file left open."""
        where = self._scanner.offset + len(self._scanner.rest())
        self._close_message_early("the file ends", where)
        opened = self._opened
        if opened is None:
            return
        if self._group is not None:
            self._in_group(fault("une-missing", "UNE is missing", tag="UNE", offset=where))
        text = "UNZ is missing: the interchange was cut off"
        self._envelope(fault("unz-missing", text, tag="UNZ", element=1, offset=where))
        opened.faults.sort(key=lambda found: found.code != "unz-missing")
        self._finish(where)

    # --- segments -------------------------------------------------------------------------------

    def _feed(self, batch: Batch) -> bool:
        """Take a batch; True when the scanner was moved and goes on from elsewhere."""
        if self._wrapped:
            _unwrap(batch.segments, 0)
        segments = batch.segments
        total = len(segments)
        index = 0
        while index < total and not self._stopped:
            if self._check is not None:
                index = self._check.take(batch, index)
                if index >= total:
                    break
            raw = segments[index].lstrip(PADDING)
            offset = batch.offset(index) + len(segments[index]) - len(raw)
            behind = batch.behind(index)
            index += 1
            if not raw:
                continue
            wrapped = self._wrapped
            if self._service(raw, offset, behind):
                return True
            if self._wrapped and not wrapped:
                _unwrap(segments, index)
        return False

    def _warn(self, text: str) -> None:
        warnings = self._opened.warnings if self._opened is not None else self._warnings
        if text not in warnings:
            warnings.append(text)

    # --- service segments -----------------------------------------------------------------------

    def _service(self, raw: str, offset: int, behind: int) -> bool:
        """Take a segment outside a message; True when the scanner goes on from elsewhere."""
        tag = raw[:3].upper()
        if tag != raw[:3] and tag in SERVICE and raw[3:4] == self._scanner.chars.element:
            raw = self._capitals(raw, offset)
        if tag == "UNA" and self._opened is None:
            return self._una(raw, offset)
        serve = self._serve.get(tag) if raw[3:4] in ("", self._scanner.chars.element) else None
        if tag == "UNB" and self._opened is None and serve is None:
            return self._other_characters(raw, offset)
        if serve is None or (tag == "UNO" and self._opened is None):
            self._stray(raw, offset)
            return False
        if tag == "UNZ" and self._opened is not None:
            self._unz(raw, offset, behind)
            return False
        if tag == "UNO" and self._opened is not None:
            return self._uno(raw, offset, behind)
        serve(raw, offset)
        return False

    def _capitals(self, raw: str, offset: int) -> str:
        """A service segment whose tag is in lower case."""
        tag = raw[:3].upper()
        text = f"the tag {raw[:3]} is not in capitals"
        found = fault("tag-lower-case", text, tag=tag, offset=offset, value=raw[:3])
        if tag == "UNB":
            self._late.append(found)
        else:
            self._envelope(found)
        return tag + raw[3:]

    def _una(self, raw: str, offset: int, behind: int = 0) -> bool:
        """A UNA before a later interchange."""
        if self._opened is not None:
            self._stray(raw, offset)
            return False
        if raw == self._scanner.chars.to_una()[:8]:
            self._una_at = offset
            return False
        self._scanner.restart(offset)
        self._declare(self._scanner.head(9))
        return True

    def _other_characters(self, raw: str, offset: int) -> bool:
        """A UNB without UNA, after an interchange that had its own characters."""
        if self._scanner.chars == DEFAULT or raw[3:4] != DEFAULT.element:
            self._stray(raw, offset)
            return False
        self._scanner.restart(offset)
        self._scanner.chars = DEFAULT
        return True

    def _stray(self, raw: str, offset: int) -> None:
        if self._opened is not None:
            text = f"{raw[:20]!r} stands outside a message"
            self._around(fault("outside-message", text, tag=raw[:3], offset=offset, value=raw))
            return
        if len(self._loose) < MOST_FAULTS:
            text = f"{raw[:20]!r} stands outside an interchange"
            self._loose.append(
                fault("outside-envelope", text, tag=raw[:3], offset=offset, value=raw)
            )

    def _envelope(self, found: Fault) -> None:
        if self._opened is None:
            if len(self._loose) < MOST_FAULTS:
                self._loose.append(found)
        elif found.code in self._sender.tolerates:
            self._warn(found.text)
        elif len(self._opened.faults) < MOST_FAULTS:
            self._opened.faults.append(found)

    def _unb(self, raw: str, offset: int, behind: int = 0) -> None:
        if self._opened is not None:
            self._close_message_early("another UNB begins", offset)
            text = "another UNB begins before UNZ"
            self._envelope(fault("unz-missing", text, tag="UNZ", element=1, offset=offset))
            self._finish(offset)
        self._check = None  # of a message before the UNB, which belongs to nobody
        chars = self._scanner.chars
        raw = _without_breaks(raw)
        begins = self._una_at if self._una_at is not None else offset
        opened = read_unb(raw, chars, offset, self._count)
        opened.offset = begins
        opened.warnings.extend(self._warnings)
        self._warnings = []
        self._count += 1
        self._reset_interchange()
        self._opened = opened
        self._declared = chars
        self._scanner.chars = _of_version(chars, opened.version, una=begins != offset)
        self._scanner.begin_hash(offset)  # UNA says how it is written, not what
        self._sender = self._partner_of(opened.sender, opened.sender_qualifier) or NOBODY
        self._wrapped = "lines-wrapped" in self._sender.tolerates
        for late in self._late:
            self._envelope(late)
        self._late.clear()
        self._service_values(raw, offset)

    def _service_values(self, raw: str, offset: int) -> None:
        """Look at the values of a segment of the envelope: warnings, unless the partner insists."""
        opened = self._opened
        if opened is None:
            return
        for found in service_faults(raw, self._scanner.chars, opened.version, offset):
            if found.code in self._sender.insists:
                self._envelope(found)
            else:
                self._warn(found.text)

    def _ung(self, raw: str, offset: int, behind: int = 0) -> None:
        self._close_message_early("UNG begins", offset)
        if self._opened is None:
            self._stray(raw, offset)
            return
        self._service_values(raw, offset)
        elements = split_elements(raw, self._scanner.chars)
        if self._group is not None:
            text = "another UNG begins before UNE"
            self._in_group(fault("une-missing", text, tag="UNE", offset=offset))
        if self._bare:
            text = "messages stand outside the groups"
            self._envelope(fault("groups-mixed", text, tag="UNG", offset=offset))
        self._groups += 1
        reference, sender, recipient = (
            tuple(cell(elements, element, part, self._scanner.chars) for part in range(2))
            for element in (5, 2, 3)
        )
        self._group = (reference[0], 0)
        self._opened.groups.append(
            OpenedGroup(reference=reference[0], sender=sender, recipient=recipient)
        )
        if not reference[0]:
            text = "UNG has no reference (0048)"
            self._envelope(fault("ung-incomplete", text, tag="UNG", element=6, offset=offset))

    def _une(self, raw: str, offset: int, behind: int = 0) -> None:
        self._close_message_early("UNE closes the group", offset)
        chars = self._scanner.chars
        elements = split_elements(raw, chars)
        if self._group is None:
            self._stray(raw, offset)
            return
        self._service_values(raw, offset)
        reference, count = self._group
        stated, named = cell(elements, 1, 0, chars), cell(elements, 2, 0, chars)
        if not is_count(stated, count):
            text = f"UNE counts {stated} messages, the group holds {count}"
            self._in_group(
                fault("une-count", text, tag="UNE", element=2, offset=offset, value=stated)
            )
        if named != reference:
            text = f"UNE names {named}, UNG {reference}"
            self._in_group(
                fault("une-reference", text, tag="UNE", element=3, offset=offset, value=named)
            )
        if not count:
            text = "the functional group holds no message"
            self._in_group(fault("group-empty", text, tag="UNE", offset=offset))
        self._group = None

    def _around(self, found: Fault) -> None:
        """Keep a fault between messages: of the functional group, where one is open."""
        if self._group is not None:
            self._in_group(found)
        else:
            self._envelope(found)

    def _in_group(self, found: Fault) -> None:
        """Keep a fault of the functional group that is open."""
        if self._opened is None or found.code in self._sender.tolerates:
            self._warn(found.text)
        elif len(self._opened.groups[-1].faults) < MOST_FAULTS:
            self._opened.groups[-1].faults.append(found)

    def _unh(self, raw: str, offset: int, behind: int = 0) -> None:
        self._close_message_early("another UNH begins", offset)
        opened = self._opened
        if opened is None:
            self._stray(raw, offset)
            # What follows belongs to nobody: read it as a message that is then dropped.
            nobody = OpenedMessage(index=0, reference="", type="", release="", offset=offset)
            self._check = MessageCheck(nobody, self._scanner.chars, "latin-1")
            return
        self._messages += 1
        if self._messages > self._limits.messages:
            text = f"the file holds more than {self._limits.messages} messages"
            self._loose.append(fault("too-many-messages", text, offset=offset))
            self._stopped = True
            return
        if self._group is not None:
            self._group = (self._group[0], self._group[1] + 1)
        else:
            self._bare += 1
            if self._groups:
                text = "a message stands outside the groups"
                self._envelope(fault("groups-mixed", text, tag="UNH", offset=offset))
        self._begin_message(raw, offset, opened)

    def _begin_message(self, raw: str, offset: int, opened: OpenedInterchange) -> None:
        chars = self._scanner.chars
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
        check = self._check = MessageCheck(
            message,
            chars,
            CODECS.get(opened.syntax, "latin-1"),
            find_table(type_, message.release),
            self._find_reader(type_, message.release, self._sender.partner or None),
            self._sender,
        )
        if not opened.messages:
            check.forget()
        for missing in unh_faults(message, version, release):
            self._envelope(missing)  # CONTRL could not name the message
        self._same_type(opened, message)
        unique = (self._group[0] if self._group is not None else "", message.reference)
        if unique in self._references:
            text = f"message reference {message.reference} occurs twice"
            value = message.reference
            check.keep(
                fault(
                    "unh-duplicate",
                    text,
                    segment=1,
                    tag="UNH",
                    element=2,
                    offset=offset,
                    value=value,
                )
            )
        self._references.add(unique)

    def _same_type(self, opened: OpenedInterchange, message: OpenedMessage) -> None:
        """Before version 4 a functional group holds messages of one type only."""
        if self._group is None or opened.version == "4" or not opened.messages:
            return
        last = opened.messages[-1]
        if last.group == message.group and last.type != message.type:
            text = f"the functional group holds {last.type} and {message.type}"
            self._in_group(fault("group-types-mixed", text, tag="UNH", offset=message.offset))

    def _unt(self, raw: str, offset: int, behind: int = 0) -> None:
        check = self._check
        if check is None:
            text = "UNT closes no message"
            self._around(fault("outside-message", text, tag="UNT", offset=offset, value=raw))
            return
        check.close(raw, offset)
        self._end_message(check, offset + len(raw) + 1)

    def _close_message_early(self, why: str, offset: int) -> None:
        check = self._check
        if check is None:
            return
        text = f"{why} before UNT"
        check.keep(fault("unt-missing", text, segment=check.position, tag="UNT", offset=offset))
        self._end_message(check, check.message.offset)

    def _end_message(self, check: MessageCheck, behind: int) -> None:
        message = check.message
        message.length = behind - message.offset
        message.segments = check.position
        most = MOST_FAULTS if self._room > 0 else 1
        message.faults = tuple(check.faults[:most])
        message.warnings = tuple(check.warnings[:most])
        self._room -= len(message.faults) + len(message.warnings)
        if check.skipped:
            self._warn("Empty segments were skipped.")
        self._utf8 = self._utf8 and check.utf8
        self._fallback = self._fallback or check.fallback
        if self._opened is not None:
            self._opened.messages.append(message)
        self._check = None

    def _uno(self, raw: str, offset: int, behind: int = 0) -> bool:
        """Skip a package by its length (S022, 0810); the data is nobody's segments."""
        self._close_message_early("UNO begins", offset)
        self._packages += 1
        chars = self._scanner.chars
        size = cell(split_elements(raw, chars), 4, 0, chars)
        if not size.isascii() or not size.isdigit() or len(size) > 12:
            text = f"UNO states no length of its package ({size[:20]!r})"
            self._envelope(fault("package-length", text, tag="UNO", element=5, offset=offset))
            return False
        self._scanner.restart(behind + int(size))
        return True

    def _unp(self, raw: str, offset: int, behind: int = 0) -> None:
        if self._opened is None or not self._packages:
            self._stray(raw, offset)

    def _unz(self, raw: str, offset: int, behind: int = 0) -> None:
        self._close_message_early("UNZ closes the interchange", offset)
        opened, chars = self._opened, self._scanner.chars
        if opened is None:
            self._envelope(
                fault("unz-unexpected", "UNZ closes no interchange", tag="UNZ", offset=offset)
            )
            return
        self._service_values(raw, offset)
        elements = split_elements(raw, chars)
        stated, named = cell(elements, 1, 0, chars), cell(elements, 2, 0, chars)
        if self._group is not None:
            self._in_group(fault("une-missing", "UNE is missing", tag="UNE", offset=offset))
        held = self._groups or self._bare + self._packages
        if not is_count(stated, held):
            text = f"UNZ counts {stated}, the interchange holds {held}"
            self._envelope(
                fault("unz-count", text, tag="UNZ", element=2, offset=offset, value=stated)
            )
        if named != opened.reference:
            text = f"UNZ names {named}, UNB {opened.reference}"
            self._envelope(
                fault("unz-reference", text, tag="UNZ", element=3, offset=offset, value=named)
            )
        if not held:
            text = "the interchange holds no message"
            self._envelope(fault("interchange-empty", text, tag="UNZ", offset=offset))
        self._finish(behind)

    def _finish(self, behind: int) -> None:
        """Close the interchange and hand it out."""
        opened = self._opened
        if opened is None:
            return
        opened.length = behind - opened.offset
        opened.content_hash = self._scanner.end_hash(behind)
        codec = CODECS.get(opened.syntax, "latin-1")
        if self._fallback:
            codec = "utf-8" if self._utf8 else "latin-1"
            self._warn(f"{opened.syntax} was declared, but the text is read as {codec}.")
        elif codec == "utf-8" and not self._utf8:
            codec = "latin-1"
        una = self._scanner.chars.to_una()
        self._scanner.chars = self._declared
        opened.details = {
            **opened.details,
            "una": una,
            "codec": codec,
            "groups": self._groups,
            "wrapped": self._wrapped,
        }
        self._done.append(opened)
        self._reset_interchange()


def _of_version(chars: ServiceCharacters, version: str, *, una: bool) -> ServiceCharacters:
    """The service characters as a syntax version has them: only the fourth repeats elements."""
    if version == "4":
        return chars if una else replace(chars, repetition="*")
    return replace(chars, repetition="") if chars.repetition else chars


def _without_breaks(raw: str) -> str:
    return raw.replace("\r", "").replace("\n", "")


def _unwrap(segments: list[str], begin: int) -> None:
    """Take the line breaks out of segments that were cut into lines of a fixed length."""
    segments[begin:] = [_without_breaks(raw) for raw in segments[begin:]]
