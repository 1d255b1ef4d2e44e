"""Every document in UBL: valid by the schema of its root, and read as what was written."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from edi_gateway.documents import DocumentType
from edi_gateway.formats import MAPPINGS_OF_FORMAT
from edi_gateway.formats.interchange import Limits
from edi_gateway.formats.mapping import MappingLibrary
from edi_gateway.formats.targets import mapping_for, mappings_of
from edi_gateway.formats.xml import XmlFormat, write_document
from tests import documents

LIBRARY = MappingLibrary()
MAPPINGS = mappings_of("ubl", LIBRARY)
CORPUS = Path(__file__).parents[5] / "shared" / "corpus" / "ubl" / "OpenPEPPOL_poacc-upgrade-3"


def stated(allowances):
    """Those with an amount, and what a file says of them."""
    return tuple(each for each in allowances if each.amount is not None)


def without(part, *names, **values):
    return replace(part, **dict.fromkeys(names), **values)


def order():
    full = documents.order()
    first, *rest = full.lines
    terms = without(first, "contract_number", "price_list", "promotion", "requested_delivery")
    return without(
        full,
        "promotion",
        "cancel_after",
        lines=(replace(terms, requested_delivery=first.earliest_delivery), *rest),
        requested_delivery=full.earliest_delivery,
        allowances=stated(full.allowances),
    )


def order_change():
    full = documents.order_change()
    first, *rest = full.lines
    terms = without(first, "contract_number", "price_list", "promotion", "requested_delivery")
    dropped = ("promotion", "cancel_after", "price_list", "price_list_date", "blanket_order")
    return without(
        full,
        *dropped,
        "reason",
        lines=(replace(terms, requested_delivery=first.earliest_delivery), *rest),
        requested_delivery=full.earliest_delivery,
        allowances=stated(full.allowances),
    )


def order_cancellation():
    full = documents.order_change(
        lines=(),
        allowances=(),
        function="1",
        reason="Chantier annulé",
        delivery_party=None,
        invoicee=None,
        line_count=None,
    )
    dates = ("requested_delivery", "earliest_delivery", "latest_delivery", "cancel_after")
    others = ("currency", "price_list", "price_list_date", "promotion", "blanket_order")
    return without(full, *dates, *others, "total_amount")


def order_response():
    full = documents.order_response()
    lines = [without(line, "ordered", "requested_delivery") for line in full.lines]
    return without(
        full, "requested_delivery", lines=tuple(lines), allowances=stated(full.allowances)
    )


def invoice():
    """One of the codes that name the ordered article is enough."""
    full = documents.invoice()
    lines = [without(line, "replaced_gtin", "replaced_buyer_article") for line in full.lines]
    return replace(full, lines=tuple(lines))


def despatch_advice():
    """Handling units are flat and known by their SSCC; what was ordered is not said."""
    full = documents.despatch_advice()
    units = [without(package, "parent", "type_agency") for package in full.packages]
    named = {package.number: package.sscc or package.number for package in full.packages}
    within = named | {"3": named["2"]}
    lines = [
        without(
            line, "ordered", "replaced_gtin", "replaced_buyer_article", package=within[line.package]
        )
        for line in full.lines
    ]
    packages = tuple(replace(unit, number=named[unit.number]) for unit in units)
    return without(full, "contract_number", packages=packages, lines=tuple(lines))


def catalogue():
    full = documents.catalogue()
    first, *rest = full.lines
    return replace(full, lines=(without(first, "replaced_by_gtin"), *rest))


EVERY = [
    pytest.param(make(), id=make.__name__)
    for make in (
        order,
        order_change,
        order_cancellation,
        order_response,
        despatch_advice,
        invoice,
        catalogue,
    )
]


def write(document):
    return write_document(mapping_for(document, MAPPINGS, LIBRARY), document)


def read(data):
    (interchange,) = XmlFormat().open(
        io.BytesIO(data), limits=Limits(), library=LIBRARY, partner_of=lambda *_: None
    )
    (message,) = interchange.messages
    assert (interchange.faults, message.faults) == ([], ())
    return XmlFormat().read(data, interchange, message, library=LIBRARY, partner=None)


def without_positions(document):
    lines = [
        replace(line, position=None) if hasattr(line, "position") else line
        for line in document.lines
    ]
    return replace(document, lines=tuple(lines))


@pytest.mark.parametrize("document", EVERY)
def test_a_document_is_read_as_what_was_written(document):
    result = read(write(document))

    assert result.missing == ()
    assert without_positions(result.document) == without_positions(document)


def test_a_despatch_advice_names_the_handling_unit_of_each_line(assert_valid):
    data = write(documents.despatch_advice())

    assert_valid(data)
    assert [line.package for line in read(data).document.lines] == [
        "1",
        "340123450000000014",
        "340123450000000021",
    ]


@pytest.mark.parametrize("document", EVERY)
def test_what_is_written_is_valid_by_the_official_schema(document, assert_valid):
    assert_valid(write(document))


def published(name):
    if not CORPUS.is_dir():
        return []
    files = sorted(path for path in CORPUS.rglob("*.xml") if "PunchOut" not in path.name)
    return [path for path in files if f":{name}-2" in path.read_text("utf-8", "replace")[:3000]]


@pytest.mark.parametrize("name", ["OrderChange", "OrderCancellation", "Catalogue"])
def test_the_published_examples_are_read(name):
    files = published(name)
    if not files:
        pytest.skip("the published examples are not on this machine")

    unread = {path.name: read(path.read_bytes()).missing for path in files}

    assert {path: missing for path, missing in unread.items() if missing} == {}


def test_a_cancellation_is_a_change_that_cancels_the_order():
    document = read(write(order_cancellation())).document

    assert (document.function, document.order_number) == ("1", "4500001")
    assert document.reason == "Chantier annulé"


def test_a_party_with_a_gln_and_another_identifier_keeps_both():
    buyer = replace(documents.BUYER, identifier="900000084", identifier_scheme="0002")

    result = read(write(replace(order(), buyer=buyer)))

    assert result.document.buyer == buyer


def test_the_ordered_article_stands_in_the_line_and_what_replaces_it_beside():
    text = write(order_response()).decode()

    line, _, substitute = text.partition("<cac:SellerSubstitutedLineItem>")
    assert "3760123450058" in line
    assert "3760123450041" not in line
    assert "3760123450041" in substitute


def test_one_day_in_a_period_is_the_wish_and_no_limit():
    document = order()
    wish = without(
        document, "earliest_delivery", "latest_delivery", requested_delivery=date(2026, 11, 24)
    )

    result = read(write(wish)).document

    assert result.requested_delivery == date(2026, 11, 24)
    assert (result.earliest_delivery, result.latest_delivery) == (None, None)


def test_an_allowance_that_is_a_percentage_only_is_not_in_the_file():
    assert all(each.amount for each in read(write(documents.order())).document.allowances)


def test_prices_stand_at_their_article_with_quantity_and_currency():
    text = write(catalogue()).decode()

    article = text[text.index("<cac:CatalogueLine>") : text.index("</cac:CatalogueLine>")]
    assert article.count("<cac:RequiredItemLocationQuantity>") == 2
    assert '<cbc:MinimumQuantity unitCode="H87">10000</cbc:MinimumQuantity>' in article
    assert '<cbc:PriceAmount currencyID="EUR">31.50</cbc:PriceAmount>' in article


def test_every_document_of_the_format_has_a_mapping():
    assert set(MAPPINGS) == set(MAPPINGS_OF_FORMAT["UBL 2.1"])
    assert DocumentType.ORDER_CHANGE in MAPPINGS
