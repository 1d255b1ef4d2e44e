"""Alembic's entrance: runs the migrations on the connection the store hands in."""

from alembic import context
from sqlmodel import SQLModel

import edi_gateway.store.tables  # noqa: F401  (fills SQLModel.metadata)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
)
context.run_migrations()
