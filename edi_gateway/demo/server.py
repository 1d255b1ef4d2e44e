"""An SFTP server in this process (asyncssh): one account with a home folder for each customer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import asyncssh


class SftpServer:
    """
    A context manager: listens on a free loopback port while the block runs.

    `host_key` is the server's public key as in a known_hosts line, `client_key` the private key
    that opens every account, `root` the folder of the homes.
    """

    def __init__(self, root: Path, accounts: Sequence[str]) -> None:
        self.root = root
        for account in accounts:
            for folder in ("orders", "answers", "done"):
                (root / account / folder).mkdir(parents=True)
        self._server_key = asyncssh.generate_private_key("ssh-ed25519")
        self._client_key = asyncssh.generate_private_key("ssh-ed25519")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._listener: Any = None
        self.port = 0

    @property
    def host_key(self) -> str:
        """The server's public key, in OpenSSH form."""
        return str(self._server_key.export_public_key().decode().strip())

    @property
    def client_key(self) -> str:
        """The private key the gateway logs in with."""
        return str(self._client_key.export_private_key().decode())

    def __enter__(self) -> SftpServer:
        self._thread.start()
        self._listener = self._run(self._listen())
        self.port = self._listener.get_port()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    async def _listen(self) -> Any:
        keys = asyncssh.import_authorized_keys(self._client_key.export_public_key().decode())
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[self._server_key],
            authorized_client_keys=keys,
            sftp_factory=self._home,
            allow_scp=False,
        )

    async def _close(self) -> None:
        self._listener.close()
        await self._listener.wait_closed()
        mine = asyncio.current_task()
        sessions = [task for task in asyncio.all_tasks() if task is not mine]
        for task in sessions:
            task.cancel()
        await asyncio.gather(*sessions, return_exceptions=True)

    def _home(self, channel: Any) -> Any:
        account = channel.get_extra_info("username")
        return asyncssh.SFTPServer(channel, chroot=str(self.root / account).encode())

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)
