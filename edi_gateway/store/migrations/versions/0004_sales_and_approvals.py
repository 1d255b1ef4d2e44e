"""What was sold, whose approval orders wait for, and what an operator looked at."""

from alembic import op
import sqlalchemy as sa
import sqlmodel


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.create_table('sale',
    sa.Column('message_id', sa.Integer(), nullable=False),
    sa.Column('partner', _TEXT(), nullable=False),
    sa.Column('number', _TEXT(), nullable=False),
    sa.Column('ordered_on', sa.Date(), nullable=False),
    sa.Column('value', _TEXT(), nullable=False),
    sa.Column('delivery_party', _TEXT(), nullable=True),
    sa.Column('content', _TEXT(), nullable=True),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], ),
    sa.PrimaryKeyConstraint('message_id')
    )
    op.create_index('ix_sale_date', 'sale', ['partner', 'ordered_on'])
    op.create_index('ix_sale_place', 'sale', ['partner', 'delivery_party'])
    op.create_index('ix_sale_content', 'sale', ['partner', 'content'])
    op.create_table('sale_line',
    sa.Column('message_id', sa.Integer(), nullable=False),
    sa.Column('article', _TEXT(), nullable=False),
    sa.Column('partner', _TEXT(), nullable=False),
    sa.Column('ordered_on', sa.Date(), nullable=False),
    sa.Column('millionths', sa.BigInteger(), nullable=False),
    sa.Column('amount', _TEXT(), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], ),
    sa.PrimaryKeyConstraint('message_id', 'article')
    )
    op.create_index('ix_sale_line_article', 'sale_line', ['partner', 'article', 'ordered_on', 'millionths'])
    op.create_table('sale_history',
    sa.Column('partner', _TEXT(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('partner')
    )
    op.create_table('approval',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('message_id', sa.Integer(), nullable=False),
    sa.Column('role', _TEXT(), nullable=False),
    sa.Column('decision', _TEXT(), nullable=False),
    sa.Column('reason', _TEXT(), nullable=False),
    sa.Column('asked_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('approved_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('who', _TEXT(), nullable=True),
    sa.Column('why', _TEXT(), nullable=True),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_approval_message_id', 'approval', ['message_id'])
    op.create_table('seen_finding',
    sa.Column('message_id', sa.Integer(), nullable=False),
    sa.Column('code', _TEXT(), nullable=False),
    sa.Column('line', _TEXT(), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], ),
    sa.PrimaryKeyConstraint('message_id', 'code', 'line')
    )


def downgrade() -> None:
    for table in ('seen_finding', 'approval', 'sale_history', 'sale_line', 'sale'):
        op.drop_table(table)
