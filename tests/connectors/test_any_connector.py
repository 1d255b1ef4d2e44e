"""What every connector promises: one suite over folders and SFTP against a real server."""

from __future__ import annotations

import os
import threading

import pytest

from edi_gateway.errors import ConnectionFailed, DeliveryConflict


def test_a_file_is_taken_only_at_the_second_equal_look(box):
    box.put("order.edi", b"abc")
    connector = box.connector()

    first = list(connector.fetch())
    unsettled = connector.look()
    box.clock.pass_seconds(29)
    too_early = list(connector.fetch())
    box.clock.pass_seconds(1)
    (file,) = connector.fetch()

    assert (first, too_early, unsettled, connector.look()) == ([], [], True, False)
    assert (file.name, file.size, file.partner) == (b"order.edi", 3, "acme")
    assert connector.open(file).read() == b"abc"


def test_a_file_that_grows_is_not_taken(box):
    path = box.put("order.edi", b"half", modified=1_700_000_000)
    connector = box.connector()

    list(connector.fetch())
    box.clock.pass_seconds(30)
    path.write_bytes(b"half and a bit")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    grown = list(connector.fetch())
    box.clock.pass_seconds(30)
    (file,) = connector.fetch()

    assert grown == []
    assert file.size == 14


def test_a_file_that_was_touched_waits_again(box):
    path = box.put("order.edi", b"same size", modified=1_700_000_000)
    connector = box.connector()

    list(connector.fetch())
    box.clock.pass_seconds(30)
    os.utime(path, (1_700_000_060, 1_700_000_060))

    assert list(connector.fetch()) == []
    assert connector.look()


@pytest.mark.parametrize(
    "name",
    [
        "a.edi.tmp",
        "a.PART",
        "a.partial",
        "a.filepart",
        "a.crdownload",
        "a.lock",
        ".a.edi",
        "_a.edi",
    ],
)
def test_a_temporary_name_is_ignored(box, name):
    box.put(name)
    connector = box.connector()

    assert box.waiting(connector) == []
    assert not connector.look()


def test_only_regular_files_are_taken(box, tmp_path):
    (tmp_path / "secret").write_text("root:x:0:0")
    (box.inbound / "link.edi").symlink_to(tmp_path / "secret")
    (box.inbound / "folder.edi").mkdir()
    os.mkfifo(box.inbound / "pipe.edi")
    box.put("order.edi")

    files = box.waiting(box.connector())

    assert [file.name for file in files] == [b"order.edi"]


def test_the_oldest_file_comes_first_then_the_name(box):
    box.put("c", modified=1_700_000_000)
    box.put("b", modified=1_700_000_001)
    box.put("a", modified=1_700_000_001)

    files = box.waiting(box.connector())

    assert [file.name for file in files] == [b"c", b"a", b"b"]


def test_a_trigger_announces_its_file_and_goes_with_it(box):
    box.put("announced.edi")
    box.put("announced.edi.ok", b"")
    box.put("half.edi")
    connector = box.connector(trigger=".ok")

    (file,) = connector.fetch()
    connector.settle(file)

    assert file.name == b"announced.edi"
    assert [path.name for path in box.inbound.iterdir()] == ["half.edi"]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(b"caf\xe9.edi", id="latin-1"),
        pytest.param(b"line\nbreak.edi", id="newline"),
        pytest.param(b"-rf", id="leading dash"),
        pytest.param("ordre é.edi".encode(), id="utf-8"),
        pytest.param(b"x" * 255, id="255 bytes"),
    ],
)
def test_a_name_of_any_bytes_is_fetched_read_and_settled(box, name):
    box.put(name, b"content")
    box.put("good.edi")
    connector = box.connector()

    files = {file.name: file for file in box.waiting(connector)}
    content = connector.open(files[name]).read()
    connector.settle(files[name])

    assert content == b"content"
    assert set(files) == {name, b"good.edi"}
    assert [path.name for path in box.inbound.iterdir()] == ["good.edi"]


def test_a_settled_file_is_removed_where_there_is_no_done_folder(box):
    box.put("order.edi")
    connector = box.connector()

    for file in box.waiting(connector):
        connector.settle(file)
    connector.flush()

    assert list(box.inbound.iterdir()) == []


def test_a_settled_file_is_moved_to_done_and_overwrites_nothing_there(box):
    connector = box.connector(done=box.done)

    for content in (b"first", b"second", b"third"):
        box.put("order.edi", content, modified=1_700_000_000)
        for file in box.waiting(connector):
            connector.settle(file)

    kept = sorted(path.name for path in box.done.iterdir())
    contents = {path.read_bytes() for path in box.done.iterdir()}
    assert kept == ["order.edi", "order.edi.20231114T221320", "order.edi.20231114T221320.1"]
    assert contents == {b"first", b"second", b"third"}
    assert list(box.inbound.iterdir()) == []


def test_settling_again_is_no_error(box):
    box.put("order.edi")
    connector = box.connector()
    (file,) = box.waiting(connector)

    connector.settle(file)
    connector.settle(file)

    assert connector.settle_many([file, file]) == [None, None]


def test_a_file_replaced_since_it_was_fetched_is_not_settled(box):
    box.put("order.edi", b"old", modified=1_700_000_000)
    connector = box.connector()
    (file,) = box.waiting(connector)
    path = box.put("order.edi", b"a new one", modified=1_700_000_500)

    connector.settle(file)

    assert path.read_bytes() == b"a new one"


def test_many_files_are_settled_in_one_call(box):
    for number in range(70):
        box.put(f"{number}.edi")
    connector = box.connector(done=box.done)

    outcomes = connector.settle_many(box.waiting(connector))
    connector.flush()

    assert outcomes == [None] * 70
    assert len(list(box.done.iterdir())) == 70


@pytest.mark.parametrize("size", [0, 1, 32767, 32768, 32769, 3_000_000])
def test_a_file_of_any_size_is_read_whole(box, size):
    content = os.urandom(size)
    box.put("order.edi", content)
    connector = box.connector()
    (file,) = box.waiting(connector)

    with connector.open(file) as stream:
        received = stream.read()

    assert received == content


@pytest.mark.parametrize("size", [100, 300_000])
@pytest.mark.parametrize("change", [-50, 50], ids=["shorter", "longer"])
def test_a_file_of_another_size_than_listed_is_an_error_and_not_a_part(box, size, change):
    path = box.put("order.edi", bytes(size))
    connector = box.connector()
    (file,) = box.waiting(connector)
    path.write_bytes(bytes(size + change))

    fresh = box.connector()

    with pytest.raises(ConnectionFailed, match=r"order\.edi"):
        fresh.open(file).read()


def test_a_file_gone_before_it_is_opened_is_a_failed_connection(box):
    path = box.put("order.edi", bytes(40_000))
    connector = box.connector()
    (file,) = box.waiting(connector)
    path.unlink()

    with pytest.raises(ConnectionFailed, match=r"order\.edi: [Nn]o such file"):
        connector.open(file)


def test_a_missing_folder_is_a_failed_connection_that_names_it(box):
    box.inbound.rmdir()
    connector = box.connector()

    with pytest.raises(ConnectionFailed, match=r"/in.*: [Nn]o such file"):
        list(connector.fetch())


def test_an_answer_arrives_under_its_name_and_nothing_else_stays(box):
    connector = box.connector()

    connector.send("acme", "ORDRSP-1.edi", b"answer")
    connector.flush()

    assert [path.name for path in box.outbound.iterdir()] == ["ORDRSP-1.edi"]
    assert (box.outbound / "ORDRSP-1.edi").read_bytes() == b"answer"


def test_the_same_answer_again_counts_as_delivered(box):
    connector = box.connector()

    connector.send("acme", "ORDRSP-1.edi", b"answer")
    connector.send("acme", "ORDRSP-1.edi", b"answer")

    assert [path.name for path in box.outbound.iterdir()] == ["ORDRSP-1.edi"]


@pytest.mark.parametrize("other", [b"other!", b"longer than ours", b"ans", b""])
def test_another_content_under_the_name_is_a_conflict_and_stays(box, other):
    (box.outbound / "ORDRSP-1.edi").write_bytes(other)
    connector = box.connector()

    with pytest.raises(DeliveryConflict, match=r"ORDRSP-1\.edi"):
        connector.send("acme", "ORDRSP-1.edi", b"answer")

    assert [path.name for path in box.outbound.iterdir()] == ["ORDRSP-1.edi"]
    assert (box.outbound / "ORDRSP-1.edi").read_bytes() == other


def test_a_leftover_of_a_crash_is_replaced(box):
    (box.outbound / ".ORDRSP-1.edi.part").write_bytes(b"something longer from before")
    connector = box.connector()

    connector.send("acme", "ORDRSP-1.edi", b"answer")

    assert [path.name for path in box.outbound.iterdir()] == ["ORDRSP-1.edi"]
    assert (box.outbound / "ORDRSP-1.edi").read_bytes() == b"answer"


def test_one_bad_answer_does_not_stop_the_others(box):
    (box.outbound / "2.edi").write_bytes(b"somebody else's")
    connector = box.connector()
    items = [(f"{number}.edi", b"%d" % number) for number in range(100)]
    items[7] = ("../7.edi", b"7")

    outcomes = connector.send_many("acme", items)

    failed = {at: type(error) for at, error in enumerate(outcomes) if error is not None}
    assert failed == {2: DeliveryConflict, 7: ValueError}
    assert len(list(box.outbound.iterdir())) == 99
    assert (box.outbound / "99.edi").read_bytes() == b"99"


def test_one_name_twice_in_a_call_is_sent_once_and_compared_once(box):
    connector = box.connector()

    outcomes = connector.send_many("acme", [("a", b"1"), ("a", b"1"), ("a", b"2")])

    assert [type(outcome) for outcome in outcomes] == [type(None), type(None), DeliveryConflict]
    assert (box.outbound / "a").read_bytes() == b"1"


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "a/b", "a b", "a\n", "é.edi"])
def test_a_name_that_is_not_ours_is_refused(box, name):
    with pytest.raises(ValueError, match="not a name"):
        box.connector().send("acme", name, b"answer")


def test_another_partner_s_answer_is_refused(box):
    with pytest.raises(ValueError, match="bolt"):
        box.connector().send("bolt", "a.edi", b"answer")


def test_an_answer_of_several_megabytes_arrives_whole(box):
    content = os.urandom(5_000_000)

    box.connector().send("acme", "CATALOGUE.edi", content)

    assert (box.outbound / "CATALOGUE.edi").read_bytes() == content


def test_nobody_ever_sees_part_of_an_answer(box):
    connector = box.connector()
    answers = [(f"{number}.edi", bytes(200_000)) for number in range(60)]
    sizes: set[int] = set()
    sent = threading.Event()

    def watch() -> None:
        while not sent.is_set():
            names = [path for path in box.outbound.iterdir() if not path.name.startswith(".")]
            sizes.update(path.stat().st_size for path in names)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        outcomes = connector.send_many("acme", answers)
    finally:
        sent.set()
        watcher.join()

    assert set(outcomes) == {None}
    assert sizes <= {200_000}


def test_a_closed_connector_opens_again_when_it_is_used(box):
    connector = box.connector()

    connector.send("acme", "1.edi", b"1")
    connector.close()
    connector.close()
    connector.send("acme", "2.edi", b"2")

    assert len(list(box.outbound.iterdir())) == 2
