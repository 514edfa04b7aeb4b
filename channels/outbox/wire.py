"""A round of sending: each claimed message once, several at a time, in good time before its lease runs out."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Condition, Lock
from time import monotonic
from urllib.parse import urlsplit

from channels.adapter import NotSetUp, Outbound, Outgoing, Sending, TokenSource, Unsayable
from channels.feedback import NEWS, TOO_LATE, Claimed, Outcome, Reply, Tried, is_life
from channels.letters.wire import keep_file, send_mail
from channels.outbox.actions import LEASE
from channels.outbox.hiding import without_secrets
from channels.queries import Channel
from channels.registry import OUTBOUND, WAYS
from channels.wire import THREADS, Lines, check_target, post

START_SECONDS = 20  # after that a round begins no attempt
ATTEMPT_SECONDS = 45  # after that an attempt begins no further call; the last one may take 15
BEFORE_LEASE_ENDS = timedelta(seconds=20)  # nothing is begun after that: another may send then
PROBES = 4  # attempts at once to an order's own address that has not answered yet
NO_TOKEN_YET = "not-asked-for-yet"
NO_WORD = "no word for it"


class _Unwritable(Exception):
    """The adapter failed at writing this message: ours to mend."""


@dataclass(frozen=True, slots=True)
class Lease:
    """How long what was claimed is ours: by the clock, which others go by, and by the time that passed."""

    clock: Callable[[], datetime]
    taken_at: datetime
    taken: float = field(default_factory=monotonic)

    def over(self) -> bool:
        end = LEASE - BEFORE_LEASE_ENDS
        return self.clock() - self.taken_at >= end or monotonic() - self.taken >= end.total_seconds()


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a token source gave for a channel as it was set up then; without `token` why not."""

    channel: Channel
    asked_at: datetime
    until: datetime
    token: str | None
    reply: Reply


class Tokens:
    """Access tokens of this process, one a channel: asked for once, whoever needs it first; renewed before they end."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._locks: dict[str, Lock] = {}
        self._kept: dict[str, _Kept] = {}

    def get(
        self, channel: Channel, source: TokenSource, sending: Sending, lines: Lines, spent: str = ""
    ) -> str | Reply:
        """A token that is not `spent`, or the answer that gave none; that one holds for the rest of the round."""
        with self._lock:
            lock = self._locks.setdefault(channel.name, Lock())
        with lock:
            kept = self._kept.get(channel.name)
            if kept is None or not self._good(kept, channel, sending.at) or (kept.token and kept.token == spent):
                kept = self._kept[channel.name] = _ask(channel, source, sending, lines)
        return kept.token if kept.token is not None else kept.reply

    def _good(self, kept: _Kept, channel: Channel, now: datetime) -> bool:
        """A clock set back, another secret or another address make it stale."""
        same = (kept.channel.credential, kept.channel.feedback_url) == (channel.credential, channel.feedback_url)
        return same and (kept.asked_at == now or (kept.token is not None and kept.asked_at < now < kept.until))


def _ask(channel: Channel, source: TokenSource, sending: Sending, lines: Lines) -> _Kept:
    call = source.ask(channel.credential, sending)
    reply = post(call.url, call.headers, call.body, now=sending.at, lines=lines)
    try:
        found = source.read(reply)
    except Exception:  # an answer that nobody foresaw
        found = None
    if found is None:
        return _Kept(channel, sending.at, sending.at, None, Reply(reply.status, f"no token: {_why(source, reply)}"))
    token, lasts = found
    return _Kept(
        channel, sending.at, sending.at + lasts - min(timedelta(minutes=5), lasts / 10), token, Reply(None, "")
    )


def _why(source: TokenSource, reply: Reply) -> str:
    """Never the answer itself: it may hold a token that we could not read."""
    try:
        return source.why(reply) or f"HTTP {reply.status}"
    except Exception:
        return f"HTTP {reply.status}"


TOKENS = Tokens()


def deliver(
    claimed: Sequence[Claimed],
    channels: Mapping[str, Channel],
    now: datetime,
    *,
    private_targets: bool = False,
    tokens: Tokens = TOKENS,
    lease: Lease | None = None,
) -> list[Tried]:
    """What came of each message that was attempted, in the order given; the others are to be released. Never raises.

    Nothing is begun after START_SECONDS, nor beyond THREADS attempts without a sign of life: so a dead channel costs
    one time-out. Where orders bring their own addresses, that goes for each host: what a dead one still had to hear
    is "later", untried. Runs outside any transaction: claim, commit, deliver, then mark; `lease`: since the claim.
    """
    with Lines(private_targets=private_targets) as lines:
        lease = lease or Lease(lambda: now, now)
        sender = _Sender(channels, now, lines, tokens, private_targets, lease)
        turns = _Turns([sender.host(one) for one in claimed], lease)

        def work() -> None:
            while (index := turns.take()) is not None:
                turns.done(index, sender.attempt(claimed[index]))

        # RuntimeError: can't start new thread; those that there are do it.
        with ThreadPoolExecutor(min(THREADS, len(claimed)) or 1, "lanshou-send") as pool, suppress(RuntimeError):
            for _ in range(min(THREADS, len(claimed))):
                pool.submit(work)
        for index, host in turns.skipped():
            turns.tried[index] = Tried(claimed[index], Outcome.LATER, Reply(None, f"skipped: no answer from {host}"))
        return [turns.tried[index] for index in sorted(turns.tried)]


class _Turns:
    """Who is next; shared by the threads of a round."""

    def __init__(self, hosts: Sequence[str], lease: Lease) -> None:
        self.tried: dict[int, Tried] = {}
        self._hosts, self._lease = hosts, lease  # where each goes; "" where all go to the channel's one address
        self._left = list(range(len(hosts)))
        self._running: Counter[str] = Counter()  # attempts under way
        self._in_vain: Counter[str] = Counter()  # attempts since the last sign of life
        self._alive = {""}
        self._until = monotonic() + START_SECONDS
        self._changed = Condition()

    def take(self) -> int | None:
        """The next message, once it may be tried; None when nothing more is to be begun."""
        with self._changed:
            while not self._over():
                for place, index in enumerate(self._left):
                    host = self._hosts[index]
                    if self._running[host] + self._in_vain[host] < self._most(host):
                        self._running[host] += 1
                        return self._left.pop(place)
                if not any(self._running[self._hosts[index]] for index in self._left):
                    return None  # nothing is left, or only what goes to the dead
                self._changed.wait(1)
            return None

    def skipped(self) -> list[tuple[int, str]]:
        """What was not tried because its own host is dead, and that host."""
        left = ((index, self._hosts[index]) for index in self._left)
        return [(index, host) for index, host in left if host and self._in_vain[host] >= self._most(host)]

    def _most(self, host: str) -> int:
        return THREADS if host in self._alive else PROBES

    def _over(self) -> bool:
        return monotonic() >= self._until or self._lease.over()

    def done(self, index: int, tried: Tried) -> None:
        with self._changed:
            self.tried[index] = tried
            host = self._hosts[index]
            self._running[host] -= 1
            if is_life(tried):
                self._in_vain[host] = 0
                self._alive.add(host)
            elif tried.outcome is Outcome.LATER:
                self._in_vain[host] += 1
            if tried.outcome is Outcome.GONE:
                self._until = 0.0
            self._changed.notify_all()


@dataclass(frozen=True, slots=True)
class _Sender:
    """Makes single attempts."""

    channels: Mapping[str, Channel]
    now: datetime
    lines: Lines
    tokens: Tokens
    private_targets: bool
    lease: Lease

    def host(self, one: Claimed) -> str:
        """Where it goes, if orders of its channel bring their own addresses; else ""."""
        out, channel = OUTBOUND.get(one.feedback.channel), self.channels.get(one.feedback.channel)
        if out is None or out.one_address or channel is None or channel.feedback_url is None:
            return ""
        try:
            calls = out.write(channel.credential, one.feedback, Sending(channel.feedback_url, self.now, NO_TOKEN_YET))
            return urlsplit(calls[0].url).netloc.lower() if calls else ""
        except Exception:  # the attempt says why
            return ""

    def attempt(self, one: Claimed) -> Tried:
        """All its calls. Never raises: what cannot be written is ours to mend; want of threads passes."""
        told = one.feedback
        if told.channel in WAYS and self.now - one.since > NEWS:
            return Tried(one, Outcome.REFUSED, Reply(None, TOO_LATE))
        out, channel = OUTBOUND.get(told.channel), self.channels.get(told.channel)
        if out is None or channel is None or channel.feedback_url is None:
            return Tried(one, Outcome.LATER, Reply(None, "no address"))
        try:
            outcome, reply = self._calls(one, out, channel, channel.feedback_url)
            return Tried(one, outcome, without_secrets(reply, channel.credential))
        except NotSetUp as error:
            return Tried(one, Outcome.LATER, Reply(None, f"not set up: {error}"))
        except Unsayable as error:
            return Tried(one, Outcome.REFUSED, without_secrets(Reply(None, str(error)[:500]), channel.credential))
        except _Unwritable as error:
            return Tried(one, Outcome.REFUSED, without_secrets(Reply(None, str(error)), channel.credential))
        except Exception as error:  # its text may hold the address, and that a token
            return Tried(one, Outcome.LATER, Reply(None, type(error).__name__))

    def _calls(self, one: Claimed, out: Outbound, channel: Channel, url: str) -> tuple[Outcome, Reply]:
        until = monotonic() + ATTEMPT_SECONDS
        # What cannot be said, or needs no word, is found out before a token is asked for.
        if out.token is not None and not _written(out, channel, one, Sending(url, self.now, NO_TOKEN_YET)):
            return Outcome.SILENT, Reply(None, NO_WORD)
        token = self._token(out, channel, url)
        if isinstance(token, Reply):
            return Outcome.LATER, token
        calls = _written(out, channel, one, Sending(url, self.now, token))
        reply, outcome, renewed, done = Reply(None, NO_WORD), Outcome.SILENT, False, 0
        while done < len(calls):
            if monotonic() >= until or self.lease.over():
                return Outcome.LATER, Reply(None, "Timeout")
            reply = self._send(calls[done], out)
            if out.token is not None and not renewed and out.token.spent(reply):
                again = self._token(out, channel, url, spent=token)
                if isinstance(again, Reply):
                    return Outcome.LATER, again
                token, renewed = again, True
                calls = _written(out, channel, one, Sending(url, self.now, token))
                continue
            outcome, done = self._judged(out, channel, calls[done].url, reply), done + 1
            if outcome is not Outcome.DELIVERED:
                break
        return outcome, without_secrets(reply, channel.credential, token)

    def _token(self, out: Outbound, channel: Channel, url: str, spent: str = "") -> str | Reply:
        if out.token is None:
            return ""
        if self.lease.over():
            return Reply(None, "Timeout")
        return self.tokens.get(channel, out.token, Sending(url, self.now), self.lines, spent)

    def _send(self, call: Outgoing, out: Outbound) -> Reply:
        """By the scheme, of those that this channel may use; an order's own address is checked like any other."""
        scheme = call.url.partition(":")[0].lower()
        if scheme in out.schemes and scheme == "file":
            return keep_file(call.url, call.headers["name"], call.body)
        if scheme in out.schemes and scheme in ("smtp", "smtps"):
            return send_mail(call.url, call.headers, call.body, private_targets=self.private_targets, lines=self.lines)
        return post(call.url, call.headers, call.body, now=self.now, lines=self.lines)

    def _judged(self, out: Outbound, channel: Channel, url: str, reply: Reply) -> Outcome:
        """What the answer means; one that the adapter cannot read says nothing for good. An order's own address where
        nothing may go is refused: that says nothing about the channel."""
        if not out.one_address and reply.status is None and reply.text.startswith("target_forbidden"):
            plain = url.lower().startswith(("http://", "https://"))
            if not plain or check_target(url, private_targets=self.private_targets) is not None:
                return Outcome.REFUSED
        try:
            return out.judge(channel.credential, reply)
        except Exception:
            return Outcome.LATER


def _written(out: Outbound, channel: Channel, one: Claimed, sending: Sending) -> Sequence[Outgoing]:
    """The calls. NotSetUp, Unsayable; _Unwritable, with the kind and the text of any other error."""
    try:
        return out.write(channel.credential, one.feedback, sending)
    except (NotSetUp, Unsayable, MemoryError):
        raise
    except Exception as error:
        raise _Unwritable(f"cannot be written: {type(error).__name__}: {error}"[:500]) from error
