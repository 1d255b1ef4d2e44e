"""Packages with effective dates, and large ones that lie in the archive."""

import csv
import hashlib
import io

from alembic import op
import sqlalchemy as sa
import sqlmodel


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

_FILES = {"partner.toml": "partner_toml", "articles.csv": "articles_csv", "prices.csv": "prices_csv"}


def upgrade() -> None:
    op.add_column('message', sa.Column('terms', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    op.create_table('package',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('partner', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('sha256', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('index_sha256', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('effective_from', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('articles', sa.Integer(), nullable=False),
    sa.Column('prices', sa.Integer(), nullable=False),
    sa.Column('changes', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('imported_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('imported_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('kind', 'partner', 'version')
    )
    op.create_table('package_file',
    sa.Column('package_id', sa.Integer(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('sha256', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['package_id'], ['package.id'], ),
    sa.PrimaryKeyConstraint('package_id', 'name')
    )
    connection = op.get_bind()
    op.execute(
        "INSERT INTO package (id, kind, partner, version, sha256, effective_from, articles, prices, "
        "imported_at, imported_by) SELECT id, 'partner', partner, version, sha256, imported_at, 0, 0, "
        "imported_at, imported_by FROM partner_package"
    )
    # One package at a time: they may be large.
    for key in connection.execute(sa.text("SELECT id FROM partner_package")).scalars().all():
        _move_files(connection, key)
    op.drop_table('partner_package')


def _move_files(connection, key):
    row = connection.execute(
        sa.text("SELECT partner_toml, articles_csv, prices_csv FROM partner_package WHERE id = :key"),
        {"key": key},
    ).one()
    for name, column in _FILES.items():
        content = getattr(row, column)
        connection.execute(
            sa.text("INSERT INTO package_file VALUES (:key, :name, :sha256, :size, :content)"),
            {
                "key": key,
                "name": name,
                "sha256": hashlib.sha256(content).hexdigest(),
                "size": len(content),
                "content": content,
            },
        )
    connection.execute(
        sa.text("UPDATE package SET articles = :articles, prices = :prices WHERE id = :key"),
        {"key": key, "articles": _rows(row.articles_csv), "prices": _rows(row.prices_csv)},
    )


def _rows(content):
    reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return max(0, sum(1 for fields in reader if any(field.strip() for field in fields)) - 1)


def downgrade() -> None:
    op.create_table('partner_package',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('partner', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('sha256', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('partner_toml', sa.LargeBinary(), nullable=False),
    sa.Column('articles_csv', sa.LargeBinary(), nullable=False),
    sa.Column('prices_csv', sa.LargeBinary(), nullable=False),
    sa.Column('imported_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('imported_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_partner_package_partner', 'partner_package', ['partner'])
    # What lies in the archive is not in the ledger to be carried back.
    files = ", ".join(
        f"(SELECT content FROM package_file WHERE package_id = package.id AND name = '{name}')"
        for name in _FILES
    )
    op.execute(
        f"INSERT INTO partner_package SELECT id, partner, version, sha256, {files}, imported_at, "
        "imported_by FROM package WHERE kind = 'partner' AND index_sha256 IS NULL"
    )
    op.drop_table('package_file')
    op.drop_table('package')
    op.drop_column('message', 'terms')
