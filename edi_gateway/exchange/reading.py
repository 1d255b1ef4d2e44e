"""One interchange of a file, and how its messages are read: the bytes, the format, the mapping."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import BinaryIO

from edi_gateway.exchange.settlement import READERS
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.formats import Format
from edi_gateway.formats.acknowledgement import Acknowledgement
from edi_gateway.formats.interchange import OpenedInterchange, OpenedMessage, ReadMessage
from edi_gateway.store import Transmission


@dataclass(frozen=True, slots=True)
class Source:
    """One interchange of a transmission, and what is needed to read its messages."""

    place: Workplace
    transmission: Transmission
    format: Format
    file: BinaryIO
    opened: OpenedInterchange
    _: KW_ONLY
    #: Whether no other interchange follows in the file.
    last: bool

    def read(self, message: OpenedMessage) -> ReadMessage:
        """Read the document of one of its messages."""
        self.file.seek(message.offset)
        sender = (self.opened.sender, self.opened.sender_qualifier)
        return self.format.read(
            self.file.read(message.length),
            self.opened,
            message,
            library=self.place.library,
            partner=self.place.partners.id_of_sender(*sender),
        )

    def read_acknowledgement(self, message: OpenedMessage) -> Acknowledgement:
        """Read what the partner says about something we sent."""
        self.file.seek(message.offset)
        return READERS[message.type](self.file.read(message.length), self.opened)

    def number(self, message: OpenedMessage) -> str | None:
        """The number of the document in a message, where it can be read."""
        return getattr(self.read(message).document, "number", None)

    def number_at(self, position: int) -> str | None:
        """The same, for the message at a position of the interchange."""
        return next(self.number(m) for m in self.opened.messages if m.index == position)
