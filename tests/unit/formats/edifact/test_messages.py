"""Every message type in every release: written, opened without fault, and read as what it was."""

import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from msgspec.structs import replace
from pydifact.parser import Parser

from edi_gateway.contract.partner import RELEASES
from edi_gateway.documents import Canonical, DespatchLine, DocumentType, Package
from edi_gateway.errors import ConfigError, HeldError
from edi_gateway.formats import MAPPINGS_OF_FORMAT
from edi_gateway.formats.edifact import MAPPINGS, MESSAGE_TYPES, EdifactFormat
from edi_gateway.formats.edifact.charsets import transliterate
from edi_gateway.formats.edifact.codes import find_codes, is_listed
from edi_gateway.formats.edifact.directory import find_table
from edi_gateway.formats.edifact.places import compile_mapping
from edi_gateway.formats.edifact.profiles import check_profile, find_profile
from edi_gateway.formats.edifact.writer import Envelope, write_interchange
from edi_gateway.formats.interchange import Limits
from edi_gateway.formats.mapping import MappingLibrary
from tests import documents

FORMAT = EdifactFormat()
LIBRARY = MappingLibrary()

EVERY = [
    pytest.param(kind, release, id=f"{type_} {release}")
    for kind, type_ in MESSAGE_TYPES.items()
    for release in RELEASES
]


def write(kind, release, *messages, syntax="UNOC"):
    mapping = LIBRARY.find(MAPPINGS[MESSAGE_TYPES[kind], release])
    envelope = Envelope(
        sender="4012345500004",
        sender_qualifier="14",
        recipient="5412345000013",
        recipient_qualifier="14",
        reference="77",
        created=datetime(2026, 11, 16, 8, 30, tzinfo=UTC),
        syntax=syntax,
    )
    return write_interchange(envelope, [(mapping, message) for message in messages])


def opened(data):
    found = FORMAT.open(
        io.BytesIO(data), limits=Limits(), library=LIBRARY, partner_of=lambda *_: None
    )
    (interchange,) = found
    return interchange


def read(data, number=0):
    interchange = opened(data)
    message = interchange.messages[number]
    part = data[message.offset : message.offset + message.length]
    return FORMAT.read(part, interchange, message, library=LIBRARY, partner=None)


def carried(kind, release, document):
    """What a release can carry of an example: D.93A has no free goods, and no room for an account."""
    if kind is DocumentType.ORDER_RESPONSE and release == "D.93A":
        return replace(document, lines=tuple(replace(e, free=None) for e in document.lines))
    if kind is DocumentType.INVOICE:
        iban = None if release == "D.93A" else "FR7630006000011234567890189"
        registration = {
            side: replace(getattr(document, side), registration="900000019")
            for side in ("buyer", "supplier")
        }
        return replace(document, iban=iban, **registration)
    return document


@pytest.mark.parametrize(("kind", "release"), EVERY)
def test_a_message_is_read_as_what_was_written(kind, release):
    document = carried(kind, release, documents.EXAMPLES[kind]())

    result = read(write(kind, release, document))

    assert result.missing == ()
    assert without_positions(result.document) == without_positions(document)


@pytest.mark.parametrize(("kind", "release"), EVERY)
def test_what_is_written_has_no_fault_and_counts_right(kind, release):
    document = carried(kind, release, documents.EXAMPLES[kind]())

    data = write(kind, release, document, document)

    interchange = opened(data)
    assert interchange.faults == []
    assert [(message.type, message.release) for message in interchange.messages] == [
        (MESSAGE_TYPES[kind], release)
    ] * 2
    assert [message.faults for message in interchange.messages] == [(), ()]
    assert [message.warnings for message in interchange.messages] == [(), ()]
    segments = list(Parser().parse(data.decode("latin-1")))
    tags = [segment.tag for segment in segments]
    trailers = [segment.elements for segment in segments if segment.tag in {"UNT", "UNZ"}]
    length = tags.index("UNT") - tags.index("UNH") + 1
    assert trailers == [[str(length), "1"], [str(length), "2"], ["2", "77"]]


@pytest.mark.parametrize(("kind", "release"), EVERY)
def test_every_code_we_write_is_one_of_the_directory_or_of_eancom(kind, release):
    data = write(kind, release, carried(kind, release, documents.EXAMPLES[kind]()))

    unlisted = {
        (segment.tag, value.id, given[value.component])
        for segment, value, given in values_of(data, release)
        if not is_listed(value, given, find_codes(release))
    }

    own = {("PCI", "4233", "33E"), ("PCI", "4233", "36E")}
    eancom = kind is DocumentType.DESPATCH_ADVICE and release in {"D.96A", "D.01B"}
    assert unlisted == (own if eancom else set())


@pytest.mark.parametrize("release", ["D.96A", "D.01B"])
@pytest.mark.parametrize("kind", MESSAGE_TYPES)
def test_what_we_write_as_eancom_keeps_its_profile(kind, release):
    table = compile_mapping(LIBRARY.find(MAPPINGS[MESSAGE_TYPES[kind], release])).table
    header, *rest = message_of(write(kind, release, documents.EXAMPLES[kind]()))
    profile = find_profile(table.type, release, header.elements[1][4])
    state, seen = 0, []
    for position, segment in enumerate(rest[:-1], 2):
        state = table.steps[state][segment.tag].target
        seen.append((position, state, [[segment.tag], *map(parts, segment.elements)]))

    departures = list(check_profile(profile, seen)) if profile is not None else []

    assert departures == []


@pytest.mark.parametrize(("kind", "release"), EVERY)
def test_nothing_but_what_a_document_must_have_makes_a_message_too(kind, release):
    document = least(documents.EXAMPLES[kind]())

    data = write(kind, release, document)

    assert opened(data).messages[0].faults == ()
    assert read(data).document is not None


@pytest.mark.parametrize("syntax", ["UNOA", "UNOB", "UNOC"])
@pytest.mark.parametrize(("kind", "release"), EVERY)
@settings(max_examples=12, deadline=None)
@given(
    text=st.text(
        st.characters(codec="latin-1", min_codepoint=32, exclude_characters="\x7f")
        | st.sampled_from("+:'?*éàüßÉŒ€ŁЖ"),
        min_size=1,
        max_size=30,
    )
)
def test_any_text_comes_back_as_the_repertoire_allows(kind, release, syntax, text):
    document = documents.EXAMPLES[kind]()
    named = replace(document, buyer=replace(document.buyer, name=f"A{text}Z"))
    agreed = transliterate(f"A{text}Z", syntax)

    data = write(kind, release, named, syntax=syntax)

    assert opened(data).messages[0].faults == ()
    assert squeezed(read(data).document.buyer.name) == squeezed(agreed)


def test_every_release_has_every_message_type():
    for release in RELEASES:
        assert set(MAPPINGS_OF_FORMAT[f"EDIFACT {release}"]) == set(MESSAGE_TYPES)
        for type_ in MESSAGE_TYPES.values():
            mapping = LIBRARY.find(MAPPINGS[type_, release])
            assert compile_mapping(mapping).table.release == release
            assert compile_mapping(mapping).table.type == type_


def test_what_is_packed_stands_behind_its_package():
    data = write(DocumentType.DESPATCH_ADVICE, "D.96A", documents.despatch_advice()).decode(
        "latin-1"
    )

    begin = data.index("CPS+1'")
    wanted = (
        "CPS+1'PAC+2++201::9'LIN+1'PIA+5+COLLE-50:SA'IMD+F++:::Colle'QTY+12:1.5:KGM'"
        "RFF+ON:4500001:20'"
        "CPS+2+1'PAC+1++201::9'PCI+33E'GIN+BJ+340123450000000014'"
        "CPS+3+2'PAC+6++CT'LIN+2++3760123450041:EN'"
    )
    assert data[begin:].startswith(wanted)
    assert "PCI+36E'DTM+361:20280531:102'GIN+BX+LOT-7A'CPS+4+1'PAC+1'PCI+33E'" in data


def test_a_despatch_without_packages_is_one_consignment():
    line = DespatchLine(order_line="10", quantity=Decimal(5))
    document = documents.despatch_advice(
        packages=(Package(number="1"),), lines=(line, replace(line, order_line="20"))
    )

    data = write(DocumentType.DESPATCH_ADVICE, "D.96A", document)

    assert data.count(b"CPS") == 1
    assert [line.package for line in read(data).document.lines] == ["1", "1"]


@settings(max_examples=50, deadline=None)
@given(
    places=st.lists(st.integers(0, 5), max_size=12), levels=st.lists(st.integers(0, 9), max_size=5)
)
def test_any_packing_comes_back(places, levels):
    packages = [Package(number="1")]
    for level in levels:
        parent = packages[level % len(packages)].number
        packages.append(Package(number=str(len(packages) + 1), parent=parent, count=1))
    lines = tuple(
        DespatchLine(number=str(n), quantity=Decimal(n), package=packages[place].number)
        for n, place in enumerate(sorted(place % len(packages) for place in places), 1)
    )
    document = documents.despatch_advice(packages=tuple(packages), lines=lines)

    result = read(write(DocumentType.DESPATCH_ADVICE, "D.01B", document))

    assert (result.document.packages, result.document.lines) == (tuple(packages), lines)


def test_a_batch_that_is_too_long_is_not_written_as_a_range():
    line = DespatchLine(quantity=Decimal(1), batch="B" * 36)

    with pytest.raises(HeldError, match="the element takes 35") as held:
        write(DocumentType.DESPATCH_ADVICE, "D.96A", documents.despatch_advice(lines=(line,)))

    assert held.value.code == "value-too-long"


def test_a_line_in_a_package_that_is_not_listed_is_never_dropped():
    lost = DespatchLine(order_line="10", quantity=Decimal(5), package="9")
    document = documents.despatch_advice(lines=(lost,))

    with pytest.raises(HeldError, match="'9', which is none of the packages") as held:
        write(DocumentType.DESPATCH_ADVICE, "D.96A", document)

    assert held.value.code == "reference-unknown"


def test_a_price_stands_below_its_article_with_its_range():
    data = write(DocumentType.CATALOGUE, "D.01B", documents.catalogue()).decode("latin-1")

    assert "PGI+2'LIN+1+3+3760123450041:SRV'" in data
    assert (
        "PRI+AAA:34.90:CA::1000:PCE'RNG+4+PCE:1'"
        "PRI+AAB:31.50:CA::1000:PCE'RNG+4+PCE:10000'DTM+157:20270301:102'DTM+36:20270630:102'"
        "LIN+2+2'PIA+5+COLLE-50:SA'"
    ) in data


def test_a_section_inside_another_must_be_tied_to_a_field_of_it(tmp_path):
    (tmp_path / "edifact").mkdir()
    (tmp_path / "edifact" / "desadv-d96a.toml").write_text(
        'document = "despatch-advice"\nmessage = "DESADV"\nrelease = "D.96A"\n'
        '[lines]\neach = "CPS/LIN"\n"CPS 7164" = "package"\n',
        encoding="utf-8",
    )

    with pytest.raises(ConfigError, match=r"desadv-d96a.toml:6: CPS 7164 feeds no field"):
        compile_mapping(MappingLibrary(tmp_path).find("edifact/desadv-d96a"))


def message_of(data):
    """The segments of the one message, read by a parser that is not ours."""
    segments = list(Parser().parse(data.decode("latin-1")))
    tags = [segment.tag for segment in segments]
    return segments[tags.index("UNH") : tags.index("UNT") + 1]


def values_of(data, release):
    """Every value between UNH and UNT: its segment, its place, and the composite it is in."""
    for segment in message_of(data)[1:-1]:
        for element in find_segment(segment.tag, release):
            for value in element.values:
                if value.element <= len(segment.elements):
                    given = parts(segment.elements[value.element - 1])
                    if value.component < len(given) and given[value.component]:
                        yield segment, value, given


def find_segment(tag, release):
    tables = (find_table(type_, release) for type_ in MESSAGE_TYPES.values())
    return next(table.segments[tag] for table in tables if tag in table.segments)


def parts(element):
    return element if isinstance(element, list) else [element]


def without_positions(document):
    """Where a line stood is told by the message, not by the document it was written from."""
    lines = [
        replace(line, position=None) if hasattr(line, "position") else line
        for line in document.lines
    ]
    return replace(document, lines=tuple(lines))


def least(document):
    """The document without all that it can do without, its parts too."""
    kept = {}
    for spec in structs.fields(document):
        value = getattr(document, spec.name)
        if isinstance(value, tuple) and value and isinstance(value[0], Canonical):
            kept[spec.name] = tuple(least(part) for part in value)
        elif spec.required or spec.name in {"package", "packages"}:
            kept[spec.name] = value
    return type(document)(**kept)


def squeezed(text):
    """Text that is cut between words loses the blanks there."""
    return "".join(text.split())
