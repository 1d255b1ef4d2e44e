"""The pages keep up with the program: whatever an operator can meet or set is documented."""

from __future__ import annotations

import ast
import io
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import typer
from msgspec import structs
from pydantic import BaseModel, TypeAdapter

from edi_gateway import config
from edi_gateway.cli import app
from edi_gateway.cli.converted import show_conversion
from edi_gateway.cli.marked import Page, show_marked
from edi_gateway.config import ConnectorSettings, FolderSettings, Settings, SftpSettings
from edi_gateway.connectors import CONNECTORS
from edi_gateway.connectors.ssh import host_key
from edi_gateway.contract import package
from edi_gateway.contract.answers.despatching import advise
from edi_gateway.contract.decision import Effect
from edi_gateway.contract.life.reporting import Standing, report_order
from edi_gateway.contract.life.states import ORDER_STEPS, OrderState
from edi_gateway.contract.package import columns, keys
from edi_gateway.contract.partner import (
    FORMAT_NAMES,
    Acknowledge,
    ApplicationErrors,
    Company,
    DuplicateInterchange,
    ExplainPrices,
)
from edi_gateway.contract.policies import BlanketOrders, Policies
from edi_gateway.contract.pricing.breaks import BreaksBy, BreaksPeriod, Promotions, QuantityBreaks
from edi_gateway.contract.pricing.cascade import Rounding
from edi_gateway.contract.pricing.extras import ChargeKind, ChargePer
from edi_gateway.contract.rules import LINE_RULES, RULES, WHOLE_RULES
from edi_gateway.contract.rules.remedies import REMEDIES
from edi_gateway.contract.terms import (
    InvoiceNumberBy,
    InvoiceOn,
    PriceDate,
    StockCheck,
    Substitution,
    ToleranceDirection,
)
from edi_gateway.conversion import convert_file
from edi_gateway.documents import (
    DocumentType,
    ErpDespatch,
    ErpInvoice,
    ErpOrder,
    ErpOrderStatus,
    ErpStock,
    Order,
    PartnerPackage,
    from_json,
)
from edi_gateway.errors import HeldError
from edi_gateway.exchange.deciding.application_errors import ERROR_CODES
from edi_gateway.formats import check_mapping
from edi_gateway.formats.converters import CONVERTERS
from edi_gateway.formats.edifact.faults import CATALOGUE
from edi_gateway.formats.erp import ERP_DOCUMENTS, ErpFormat
from edi_gateway.formats.faults import ERROR_KEYS
from edi_gateway.formats.interchange import Limits
from edi_gateway.formats.mapping import MappingLibrary
from edi_gateway.formats.targets import TARGETS
from edi_gateway.inspection import inspect_file
from edi_gateway.store.states import (
    STEPS,
    DeliveryState,
    InterchangeState,
    MessageState,
    TransmissionState,
)

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "edi_gateway"
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]

_LINK = re.compile(r"\[[^\]]*\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+\Z")


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """The part of a page below a heading, up to the next of its level or above."""
    rest = text.partition(f"\n{heading}\n")[2]
    assert rest, f"no heading {heading!r}"
    lines: list[str] = []
    fenced = False
    for line in rest.splitlines():
        fenced ^= line.startswith("```")
        marks = line.partition(" ")[0]
        if not fenced and set(marks) == {"#"} and len(marks) <= heading.count("#"):
            break
        lines.append(line)
    return "\n".join(lines) + "\n"


def code_terms(text: str) -> set[str]:
    """Everything the text sets in `code`, without the quotes inside it."""
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return {term.strip('"') for term in re.findall(r"`([^`]+)`", prose)}


def table_rows(text: str) -> dict[str, list[str]]:
    """The rows of a page's tables by each code in their first cell."""
    rows: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("| `"):
            cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
            for term in re.findall(r"`([^`]+)`", cells[0]):
                rows[term] = cells
    return rows


def fences(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


# --- config.toml ----------------------------------------------------------------------------------

TABLES: list[tuple[str, type[BaseModel]]] = [
    ("## `[company]`", config.CompanySettings),
    ("## `[gateway]`", config.GatewaySettings),
    ("## `[limits]`", config.LimitSettings),
    ("## `[erp]`", config.ErpSettings),
    ("## Connectors", FolderSettings),
    ("## Connectors", SftpSettings),
]
KEYS = [
    (heading, field.alias or name)
    for heading, table in TABLES
    for name, field in table.model_fields.items()
]


@pytest.mark.parametrize(("heading", "key"), KEYS, ids=lambda value: value)
def test_each_key_of_config_toml_is_documented_in_its_table(heading, key):
    documented = table_rows(section(page("configuration.md"), heading))

    assert key in documented


def test_each_table_of_config_toml_is_documented():
    covered = {table for _, table in TABLES}
    tables = {
        each
        for each in vars(config).values()
        if isinstance(each, type)
        and issubclass(each, BaseModel)
        and each.__module__ == config.__name__
    }

    assert {t for t in tables if not t.__name__.startswith("_")} - {Settings} == covered


@pytest.mark.parametrize(
    ("heading", "key", "default"),
    [
        (heading, field.alias or name, field.default)
        for heading, table in TABLES
        for name, field in table.model_fields.items()
        if isinstance(field.default, int | float | str | Path) and field.default != ""
    ],
    ids=lambda value: str(value),
)
def test_each_default_is_the_documented_one(heading, key, default):
    row = table_rows(section(page("configuration.md"), heading))[key]
    shown = str(default).lower() if isinstance(default, bool) else str(default)

    said = row[2].strip('`"')

    assert said == shown or float(said) == float(shown)


def test_each_connector_has_an_example_that_is_read():
    examples = [tomllib.loads(text) for text in fences(page("configuration.md"), "toml")]
    found: dict[str, Any] = {}
    for example in examples:
        for connector in example.get("connectors", {}).values():
            settings = TypeAdapter(ConnectorSettings).validate_python(connector)
            found[settings.type] = settings

    assert found.keys() == CONNECTORS.keys()
    assert host_key("example", found["sftp"].host_key) == found["sftp"].host_key


# --- the partner package --------------------------------------------------------------------------

PACKAGE_TABLES = [
    ("### Partner", keys.PARTNER_KEYS),
    ("### `[partner.formats]`", keys.FORMAT_KEYS),
    ("### `[contract]`", keys.CONTRACT_KEYS),
    ("### `[contract.policies]`", keys.POLICY_KEYS),
    ("### `[contract.guards]`", keys.GUARD_KEYS),
    ("### `[[contract.approvals]]`", keys.APPROVAL_KEYS),
    ("### Framework agreements", keys.BLANKET_KEYS),
    ("### `blankets.csv`", columns.BLANKET_COLUMNS),
    ("### `articles.csv`", columns.ARTICLE_COLUMNS),
    ("### `prices.csv`", columns.PRICE_COLUMNS),
    ("### `units.csv`", columns.UNIT_COLUMNS),
    ("### Gross prices and allowances", keys.ALLOWANCE_KEYS),
    ("### Free goods", keys.FREE_KEYS),
    ("### Charges", keys.CHARGE_KEYS),
]


@pytest.mark.parametrize(
    ("heading", "key"),
    [(heading, key) for heading, keys in PACKAGE_TABLES for key in keys],
    ids=lambda value: value,
)
def test_each_key_and_column_of_a_package_is_documented(heading, key):
    assert key in table_rows(section(page("configuration.md"), heading))


@pytest.mark.parametrize("policy", fields(Policies), ids=lambda policy: policy.name)
def test_each_policy_names_its_values_and_its_default(policy):
    row = table_rows(section(page("configuration.md"), "### `[contract.policies]`"))[policy.name]
    values: type[StrEnum] = get_type_hints(Policies)[policy.name]

    assert code_terms(row[1]) == {value.value for value in values}
    assert code_terms(row[2]) == {policy.default.value}


@pytest.mark.parametrize(
    ("heading", "key", "values"),
    [
        ("### Partner", "acknowledge", Acknowledge),
        ("### Partner", "duplicate_interchange", DuplicateInterchange),
        ("### Partner", "application_errors", ApplicationErrors),
        ("### `[contract]`", "price_date", PriceDate),
        ("### `[contract]`", "price_tolerance_direction", ToleranceDirection),
        ("### `[contract]`", "promotions", Promotions),
        ("### `[contract]`", "quantity_breaks", QuantityBreaks),
        ("### `[contract]`", "breaks_by", BreaksBy),
        ("### `[contract]`", "breaks_period", BreaksPeriod),
        ("### `[contract]`", "rounding", Rounding),
        ("### Charges", "kind", ChargeKind),
        ("### Charges", "per", ChargePer),
        ("### Partner", "explain_prices", ExplainPrices),
        ("### `[contract]`", "invoice_on", InvoiceOn),
        ("### `[contract]`", "invoice_number_by", InvoiceNumberBy),
        ("### `[contract]`", "substitution", Substitution),
        ("### `[contract]`", "stock", StockCheck),
        ("### `[contract]`", "blanket_orders", BlanketOrders),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_choice_names_its_values(heading, key, values):
    row = table_rows(section(page("configuration.md"), heading))[key]

    assert code_terms(row[1]) == {value.value for value in values}


def test_each_format_a_package_may_name_is_documented():
    assert set(FORMAT_NAMES) <= code_terms(page("configuration.md"))


# --- commands -------------------------------------------------------------------------------------


def commands(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


COMMANDS = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_is_documented(command):
    assert re.search(rf"(?:`|edi-gateway ){command}(?![\w-])", page("operating.md"))


@pytest.mark.parametrize(
    ("command", "option"),
    [
        (name, option)
        for name, command in COMMANDS.items()
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--") and option != "--help"
    ],
    ids=lambda value: value,
)
def test_each_option_is_documented(command, option):
    assert option in page("operating.md"), f"{command} {option}"


def test_no_page_names_a_command_that_does_not_exist():
    firsts = {name.split()[0] for name in COMMANDS}
    unknown = set()
    for file in PAGES:
        for word in re.findall(r"edi-gateway ((?:--\S+ \S+ )?[a-z]+)", file.read_text("utf-8")):
            if word.split()[-1] not in firsts:
                unknown.add((file.name, word))

    assert not unknown


# --- codes ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    code: str
    where: str


#: Functions of ours that take a code as an argument without its name, and which argument it is.
_TAKES_CODE = {
    "_held": 0,
    "_hold": 0,
    "find": 0,
    "_Refused": 0,
    "_fault": 0,
    "fault": 0,
    "_depart": 1,
    "_finding": 1,
}
_CODE_ARGUMENTS = {"_conclude": 3}


def codes_in_source() -> list[Found]:
    """Every reason, fault and finding code: `code=...`, class attributes, and our own functions."""
    found = []
    for room in ("errors.py", "pipeline.py", "runner.py", "exchange", "formats", "contract"):
        path = PACKAGE / room
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                found += [
                    Found(text, f"{file.relative_to(PACKAGE)}:{node.lineno}")
                    for text in _codes_of(node)
                ]
    return found


def _codes_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg == "code":
                yield from _texts(keyword.value)
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        at = _TAKES_CODE.get(name, _CODE_ARGUMENTS.get(name))
        if at is not None and len(node.args) > at:
            yield from _texts(node.args[at])
    elif isinstance(node, ast.Assign):
        names = [getattr(target, "id", "") for target in node.targets]
        if any(name == "code" or name.endswith("_HELD") for name in names):
            yield from _texts(node.value)
    elif isinstance(node, ast.keyword) and node.arg == "reason_code":
        yield from _texts(node.value)


def _texts(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            text = inner.value
            if _CODE.match(text) or text in {"held", "refused", "discarded", "doctype"}:
                yield text


CODES = {found.code: found.where for found in codes_in_source()}


def test_the_codes_are_found_where_they_are_made():
    """Otherwise the next test would pass for want of codes."""
    known = {
        "unknown-sender",
        "target-exists",
        "erp-key",
        "doctype",
        "xml-value",
        "no-valid-price",
        "below-minimum-value",
        "unknown-buyer",
        "package-held",
        "delivery-failed",
        "refused",
        "internal-error",
        *CATALOGUE,
    }

    assert known - {*CODES, *CATALOGUE} == set()
    assert len(CODES) > 60


@pytest.mark.parametrize("code", sorted({*CODES, *CATALOGUE}))
def test_each_code_says_what_it_means(code):
    documented = {
        **table_rows(page("operating.md")),
        **table_rows(page("errors.md")),
        **_findings_documented(),
    }

    named = code in documented or code in code_terms(page("operating.md"))

    assert named, f"{code} ({CODES.get(code)}) is in no page"


def test_each_finding_that_may_hold_an_order_says_what_to_do():
    effects = {code: row.split("|")[3] for code, row in _findings_documented().items()}
    holding = {
        code
        for code, effect in effects.items()
        if "hold" in effect or Effect.HOLD in _values_of_policy(effect)
    }

    assert holding == set(REMEDIES)


@pytest.mark.parametrize("code", sorted(REMEDIES))
def test_each_finding_that_may_hold_an_order_is_in_the_operators_table(code):
    rows = table_rows(section(page("operating.md"), "### Orders held by a rule"))

    assert len(rows[code]) >= 3


@pytest.mark.parametrize(
    "code", sorted(each.code for each in HeldError.__subclasses__()), ids=lambda code: code
)
def test_each_reason_for_holding_says_what_to_do(code):
    row = table_rows(page("operating.md")).get(code, [])

    assert code == "not-possible" or (len(row) >= 3 and row[-1])


@pytest.mark.parametrize("code", CATALOGUE)
def test_each_fault_of_edifact_is_documented_as_it_is(code):
    edifact_code, level, _ = CATALOGUE[code]
    row = table_rows(section(page("errors.md"), "## EDIFACT"))[code]

    assert row[1:3] == [edifact_code, level.value]
    assert all(row[3:])


@pytest.mark.parametrize(
    ("heading", "made_in"),
    [
        pytest.param("## XML", "formats/xml/", id="xml"),
        pytest.param("## JSON of the ERP", "formats/erp.py", id="erp"),
    ],
)
def test_each_fault_of_a_format_is_documented_and_no_other(heading, made_in):
    made = {found.code for found in codes_in_source() if found.where.startswith(made_in)}

    assert set(table_rows(section(page("errors.md"), heading))) == made


def test_each_fault_of_edifact_is_one_of_the_catalogue():
    assert set(table_rows(section(page("errors.md"), "## EDIFACT"))) == set(CATALOGUE)


def test_each_error_an_aperak_may_carry_is_documented_with_its_findings():
    documented = {
        finding: code
        for code, row in table_rows(section(page("errors.md"), "## APERAK")).items()
        for finding in code_terms(row[2])
    }

    assert documented == ERROR_CODES


def test_each_finding_that_stops_a_line_or_an_order_has_an_error_of_aperak():
    rows = section(page("configuration.md"), "## Rules").splitlines()
    stopping = {
        match[1] for row in rows if (match := re.match(r"\| [^|]*\| `([a-z-]+)` \| (?!note)", row))
    }

    answered = {"price-within-tolerance", "rest-cancelled", "sample-free"}
    assert stopping - answered <= set(ERROR_CODES)


# --- rules, states, converters, documents ---------------------------------------------------------


def _values_of_policy(effect: str) -> set[str]:
    """The values of the policy that decides about a finding."""
    named = re.search(r"policy `(\w+)`", effect)
    return {value.value for value in get_type_hints(Policies)[named[1]]} if named else set()


def _findings_documented() -> dict[str, str]:
    rows = section(page("configuration.md"), "## Rules").splitlines()
    return {match[1]: row for row in rows if (match := re.match(r"\| [^|]*\| `([a-z-]+)` \|", row))}


@pytest.mark.parametrize(
    "rule", [*RULES, *LINE_RULES, *WHOLE_RULES], ids=lambda rule: rule.__name__
)
def test_each_rule_is_documented(rule):
    assert rule.__name__ in table_rows(section(page("configuration.md"), "## Rules"))


def test_each_finding_is_documented_with_its_rule():
    made = {
        found.code
        for found in codes_in_source()
        if re.match(r"contract/((\w+_)?rules|approvals|delivery|guards)\b", found.where)
    }

    assert set(_findings_documented()) == made


@pytest.mark.parametrize("letter", STEPS)
def test_each_step_is_in_the_diagram(letter):
    diagram = section(page("how-it-works.md"), "## States")
    before, after = STEPS[letter]

    assert re.search(rf"\b{before}\s+--{letter}-->\s+{after}\b", diagram)


def test_the_diagram_shows_no_step_that_is_not_legal():
    diagram = section(page("how-it-works.md"), "## States")

    assert set(re.findall(r"--([a-z]\d?)-->", diagram)) == set(STEPS)


@pytest.mark.parametrize(
    "state",
    sorted({*TransmissionState, *InterchangeState, *MessageState, *DeliveryState}),
    ids=str,
)
def test_each_state_is_documented(state):
    assert state.value in section(page("how-it-works.md"), "## States")
    if isinstance(state, MessageState | DeliveryState):
        assert state.value in code_terms(page("operating.md"))


def test_the_life_of_an_order_is_drawn_as_it_is():
    (diagram,) = fences(section(page("order-life.md"), "## States"), "mermaid")
    drawn = set(re.findall(r"^\s*(\S+) --> (\S+) : (\S+)$", diagram, flags=re.MULTILINE))

    assert drawn == {
        (before or "[*]", after, event)
        for (before, event), afters in ORDER_STEPS.items()
        for after in afters
    }


@pytest.mark.parametrize("state", OrderState)
def test_each_state_of_an_order_is_documented(state):
    assert state.value in table_rows(section(page("order-life.md"), "## States"))


def test_each_converter_is_documented_and_no_other():
    documented = set(table_rows(section(page("mappings.md"), "## Converters")))

    assert documented == set(CONVERTERS)


def test_each_mapping_is_documented_and_no_other():
    documented = {
        term for term in code_terms(page("mappings.md")) if re.match(r"(edifact|ubl)/", term)
    }

    assert documented == set(MappingLibrary().names())


@pytest.mark.parametrize("kind", DocumentType)
def test_each_document_with_a_schema_is_named(kind):
    assert kind.value in code_terms(page("operating.md"))


def test_the_partner_mapping_in_the_page_can_be_compiled(tmp_path):
    text = fences(section(page("mappings.md"), "## A partner's own mapping"), "toml")[0]
    file = tmp_path / text.splitlines()[0].removeprefix("# mappings/")
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    library = MappingLibrary(tmp_path)

    check_mapping(library, "partners/acme/orders-d96a")

    own = library.find("edifact/orders-d96a", "acme")
    assert own is not None
    assert any(entry.place == "RFF[AAJ] 1154" for entry in own.sections[0].entries)


# --- the JSON of the ERP --------------------------------------------------------------------------

_LIBRARY = MappingLibrary()


def erp_examples() -> dict[str, bytes]:
    """The examples of docs/erp.md by their type; the order to the ERP has none."""
    texts = fences(page("erp.md"), "json")
    return {json.loads(text).get("type", "order"): text.encode() for text in texts}


def test_there_is_an_example_of_each_document_of_the_erp():
    assert set(erp_examples()) == {"order", *ERP_DOCUMENTS}


@pytest.mark.parametrize(
    ("type_", "shape"),
    [
        ("despatch-advice", ErpDespatch),
        ("invoice", ErpInvoice),
        ("order-status", ErpOrderStatus),
        ("partner-package", PartnerPackage),
        ("stock", ErpStock),
    ],
)
def test_an_example_is_read_as_its_document_without_a_fault(type_, shape):
    data = erp_examples()[type_]
    format_ = ErpFormat()
    (opened,) = format_.open(
        io.BytesIO(data), limits=Limits(), library=_LIBRARY, partner_of=lambda _s, _q: None
    )

    read = format_.read(data, opened, opened.messages[0], library=_LIBRARY, partner=None)

    assert opened.faults == []
    assert opened.messages[0].faults == ()
    assert isinstance(read.document, shape)


def test_the_example_of_packing_is_a_part_of_the_order_and_packed_right():
    (data,) = fences(section(page("erp.md"), "## Despatch advice, from the ERP"), "json5")
    report = from_json(DocumentType.ERP_DESPATCH, data.encode())
    order = from_json(DocumentType.ERP_ORDER, erp_examples()["order"])
    company = Company(name="", gln="", interchange_id="", interchange_qualifier="14")

    advice = advise(report, order, company=company)

    assert set(json.loads(data)) == {"type", *(field.name for field in structs.fields(ErpDespatch))}
    assert [(p.number, p.parent) for p in advice.packages] == [("1", None), ("2", "1"), ("3", "2")]
    assert [(line.package, line.quantity) for line in advice.lines] == [("1", 30), ("3", 30)]


def test_the_example_of_an_order_names_every_key_of_an_order():
    data = erp_examples()["order"]
    order = from_json(DocumentType.ERP_ORDER, data)

    assert isinstance(order, ErpOrder)
    assert set(json.loads(data)) == set(ErpOrder.__struct_fields__)
    keys = set(order.lines[0].__struct_fields__)
    assert set(json.loads(data)["lines"][0]) == keys - {"provisional_until"}
    assert sum(line.amount or 0 for line in order.lines) == order.net_amount


def test_the_example_of_an_order_status_is_told_of_the_order_of_the_example():
    data = erp_examples()["order-status"]
    files = json.loads(erp_examples()["partner-package"])["files"]
    agreement = package.read_package({n: t.encode() for n, t in files.items()}, origin="example")
    handed = from_json(DocumentType.ERP_ORDER, erp_examples()["order"])
    status = from_json(DocumentType.ERP_ORDER_STATUS, data)
    order = Order(number=handed.number, issue_date=handed.issue_date)

    told = report_order(
        status,
        Standing(
            order=order,
            decided=handed,
            handed=handed,
            last=None,
            despatched={},
            company=Company(name="", gln="", interchange_id="", interchange_qualifier="14"),
            now=datetime(2026, 11, 16, 9, tzinfo=UTC),
        ),
        agreement,
    )

    assert set(json.loads(data)) == {"type", *ErpOrderStatus.__struct_fields__}
    assert [(line.order_line, line.action, line.confirmed) for line in told.lines] == [
        ("1", "changed", 40),
        ("1", "added", 20),
        ("2", "rejected", 0),
        ("3", "accepted", 10),
    ]


def test_the_example_of_a_package_is_a_good_package():
    files = json.loads(erp_examples()["partner-package"])["files"]

    agreement = package.read_package({n: t.encode() for n, t in files.items()}, origin="example")

    assert agreement.partner.id == "nordmarkt"


def test_the_reports_in_the_examples_are_about_the_order_of_the_example():
    examples = erp_examples()
    order = from_json(DocumentType.ERP_ORDER, examples["order"])
    assert isinstance(order, ErpOrder)

    for type_ in ("despatch-advice", "invoice"):
        report = json.loads(examples[type_])
        lines = {line["order_line"]: line["quantity"] for line in report["lines"]}

        assert (report["partner"], report["order_number"]) == ("nordmarkt", order.number)
        assert lines == {line.number: str(line.confirmed_quantity) for line in order.lines}


def test_the_example_of_stock_is_about_the_articles_of_the_order():
    examples = erp_examples()
    order = from_json(DocumentType.ERP_ORDER, examples["order"])
    assert isinstance(order, ErpOrder)

    items = json.loads(examples["stock"])["items"]

    assert {item["article"] for item in items} == {line.article for line in order.lines}


# --- README and links -----------------------------------------------------------------------------


def test_the_readme_names_what_a_newcomer_needs_in_this_order():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    places = [
        text.find(words)
        for words in (
            "EDI Gateway takes",
            "make run",
            "edi_gateway/pipeline.py",
            "make test",
            "docs/",
        )
    ]

    assert -1 not in places
    assert places == sorted(places)


def test_the_make_targets_of_the_readme_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"make (\w+)", (ROOT / "README.md").read_text(encoding="utf-8")))

    assert {"run", "test"} <= named
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in named)


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_each_link_leads_somewhere(file):
    broken = []
    for target, anchor in _LINK.findall(file.read_text(encoding="utf-8")):
        aim = (file.parent / target).resolve() if target else file
        if not aim.exists() or (anchor and anchor not in anchors(aim)):
            broken.append(f"{target}#{anchor}")

    assert not broken


def anchors(file: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_each_page_is_linked_from_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert [file.name for file in DOCS.glob("*.md") if f"docs/{file.name}" not in readme] == []


def test_each_function_and_file_of_the_eight_hops_exists():
    text = section(page("how-it-works.md"), "## The eight hops")
    source = "\n".join(file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.py"))
    rows = [line.split(" | ") for line in text.splitlines() if re.match(r"\| \d", line)]

    assert len(rows) == 8
    for row in rows:
        for name in re.findall(r"`(?:\w+\.)?(\w+)`", row[1]):
            assert f"def {name}(" in source, name


def test_the_floors_in_the_page_are_those_of_the_house():
    house = ast.parse((ROOT / "tests" / "test_house.py").read_text(encoding="utf-8"))
    (floors,) = (
        ast.literal_eval(node.value)
        for node in house.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "FLOORS"
    )
    text = section(page("how-it-works.md"), "## Rooms and floors")
    shown = {
        int(match[1]): set(re.findall(r"`(\w+)`", match[2]))
        for match in re.finditer(r"^\| (\d+) \| ([^|]+) \|", text, re.MULTILINE)
    }

    assert shown == dict(enumerate(floors))


# --- inspect and convert --------------------------------------------------------------------------


def test_the_example_of_inspect_is_what_it_prints(monkeypatch):
    monkeypatch.chdir(ROOT)
    example = fences(section(page("inspect.md"), "## inspect"), "console")[0]
    command, _, shown = example.partition("\n")

    found = inspect_file(Path(command.split()[-1]), MappingLibrary(), Limits())

    assert shown == "".join(f"{line.plain}\n" for line in show_marked(found, Page(200, False)))


def test_the_example_of_convert_is_what_it_prints(monkeypatch):
    monkeypatch.chdir(ROOT)
    example = fences(section(page("inspect.md"), "## convert"), "console")[0]
    command, _, shown = example.partition("\n")
    now = datetime(2026, 11, 16, tzinfo=UTC)

    done = convert_file(Path(command.split()[3]), "json", MappingLibrary(), Limits(), now)

    assert shown == "".join(f"{line.plain}\n" for line in show_conversion(done))


@pytest.mark.parametrize("target", ["json", *TARGETS])
def test_each_format_of_convert_is_documented(target):
    assert target in table_rows(section(page("inspect.md"), "## convert"))


@pytest.mark.parametrize("key", ERROR_KEYS)
def test_each_key_of_an_error_is_documented(key):
    assert key in table_rows(section(page("inspect.md"), "### For programs"))
