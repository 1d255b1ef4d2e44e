"""What an order gives back when it ends stands beside what its message took."""

from alembic import op
import sqlalchemy as sa
import sqlmodel


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

_COLUMNS = (
    'id, blanket_line_id, order_id, message_id, order_number, order_line, quantity, value, beyond, at'
)


def upgrade() -> None:
    _make_anew(
        sa.Column('ends_order', sa.Boolean(), nullable=False),
        unique=('blanket_line_id', 'message_id', 'order_line', 'ends_order'),
        into=f'{_COLUMNS}, ends_order',
        values=f'{_COLUMNS}, FALSE',
    )


def downgrade() -> None:
    _make_anew(unique=('blanket_line_id', 'message_id', 'order_line'), into=_COLUMNS, values=_COLUMNS)


def _make_anew(*more: sa.Column, unique: tuple[str, ...], into: str, values: str) -> None:
    # SQLite cannot change a constraint of a table that is there.
    op.drop_index('ix_blanket_consumption_order_id', 'blanket_consumption')
    op.drop_index('ix_blanket_consumption_message_id', 'blanket_consumption')
    op.rename_table('blanket_consumption', 'blanket_consumption_before')
    op.create_table('blanket_consumption',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('blanket_line_id', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('message_id', sa.Integer(), nullable=False),
    sa.Column('order_number', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('order_line', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('quantity', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('value', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('beyond', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    *more,
    sa.ForeignKeyConstraint(['blanket_line_id'], ['blanket_line.id'], ),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], ),
    sa.ForeignKeyConstraint(['order_id'], ['message.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint(*unique)
    )
    op.execute(f'INSERT INTO blanket_consumption ({into}) SELECT {values} FROM blanket_consumption_before')
    op.drop_table('blanket_consumption_before')
    op.create_index('ix_blanket_consumption_message_id', 'blanket_consumption', ['message_id'])
    op.create_index('ix_blanket_consumption_order_id', 'blanket_consumption', ['order_id'])
