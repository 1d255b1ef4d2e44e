"""
A real SFTP server for tests: OpenSSH on a free loopback port, or asyncssh in this process.

Keys are made for the run and thrown away; nothing of the machine's own SSH set-up is used.
"""

from __future__ import annotations

import asyncio
import getpass
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")

_CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
LogLevel VERBOSE
Subsystem sftp internal-sftp {options}
"""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server, and what a client needs to log in."""

    port: int
    host_key: str
    key: str
    username: str
    password: str | None = None
    log: list[str] = field(default_factory=list)

    @property
    def login(self) -> dict[str, object]:
        """The constructor parameters of an SftpConnector that belong to the server."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "username": self.username,
            "host_keys": (self.host_key,),
            "key": self.key,
        }


def new_key(kind: str = "ed25519", passphrase: str | None = None) -> tuple[str, str]:
    """A private key as OpenSSH text, and its public half as "type base64"."""
    makers = {
        "ed25519": ed25519.Ed25519PrivateKey.generate,
        "ecdsa": lambda: ec.generate_private_key(ec.SECP256R1()),
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
    }
    key = makers[kind]()
    encryption = serialization.NoEncryption()
    if passphrase is not None:
        encryption = serialization.BestAvailableEncryption(passphrase.encode())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, encryption
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    return private.decode(), public.decode()


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def openssh(folder: Path, *, options: str = "", also: tuple[str, ...] = ()) -> Iterator[Server]:
    """Run sshd until the block ends; `options` go to internal-sftp, `also` are more public keys."""
    assert SSHD is not None
    host_private, host_public = new_key()
    private, public = new_key()
    (folder / "host_key").write_text(host_private)
    (folder / "host_key").chmod(0o600)
    (folder / "authorized_keys").write_text("\n".join((public, *also, "")))
    port = free_port()
    (folder / "sshd_config").write_text(_CONFIG.format(port=port, folder=folder, options=options))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd separates its privileges there
    process = subprocess.Popen(
        [SSHD, "-D", "-e", "-f", str(folder / "sshd_config")],
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    log: list[str] = []
    for line in process.stderr:
        log.append(line)
        if "Server listening" in line:
            break
    else:
        raise RuntimeError(f"sshd did not start: {''.join(log)}")
    reader = threading.Thread(target=_collect, args=(process.stderr, log), daemon=True)
    reader.start()
    try:
        yield Server(
            port=port, host_key=host_public, key=private, username=getpass.getuser(), log=log
        )
    finally:
        process.terminate()
        process.wait()
        reader.join(2)  # a client that is still connected keeps its half of the log open


def _collect(lines: IO[str], log: list[str]) -> None:
    with lines:
        log.extend(lines)


@contextmanager
def in_process(folder: Path) -> Iterator[Server]:
    """Run asyncssh in a thread; it takes the key, and the password "correct horse"."""
    import asyncssh

    host_private, host_public = new_key()
    private, public = new_key()
    (folder / "authorized").write_text(public + "\n")

    guests: list[asyncssh.SSHServerConnection] = []

    class Door(asyncssh.SSHServer):  # type: ignore[misc]
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            guests.append(conn)

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return password == "correct horse"

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.create_server(
            Door,
            "127.0.0.1",
            0,
            server_host_keys=[asyncssh.import_private_key(host_private)],
            authorized_client_keys=str(folder / "authorized"),
            sftp_factory=True,
        )

    async def stop(acceptor: asyncssh.SSHAcceptor) -> None:
        acceptor.close()
        for guest in guests:
            guest.abort()
            await guest.wait_closed()
        await acceptor.wait_closed()
        await asyncio.sleep(0)  # one more turn of the loop, in which the sockets are closed
        await loop.shutdown_default_executor()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    acceptor = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    try:
        yield Server(
            port=acceptor.get_port(),
            host_key=host_public,
            key=private,
            username="acme",
            password="correct horse",
        )
    finally:
        asyncio.run_coroutine_threadsafe(stop(acceptor), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


class Proxy:
    """Stands between client and server; from `stall` on it takes nothing and passes nothing."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._flowing = threading.Event()
        self._flowing.set()
        self._sockets: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def stall(self) -> None:
        self._flowing.clear()

    def cut(self) -> None:
        for each in self._sockets:
            _shut(each)

    def close(self) -> None:
        _shut(self._server)
        self._server.close()
        self._flowing.set()
        self.cut()
        for thread in self._threads:
            thread.join(5)
        for each in self._sockets:
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            self._sockets += [near, far]
            for pair in ((near, far), (far, near)):
                thread = threading.Thread(target=self._pass, args=pair, daemon=True)
                self._threads.append(thread)
                thread.start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while piece := source.recv(4096):
                self._flowing.wait()
                target.sendall(piece)
        except OSError:
            pass
        _shut(target)


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
