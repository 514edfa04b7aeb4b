"""What is derived from a session's token. Pure; `people.actions.new_token` makes one."""

import hashlib
import hmac

PAD = 16  # bytes


def hash_token(token: str) -> str:
    """What the database keeps: enough to recognise the token, nothing to make it from."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def form_token(token: str, pad: bytes) -> str:
    """The form token that belongs to a cookie's token: derived, so nothing more need be stored. Each answer shows it
    under a fresh pad of PAD bytes: what is compressed with other people's words must never be the same twice."""
    return pad.hex() + _xor(_derived(token), pad).hex()


def same_token(given: str, token: str) -> bool:
    """Whether it is a form token of this cookie's token, under any pad; compared in a time that tells nothing."""
    if len(given) != 4 * PAD or not given.isascii():
        return False
    try:
        known = bytes.fromhex(given)
    except ValueError:
        return False
    return len(known) == 2 * PAD and hmac.compare_digest(_xor(known[PAD:], known[:PAD]), _derived(token))


def _derived(token: str) -> bytes:
    return hmac.new(token.encode("utf-8", "surrogateescape"), b"csrf", hashlib.sha256).digest()[:PAD]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))
