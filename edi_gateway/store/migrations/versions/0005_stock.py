"""What the ERP has of each article, and what orders took of it since."""

from alembic import op
import sqlalchemy as sa
import sqlmodel


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

_OPEN = sa.text("NOT counted")


def upgrade() -> None:
    op.create_table('stock',
    sa.Column('article', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('available', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('next_date', sa.Date(), nullable=True),
    sa.Column('next_quantity', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('taken', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('taken_next', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.PrimaryKeyConstraint('article')
    )
    op.create_table('stock_reservation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('article', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('message_id', sa.Integer(), nullable=False),
    sa.Column('taken', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('taken_next', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('counted', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['message.id'], ),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_stock_reservation_open', 'stock_reservation', ['article'], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index('ix_stock_reservation_order_id', 'stock_reservation', ['order_id'])


def downgrade() -> None:
    op.drop_table('stock_reservation')
    op.drop_table('stock')
