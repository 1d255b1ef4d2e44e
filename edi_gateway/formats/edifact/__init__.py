"""EDIFACT: interchanges opened and read, messages and acknowledgements written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import BinaryIO

from edi_gateway.contract.partner import RELEASES
from edi_gateway.documents import DocumentType
from edi_gateway.formats.edifact.charsets import decode
from edi_gateway.formats.edifact.envelope import Opener
from edi_gateway.formats.edifact.places import Compiled, compile_mapping
from edi_gateway.formats.edifact.reader import Reader
from edi_gateway.formats.edifact.tokens import DEFAULT, ServiceCharacters
from edi_gateway.formats.interchange import (
    Limits,
    OpenedInterchange,
    OpenedMessage,
    PartnerOf,
    ReadMessage,
)
from edi_gateway.formats.mapping import MappingLibrary

_HEAD = re.compile(
    rb"(?:\xef\xbb\xbf)?[\s\x00]*(?:UNA|UNB|unb|[A-Z]{2}[A-Z0-9]?\+[^<>{}\r\n]{0,400}[:+'])"
)

#: The message type of each document.
MESSAGE_TYPES = {
    DocumentType.ORDER: "ORDERS",
    DocumentType.ORDER_CHANGE: "ORDCHG",
    DocumentType.ORDER_RESPONSE: "ORDRSP",
    DocumentType.DESPATCH_ADVICE: "DESADV",
    DocumentType.INVOICE: "INVOIC",
    DocumentType.CATALOGUE: "PRICAT",
}

#: The mapping of each message type and release that can be read and written.
MAPPINGS: dict[tuple[str, str], str] = {
    (type_, release): f"edifact/{type_.lower()}-{release.replace('.', '').lower()}"
    for type_ in MESSAGE_TYPES.values()
    for release in RELEASES
}


class EdifactFormat:
    """ISO 9735 interchanges of syntax version 1 to 4."""

    name = "edifact"

    def __init__(self) -> None:
        self._readers: dict[int, tuple[Compiled, Reader]] = {}
        #: What read the last message; those of one interchange are mostly alike.
        self._last: (
            tuple[OpenedInterchange, tuple[MappingLibrary, str, str, str | None], Reader | None]
            | None
        ) = None

    def recognise(self, head: bytes) -> bool:
        """Whether `head` begins like EDIFACT, if only with a damaged envelope."""
        return _HEAD.match(head) is not None

    def open(
        self,
        file: BinaryIO,
        *,
        limits: Limits,
        library: MappingLibrary,
        partner_of: PartnerOf,
    ) -> Iterator[OpenedInterchange]:
        """Yield each interchange with the verdict on it; never raises for any bytes."""

        @cache  # for this file only: a mapping may be changed before the next
        def find(type_: str, release: str, partner: str | None) -> Reader | None:
            return self._reader(type_, release, library, partner)

        return Opener(file, limits, find, partner_of).run()

    def read(
        self,
        data: bytes,
        interchange: OpenedInterchange,
        message: OpenedMessage,
        *,
        library: MappingLibrary,
        partner: str | None,
    ) -> ReadMessage:
        """Read the document of a message without faults from its own bytes, UNH to UNT."""
        wanted = (library, message.type, message.release, partner)
        last = self._last
        if last is None or last[0] is not interchange or last[1] != wanted:
            found = self._reader(message.type, message.release, library, partner)
            if found is not None and (last is None or last[0] is not interchange):
                found.forget()
            last = self._last = (interchange, wanted, found)
        reader = last[2]
        if reader is None:
            return ReadMessage(document=None)
        una = interchange.details.get("una")
        chars = _characters(una) if una else DEFAULT
        text = decode(data, interchange.details.get("codec", "latin-1"))
        if interchange.details.get("wrapped"):
            text = text.replace("\r", "").replace("\n", "")
        return reader.read(text, chars)

    def supports(self, type_: str, release: str) -> bool:
        """Whether messages of this type and release can be read."""
        return (type_, release) in MAPPINGS

    def mapping_name(self, type_: str, release: str) -> str | None:
        """The general mapping of a message type and release, such as `edifact/orders-d96a`."""
        return MAPPINGS.get((type_, release))

    def message_types(self) -> list[str]:
        """Every message type and release that can be read, as `ORDERS D.96A`."""
        return [f"{type_} {release}" for type_, release in MAPPINGS]

    def _reader(
        self, type_: str, release: str, library: MappingLibrary, partner: str | None
    ) -> Reader | None:
        name = MAPPINGS.get((type_, release))
        mapping = library.find(name, partner) if name is not None else None
        if mapping is None:
            return None
        compiled = compile_mapping(mapping)
        known = self._readers.get(id(compiled))
        if known is None:
            known = self._readers[id(compiled)] = (compiled, Reader(compiled))
        return known[1]


@cache
def _characters(una: str) -> ServiceCharacters:
    return ServiceCharacters.from_una(una) or DEFAULT


__all__ = ["MAPPINGS", "MESSAGE_TYPES", "EdifactFormat"]
