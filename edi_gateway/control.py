"""
The door to a running service: a local socket through which commands hand it their actions.

One JSON object each way. The socket lies in the data directory; only the service's own user can use
it, and the members of a group where one is configured. Who asks is what the operating system says of
the other end, whatever the request claims.
"""

from __future__ import annotations

import grp
import json
import os
import pwd
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from edi_gateway.errors import ConfigError, GatewayError

log = structlog.get_logger()

Request = dict[str, Any]
Reply = dict[str, Any]

_TIMEOUT_SECONDS = 120


class ControlServer:
    """Answers commands while the service runs, one after the other."""

    def __init__(
        self, data: Path, answer: Callable[[Request], Reply], *, group: str | None = None
    ) -> None:
        self._path = data / "control.sock"
        self._group = group
        self._answer = answer
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._thread = threading.Thread(target=self._serve, name="control", daemon=True)

    def start(self) -> None:
        """Listen; the data directory's lock says that no other service does."""
        self._path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            self._socket.bind(str(self._path))
        finally:
            os.umask(before)
        if self._group is not None:
            self._admit(self._group)
        self._socket.listen(8)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._path.unlink(missing_ok=True)
        self._thread.join(timeout=5)

    def _admit(self, group: str) -> None:
        """Let the members of a group use the socket."""
        try:
            os.chown(self._path, -1, grp.getgrnam(group).gr_gid)
        except (KeyError, PermissionError) as error:
            self._socket.close()
            self._path.unlink(missing_ok=True)
            raise ConfigError(
                f"config.toml: gateway.operators: {group!r} is no group the service's account is "
                "a member of; add it to the group, or name another"
            ) from error
        self._path.chmod(0o660)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, suppress(OSError, ValueError):
                connection.settimeout(_TIMEOUT_SECONDS)
                self._handle(connection)

    def _handle(self, connection: socket.socket) -> None:
        request = json.loads(_read_line(connection)) | {"who": _asker(connection)}
        try:
            reply = {"ok": True, "result": self._answer(request)}
        except GatewayError as error:
            faults = error.faults if isinstance(error, ConfigError) else (str(error),)
            remedy = getattr(error, "remedy", None)
            reply = {"ok": False, "faults": list(faults), "remedy": remedy}
        connection.sendall(json.dumps(reply).encode() + b"\n")


def ask_service(data: Path, request: Request) -> Reply:
    """Hand an action to the running service; `ConfigError` with its faults when it refuses."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_TIMEOUT_SECONDS)
        try:
            connection.connect(str(data / "control.sock"))
            connection.sendall(json.dumps(request).encode() + b"\n")
            reply = json.loads(_read_line(connection))
        except PermissionError as error:
            raise ConfigError(
                f"{data}: {account_name(os.getuid())} may neither work on this data directory nor "
                "talk to its service; `gateway.operators` of config.toml names a group that may"
            ) from error
        except OSError as error:
            raise ConfigError(
                f"{data}: another process holds this data directory, but does not answer "
                f"({error}); it may be a `run --until-idle`: wait for it and try again"
            ) from error
    if not reply["ok"]:
        faults = list(reply["faults"])
        if reply.get("remedy"):
            faults.append(reply["remedy"])
        raise ConfigError(*faults)
    result: Reply = reply["result"]
    return result


def account_name(uid: int) -> str:
    """The name of an account of this machine."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _asker(connection: socket.socket) -> str:
    """Who is at the other end, as the kernel noted it when the connection was made."""
    size = struct.calcsize("3i")
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    _, uid, _ = struct.unpack("3i", credentials)
    return account_name(uid)


def _read_line(connection: socket.socket) -> bytes:
    data = bytearray()
    while not data.endswith(b"\n"):
        chunk = connection.recv(65536)
        if not chunk:
            break
        data += chunk
    return bytes(data)
