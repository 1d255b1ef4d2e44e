"""Folders: what only they do."""

from __future__ import annotations

import os

import pytest

import edi_gateway.connectors.folder as folder_module
from edi_gateway.connectors import FolderConnector
from edi_gateway.errors import ConnectionFailed


@pytest.fixture
def shared(folder_box):
    return FolderConnector(
        "drop",
        inbound=folder_box.inbound,
        outbound=folder_box.outbound,
        done=folder_box.done,
        settle_seconds=30,
        clock=folder_box.clock,
    )


def test_each_subfolder_belongs_to_the_partner_of_its_name(folder_box, shared):
    for partner in ("acme", "bolt"):
        (folder_box.inbound / partner).mkdir()
        (folder_box.inbound / partner / "order.edi").write_text(partner)
    folder_box.put("stray.edi")

    files = folder_box.waiting(shared)

    assert {(file.partner, file.name) for file in files} == {
        ("acme", b"order.edi"),
        ("bolt", b"order.edi"),
        (None, b"stray.edi"),
    }


def test_files_of_one_name_are_told_apart_by_their_partner(folder_box, shared):
    for partner in ("acme", "bolt"):
        (folder_box.inbound / partner).mkdir()
        (folder_box.inbound / partner / "order.edi").write_text(partner)

    files = folder_box.waiting(shared)
    contents = {file.partner: shared.open(file).read() for file in files}
    for file in files:
        shared.settle(file)

    assert contents == {"acme": b"acme", "bolt": b"bolt"}
    assert (folder_box.done / "bolt" / "order.edi").read_text() == "bolt"


def test_an_answer_goes_to_the_partner_s_own_folder(folder_box, shared):
    shared.send("acme", "1.edi", b"1")
    shared.flush()

    assert (folder_box.outbound / "acme" / "1.edi").read_bytes() == b"1"


def test_a_partner_s_folder_that_is_a_link_is_ignored(folder_box, shared, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "order.edi").write_text("x")
    (folder_box.inbound / "acme").symlink_to(tmp_path / "elsewhere")

    assert folder_box.waiting(shared) == []


def test_a_file_that_became_a_link_is_not_opened(folder_box, tmp_path):
    path = folder_box.put("order.edi", b"12345678")
    connector = folder_box.connector()
    (file,) = folder_box.waiting(connector)
    path.unlink()
    (tmp_path / "secret").write_bytes(b"12345678")
    path.symlink_to(tmp_path / "secret")

    with pytest.raises(ConnectionFailed, match=r"order\.edi"):
        connector.open(file)


def test_where_hard_links_are_impossible_the_file_is_renamed(folder_box, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    connector = folder_box.connector()

    connector.send("acme", "1.edi", b"1")
    connector.send("acme", "1.edi", b"1")

    assert [path.name for path in folder_box.outbound.iterdir()] == ["1.edi"]


def test_a_full_disk_leaves_no_part_and_can_be_tried_again(folder_box, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    connector = folder_box.connector()
    with monkeypatch.context() as patch:
        patch.setattr(folder_module, "sync_file_system", full)
        with pytest.raises(ConnectionFailed, match="No space left"):
            connector.send("acme", "1.edi", b"1")

    assert list(folder_box.outbound.iterdir()) == []
    connector.send("acme", "1.edi", b"1")
    assert (folder_box.outbound / "1.edi").read_bytes() == b"1"


def test_a_failed_fsync_of_a_folder_is_not_hidden(folder_box, monkeypatch):
    def broken(_):
        raise OSError(5, "Input/output error")

    connector = folder_box.connector()
    connector.send("acme", "1.edi", b"1")
    monkeypatch.setattr(os, "fsync", broken)

    with pytest.raises(OSError, match="Input/output error"):
        connector.flush()
