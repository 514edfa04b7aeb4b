"""Numbers of an authenticator app (RFC 6238), and the codes for the day when the telephone is gone. Pure."""

import hashlib
import hmac
import re
import unicodedata
from datetime import datetime

import pyotp

STEP_SECONDS, STEPS_AROUND = 30, 1
ISSUER = "Lanshou 揽收"
RECOVERY_CODES = 10
_NUMBER = re.compile(r"[0-9]{6}", re.ASCII)
_BETWEEN = re.compile(r"[\s-]+")


def folded(given: str) -> str:
    """As people type it: blanks and hyphens between, capitals, digits of a Chinese keyboard."""
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", given)).lower()


def matching_step(seed: str, given: str, now: datetime, last_step: int) -> int | None:
    """The step whose number this is: the present one or a neighbour, later than `last_step` (B-128). None: wrong."""
    number, present = folded(given), int(now.timestamp()) // STEP_SECONDS
    if not _NUMBER.fullmatch(number):
        return None
    code = pyotp.TOTP(seed)
    for step in range(present - STEPS_AROUND, present + STEPS_AROUND + 1):
        if step > last_step and hmac.compare_digest(code.generate_otp(step), number):
            return step
    return None


def address_for_app(seed: str, login: str) -> str:
    """The `otpauth:` address that an app reads from the picture."""
    return pyotp.TOTP(seed).provisioning_uri(name=login, issuer_name=ISSUER)


def in_groups(code: str) -> str:
    """By fours, to be read out and typed."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def code_hash(given: str) -> str:
    """Of a recovery code. 80 random bits need no slow hash."""
    return hashlib.sha256(folded(given).encode()).hexdigest()
