"""Passwords: argon2id, no composition rules, length and the obvious ones refused. Pure but for the salt."""

import re
from collections.abc import Iterable

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


def hash_password(password: str) -> str:
    """argon2id in PHC form. Takes 64 MiB for its time: callers bound how many run at once."""
    return _HASHER.hash(password)


# An unknown user costs as much as a wrong password (RELIABILITY B-127).
NOBODYS_HASH = "$argon2id$v=19$m=65536,t=3,p=4$Vy+XENctNHVLjF7ZWG5N5g$i/p1OElaw6i/Ak/+l2u+Dm3wjyUjry3OzVltiVN9qRA"


def verify_password(stored: str | None, password: str) -> bool:
    """Whether `password` made the stored hash; with no stored one always False, in the same time."""
    try:
        return _HASHER.verify(stored or NOBODYS_HASH, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with other numbers than today's."""
    return _HASHER.check_needs_rehash(stored)


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
    if too_plain or (letters and _made_of(letters, forbidden)):
        return Refusal("password_too_common", "密码过于常见,请换一个 / Too easy to guess", "password")
    return None


def _made_of(letters: str, words: frozenset[str]) -> bool:
    """Whether the text is nothing but such words in a row."""
    reachable = {0}
    for start in range(len(letters)):
        if start in reachable:
            reachable.update(start + len(word) for word in words if letters.startswith(word, start))
    return len(letters) in reachable
