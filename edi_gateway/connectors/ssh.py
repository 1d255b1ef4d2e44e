"""
Open an SFTP channel to the right server, as the right user, or not at all.

The server's host key is compared with the pinned ones before a user name, key or password is
sent. paramiko has no time limit of its own in several places (starting the subsystem, writing to a
peer that stopped reading), so a `Watchdog` cuts the connection when a limit passes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import paramiko

from edi_gateway.connectors.protocol import HostKeyRefused, LoginRefused
from edi_gateway.errors import ConfigError, ConnectionFailed

#: How much the server may send before we have read it.
_WINDOW = 4 << 20

_DISABLED = {
    "ciphers": ["aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"],
    "macs": ["hmac-md5", "hmac-md5-96", "hmac-sha1-96"],
}
_KEY_TYPES: tuple[type[paramiko.PKey], ...] = (
    paramiko.Ed25519Key,
    paramiko.ECDSAKey,
    paramiko.RSAKey,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where we log in, as whom, and how long we wait for each step."""

    host: str
    port: int
    username: str
    #: Pinned keys as "type base64"; two during a planned change.
    host_keys: tuple[str, ...]
    key: paramiko.PKey | None = None
    password: str | None = field(default=None, repr=False)
    connect_seconds: float = 15.0
    banner_seconds: float = 15.0
    auth_seconds: float = 30.0
    operation_seconds: float = 30.0
    keepalive_seconds: int = 15

    @property
    def server(self) -> str:
        """The server as messages name it."""
        return f"{self.host}:{self.port}"


class Watchdog:
    """Cuts a connection whose current step outlasts its limit; one thread, until `stop`."""

    def __init__(self, cut: Callable[[], None]) -> None:
        self._cut = cut
        self._changed = threading.Condition()
        self._stopped = False
        self._due: float | None = None
        #: When the thread looks again by itself.
        self._wakes = 0.0
        self._thread = threading.Thread(target=self._run, name="sftp-watchdog", daemon=True)
        self._thread.start()

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Cut the connection unless the block ends within `seconds`."""
        self._set(time.monotonic() + seconds)
        try:
            yield
        finally:
            self._due = None

    def stop(self) -> None:
        """End the thread; nothing is cut any more."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def _set(self, due: float) -> None:
        # Waking the thread costs a switch, so it is woken only if it would sleep past the limit.
        self._due = due
        with self._changed:
            if due < self._wakes:
                self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while not self._stopped:
                due = self._due
                now = time.monotonic()
                if due is not None and due <= now:
                    break
                # Idle, it still looks every second: `limit` then rarely has to wake it.
                pause = 1.0 if due is None else min(due - now, 1.0)
                self._wakes = now + pause
                self._changed.wait(pause)
        if not self._stopped:
            self._cut()


@dataclass(frozen=True, slots=True)
class Login:
    """An open SFTP channel and the transport it runs on."""

    channel: paramiko.Channel
    transport: paramiko.Transport
    watchdog: Watchdog

    def end(self) -> None:
        """Close the connection."""
        self.watchdog.stop()
        self.transport.close()


@contextmanager
def translated(server: str) -> Iterator[None]:
    """Turn whatever paramiko, a socket or a garbled packet raises into `ConnectionFailed`."""
    try:
        yield
    except ConnectionFailed:
        raise
    except paramiko.AuthenticationException as error:
        raise LoginRefused(f"{server}: our login was refused: {error}") from error
    except TimeoutError as error:
        raise ConnectionFailed(f"{server}: no answer in time") from error
    except (paramiko.SSHException, OSError, EOFError, struct.error) as error:
        reason = str(error) or type(error).__name__
        raise ConnectionFailed(f"{server}: the connection failed: {reason}") from error


def open_channel(account: Account) -> Login:
    """Connect, compare the host key, log in and start SFTP; raises `ConnectionFailed`."""
    with translated(account.server):
        connection = socket.create_connection(
            (account.host, account.port), timeout=account.connect_seconds
        )
        try:
            transport = paramiko.Transport(connection, disabled_algorithms=_DISABLED)
        except BaseException:
            connection.close()
            raise
        watchdog = Watchdog(transport.close)
        try:
            channel = _log_in(transport, account, watchdog)
        except BaseException:
            watchdog.stop()
            transport.close()
            raise
    return Login(channel, transport, watchdog)


def _log_in(
    transport: paramiko.Transport, account: Account, watchdog: Watchdog
) -> paramiko.Channel:
    transport.banner_timeout = account.banner_seconds
    transport.handshake_timeout = account.banner_seconds
    transport.auth_timeout = account.auth_seconds
    transport.clear_to_send_timeout = account.operation_seconds
    with watchdog.limit(2 * account.banner_seconds):
        _prefer_pinned(transport, account.host_keys)
        transport.start_client(timeout=2 * account.banner_seconds)
        _check_host_key(transport.get_remote_server_key(), account)
    with watchdog.limit(2 * account.auth_seconds):
        _authenticate(transport, account)
    transport.set_keepalive(account.keepalive_seconds)
    with watchdog.limit(account.operation_seconds):
        channel = transport.open_session(window_size=_WINDOW, timeout=account.operation_seconds)
        channel.settimeout(account.operation_seconds)
        channel.invoke_subsystem("sftp")
    return channel


def _prefer_pinned(transport: paramiko.Transport, host_keys: tuple[str, ...]) -> None:
    """Ask for the kind of key we pinned: a server with several would show another one first."""
    pinned = {host_key.split()[0] for host_key in host_keys}
    if "ssh-rsa" in pinned:
        pinned |= {"rsa-sha2-256", "rsa-sha2-512"}
    options = transport.get_security_options()
    options.key_types = sorted(options.key_types, key=lambda kind: kind not in pinned)


def _check_host_key(shown: paramiko.PKey, account: Account) -> None:
    pinned = [base64.b64decode(host_key.split()[1]) for host_key in account.host_keys]
    if shown.asbytes() not in pinned:
        raise HostKeyRefused(
            account.server,
            pinned=tuple(fingerprint(key) for key in pinned),
            shown=fingerprint(shown.asbytes()),
        )


def _authenticate(transport: paramiko.Transport, account: Account) -> None:
    still: list[str] = ["password"]
    if account.key is not None:
        still = transport.auth_publickey(account.username, account.key)
    if still and account.password is not None:
        still = transport.auth_password(account.username, account.password)
    if not transport.is_authenticated():
        raise LoginRefused(f"{account.server}: it also asks for {' or '.join(still)}")


def fingerprint(key: bytes) -> str:
    """The fingerprint of a public key as `ssh-keygen -l` shows it."""
    digest = base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")
    return f"SHA256:{digest}"


def host_key(connector: str, line: str) -> str:
    """A pinned key, checked to be "type base64"; raises `ConfigError`."""
    words = line.split()
    try:
        kind, blob = words[0], base64.b64decode(words[1], validate=True)
        length = struct.unpack(">I", blob[:4])[0]
    except (IndexError, binascii.Error, struct.error):
        kind, blob, length = "", b"", 0
    if not kind or blob[4 : 4 + length] != kind.encode():
        raise ConfigError(
            f"connector {connector}: host key {line[:60]!r} is not one; write it as the server's"
            ' .pub file or ssh-keyscan has it: "ssh-ed25519 AAAA..."'
        )
    return f"{kind} {words[1]}"


def private_key(connector: str, text: str, passphrase: str | None) -> paramiko.PKey:
    """Read our private key; raises `ConfigError` without a word of its content."""
    for kind in _KEY_TYPES:
        try:
            with closing(io.StringIO(text)) as file:
                return kind.from_private_key(file, passphrase)
        except paramiko.PasswordRequiredException as error:
            raise ConfigError(
                f"connector {connector}: the private key needs its passphrase (key_passphrase)"
            ) from error
        except (paramiko.SSHException, ValueError, IndexError, TypeError):
            continue
    raise ConfigError(
        f"connector {connector}: the private key cannot be read: it must be an Ed25519, ECDSA or"
        " RSA key in OpenSSH or PEM form, and its passphrase right"
    )
