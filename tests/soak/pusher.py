"""A channel in a process of its own: signed pushes at a steady rate, and a journal of what was answered.

    python pusher.py URL KEY_HEX JOURNAL RATE

Knows the address, the key and the wire format, nothing else; of the product it imports nothing. A push that got no
answer, or 5xx, is sent again under the same id until it is answered. An answer is in the journal, and the journal on
the disk, before anything else happens. SIGTERM: send what is unanswered, then end.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import queue
import signal
import sys
import threading
import time
from random import Random
from urllib.parse import urlsplit

SENDERS = 8
TIMEOUT = 10  # seconds for an answer
PAUSE = 0.1  # after a push that got none
Work = queue.SimpleQueue[tuple[str, str, str, bytes] | None]  # message id, kind, number, body
CREATED, CANCELLED = "pickup.order.created", "pickup.order.cancelled"


class Journal:
    """One JSON line for each answered push; on the disk when `write` returns."""

    def __init__(self, path: str) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.lock = threading.Lock()

    def write(self, **line: object) -> None:
        with self.lock:
            os.write(self.file, (json.dumps(line) + "\n").encode())
            os.fsync(self.file)


def message(kind: str, number: str, data: dict[str, object]) -> bytes:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
    return json.dumps({"type": kind, "timestamp": stamp, "data": {"logistics_order_no": number, **data}}).encode()


def order_data(rng: Random) -> dict[str, object]:
    """Mostly whole orders, some without a phone (held) and some where no area is."""
    sender: dict[str, object] = {
        "name": "王小二",
        "address": f"文一西路{rng.randrange(1000)}号",
        "location": {"lng": f"{rng.uniform(120, 120.4):.6f}", "lat": f"{rng.uniform(30, 30.1):.6f}", "datum": "GCJ-02"},
    }
    if rng.random() < 0.95:
        sender["mobile"] = f"138{rng.randrange(10**8):08}"
    return {"sender": sender, "cargo": {"name": "文件", "pieces": 1, "weight_g": 500}}


class Sender(threading.Thread):
    """Takes messages from the queue, over one connection that is kept while it holds."""

    def __init__(self, url: str, key: bytes, work: Work, journal: Journal) -> None:
        super().__init__(daemon=True)
        parts = urlsplit(url)
        self.connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=TIMEOUT)
        self.path, self.key, self.work, self.journal = parts.path, key, work, journal

    def run(self) -> None:
        while (told := self.work.get()) is not None:
            message_id, kind, number, body = told
            tries = 1
            while (answer := self.attempt(message_id, body)) is None:
                tries += 1
                time.sleep(PAUSE)
            status, text = answer
            self.journal.write(id=message_id, kind=kind, number=number, status=status, answer=text, tries=tries)

    def attempt(self, message_id: str, body: bytes) -> tuple[int, str] | None:
        stamp = str(int(time.time()))
        mac = hmac.digest(self.key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256)
        given = {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": stamp,
            "webhook-signature": "v1," + base64.b64encode(mac).decode(),
        }
        try:
            self.connection.request("POST", self.path, body, given)
            answer = self.connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            return None
        return (answer.status, text) if answer.status < 500 else None


def main() -> None:
    """Push until SIGTERM."""
    url, key, journal, rate = sys.argv[1], bytes.fromhex(sys.argv[2]), Journal(sys.argv[3]), float(sys.argv[4])
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    work: Work = queue.SimpleQueue()
    senders = [Sender(url, key, work, journal) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    rng, made, due = Random(os.getpid()), 0, time.monotonic()
    while not stopped.is_set():
        due = max(due + 1 / rate, time.monotonic() - 1)  # nobody there for long: no avalanche afterwards
        made += 1
        number = f"IS{os.getpid()}{made:07}"
        body = message(CREATED, number, order_data(rng))
        work.put((f"o-{number}", CREATED, number, body))
        if rng.random() < 0.05:  # impatient: the same push twice, maybe at once
            work.put((f"o-{number}", CREATED, number, body))
        if rng.random() < 0.05:
            work.put((f"w-{number}", CANCELLED, number, message(CANCELLED, number, {"reason_text": "不寄了"})))
        stopped.wait(max(0.0, due - time.monotonic()))
    for _ in senders:
        work.put(None)
    for sender in senders:
        sender.join()


if __name__ == "__main__":
    main()
