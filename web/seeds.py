"""Seeds of second factors at rest: sealed with the installation's master key, each bound to its user."""

from channels.sealing import seal, unseal
from people.factors.actions import Unseal
from web.services import now, services


def sealed_seed(user_id: int, seed: str) -> str:
    """The seed as the database keeps it."""
    return seal(services().master, f"totp {user_id} {seed}".encode(), now())


def seed_opener(user_id: int) -> Unseal:
    """What opens this user's seed, and no other's: a row that was moved to another user opens nothing."""

    def open_seed(sealed: str) -> str:
        what, whose, seed = unseal(services().master, sealed).decode().split(" ")
        if (what, whose) != ("totp", str(user_id)):
            raise ValueError("sealed for something else")
        return seed

    return open_seed
