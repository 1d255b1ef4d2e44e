"""What partners say about our deliveries, and by when they must."""

from alembic import op
import sqlalchemy as sa
import sqlmodel


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

_AWAITED = sa.text("state = 'sent' AND acknowledgement_hours IS NOT NULL")

_REFERRED = sa.text("reference IS NOT NULL")
_OURS = sa.text("kind IN ('order-response', 'invoice', 'despatch-advice')")


def upgrade() -> None:
    op.create_table('acknowledgement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('delivery_id', sa.Integer(), nullable=False),
    sa.Column('message_id', sa.Integer(), nullable=False),
    sa.Column('type', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('said', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('accepted', sa.Boolean(), nullable=False),
    sa.Column('complaints', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('received_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['delivery_id'], ['delivery.id'], ),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_acknowledgement_delivery_id', 'acknowledgement', ['delivery_id'])
    op.create_index('ix_acknowledgement_message_id', 'acknowledgement', ['message_id'])
    op.add_column('delivery', sa.Column('acknowledgement_hours', sa.Integer(), nullable=True))
    op.create_index('ix_delivery_reference', 'delivery', ['partner', 'reference'], sqlite_where=_REFERRED, postgresql_where=_REFERRED)
    op.create_index('ix_delivery_awaited', 'delivery', ['sent_at'], sqlite_where=_AWAITED, postgresql_where=_AWAITED)
    op.create_index('ix_document_ours', 'document', ['number'], sqlite_where=_OURS, postgresql_where=_OURS)


def downgrade() -> None:
    op.drop_index('ix_document_ours', 'document')
    op.drop_index('ix_delivery_awaited', 'delivery')
    op.drop_index('ix_delivery_reference', 'delivery')
    op.drop_column('delivery', 'acknowledgement_hours')
    op.drop_table('acknowledgement')
