"""A make-believe CRM in a process of its own: pushes orders to the product for as long as it runs.

    LANSHOU_DEMO_SECRET=whsec_… python -m demo.live --url http://127.0.0.1:8000/push/crm --network DIR --listen 8001

It knows only the address, the secret and the public geography of the network folder, and speaks Standard
Webhooks (`id.timestamp.body`, HMAC-SHA256). With --listen it hears what becomes of its orders (receiver.py).
As a channel outside the house it reads the wall clock itself.
"""

import argparse
import base64
import hashlib
import hmac
import http.client
import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from basics.days import iso, shanghai
from demo import figures
from demo.content import Place, a_cargo, a_person, a_place, a_street, a_window
from demo.districts import BY_CODE
from demo.geography import Network
from demo.network import read_network
from demo.receiver import Receiver

SECRET = "LANSHOU_DEMO_SECRET"
PLACES = {"area": 93.0, "nowhere": 2.0, "district": 5.0}
WITHDRAWN = 0.06
WITHDRAWN_AFTER_SECONDS = (60, 900)
PAUSES = (1, 2, 5, 10, 30)  # seconds between attempts; the last one repeats
TIMEOUT_SECONDS = 5
LOOK_SECONDS = 0.1  # how often it looks what is due
OFTEN = 0.2  # share of the orders that go to the house somebody watches
MOST_DRAWS = 500  # until a place of that house comes up
MOST_WAITING = 500  # while nobody answers, the oldest beyond these are given up
LATER = (408, 425, 429)  # like every 3xx and 5xx: try again with the same id


@dataclass(eq=False)
class Push:
    """One message: the same id and body at every attempt. `due` is Unix time."""

    id: str
    body: bytes
    due: float
    attempts: int = 0


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """A redirect is a failed delivery: never followed."""


class Crm:
    """Makes pushes and sends them one after the other; a failed one is tried again later, nothing raises."""

    def __init__(self, url: str, secret: str, network: Network, per_minute: float, seed: int, often: str = "") -> None:
        self.url, self.network, self.per_second = url, network, per_minute / 60
        self.key = base64.b64decode(secret.removeprefix("whsec_"))
        self.often = often
        self.rng = Random(f"{seed}:live")
        self.waiting: list[Push] = []
        self.made = 0
        self.stopped = False
        # No proxy of the environment stands between a channel and its courier.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)

    def run(self, parent: int | None = None) -> None:
        """Trickle until stopped, or until `parent` is no longer the parent process."""
        next_order = time.time()
        while not self.stopped and parent in (None, os.getppid()):
            if self.per_second > 0 and time.time() >= next_order:
                self.new_order(time.time())
                next_order = time.time() + self.rng.expovariate(self.per_second)
            self.send_due()
            time.sleep(LOOK_SECONDS)

    def new_order(self, now: float) -> None:
        """Queue an order, and for some orders the withdrawal that will follow."""
        self.made += 1
        created_at = datetime.fromtimestamp(int(now), UTC)
        # The milliseconds keep numbers apart over restarts with the same seed.
        number = f"IS{shanghai(created_at):%Y%m%d%H%M%S}{int(now * 1000) % 1000:03d}{self.made % 1000:03d}"
        data = order_data(self.rng, self.place(), number, created_at)
        self.put(f"msg_{number}_1", "pickup.order.created", now, data)
        if self.rng.random() < WITHDRAWN:
            why = {"reason_code": "customer_cancelled", "reason_text": "客户取消寄件", "operator": "sender"}
            later = now + self.rng.uniform(*WITHDRAWN_AFTER_SECONDS)
            self.put(f"msg_{number}_2", "pickup.order.cancelled", later, {"logistics_order_no": number, **why})

    def place(self) -> Place:
        """Where the next pickup is: anywhere, and now and then with the house that somebody watches."""
        draws = MOST_DRAWS if self.often and self.rng.random() < OFTEN else 1
        for _ in range(draws):
            place = a_place(self.rng, self.network, figures.choose(self.rng, PLACES))
            if place.station.code == self.often:
                break
        return place

    def put(self, message_id: str, kind: str, due: float, data: dict[str, object]) -> None:
        """Queue a message whose event happens at `due`."""
        event = {"type": kind, "timestamp": iso(datetime.fromtimestamp(int(due), UTC)), "data": data}
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        self.waiting.append(Push(message_id, body.encode(), due))
        del self.waiting[:-MOST_WAITING]

    def stop(self, *_: object) -> None:
        """A signal handler: only sets a flag, since a handler may not take a lock that the loop may hold."""
        self.stopped = True

    def send_due(self) -> None:
        """Send what is due. After a failure the rest waits for the next round: nobody may be there at all."""
        for push in [push for push in self.waiting if push.due <= time.time()]:
            if self.stopped:
                return
            if not self.send(push):
                push.due = time.time() + PAUSES[min(push.attempts, len(PAUSES)) - 1]
                return
            self.waiting.remove(push)

    def send(self, push: Push) -> bool:
        """True when the message is done with: taken, or refused for good."""
        push.attempts += 1
        headers = {
            "Content-Type": "application/json",
            **signed(self.key, push.id, int(time.time()), push.body),
        }
        request = urllib.request.Request(self.url, data=push.body, headers=headers, method="POST")
        try:
            with self.opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                answer.read()
            return True
        except urllib.error.HTTPError as error:
            with error:
                if error.code in LATER or not 400 <= error.code < 500:
                    return False
                print(f"{push.id} refused: {error.code}", file=sys.stderr, flush=True)
            return True
        except (OSError, http.client.HTTPException):  # nobody there, cut off, or an answer that is no HTTP
            return False


def signed(key: bytes, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks for one attempt."""
    mac = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }


def order_data(rng: Random, place: Place, number: str, created_at: datetime) -> dict[str, object]:
    """`data` of pickup.order.created."""
    cargo = a_cargo(rng)
    receiver_place = Place(place.station, None, rng.choice(list(BY_CODE)), {})
    data: dict[str, object] = {
        "logistics_order_no": number,
        "channel": "CRM",
        "sender": _party(rng, place),
        "receiver": _party(rng, receiver_place),
        "cargo": {"name": cargo["goods"], "pieces": cargo["pieces"], "weight_g": cargo["weight_g"]},
    }
    if rng.random() < figures.WINDOW_BOOKED:
        window = a_window(rng, created_at, place.station.duty)
        data["appointment"] = {"start": window["window_start"], "end": window["window_end"]}
    if rng.random() < 0.2:
        data["remark"] = rng.choice(("请提前电话", "易碎,轻拿轻放", "到楼下联系", "请带大号纸箱"))
    return data


def _party(rng: Random, place: Place) -> dict[str, object]:
    """A person at a place, with its point when it has one."""
    person = a_person(rng)
    party: dict[str, object] = {"name": person["name"], "mobile": person["phone"]}
    if place.adcode in BY_CODE:
        city, district = BY_CODE[str(place.adcode)]
        party |= {"province": city.province, "city": city.name, "district": district.name}
    party["address"] = a_street(rng)
    if place.point is not None:
        told = place.told
        party["location"] = {"lng": f"{told['lng']:.6f}", "lat": f"{told['lat']:.6f}", "datum": told["datum"]}
    return party


def main() -> None:
    """Push until SIGTERM or Ctrl-C, then leave with code 0."""
    parser = argparse.ArgumentParser(prog="python -m demo.live", description="A make-believe CRM that pushes orders.")
    parser.add_argument("--url", required=True)
    parser.add_argument("--secret", help=f"whsec_ and base64; left out: {SECRET}, which no list of processes shows")
    parser.add_argument("--network", required=True, help="a folder written by demo.network")
    parser.add_argument("--per-minute", type=float, default=6.0, help="0: only listen")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--often", default="", metavar="STATION", help="a house that gets more orders than others")
    parser.add_argument("--listen", type=int, metavar="PORT", help="take feedback on this port of 127.0.0.1")
    parser.add_argument("--follow-parent", action="store_true", help="end when the starting process is gone")
    args = parser.parse_args()
    secret = args.secret or os.environ.get(SECRET)
    if not secret:
        parser.error(f"--secret or {SECRET} is needed")
    if args.per_minute < 0:
        parser.error("--per-minute must not be negative")
    crm = Crm(args.url, secret, read_network(args.network), args.per_minute, args.seed, args.often)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, crm.stop)
    if args.listen is not None:
        Receiver(args.listen, lambda *told: signed(crm.key, *told)["webhook-signature"]).listen()
    crm.run(os.getppid() if args.follow_parent else None)


if __name__ == "__main__":
    main()
