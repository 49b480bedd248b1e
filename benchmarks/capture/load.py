"""Many observers sending prepared requests over connections of their own, as cheaply as Python can.

A request is sent when it is due, not when the one before was answered, and its time runs from when it was due: a
server that falls behind cannot slow the load down and look fast.
"""

import asyncio
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from benchmarks.capture.bodies import Body

SETTLE_WITHIN_S = 30.0  # for the last answers; who has none by then has lost its chunk


@dataclass(frozen=True)
class Upload:
    """One chunk of one trial on its way: the head of its request, and the body, which several may share."""

    trial: str
    head: bytes
    body: Body


def upload(host: str, trial: str, token: str, body: Body) -> Upload:
    """The request that puts one chunk, packed as browsers pack it."""
    head = (
        f"PUT /api/v1/trials/{trial}/chunks/{body.number} HTTP/1.1\r\n"
        f"Host: {host}\r\n"
        f"Authorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\n"
        "Content-Encoding: gzip\r\n"
        f"Content-Length: {len(body.packed)}\r\n\r\n"
    )
    return Upload(trial, head.encode(), body)


@dataclass
class Outcome:
    """What came back: seconds from when each request was due to its answer, and how often there was none, or a no."""

    seconds: list[float] = field(default_factory=list)
    not_taken: int = 0
    lasted_s: float = 0.0

    def percentile_ms(self, percent: float) -> float:
        """The latency that `percent` of the answers kept within, in ms; raises ValueError without answers."""
        if not self.seconds:
            raise ValueError("nothing was answered")
        ordered = sorted(self.seconds)
        return 1000 * ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


class Connection(asyncio.Protocol):
    """One observer's connection: sends, times the answers, and sends again what a broken connection left open."""

    def __init__(self, address: tuple[str, int], outcome: Outcome) -> None:
        self._address = address
        self._outcome = outcome
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._open: list[tuple[float, Upload]] = []
        self._closing = False
        self.idle = asyncio.Event()
        self.idle.set()

    async def connect(self) -> None:
        """Open the connection."""
        await self._loop.create_connection(lambda: self, *self._address)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._received = transport, b""
        for _, request in self._open:
            transport.writelines([request.head, request.body.packed])

    def send(self, due: float, request: Upload) -> None:
        """Send it now; `due` (loop time, s) is when it should have been sent."""
        self._open.append((due, request))
        self.idle.clear()
        if self._transport is not None:
            self._transport.writelines([request.head, request.body.packed])

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end].lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            if len(self._received) < end + 4 + length:
                return
            self._received = self._received[end + 4 + length :]
            self._answered(int(head[9:12]))

    def _answered(self, status: int) -> None:
        due, _ = self._open.pop(0)
        if status == 200:
            self._outcome.seconds.append(self._loop.time() - due)
        else:
            self._outcome.not_taken += 1
        if not self._open:
            self.idle.set()

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if not self._closing:
            self._outcome.not_taken += len(self._open)
            self._reconnecting = self._loop.create_task(self.connect())

    def close(self) -> None:
        """Close for good."""
        self._closing = True
        if self._transport is not None:
            self._transport.close()


async def _keep_up(address: tuple[str, int], series: Sequence[Sequence[Upload]], period_s: float) -> Outcome:
    outcome = Outcome()
    connections = [Connection(address, outcome) for _ in series]
    for connection in connections:
        await connection.connect()
    loop = asyncio.get_running_loop()
    begin = loop.time() + 0.5
    for observer, (connection, requests) in enumerate(zip(connections, series, strict=True)):
        phase = period_s * observer / len(series)
        _schedule(loop, connection, begin + phase, period_s, iter(requests))
    length_s = period_s * max(len(requests) for requests in series)
    await asyncio.sleep(begin - loop.time() + length_s)
    waiting = [asyncio.create_task(connection.idle.wait()) for connection in connections]
    _, late = await asyncio.wait(waiting, timeout=SETTLE_WITHIN_S)
    for task in late:
        task.cancel()
    outcome.lasted_s = loop.time() - begin
    for connection in connections:
        connection.close()
    return outcome


def _schedule(
    loop: asyncio.AbstractEventLoop,
    connection: Connection,
    due: float,
    period_s: float,
    left: Iterator[Upload],
) -> None:
    def send() -> None:
        request = next(left, None)
        if request is not None:
            connection.send(due, request)
            _schedule(loop, connection, due + period_s, period_s, left)

    loop.call_at(due, send)


async def _as_fast_as_answered(
    address: tuple[str, int], series: Sequence[Sequence[Upload]], within_s: float
) -> Outcome:
    outcome = Outcome()
    loop = asyncio.get_running_loop()
    begin = loop.time()

    async def one(requests: Sequence[Upload]) -> None:
        connection = Connection(address, outcome)
        await connection.connect()
        for request in requests:
            if loop.time() > begin + within_s:
                break
            connection.send(loop.time(), request)
            await asyncio.wait_for(connection.idle.wait(), SETTLE_WITHIN_S)
        connection.close()

    await asyncio.gather(*(one(requests) for requests in series))
    outcome.lasted_s = loop.time() - begin
    return outcome


def keep_up(url: str, series: Sequence[Sequence[Upload]], period_s: float) -> Outcome:
    """Each observer sends its next request every `period_s`; their phases are spread evenly over one period."""
    return asyncio.run(_keep_up(_address(url), series, period_s))


def as_fast_as_answered(url: str, series: Sequence[Sequence[Upload]], within_s: float) -> Outcome:
    """Each connection sends its next request as soon as the one before is answered, until `within_s` are over."""
    return asyncio.run(_as_fast_as_answered(_address(url), series, within_s))


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname is not None and parts.port is not None
    return parts.hostname, parts.port
