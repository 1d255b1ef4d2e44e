"""Where each customer's order stands after its first answer."""

from alembic import op
import sqlalchemy as sa
import sqlmodel


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

_SILENT = sa.text("silent_at IS NOT NULL")

# Orders answered before are open if the ERP got them, else every line of them was rejected. One with a
# despatch counts as despatched in part; that all of it was is found when something next happens to it.
_ORDERS_SO_FAR = """
INSERT INTO customer_order
    (partner, key, number, state, revision, steps, message_id, response, report, fixed)
SELECT k.partner, k.number, m.number,
    CASE WHEN NOT EXISTS
            (SELECT 1 FROM document d WHERE d.message_id = m.id AND d.kind = 'erp-order')
        THEN 'rejected'
        WHEN EXISTS (SELECT 1 FROM document d WHERE d.kind = 'erp-despatch'
            AND d.partner = k.partner AND d.order_number = m.number)
        THEN 'partial' ELSE 'open' END,
    CASE WHEN EXISTS (SELECT 1 FROM document d WHERE d.message_id = m.id AND d.kind = 'erp-order')
        THEN 1 ELSE 0 END,
    1, m.id,
    (SELECT max(d.number) FROM document d WHERE d.message_id = m.id AND d.kind = 'order-response'),
    0, FALSE
FROM business_key k JOIN message m ON m.id = k.message_id
WHERE k.kind = 'order' AND m.state = 'answered' AND m.number IS NOT NULL
"""


def upgrade() -> None:
    op.create_table('customer_order',
    sa.Column('partner', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('number', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('steps', sa.Integer(), nullable=False),
    sa.Column('message_id', sa.Integer(), nullable=False),
    sa.Column('response', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('changed_on', sa.Date(), nullable=True),
    sa.Column('change', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('report', sa.Integer(), nullable=False),
    sa.Column('fixed', sa.Boolean(), nullable=False),
    sa.Column('silent_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('partner', 'key')
    )
    op.create_index('ix_customer_order_number', 'customer_order', ['partner', 'number'])
    op.create_index('ix_customer_order_silent', 'customer_order', ['silent_at'], sqlite_where=_SILENT, postgresql_where=_SILENT)
    op.add_column('document', sa.Column('order_key', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    op.execute(_ORDERS_SO_FAR)


def downgrade() -> None:
    op.drop_column('document', 'order_key')
    op.drop_index('ix_customer_order_silent', 'customer_order')
    op.drop_index('ix_customer_order_number', 'customer_order')
    op.drop_table('customer_order')
