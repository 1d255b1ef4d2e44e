"""The wheel is a working installation: mappings, tables, migrations and samples are inside."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT, SAMPLES
from tests.orders import interchange


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel of a copy of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    wanted = ("edi_gateway", "mappings", "pyproject.toml", "README.md", "LICENSE", "NOTICE")
    for name in wanted:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, symlinks=True)
        else:
            shutil.copy(ROOT / name, source / name)
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet"]
    subprocess.run([*build, "--wheel-dir", folder, source], check=True, capture_output=True)
    (file,) = folder.glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_a_copy_of_the_configuration_in_an_empty_folder_is_enough(
    wheel: Path, tmp_path: Path
) -> None:
    shutil.copy(ROOT / "config.toml", tmp_path)
    (tmp_path / "inbound" / "maisonvert").mkdir(parents=True)
    order = interchange(reference="1", numbers=["W-1"])
    (tmp_path / "inbound" / "maisonvert" / "order.edi").write_bytes(order)
    environment = os.environ | {"PYTHONPATH": str(wheel), "PYTHONSAFEPATH": "1"}

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "edi_gateway", *words, "--json"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    run("partner", "import", str(SAMPLES / "partners" / "maisonvert"))
    summary = json.loads(run("run", "--until-idle"))

    assert summary["messages"] == {"answered": 1}
    assert len(list((tmp_path / "outbound" / "maisonvert").iterdir())) == 3
