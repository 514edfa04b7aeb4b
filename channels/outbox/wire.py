"""A round of sending: each claimed message once, several at a time, in good time before its lease runs out."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Condition, Lock
from time import monotonic
from urllib.parse import quote

from channels.adapter import NotSetUp, Outbound, Outgoing, Sending, TokenSource, Unsayable
from channels.feedback import TOO_LATE, Claimed, Outcome, Reply, Tried, is_life
from channels.letters.wire import keep_file, send_mail
from channels.queries import Channel
from channels.registry import OUTBOUND, SENDERS
from channels.wire import THREADS, Lines, post

START_SECONDS = 20  # after that a round begins no attempt
ATTEMPT_SECONDS = 45  # after that an attempt begins no further call; the last one may take 15
NEWS = timedelta(hours=24)  # what a sender was not told by then is told no more (CHAN-7)
NO_TOKEN_YET = "not-asked-for-yet"
NO_WORD = "no word for it"
HIDDEN, SHORTEST_TOKEN = "****", 8


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
) -> list[Tried]:
    """What came of each message that was attempted, in the order given; the others are to be released. Never raises.

    Nothing is begun after START_SECONDS, nor beyond THREADS attempts without a sign of life: so a dead channel costs
    one time-out. Runs outside any transaction: claim, commit, deliver, then mark.
    """
    with Lines(private_targets=private_targets) as lines:
        sender = _Sender(channels, now, lines, tokens, private_targets)
        turns = _Turns(claimed)

        def work() -> None:
            while (index := turns.take()) is not None:
                turns.done(index, sender.attempt(claimed[index]))

        with ThreadPoolExecutor(min(THREADS, len(claimed)) or 1, "lanshou-send") as pool:
            for _ in range(min(THREADS, len(claimed))):
                pool.submit(work)
        return [turns.tried[index] for index in sorted(turns.tried)]


class _Turns:
    """Who is next; shared by the threads of a round."""

    def __init__(self, claimed: Sequence[Claimed]) -> None:
        self.tried: dict[int, Tried] = {}
        self._left = iter(range(len(claimed)))
        self._running = self._in_vain = 0  # attempts under way; attempts since the last sign of life
        self._until = monotonic() + START_SECONDS
        self._changed = Condition()

    def take(self) -> int | None:
        """The next message, once it may be tried; None when nothing more is to be begun."""
        with self._changed:
            while self._running and self._running + self._in_vain >= THREADS and monotonic() < self._until:
                self._changed.wait(1)
            if self._in_vain >= THREADS or monotonic() >= self._until:
                return None
            index = next(self._left, None)
            self._running += index is not None
            return index

    def done(self, index: int, tried: Tried) -> None:
        with self._changed:
            self.tried[index] = tried
            self._running -= 1
            if is_life(tried):
                self._in_vain = 0
            elif tried.outcome is Outcome.LATER:
                self._in_vain += 1
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

    def attempt(self, one: Claimed) -> Tried:
        """One message, all its calls. Never raises: what cannot be written is ours to mend, and harms no other."""
        told = one.feedback
        if told.channel in SENDERS and self.now - one.since > NEWS:
            return Tried(one, Outcome.REFUSED, Reply(None, TOO_LATE))
        out, channel = OUTBOUND.get(told.channel), self.channels.get(told.channel)
        if out is None or channel is None or channel.feedback_url is None:
            return Tried(one, Outcome.LATER, Reply(None, "no address"))
        try:
            return Tried(one, *self._calls(one, out, channel, channel.feedback_url))
        except NotSetUp as error:
            return Tried(one, Outcome.LATER, Reply(None, f"not set up: {error}"))
        except Unsayable as error:
            return Tried(one, Outcome.REFUSED, Reply(None, str(error)[:500]))
        except Exception as error:
            return Tried(one, Outcome.REFUSED, Reply(None, f"cannot be written: {type(error).__name__}: {error}"[:500]))

    def _calls(self, one: Claimed, out: Outbound, channel: Channel, url: str) -> tuple[Outcome, Reply]:
        until = monotonic() + ATTEMPT_SECONDS
        # What cannot be said, or needs no word, is found out before a token is asked for.
        if out.token is not None and not out.write(
            channel.credential, one.feedback, Sending(url, self.now, NO_TOKEN_YET)
        ):
            return Outcome.SILENT, Reply(None, NO_WORD)
        token = self._token(out, channel, url)
        if isinstance(token, Reply):
            return Outcome.LATER, token
        calls = out.write(channel.credential, one.feedback, Sending(url, self.now, token))
        reply, outcome, renewed, done = Reply(None, NO_WORD), Outcome.SILENT, False, 0
        while done < len(calls):
            if monotonic() >= until:
                return Outcome.LATER, Reply(None, "Timeout")
            reply = self._send(calls[done], out)
            if out.token is not None and not renewed and out.token.spent(reply):
                again = self._token(out, channel, url, spent=token)
                if isinstance(again, Reply):
                    return Outcome.LATER, again
                token, renewed = again, True
                calls = out.write(channel.credential, one.feedback, Sending(url, self.now, token))
                continue
            outcome, done = _judged(out, channel, reply), done + 1
            if outcome is not Outcome.DELIVERED:
                break
        return outcome, _without(token, reply)

    def _token(self, out: Outbound, channel: Channel, url: str, spent: str = "") -> str | Reply:
        if out.token is None:
            return ""
        return self.tokens.get(channel, out.token, Sending(url, self.now), self.lines, spent)

    def _send(self, call: Outgoing, out: Outbound) -> Reply:
        """By the scheme, of those that this channel may use; an order's own address is checked like any other."""
        scheme = call.url.partition(":")[0].lower()
        if scheme in out.schemes and scheme == "file":
            return keep_file(call.url, call.headers["name"], call.body)
        if scheme in out.schemes and scheme in ("smtp", "smtps"):
            return send_mail(call.url, call.headers, call.body, private_targets=self.private_targets)
        return post(call.url, call.headers, call.body, now=self.now, lines=self.lines)


def _without(token: str, reply: Reply) -> Reply:
    """The answer to be kept, without an access token that it may repeat."""
    if len(token) < SHORTEST_TOKEN:
        return reply
    return replace(reply, text=reply.text.replace(token, HIDDEN).replace(quote(token, safe=""), HIDDEN))


def _judged(out: Outbound, channel: Channel, reply: Reply) -> Outcome:
    """What the channel's answer means; one that its own adapter cannot read says nothing for good."""
    try:
        return out.judge(channel.credential, reply)
    except Exception:
        return Outcome.LATER
