"""Passwords: argon2id, no composition rules, length and the obvious ones refused. Pure but for the salt."""

import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from basics.refusal import Refusal

MIN_LENGTH, MAX_LENGTH = 12, 128
COMPANY_WORDS = ("lanshou", "揽收")
# What people type when a keyboard is asked for twelve keys; shorter favourites fail on length already.
RUNS = (
    "01234567890123456789012345678901234567890", "09876543210987654321098765432109876543210",
    "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
)  # fmt: skip
COMMON_WORDS = frozenset((
    "password", "passwd", "admin", "administrator", "welcome", "letmein", "iloveyou", "woaini", "woaiwojia",
    "qwer", "qwert", "qwerty", "qwertyuiop", "asdf", "asdfgh", "asdfghjkl", "zxcvbnm",
    "abc", "abcd", "abcdef", "test", "root", "changeme", "secret",
    "wangzhan", "kuaidi", "express", "密码", "管理员", "快递",
))  # fmt: skip

_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)  # RELIABILITY 11.2
_NOT_LETTER = re.compile(r"[\W\d_]+")
_NOT_LETTER_OR_DIGIT = re.compile(r"[\W_]+")
SHORTEST_COMMON = 4  # characters of a common password that counts as part of another
MOST_COMMON = 2  # of the list's in a row are as quickly tried as one
# A password that an admin gave out: it opens nothing but the page that changes it, and that not for long.
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
ONCE, ONCE_LASTS = "once:", timedelta(days=3)


def hash_password(password: str) -> str:
    """argon2id in PHC form. Takes 64 MiB for its time: callers bound how many run at once."""
    return _HASHER.hash(password)


# An unknown user costs as much as a wrong password (RELIABILITY B-127).
NOBODYS_HASH = "$argon2id$v=19$m=65536,t=3,p=4$Vy+XENctNHVLjF7ZWG5N5g$i/p1OElaw6i/Ak/+l2u+Dm3wjyUjry3OzVltiVN9qRA"


def verify_password(stored: str | None, password: str) -> bool:
    """Whether `password` made the stored hash; with no stored one always False, in the same time."""
    try:
        return _HASHER.verify(_plain(stored or NOBODYS_HASH), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with other numbers than today's."""
    return not is_once(stored) and _HASHER.check_needs_rehash(stored)


def once(stored: str, now: datetime) -> str:
    """A hash marked as that of a password to be used once, given out now."""
    return f"{ONCE}{int(now.timestamp())}:{stored}"


def new_password() -> str:
    """Sixteen letters and digits that are not taken for one another, 79 bits, in groups to be read out."""
    return "-".join("".join(secrets.choice(READABLE) for _ in range(4)) for _ in range(4))


def is_once(stored: str) -> bool:
    """Whether its password must be changed before anything else."""
    return stored.startswith(ONCE)


def is_stale(stored: str, now: datetime) -> bool:
    """Whether a password was given out too long ago to be used for the first time."""
    if not is_once(stored):
        return False
    given_at = datetime.fromtimestamp(int(stored.split(":", 2)[1]), UTC)
    return now - given_at >= ONCE_LASTS


def _plain(stored: str) -> str:
    return stored.split(":", 2)[2] if is_once(stored) else stored


def refuse_password(password: str, own_words: Iterable[str] = ()) -> Refusal | None:
    """None for an acceptable password. `own_words`: login, station name and code, names of the user.

    Taken exactly as typed, spaces and Chinese too; a word with digits around it is still that word.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        length = f"{MIN_LENGTH}–{MAX_LENGTH}"
        return Refusal("password_length", f"密码须为 {length} 个字符 / {length} characters", "password")
    folded = password.casefold()
    letters = _NOT_LETTER.sub("", folded)
    known = [word.casefold() for word in (*COMPANY_WORDS, *own_words)]
    forbidden = COMMON_WORDS | {_NOT_LETTER.sub("", word) for word in known} - {""}
    too_plain = len(set(folded)) < 5 or folded in known or any(folded in run for run in RUNS)
    if too_plain or _is_common(folded, letters) or (letters and _made_of(letters, forbidden)):
        return Refusal("password_too_common", "密码过于常见,请换一个 / Too easy to guess", "password")
    return None


def _made_of(letters: str, words: frozenset[str]) -> bool:
    """Whether the text is nothing but such words in a row."""
    reachable = {0}
    for start in range(len(letters)):
        if start in reachable:
            reachable.update(start + len(word) for word in words if letters.startswith(word, start))
    return len(letters) in reachable


def _is_common(folded: str, letters: str) -> bool:
    """Whether it is one of the 3,000 commonest, two of them in a row, or such with digits and signs around."""
    whole, words = _common()
    together = _NOT_LETTER_OR_DIGIT.sub("", folded)
    return folded in whole or _parts(together, whole) <= MOST_COMMON or _parts(letters, words) <= MOST_COMMON


def _parts(text: str, words: frozenset[str]) -> int:
    """Of how few such words in a row the text is made; more than there can be when of none."""
    longest, never = max(map(len, words)), len(text) + MOST_COMMON + 1
    fewest = [0] + [never] * len(text) if text else [never]
    for end in range(1, len(text) + 1):
        starts = range(max(0, end - longest), end)
        fewest[end] = min([fewest[at] + 1 for at in starts if text[at:end] in words], default=never)
    return fewest[-1]


@cache
def _common() -> tuple[frozenset[str], frozenset[str]]:
    """The packaged list, folded: as it stands, and the letters of what has some."""
    text = (files("people") / "common" / "passwords.txt").read_text(encoding="utf-8")
    whole = {line.casefold() for line in text.split()}
    long = {one for one in whole if len(one) >= SHORTEST_COMMON}
    letters = {_NOT_LETTER.sub("", one) for one in long}
    return frozenset(long), frozenset(one for one in letters if len(one) >= SHORTEST_COMMON)
