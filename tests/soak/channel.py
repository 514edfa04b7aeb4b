"""A channel in a process of its own: `python -m tests.soak.channel`. It imports nothing of the product.

Prints its port. POST anywhere is answered 200, or 503 while it is down; GET /down and /up switch it, /heard gives the
webhook-ids of what it took, in the order in which it took them, and /counts how many it took and turned away.
"""

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class State:
    """What it heard. `down`: it turns everything away."""

    down: bool = False
    heard: list[str] = field(default_factory=list)
    turned_away: int = 0

    def take(self, method: str, path: str, headers: dict[str, str]) -> tuple[str, bytes]:
        """Status line and body."""
        if method == "POST":
            if self.down:
                self.turned_away += 1
                return "503 Service Unavailable", b"down"
            self.heard.append(headers.get("webhook-id", ""))
            return "200 OK", b"ok"
        if path in ("/down", "/up"):
            self.down = path == "/down"
            return "200 OK", b"{}"
        known: Any = self.heard if path == "/heard" else {"heard": len(self.heard), "turned_away": self.turned_away}
        return "200 OK", json.dumps(known).encode()


async def talk(state: State, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection, kept open."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            first, *rest = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)}
            await reader.readexactly(int(headers.get("content-length") or 0))
            method, path, _ = first.split(" ")
            status, body = state.take(method, path, headers)
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main() -> None:
    state = State()
    server = await asyncio.start_server(lambda r, w: talk(state, r, w), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@dataclass(frozen=True)
class Remote:
    """The channel as its user sees it."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/feedback"

    def ask(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=60) as answer:
            return json.load(answer)


@contextmanager
def channel() -> Iterator[Remote]:
    """One that runs until the end of the block."""
    process = subprocess.Popen([sys.executable, "-m", "tests.soak.channel"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield Remote(int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait(10)


if __name__ == "__main__":
    asyncio.run(main())
