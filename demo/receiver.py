"""Where the make-believe CRM hears of its orders: takes signed feedback on loopback, and counts it."""

import hmac
import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

LONGEST = 64 * 1024  # bytes of a message
Sign = Callable[[str, int, bytes], str]  # (message id, Unix seconds, body) -> what webhook-signature must say


class Receiver(ThreadingHTTPServer):
    """POST anywhere: 200 when `sign` agrees, else 401. GET anywhere: the counts as JSON."""

    daemon_threads = True
    request_queue_size = 128  # the product sends a backlog sixteen at a time

    def __init__(self, port: int, sign: Sign) -> None:
        self.sign = sign
        self._lock = Lock()
        self._ids: set[str] = set()
        self._again = self._refused = 0
        super().__init__(("127.0.0.1", port), _Handler)

    def listen(self) -> None:
        """Answer in a thread until the process ends."""
        Thread(target=self.serve_forever, name="receiver", daemon=True).start()

    def take(self, message_id: str, timestamp: str, signature: str, body: bytes) -> bool:
        """Whether the message is genuine. A message told twice counts once."""
        seconds = int(timestamp) if timestamp.isascii() and timestamp.isdigit() else 0
        expected = self.sign(message_id, seconds, body)
        genuine = hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
        with self._lock:
            if not genuine:
                self._refused += 1
            elif message_id in self._ids:
                self._again += 1
            else:
                self._ids.add(message_id)
        return genuine

    def counts(self) -> dict[str, int]:
        """Distinct messages heard, repetitions, and what was not genuine."""
        with self._lock:
            return {"heard": len(self._ids), "again": self._again, "refused": self._refused}


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    timeout = 10  # seconds of silence

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and int(length) <= LONGEST):
            self._answer(413, {"error": "length"})
            return
        body = self.rfile.read(int(length))
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        message_id, timestamp, signature = (self.headers.get(name, "") for name in names)
        genuine = self.server.take(message_id, timestamp, signature, body)
        self._answer(200 if genuine else 401, {"ok": genuine})

    def do_GET(self) -> None:
        self._answer(200, dict(self.server.counts()))

    def _answer(self, status: int, content: dict[str, object]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet: the counts say enough."""
