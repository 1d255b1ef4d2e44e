"""Bring a ledger of an earlier version to the tables of today, by Alembic."""

from __future__ import annotations

from importlib import resources

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine


def migrations() -> Config:
    """Alembic's configuration: the migrations lie inside the package."""
    config = Config()
    location = resources.files("edi_gateway") / "store" / "migrations"
    config.set_main_option("script_location", str(location))
    return config


def upgrade(engine: Engine) -> None:
    """Run every migration that the ledger has not had yet, in one transaction."""
    config = migrations()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
