"""A server that speaks byte by byte: what each connection does is a function of its socket."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Script = Callable[[socket.socket, bytes], None]


@dataclass
class RawServer:
    """On loopback; `requests` is what was heard, `connections` how many were made."""

    listener: socket.socket
    script: Script
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/in"

    def serve(self) -> None:
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            while heard := read_request(line):
                self.requests.append(heard)
                self.script(line, heard)


def read_request(line: socket.socket) -> bytes:
    """One request with its body; empty when the other side has closed."""
    heard = b""
    while b"\r\n\r\n" not in heard:
        some = line.recv(65_536)
        if not some:
            return b""
        heard += some
    head, _, body = heard.partition(b"\r\n\r\n")
    length = next((int(one[15:]) for one in head.lower().split(b"\r\n") if one.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += line.recv(65_536)
    return head + b"\r\n\r\n" + body


def answer(line: socket.socket, status: str = "200 OK", body: bytes = b"ok", *more: str) -> None:
    """One HTTP/1.1 answer in one piece, after which the connection stays open."""
    head = "".join(f"{one}\r\n" for one in (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *more))
    line.sendall(head.encode() + b"\r\n" + body)


@contextmanager
def raw_server(script: Script) -> Iterator[RawServer]:
    """Serves until the end of the block."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        server = RawServer(listener, script)
        threading.Thread(target=server.serve, daemon=True).start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
