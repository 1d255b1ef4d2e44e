"""
One SFTP session: requests out, answers in, many on the way at once.

A request at a time costs a network round trip each; a partner 20 ms away would then get ten
files a second. So `ask` sends up to a window of requests and yields the answers in their order.
After a `ConnectionFailed` other than a `RemoteRefusal` the session is `broken` for good.
"""

from __future__ import annotations

import struct
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import islice, repeat

from edi_gateway.connectors import sftp_packets as packets
from edi_gateway.connectors.sftp_files import WINDOW, allowance
from edi_gateway.connectors.sftp_packets import Answer, Name, Request
from edi_gateway.connectors.ssh import Account, Login, open_channel, translated
from edi_gateway.connectors.waiting import shown
from edi_gateway.errors import ConnectionFailed

_LONGEST_PACKET = 1 << 20
_LISTING_SECONDS = 900.0


class SftpSession:
    """A logged-in session with one server."""

    def __init__(self, account: Account) -> None:
        self._server = account.server
        self._operation_seconds = account.operation_seconds
        self._number = 0
        self._expected: set[int] = set()
        self._arrived: dict[int, Answer] = {}
        self._buffer = bytearray()
        self.broken = False
        self._login: Login = open_channel(account)
        try:
            with self._guarded():
                self._start()
        except ConnectionFailed:
            self.close()
            raise

    def close(self) -> None:
        """End the session and the connection."""
        self.broken = True
        self._login.end()

    def ask(
        self, requests: Iterable[Request], *, seconds: float, window: int = WINDOW
    ) -> Generator[Answer, None, None]:
        """Send the requests and yield their answers in order; all of it within `seconds`."""
        due = time.monotonic() + seconds
        source = iter(requests)
        asked: deque[int] = deque()
        try:
            while True:
                if len(asked) <= window // 2:
                    asked.extend(self._send(list(islice(source, window - len(asked)))))
                if not asked:
                    return
                yield self._answer(asked[0], due)
                asked.popleft()
        finally:
            self._forget(asked)

    def all(self, requests: Iterable[Request], *, size: int = 0) -> list[Answer]:
        """Every answer; `size` is the number of bytes the requests and answers carry."""
        return list(self.ask(requests, seconds=allowance(size)))

    def one(self, request: Request) -> Answer:
        """The answer to one request."""
        return self.all([request])[0]

    def names(self, folder: bytes) -> list[Name]:
        """Every entry of a folder, badly named ones included."""
        what = f"list {shown(folder)}"
        handle = packets.handle_of(self.one(packets.open_folder(folder)), what)
        found: list[Name] = []
        requests = repeat(packets.read_folder(handle))
        with closing(self.ask(requests, seconds=_LISTING_SECONDS, window=4)) as answers:
            for answer in answers:
                names = packets.names_of(answer, what)
                if not names:
                    break
                found.extend(names)
        self.one(packets.close(handle))
        return found

    def _start(self) -> None:
        self._transmit(struct.pack(">IBI", 5, packets.INIT, packets.VERSION))
        packet = self._packet(time.monotonic() + self._operation_seconds)
        packets.check_version(Answer(packet[0], packet[1:]))

    def _send(self, requests: list[Request]) -> list[int]:
        """Send requests in one go and return their numbers."""
        if not requests:
            return []
        numbers = []
        parts = []
        for request in requests:
            self._number = (self._number + 1) & 0xFFFFFFFF
            numbers.append(self._number)
            parts.append(struct.pack(">IBI", len(request.body) + 5, request.kind, self._number))
            parts.append(request.body)
        self._expected.update(numbers)
        with self._guarded():
            self._transmit(b"".join(parts))
        return numbers

    def _transmit(self, content: bytes) -> None:
        # The channel's time-out does not cover a peer whose TCP window is closed.
        with self._login.watchdog.limit(self._operation_seconds + len(content) / 1024):
            self._login.channel.sendall(content)

    def _answer(self, number: int, due: float) -> Answer:
        with self._guarded():
            while number not in self._arrived:
                packet = self._packet(due)
                if len(packet) < 5:
                    raise ConnectionFailed(f"{self._server}: a garbled SFTP packet came")
                answered = int.from_bytes(packet[1:5])
                if answered in self._expected:
                    self._arrived[answered] = Answer(packet[0], packet[5:])
        self._expected.discard(number)
        return self._arrived.pop(number)

    def _forget(self, numbers: Iterable[int]) -> None:
        """Drop the answers nobody waits for any more, now and when they come."""
        for number in numbers:
            self._expected.discard(number)
            self._arrived.pop(number, None)

    def _packet(self, due: float) -> bytes:
        length = int.from_bytes(self._bytes(4, due))
        if not 0 < length <= _LONGEST_PACKET:
            raise ConnectionFailed(
                f"{self._server}: what came is not SFTP; does the account print a greeting?"
            )
        return self._bytes(length, due)

    def _bytes(self, count: int, due: float) -> bytes:
        while len(self._buffer) < count:
            if time.monotonic() > due:
                raise TimeoutError
            received = self._login.channel.recv(1 << 16)
            if not received:
                raise EOFError("the server ended the session")
            self._buffer += received
        piece = bytes(self._buffer[:count])
        del self._buffer[:count]
        return piece

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Translate foreign errors; after any of them nothing more can be read or sent."""
        if self.broken:
            raise ConnectionFailed(f"{self._server}: the connection was lost")
        try:
            with translated(self._server):
                yield
        except ConnectionFailed:
            self.broken = True
            raise
