"""SFTP: the server's key, our login, and servers that stop, stall or refuse."""

from __future__ import annotations

import socket
import threading

import pytest

from edi_gateway.connectors import HostKeyRefused, LoginRefused
from edi_gateway.errors import ConfigError, ConnectionFailed, DeliveryConflict

#: Long enough for a busy machine to answer, short enough to wait for in a test.
SOON = {"connect_seconds": 0.5, "banner_seconds": 0.5, "operation_seconds": 0.5}


@pytest.fixture
def servers():
    import sftp_server

    return sftp_server


@pytest.fixture
def proxy(server, servers):
    proxy = servers.Proxy(server.port)
    yield proxy
    proxy.close()


def test_an_unknown_host_key_is_refused_before_we_say_who_we_are(sftp_box, servers, tmp_path):
    if servers.SSHD is None:
        pytest.skip("needs an OpenSSH server: no sshd on this machine")
    _, other = servers.new_key()

    with servers.openssh(tmp_path) as server:
        connector = sftp_box.connector(**{**server.login, "host_keys": (other,)})
        with pytest.raises(HostKeyRefused) as refused:
            list(connector.fetch())

    assert refused.value.shown.startswith("SHA256:")
    assert refused.value.shown in str(refused.value)
    assert refused.value.pinned[0] in str(refused.value)
    log = "".join(server.log)
    assert "[preauth]" in log
    assert "user" not in log.lower()


def test_during_a_planned_change_two_keys_are_pinned(sftp_box, server, servers):
    _, other = servers.new_key()
    connector = sftp_box.connector(host_keys=(other, server.host_key + " comment"))

    assert list(connector.fetch()) == []


@pytest.mark.parametrize("lines", [(), ("ssh-ed25519",), ("ssh-rsa AAAA",), ("no key at all",)])
def test_without_a_proper_host_key_there_is_no_connector(sftp_box, lines):
    with pytest.raises(ConfigError, match="connector sftp"):
        sftp_box.connector(host_keys=lines)


@pytest.mark.parametrize("text", ["", "secret stuff", "-----BEGIN OPENSSH PRIVATE KEY-----\nAA"])
def test_an_unreadable_private_key_is_refused_without_showing_it(sftp_box, text):
    with pytest.raises(ConfigError) as refused:
        sftp_box.connector(key=text)

    assert "secret stuff" not in str(refused.value)


def test_a_key_under_a_passphrase_needs_it(sftp_box, servers):
    private, _ = servers.new_key(passphrase="open sesame")

    with pytest.raises(ConfigError, match="passphrase"):
        sftp_box.connector(key=private)
    sftp_box.connector(key=private, key_passphrase="open sesame")


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_every_usual_kind_of_key_logs_in(sftp_box, servers, tmp_path, kind):
    if servers.SSHD is None:
        pytest.skip("needs an OpenSSH server: no sshd on this machine")
    private, public = servers.new_key(kind)
    with servers.openssh(tmp_path, also=(public,)) as server:
        connector = sftp_box.connector(**{**server.login, "key": private})

        assert list(connector.fetch()) == []
        connector.close()


def test_a_key_the_server_does_not_know_is_a_refused_login(sftp_box, servers):
    private, _ = servers.new_key()
    connector = sftp_box.connector(key=private)

    with pytest.raises(LoginRefused, match="login was refused"):
        list(connector.fetch())


def test_a_password_logs_in(sftp_box, asyncssh_server):
    connector = sftp_box.connector(
        **{**asyncssh_server.login, "key": None}, password="correct horse"
    )

    connector.send("acme", "1.edi", b"1")

    assert (sftp_box.outbound / "1.edi").read_bytes() == b"1"


def test_a_wrong_password_is_a_refused_login(sftp_box, asyncssh_server):
    connector = sftp_box.connector(**{**asyncssh_server.login, "key": None}, password="battery")

    with pytest.raises(LoginRefused):
        list(connector.fetch())


def test_another_server_behaves_the_same(sftp_box, asyncssh_server):
    sftp_box.put(b"caf\xe9.edi", b"content")
    connector = sftp_box.connector(**asyncssh_server.login, done=sftp_box.done)

    (file,) = sftp_box.waiting(connector)
    content = connector.open(file).read()
    connector.settle(file)
    outcomes = connector.send_many("acme", [("1.edi", b"1"), ("1.edi", b"1"), ("1.edi", b"2")])

    assert content == b"content"
    assert [path.name for path in sftp_box.outbound.iterdir()] == ["1.edi"]
    assert [type(outcome) for outcome in outcomes] == [type(None), type(None), DeliveryConflict]
    assert list(sftp_box.inbound.iterdir()) == []


def test_a_server_that_says_nothing_is_given_up(sftp_box):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        connector = sftp_box.connector(port=silent.getsockname()[1], **SOON)

        with pytest.raises(ConnectionFailed):
            list(connector.fetch())


def test_a_port_nobody_listens_on_is_a_failed_connection(sftp_box, servers):
    connector = sftp_box.connector(port=servers.free_port(), **SOON)

    with pytest.raises(ConnectionFailed, match="Connection refused"):
        list(connector.fetch())


def test_a_server_that_stalls_while_we_list_is_given_up(sftp_box, proxy):
    connector = sftp_box.connector(port=proxy.port, **SOON)
    list(connector.fetch())
    proxy.stall()

    with pytest.raises(ConnectionFailed, match="no answer in time"):
        list(connector.fetch())


def test_a_server_that_stalls_while_we_read_is_given_up(sftp_box, proxy):
    sftp_box.put("big.edi", bytes(20_000_000))
    connector = sftp_box.connector(port=proxy.port, **SOON)
    (file,) = sftp_box.waiting(connector)

    with connector.open(file) as stream:
        stream.read(100_000)
        proxy.stall()
        with pytest.raises(ConnectionFailed):
            stream.read()


def test_a_server_that_stops_reading_while_we_send_is_given_up(sftp_box, proxy):
    connector = sftp_box.connector(port=proxy.port, **SOON)
    list(connector.fetch())
    proxy.stall()

    with pytest.raises(ConnectionFailed):
        connector.send("acme", "big.edi", bytes(30_000_000))

    assert not (sftp_box.outbound / "big.edi").exists()


def test_after_a_cut_connection_the_next_call_opens_a_new_one(sftp_box, proxy):
    connector = sftp_box.connector(port=proxy.port)
    connector.send("acme", "1.edi", b"1")
    proxy.cut()

    outcomes = connector.send_many("acme", [(f"{number}.edi", b"x") for number in range(2, 80)])
    again = connector.send_many("acme", [(f"{number}.edi", b"x") for number in range(2, 80)])

    assert {type(outcome) for outcome in outcomes} == {ConnectionFailed}
    assert set(again) == {None}


def test_no_thread_outlives_a_closed_connector(sftp_box):
    before = set(threading.enumerate())
    connector = sftp_box.connector()

    list(connector.fetch())
    started = set(threading.enumerate()) - before
    connector.close()
    for thread in started:
        thread.join(5)

    assert "sftp-watchdog" in {thread.name for thread in started}
    assert not [thread for thread in started if thread.is_alive()]


def test_two_files_are_read_side_by_side(sftp_box):
    sftp_box.put("a", b"a" * 400_000)
    sftp_box.put("b", b"b" * 400_000)
    connector = sftp_box.connector()
    first, second = (connector.open(file) for file in sftp_box.waiting(connector))

    with first, second:
        pieces = [stream.read(70_000) for _ in range(6) for stream in (first, second)]

    assert b"".join(pieces[0::2]) in (b"a" * 400_000, b"b" * 400_000)
    assert b"".join(pieces[1::2]) in (b"a" * 400_000, b"b" * 400_000)


def test_without_prefetch_a_file_is_read_one_request_at_a_time(sftp_box):
    sftp_box.put("small", b"small")
    sftp_box.put("large", bytes(100_000))
    connector = sftp_box.connector(prefetch=False)

    contents = {file.name: connector.open(file).read() for file in sftp_box.waiting(connector)}

    assert contents == {b"small": b"small", b"large": bytes(100_000)}


@pytest.mark.parametrize("rename", ["posix-rename", "none"])
def test_the_other_ways_to_name_an_upload_overwrite_nothing_either(sftp_box, rename):
    (sftp_box.outbound / "2.edi").write_bytes(b"somebody else's")
    (sftp_box.outbound / "3.edi").write_bytes(b"ours")
    connector = sftp_box.connector(rename=rename)

    outcomes = connector.send_many(
        "acme", [("1.edi", b"ours"), ("2.edi", b"ours"), ("3.edi", b"ours")]
    )

    assert [type(outcome) for outcome in outcomes] == [type(None), DeliveryConflict, type(None)]
    assert {path.name: path.read_bytes() for path in sftp_box.outbound.iterdir()} == {
        "1.edi": b"ours",
        "2.edi": b"somebody else's",
        "3.edi": b"ours",
    }


def test_written_in_place_an_upload_cut_off_by_a_crash_is_completed(sftp_box):
    (sftp_box.outbound / "1.edi").write_bytes(b"UNB+UNO")

    sftp_box.connector(rename="none").send("acme", "1.edi", b"UNB+UNOC:3'")

    assert (sftp_box.outbound / "1.edi").read_bytes() == b"UNB+UNOC:3'"


@pytest.fixture
def without_rename(tmp_path, servers):
    if servers.SSHD is None:
        pytest.skip("needs an OpenSSH server: no sshd on this machine")
    with servers.openssh(tmp_path, options="-P rename,posix-rename") as server:
        yield server


def test_a_server_that_renames_nothing_says_so_and_keeps_nothing(without_rename, sftp_box):
    connector = sftp_box.connector(**without_rename.login)

    with pytest.raises(ConnectionFailed, match=r"rename to .*1\.edi: permission denied"):
        connector.send("acme", "1.edi", b"1")

    assert list(sftp_box.outbound.iterdir()) == []


def test_a_server_that_renames_nothing_takes_files_written_in_place(without_rename, sftp_box):
    sftp_box.connector(**without_rename.login, rename="none").send("acme", "1.edi", b"1")

    assert (sftp_box.outbound / "1.edi").read_bytes() == b"1"


def test_a_file_the_server_will_not_move_stays_and_is_offered_again(without_rename, sftp_box):
    sftp_box.put("order.edi")
    connector = sftp_box.connector(**without_rename.login, done=sftp_box.done)
    (file,) = sftp_box.waiting(connector)

    with pytest.raises(ConnectionFailed, match=r"order\.edi: move to .*permission denied"):
        connector.settle(file)

    assert list(connector.fetch()) == [file]
