"""The demo's accounts: one a role (ROLE-1) and a second admin, since it takes two to change a rule (ROLE-3); with
passwords made up on the spot."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from basics.words import FINAL, State
from commands.output import refuse
from demo.geography import Network, Station
from people.access import Role
from people.actions import NewUser, add_users
from people.passwords import hash_password, refuse_password
from storage.tables.dispatch import orders

SYLLABLES = [consonant + vowel for consonant in "bdfghjkmnprstvz" for vowel in "aeiou"]


@dataclass(frozen=True, slots=True)
class Account:
    """One account. The password stands here in the clear: it opens invented data on this machine only."""

    login: str
    password: str
    role: str
    name: str
    station: str | None = None
    province: str | None = None


def make_accounts(station: Station) -> tuple[Account, ...]:
    """One a role, named like it, and `admin2`; those of station and province belong to `station`."""
    people = (
        (Role.STATION, station.name, station.code, station.province),
        (Role.PROVINCE, station.province, None, station.province),
        (Role.HQ, "总部", None, None),
        (Role.FINANCE, "财务", None, None),
        (Role.ADMIN, "管理员", None, None),
    )
    accounts = [
        Account(role.value, _new_password(role.value, name, code or ""), role.value, name, code, province)
        for role, name, code, province in people
    ]
    second = f"{Role.ADMIN.value}2"
    return (*accounts, Account(second, _new_password(second, "管理员二"), Role.ADMIN.value, "管理员二"))


def store_accounts(conn: Connection, accounts: Sequence[Account], now: datetime) -> None:
    """Add them as `lanshou users add` would; a refusal ends the command."""
    new = [NewUser(a.login, a.name, a.role, hash_password(a.password), a.station, a.province) for a in accounts]
    for answer in add_users(conn, new, now):
        if not isinstance(answer, int):
            refuse(answer)


def busiest(conn: Connection, network: Network) -> Station:
    """The level-1 station with contracted areas and most to do: orders to accept in time, else open ones, else any."""
    houses = sorted({station.parent for station in network.stations.values() if station.level == 2})
    load: dict[str, tuple[int, ...]] = {code: (0, 0, 0) for code in houses if network.stations[code].accepts}
    query = select(
        orders.c.station,
        func.count().filter(orders.c.state == State.WAITING, orders.c.accept_due_at.is_not(None)),
        func.count().filter(orders.c.state.not_in(FINAL)),
        func.count(),
    ).where(orders.c.station.in_(network.stations))
    for code, *counts in conn.execute(query.group_by(orders.c.station)):
        house = network.stations[code].parent or code
        if house in load:
            load[house] = tuple(a + b for a, b in zip(load[house], counts, strict=True))
    return network.stations[max(load, key=lambda house: load[house])]


def _new_password(*own_words: str) -> str:
    """Eight syllables that can be read out and typed, about 50 bits; never one that the product would refuse."""
    while True:
        pairs = (secrets.choice(SYLLABLES) + secrets.choice(SYLLABLES) for _ in range(4))
        password = "-".join(pairs)
        if refuse_password(password, own_words) is None:
            return password
