"""The documents of ours that answer no message, by the delivery that carries them."""

from alembic import op
import sqlalchemy as sa
import sqlmodel


revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('delivery_document',
    sa.Column('delivery_id', sa.Integer(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('number', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['delivery_id'], ['delivery.id'], ),
    sa.PrimaryKeyConstraint('delivery_id', 'kind', 'number')
    )
    op.create_index('ix_delivery_document_number', 'delivery_document', ['number', 'kind'])


def downgrade() -> None:
    op.drop_index('ix_delivery_document_number', 'delivery_document')
    op.drop_table('delivery_document')
