"""What is derived from a session's token. Pure; `people.actions.new_token` makes one."""

import hashlib
import hmac


def hash_token(token: str) -> str:
    """What the database keeps: enough to recognise the token, nothing to make it from."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def csrf_token(token: str) -> str:
    """The form token that belongs to a cookie's token: derived, so nothing more need be stored."""
    return hmac.new(token.encode("utf-8", "surrogateescape"), b"csrf", hashlib.sha256).hexdigest()


def same_token(given: str, expected: str) -> bool:
    """Compared in a time that tells nothing."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())
