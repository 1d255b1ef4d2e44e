"""A delivery is marked as sent once, and its event is written only where that is true."""

from datetime import UTC, datetime

from edi_gateway.store import DeliveryState, NewDelivery, Store
from edi_gateway.store.queries import story


def test_a_delivery_that_moved_meanwhile_is_not_marked_as_sent(tmp_path):
    store = Store.open(tmp_path, lambda: datetime(2026, 11, 20, tzinfo=UTC))
    new = NewDelivery(
        partner="acme", connector="local", type="ORDRSP", name="n", content=b"", interchange_id=None
    )
    with store.transaction() as ledger:
        ledger.deliveries.add(new)
        ledger.deliveries.add(new)
    with store.transaction() as ledger:
        ledger.deliveries.move(1, DeliveryState.PENDING, DeliveryState.HELD)

    with store.transaction() as ledger:
        ledger.deliveries.mark_sent([1, 2])

    moved, sent = story(store, "d", 1), story(store, "d", 2)
    store.close()
    assert moved is not None
    assert sent is not None
    assert [moved.fields["state"], sent.fields["state"]] == ["held", "sent"]
    assert [e["what"] for e in moved.parts["events"]] == ["delivery.held"]
    assert [e["what"] for e in sent.parts["events"]] == ["delivery.sent"]
