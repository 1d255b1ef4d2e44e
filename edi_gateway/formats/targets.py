"""The formats `convert` writes: those a partner may agree, under names for the command line."""

from __future__ import annotations

from edi_gateway.documents import DOCUMENTS, Document, DocumentType, Invoice, OrderChange
from edi_gateway.formats import MAPPINGS_OF_FORMAT
from edi_gateway.formats.mapping import MappingFile, MappingLibrary

JSON = "json"
UBL = "ubl"

#: Which mapping writes which document, by target: `edifact-d96a` and so on, and `ubl`.
TARGETS: dict[str, dict[DocumentType, str]] = {
    name.lower().replace(" ", "-").replace(".", ""): mappings
    for name, mappings in MAPPINGS_OF_FORMAT.items()
    if name.startswith("EDIFACT")
} | {UBL: MAPPINGS_OF_FORMAT["UBL 2.1"]}


#: An order change of this function (1225) cancels the order, for which UBL has a document of its own.
_CANCELLATION = "1"


def mapping_for(
    document: Document, mappings: dict[DocumentType, MappingFile], library: MappingLibrary
) -> MappingFile | None:
    """The mapping of a target that writes a document."""
    found = mappings.get(kind_of(document))
    if found is None or not found.name.startswith("ubl/"):
        return found
    if isinstance(document, OrderChange) and document.function == _CANCELLATION:
        return library.find("ubl/order-cancellation-2.1")
    if isinstance(document, Invoice) and document.is_credit:
        return library.find("ubl/credit-note-2.1")
    return found


def kind_of(document: Document) -> DocumentType:
    """The type of a document."""
    return next(kind for kind, shape in DOCUMENTS.items() if type(document) is shape)


def mappings_of(target: str, library: MappingLibrary) -> dict[DocumentType, MappingFile]:
    """The mapping that writes each document type, where there is one."""
    found = {kind: library.find(name) for kind, name in TARGETS[target].items()}
    return {kind: mapping for kind, mapping in found.items() if mapping is not None}
