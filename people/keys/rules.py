"""What a key of the API looks like and may do. Pure."""

from collections.abc import Collection
from datetime import datetime, timedelta

from basics.refusal import Refusal
from people.access import Action, Actor, may

PREFIX = "lsk_"
SHOWN = 12  # of its characters, to tell keys apart
LONGEST_NAME = 64
MOST_DAYS = 730
MOST_KEYS = 20  # living ones of a user
# What a person does who is there: no program, however its key came about.
NEVER = frozenset({Action.MANAGE_USERS, Action.MOVE_MONEY, Action.SETTLE, Action.MANAGE_RULEBOOK})


def grantable(owner: Actor) -> list[Action]:
    """What a key of this user can be given, in the order of the table."""
    return [action for action in Action if may(owner, action) and action not in NEVER]


def refuse_key(owner: Actor, name: str, actions: Collection[str], days: int) -> Refusal | None:
    """None for a key that may be made."""
    if not 0 < len(name) <= LONGEST_NAME:
        return Refusal("name_invalid", "名称须为 1–64 个字符 / Name: 1 to 64 characters", "name")
    if not actions:
        return Refusal("actions_missing", "请至少选择一项权限 / Choose at least one permission", "actions")
    if not set(actions) <= set(grantable(owner)):
        return Refusal("action_not_grantable", "不能授予该权限 / Not a permission that can be given", "actions")
    if not 1 <= days <= MOST_DAYS:
        return Refusal("expiry_invalid", f"有效期须为 1–{MOST_DAYS} 天 / 1 to {MOST_DAYS} days", "days")
    return None


def is_living(expires_at: datetime | None, revoked_at: datetime | None, now: datetime) -> bool:
    """Whether a key still opens anything."""
    return revoked_at is None and (expires_at is None or now < expires_at)


def expiry(days: int, now: datetime) -> datetime:
    """When a key made now ends."""
    return now + timedelta(days=days)
