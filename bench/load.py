"""A load generator: signed requests over many kept-alive connections, each latency noted."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """What a run came to. Latencies in seconds, ascending; `bad` counts answers other than 2xx."""

    seconds: float
    latencies: tuple[float, ...]
    bad: int

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return (len(self.latencies) - self.bad) / self.seconds

    def quantile(self, share: float) -> float:
        """Milliseconds."""
        return self.latencies[min(int(len(self.latencies) * share), len(self.latencies) - 1)] * 1000


def http(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """One request as bytes."""
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n{head}\r\n".encode() + body


def run(port: int, requests: Sequence[bytes], connections: int, rate: float | None = None) -> Load:
    """Send them all. Without `rate` each connection sends its next request when the last is answered; with it
    (a second) each is due at its own time, and its latency counts from then."""
    return asyncio.run(_run(port, requests, connections, rate))


async def _run(port: int, requests: Sequence[bytes], connections: int, rate: float | None) -> Load:
    todo = iter(enumerate(requests))
    latencies: list[float] = []
    bad = 0
    started = time.perf_counter()

    async def worker() -> None:
        nonlocal bad
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for place, request in todo:
            due = started + place / rate if rate else time.perf_counter()
            if (pause := due - time.perf_counter()) > 0:
                await asyncio.sleep(pause)
            writer.write(request)
            status = await _answer(reader)
            latencies.append(time.perf_counter() - due)
            bad += not 200 <= status < 300
        writer.close()

    await asyncio.gather(*(worker() for _ in range(connections)))
    return Load(time.perf_counter() - started, tuple(sorted(latencies)), bad)


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lower = head.lower()
    if (place := lower.find(b"content-length:")) >= 0:
        await reader.readexactly(int(lower[place + 15 : lower.index(b"\r\n", place)]))
    return status
