"""Every EDIFACT file of the shared corpus opens; the verdict agrees with the corpus' index."""

import csv
import io
from pathlib import Path

import pytest

from edi_gateway.formats.edifact import EdifactFormat
from edi_gateway.formats.interchange import Limits
from edi_gateway.formats.mapping import MappingLibrary

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
LIBRARY = MappingLibrary()
FORMAT = EdifactFormat()

#: What the index counts as the envelope, besides the faults of the interchange itself.
ENVELOPE = {
    "unt-count",
    "unt-reference",
    "unt-missing",
    "unt-malformed",
    "unh-duplicate",
    "unh-incomplete",
    "tag-invalid",
}
#: Lines broken inside data every 80 columns: we do not unwrap, so to us they are invalid.
WRAPPED = {
    "edifact/xlate_staedi/issue128/wrapped_invoic_d97b.edi",
    "edifact/xlate_staedi/issue128/wrapped_invoic_d97b_una.edi",
}


def rows():
    if not CORPUS.is_dir():
        return [pytest.param(None, None, marks=pytest.mark.skip("no shared corpus here"))]
    with (CORPUS / "INDEX.tsv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        pytest.param(row["path"], row["validity"], id=row["path"])
        for row in found
        if row["path"].startswith(("edifact/", "malicious/edifact/"))
    ]


@pytest.mark.parametrize(("path", "verdict"), rows())
def test_a_corpus_file_opens_with_the_verdict_of_the_index(path, verdict):
    data = (CORPUS / path).read_bytes()

    interchanges = list(
        FORMAT.open(io.BytesIO(data), limits=Limits(), library=LIBRARY, partner_of=lambda *_: None)
    )

    faults = [fault for interchange in interchanges for fault in interchange.faults]
    faults += [
        f for interchange in interchanges for group in interchange.groups for f in group.faults
    ]
    messages = [message for interchange in interchanges for message in interchange.messages]
    faults += [f for message in messages for f in message.faults if f.code in ENVELOPE]
    if path.startswith("edifact/") and path not in WRAPPED:
        assert verdict.startswith("envelope OK") == (not faults)
