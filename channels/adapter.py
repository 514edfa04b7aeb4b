"""What every channel file offers: how its pushes are verified, read and answered, how it is told things.

All functions are pure. A push goes `verify -> read -> (conducted) -> answer`; feedback goes `write -> sent -> judge`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from basics.refusal import Refusal
from channels.feedback import Feedback, Outcome, Reply
from channels.messages import Message, Question


class NotSetUp(Exception):
    """A secret or setting that a call needs is not there yet; the message names it."""


class Unsayable(Exception):
    """A message that its channel would not understand as it is; the text says why, for the person whom it waits for."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What a channel and we share. `secrets`: part -> the keys valid now, newest first; `settings`: part -> text."""

    secrets: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)

    def valid(self, part: str = "secret") -> tuple[bytes, ...]:
        """All keys that may have signed a push just now; two during a rotation."""
        return self.secrets.get(part, ())

    def newest(self, part: str = "secret") -> bytes:
        """The key to sign with. NotSetUp when there is none."""
        keys = self.valid(part)
        if not keys:
            raise NotSetUp(part)
        return keys[0]

    def setting(self, part: str, otherwise: str = "") -> str:
        return self.settings.get(part) or otherwise

    def needed(self, part: str) -> str:
        """A setting that must be there. NotSetUp when it is not."""
        if not self.settings.get(part):
            raise NotSetUp(part)
        return self.settings[part]

    def has(self, parts: Sequence[str]) -> bool:
        """Whether all of these secrets and settings are there."""
        return all(self.secrets.get(part) or self.settings.get(part) for part in parts)


@dataclass(frozen=True, slots=True)
class Knock:
    """One request as it came. Header names are in lower case; `query` is raw, without the question mark."""

    method: str
    query: bytes
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """A push whose sender is certain.

    `message_key` (up to 200 characters) makes it count once (CHAN-3): the channel's message id or, where it sends none,
    type and SHA-256 of the signed bytes. `content`: those bytes. `words`: whatever reading and answering need besides.
    """

    message_key: str
    content: bytes
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What a channel may be told when it asks about an order. Instants are ISO 8601 text."""

    logistics_no: str
    state: str
    waybill_no: str | None = None
    steps: tuple[tuple[str, str], ...] = ()  # (happened_at, event kind), oldest first


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one thing said. `missing`: the fields of CHAN-5 for want of which the order is held.

    `known` answers a Question; None when there is no such order.
    """

    said: Message | Question | None
    refusal: Refusal | None = None
    missing: tuple[str, ...] = ()
    known: Known | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a push says: one thing, or in a batch several, some of which may be unusable (B-42).

    `echo`: what the answer repeats from the push, in the order of `said`.
    """

    said: tuple[Message | Question | Refusal, ...]
    echo: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in the channel's dialect."""

    status: int
    content_type: str
    body: str


@dataclass(frozen=True, slots=True)
class Answering:
    """What an answer is made of. `opened` and `reading` are None as far as a push did not get.

    `results` has one entry for each thing said; one with a refusal when nothing could be read.
    """

    credential: Credential
    results: Sequence[Result]
    request_id: str  # 16 characters, new for each request, not to be guessed
    now: datetime
    opened: Opened | None = None
    reading: Reading | None = None

    @property
    def refusal(self) -> Refusal | None:
        """The first refusal; None when everything was taken."""
        return next((result.refusal for result in self.results if result.refusal is not None), None)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send by POST. `url` may hold a token: it belongs into no log."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Sending:
    """The circumstances of one attempt: the address set up, the instant, and an access token where one is needed."""

    url: str
    at: datetime
    token: str = ""


@dataclass(frozen=True, slots=True)
class TokenSource:
    """How to get the access token that a channel wants with each call.

    `why`: what an answer without a usable token says, for a person; it may hold no token, not even a strange one.
    """

    ask: Callable[[Credential, Sending], Outgoing]
    read: Callable[[Reply], tuple[str, timedelta] | None]  # token, and how long it is good for
    spent: Callable[[Reply], bool]  # whether an answer says that the token is good no longer
    why: Callable[[Reply], str] = lambda _reply: ""


@dataclass(frozen=True, slots=True)
class Outbound:
    """Somebody to whom messages go: a channel, or an SMS or mail service (CHAN-7).

    `secrets` and `settings` name what can be set up, each with what checks it: text -> what is kept; ValueError says
    what is wrong. `write` gives the calls for one feedback, in order; none when there is no word for it. It raises
    NotSetUp (again later) or Unsayable (a person must look), whatever the access token is.
    """

    name: str
    write: Callable[[Credential, Feedback, Sending], Sequence[Outgoing]]
    judge: Callable[[Credential, Reply], Outcome]
    secrets: Mapping[str, Callable[[str], bytes]] = field(default_factory=dict)
    settings: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    needs: tuple[str, ...] = ()  # secrets and settings without which nothing can be sent
    token: TokenSource | None = None
    schemes: tuple[str, ...] = ("https", "http")
    one_address: bool = True  # False: orders bring their own, so one that asks for patience speaks for itself only


@dataclass(frozen=True, slots=True)
class Adapter:
    """One channel (CHAN-1). Its name is also the last part of its address, POST /push/<channel>."""

    out: Outbound
    title: tuple[str, str]  # Chinese, English
    prefixes: tuple[str, ...]  # how its logistics numbers begin
    content_types: tuple[str, ...]
    needs: tuple[str, ...]  # secrets and settings without which no push can be verified
    # Opened; a refusal; or an answer that ends it at once, as to a handshake
    verify: Callable[[Credential, Knock, datetime], Opened | Refusal | Answer]
    read: Callable[[Opened, datetime], Reading | Refusal]  # received_at counts where a push has no time of its own
    answer: Callable[[Answering], Answer]
    # Payload of kind `refused` for a push refused for good, where the channel hears of that by feedback only (Alipay)
    regret: Callable[[Opened, Refusal], Mapping[str, Any] | None] | None = None
    methods: tuple[str, ...] = ("POST",)
    also_needs: Callable[[Mapping[str, str]], Sequence[str]] = lambda _settings: ()  # besides, with these settings
    patience: float = 20.0  # seconds within which the channel wants its answer; then it is told to try again

    @property
    def channel(self) -> str:
        return self.out.name
