"""The architecture, kept by tests: imports only go down."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "edi_gateway"

#: Ground floor first. A module imports from its own room or from lower floors.
FLOORS = [
    {"errors", "durability"},
    {"documents"},
    {"contract"},
    {"formats", "connectors", "store"},
    {"exchange"},
    {"pipeline"},
    {"config", "logs", "runner"},
    {"gateway", "control", "inspection", "conversion"},
    {"operations", "schedule", "checks"},
    {"demo", "console"},
    {"cli"},
    {"__main__"},
]
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
MODULES = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if "migrations" not in path.parts and path != PACKAGE / "__init__.py"
)


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def rooms_imported_by(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            if node.module == "edi_gateway":
                names = [f"edi_gateway.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "edi_gateway" and len(parts) > 1 and parts[1] != "__version__":
                rooms.add(parts[1])
    return rooms


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_only_go_down(module):
    room = room_of(module)

    for other in rooms_imported_by(module):
        assert other == room or FLOOR_OF[other] < FLOOR_OF[room], f"{room} imports {other}"


@pytest.mark.parametrize(
    "module",
    [m for m in MODULES if room_of(m) not in {"store"}],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_tables_stay_inside_the_store(module):
    source = module.read_text(encoding="utf-8")

    assert "store.tables" not in source
    assert "import sqlmodel" not in source
