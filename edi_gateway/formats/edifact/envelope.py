"""
Open the EDIFACT interchanges of a file; `enclosed` counts what is in one, `structure` looks at it.

Any bytes give faults, never an exception, and memory does not grow with the file (one small object
per message stays).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from edi_gateway.formats.edifact.enclosed import SKIPPED, Enclosed, FindReader
from edi_gateway.formats.edifact.faults import fault
from edi_gateway.formats.edifact.headers import read_unb
from edi_gateway.formats.edifact.scanner import (
    CHUNK,
    LONGEST_SEGMENT,
    Batch,
    Scanner,
    without_breaks,
)
from edi_gateway.formats.edifact.structure import SERVICE, MessageCheck
from edi_gateway.formats.edifact.tokens import (
    DEFAULT,
    PADDING,
    ServiceCharacters,
    without_una,
)
from edi_gateway.formats.edifact.verdict import MOST_FAULTS, NOBODY
from edi_gateway.formats.interchange import (
    Fault,
    Limits,
    OpenedInterchange,
    OpenedMessage,
    PartnerOf,
)

#: Faults and warnings kept of all messages of a file; after that, one of each message.
MOST_FAULTS_OF_A_FILE = 50_000

_BOM = "\xef\xbb\xbf"
#: How far behind a package its UNP may stand: a line break or two.
_AHEAD = 16


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
        self._enclosed: Enclosed | None = None
        self._una_at: int | None = None

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
        if self._enclosed is not None or self._stopped or begin[:3] not in {"UNA", "UNB"}:
            return False
        chars = without_una(begin) if begin[:3] == "UNB" else DEFAULT
        if chars is None or (begin[:3] == "UNB" and chars == scanner.chars):
            return False
        if begin[:9] == scanner.chars.to_una():
            return False
        scanner.drop(len(rest) - len(begin))
        scanner.overlong = False
        scanner.chars = chars
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
        elif head.startswith("UNB"):
            scanner.chars = without_una(head) or DEFAULT

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
        if self._enclosed is not None:
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
        if self._enclosed is None and rest[:3] == "UNB":
            self._unb(rest, offset)
        found = fault(
            "unterminated-segment",
            f"the last segment, {rest[:20]!r}, has no terminator",
            tag=rest[:3],
            offset=offset,
            value=rest,
        )
        if self._enclosed is None:
            self._loose.append(found)
            return
        self._enclosed.opened.faults.append(found)
        if rest[:3] == "UNZ":
            # It closes the interchange all the same: nothing else is missing.
            self._close_message_early("UNZ closes the interchange", offset)
            self._finish(offset + len(rest))

    def _truncated(self) -> None:
        """Close what the end of the file left open."""
        where = self._scanner.offset + len(self._scanner.rest())
        self._close_message_early("the file ends", where)
        if self._enclosed is None:
            return
        self._enclosed.lacks_une(where)
        text = "UNZ is missing: the interchange was cut off"
        self._envelope(fault("unz-missing", text, tag="UNZ", element=1, offset=where))
        self._enclosed.opened.faults.sort(key=lambda found: found.code != "unz-missing")
        self._finish(where)

    # --- segments -------------------------------------------------------------------------------

    def _feed(self, batch: Batch) -> bool:
        """Take a batch; True when the scanner was moved and goes on from elsewhere."""
        wrapped = self._is_wrapped
        if wrapped:
            batch.unwrap(0)
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
            if self._service(raw, offset, behind):
                return True
            if self._is_wrapped and not wrapped:
                batch.unwrap(index)
            wrapped = self._is_wrapped
        return False

    @property
    def _is_wrapped(self) -> bool:
        return self._enclosed is not None and self._enclosed.wrapped

    # --- service segments -----------------------------------------------------------------------

    def _service(self, raw: str, offset: int, behind: int) -> bool:
        """Take a segment outside a message; True when the scanner goes on from elsewhere."""
        tag = raw[:3].upper()
        whole = raw[3:4] in ("", self._scanner.chars.element)
        if tag != raw[:3] and tag in SERVICE and whole:
            raw = self._capitals(raw, offset)
        if tag == "UNA" and self._enclosed is None:
            return self._una(raw, offset)
        serve = self._serve.get(tag) if whole else None
        if tag == "UNB" and self._enclosed is None and serve is None:
            return self._other_characters(raw, offset)
        if serve is None or (tag == "UNO" and self._enclosed is None):
            self._stray(raw, offset)
            return False
        if tag != "UNP" and self._enclosed is not None:
            self._enclosed.lacks_unp(offset)
        if tag == "UNZ" and self._enclosed is not None:
            self._unz(raw, offset, behind)
            return False
        if tag == "UNO" and self._enclosed is not None:
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
        if self._enclosed is not None:
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
        chars = without_una(raw)
        if chars is None or self._scanner.chars == chars:
            self._stray(raw, offset)
            return False
        self._scanner.restart(offset)
        self._scanner.chars = chars
        return True

    def _stray(self, raw: str, offset: int) -> None:
        if self._enclosed is not None:
            self._enclosed.stray(raw, offset)
        elif len(self._loose) < MOST_FAULTS:
            text = f"{raw[:20]!r} stands outside an interchange"
            self._loose.append(
                fault("outside-envelope", text, tag=raw[:3], offset=offset, value=raw)
            )

    def _envelope(self, found: Fault) -> None:
        if self._enclosed is not None:
            self._enclosed.keep(found)
        elif len(self._loose) < MOST_FAULTS:
            self._loose.append(found)

    def _unb(self, raw: str, offset: int, behind: int = 0) -> None:
        if self._enclosed is not None:
            self._close_message_early("another UNB begins", offset)
            text = "another UNB begins before UNZ"
            self._envelope(fault("unz-missing", text, tag="UNZ", element=1, offset=offset))
            self._finish(offset)
        self._check = None  # of a message before the UNB, which belongs to nobody
        chars = self._scanner.chars
        raw = without_breaks(raw)
        begins = self._una_at if self._una_at is not None else offset
        opened = read_unb(raw, chars, offset, self._count)
        opened.offset = begins
        opened.warnings.extend(self._warnings)
        self._warnings, self._una_at = [], None
        self._count += 1
        self._declared = chars
        chars = self._scanner.chars = chars.of_version(opened.version, una=begins != offset)
        self._scanner.begin_hash(offset)  # UNA says how it is written, not what
        sender = self._partner_of(opened.sender, opened.sender_qualifier) or NOBODY
        self._enclosed = Enclosed(opened, sender, chars)
        for late in self._late:
            self._envelope(late)
        self._late.clear()
        self._enclosed.look_at(raw, offset)

    def _ung(self, raw: str, offset: int, behind: int = 0) -> None:
        self._close_message_early("UNG begins", offset)
        if self._enclosed is None:
            self._stray(raw, offset)
        else:
            self._enclosed.open_group(raw, offset)

    def _une(self, raw: str, offset: int, behind: int = 0) -> None:
        self._close_message_early("UNE closes the group", offset)
        if self._enclosed is None:
            self._stray(raw, offset)
        else:
            self._enclosed.close_group(raw, offset)

    def _unh(self, raw: str, offset: int, behind: int = 0) -> None:
        self._close_message_early("another UNH begins", offset)
        if self._enclosed is None:
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
        self._check = self._enclosed.begin_message(raw, offset, self._find_reader)

    def _unt(self, raw: str, offset: int, behind: int = 0) -> None:
        check = self._check
        if check is not None:
            if self._enclosed is not None:
                self._enclosed.close_message(check, raw, offset)
            else:
                check.close(raw, offset)
            self._end_message(check, offset + len(raw) + 1)
            return
        text = "UNT closes no message"
        found = fault("outside-message", text, tag="UNT", offset=offset, value=raw)
        if self._enclosed is not None:
            self._enclosed.keep_around(found)
        else:
            self._envelope(found)

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
        if self._enclosed is not None:
            self._enclosed.end_message(check)
        elif check.skipped and SKIPPED not in self._warnings:
            self._warnings.append(SKIPPED)
        self._check = None

    def _uno(self, raw: str, offset: int, behind: int = 0) -> bool:
        """Skip a package by its length; the data is nobody's segments."""
        self._close_message_early("UNO begins", offset)
        size = self._enclosed.begin_package(raw, offset) if self._enclosed is not None else None
        if self._enclosed is None or size is None:
            return False
        scanner = self._scanner
        scanner.restart(behind)
        # Where it can be seen that no UNP follows, what comes is not taken for the package: it may
        # be another interchange.
        follows = scanner.ahead(size, _AHEAD) if size <= CHUNK else "UNP"
        if follows.lstrip(PADDING).startswith("UNP"):
            scanner.drop(size)
        else:
            self._enclosed.lacks_unp(offset)
        return True

    def _unp(self, raw: str, offset: int, behind: int = 0) -> None:
        if self._enclosed is None:
            self._stray(raw, offset)
        else:
            self._enclosed.close_package(raw, offset)

    def _unz(self, raw: str, offset: int, behind: int = 0) -> None:
        self._close_message_early("UNZ closes the interchange", offset)
        if self._enclosed is None:
            text = "UNZ closes no interchange"
            self._envelope(fault("unz-unexpected", text, tag="UNZ", offset=offset))
            return
        self._enclosed.compare_trailer(raw, offset)
        self._finish(behind)

    def _finish(self, behind: int) -> None:
        """Close the interchange and hand it out."""
        if self._enclosed is not None:
            found = self._enclosed.finish(behind, self._scanner.end_hash(behind))
            self._done.append(found)
            self._scanner.chars = self._declared
            self._enclosed = self._una_at = None
