"""`partner new` writes a package that can be imported, and never over another."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from edi_gateway.cli import app
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.packages.onboarding import import_package, read_folder
from tests.conftest import Installation

WORDS = ("partner", "new")
WHO = ("--id", "acme", "--gln", "5412345000013")


def test_a_new_package_can_be_imported_as_it_is(installation: Installation) -> None:
    folder = installation.base / "acme"

    result = CliRunner().invoke(app, [*WORDS, str(folder), *WHO, "--name", "Acme & Co."])

    assert result.exit_code == 0, result.output
    with installation.open() as gateway:
        done = import_package(gateway.place, read_folder(folder), origin="", who="test")
    assert (done.partner, done.articles) == ("acme", 0)


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is there already"):
        CliRunner().invoke(app, [*WORDS, str(tmp_path), *WHO], catch_exceptions=False)

    assert list(tmp_path.iterdir()) == []


def test_a_wrong_gln_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "acme"

    with pytest.raises(ConfigError, match="check digit"):
        CliRunner().invoke(
            app,
            [*WORDS, str(folder), "--id", "acme", "--gln", "5412345000014"],
            catch_exceptions=False,
        )

    assert not folder.exists()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere: there is no such folder"):
        read_folder(tmp_path / "nowhere")


def test_a_file_that_is_missing_is_named_with_those_a_package_has(tmp_path: Path) -> None:
    CliRunner().invoke(app, [*WORDS, str(tmp_path / "acme"), *WHO], catch_exceptions=False)
    (tmp_path / "acme" / "prices.csv").unlink()

    with pytest.raises(
        ConfigError, match=r"prices\.csv: the file is missing; a package is partner"
    ):
        read_folder(tmp_path / "acme")
