"""人员: accounts, for admins: who may log in, as what, and how he gets in again (ROLE-1)."""

from typing import Any

from flask import Blueprint, make_response, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from basics.refusal import Refusal
from geo.network import Network
from people.access import Action, Role
from people.accounts import queries
from people.accounts.actions import Changed, edit_user, let_in_again, link, shut_out
from people.actions import NAME_LIMIT, AuditEntry, NewUser, add_users, end_sessions_of, record, set_passwords
from people.factors.actions import forget
from people.keys.queries import listed as keys_listed
from people.passwords import is_once, new_password, once
from people.seats.queries import seats_of
from web.auth import current_actor, needs, needs_second_factor
from web.console.acting import page as shown
from web.console.fields import BIGGEST_ID, argument, choice, invalid, text
from web.errors import Problem, wants_json
from web.hashing import hashed
from web.known_fields import only
from web.notes import say
from web.services import now, services
from web.transactions import seeing, transact

pages = Blueprint("users", __name__)

ONE = f"/users/<int(max={BIGGEST_ID}):user_id>"
FIELDS = {"display_name": NAME_LIMIT, "role": 16, "station": 32, "province": 100}
STATES = ("active", "disabled", "no_second_factor")
ROLES = tuple(role.value for role in Role)
IDENTITY_LIMIT = 200
# An act on an account -> what is said of it afterwards.
DONE = {
    "disable": "已停用,并已退出所有登录 / disabled and logged out everywhere",
    "enable": "已启用 / enabled",
    "second-factor": "第二验证已重置,下次登录须重新设置 / second factor reset",
    "sessions": "已退出所有登录 / logged out everywhere",
}


@pages.get("/users")
@needs(Action.MANAGE_USERS)
def page() -> str:
    """The list; filters stay in the address."""
    wanted = queries.Wanted(
        argument("q", NAME_LIMIT), choice("role", ROLES), argument("station", 32), argument("province", 100),
        choice("state", STATES),
    )  # fmt: skip
    with seeing() as conn:
        rows, following = queries.listed(conn, wanted, argument("after", NAME_LIMIT))
        network = services().networks.get(conn)
    kept = {"q": wanted.text, "role": wanted.role, "station": wanted.station, "province": wanted.province}
    return shown(
        "users.html", rows=rows, following=following, wanted=wanted, roles=ROLES, states=STATES, network=network,
        provinces=provinces(network), kept={**kept, "state": wanted.state}, owes=needs_second_factor, once=is_once,
    )  # fmt: skip


def provinces(network: Network) -> list[str]:
    """Those with a station."""
    return sorted({one.province for one in network.stations.values()})


@pages.get("/users/new")
@needs(Action.MANAGE_USERS)
def new() -> str:
    """The form of a new account."""
    return _form({})


@pages.post("/users/add")
@needs(Action.MANAGE_USERS, step_up=True)
def add() -> Response:
    """The account gets a password to be used once, shown by the answer itself."""
    only("login", *FIELDS)
    typed = _typed() | {"login": text("login", NAME_LIMIT)}
    password = new_password()
    stored = once(hashed(password), now())

    def work(conn: Connection) -> int | Refusal:
        asked = changed(conn, typed)
        if isinstance(asked, Refusal):
            return asked
        user = NewUser(typed["login"], asked.display_name, asked.role, stored, asked.station, asked.province)
        (answer,) = add_users(conn, [user], now())
        if not isinstance(answer, Refusal):
            _audit(conn, f"added {answer} {asked.role}")
        return answer

    answer = transact(work)
    if isinstance(answer, Refusal):
        return _refused(answer, typed)
    return make_response(_one(answer, password=password), 201)


@pages.get(ONE)
@needs(Action.MANAGE_USERS)
def one(user_id: int) -> str:
    """One account with its sessions and keys."""
    return _one(user_id)


@pages.post(f"{ONE}/edit")
@needs(Action.MANAGE_USERS, step_up=True)
def edit(user_id: int) -> Response:
    """Name, role, station, province. Whose role or place changes is logged out."""
    only(*FIELDS)
    typed = _typed()

    def work(conn: Connection) -> Refusal | None:
        asked = changed(conn, typed)
        refused = asked if isinstance(asked, Refusal) else edit_user(conn, user_id, asked, now())
        if refused is None:
            _audit(conn, f"edited {user_id} {typed['role']} {typed['station']} {typed['province']}")
        return refused

    refused = transact(work)
    if refused is not None:
        return _refused(refused, typed, user_id)
    say("已保存 / saved")
    return redirect(url_for("users.one", user_id=user_id), 303)


@pages.post(f"{ONE}/<act>")
@needs(Action.MANAGE_USERS, step_up=True)
def do(user_id: int, act: str) -> Response:
    """One of DONE on an account."""
    only()
    if act not in DONE:
        raise Problem("not_found")

    def work(conn: Connection) -> Refusal | None:
        if queries.one(conn, user_id) is None:
            raise Problem("not_found")
        refused = _do(conn, user_id, act)
        if refused is None:
            _audit(conn, f"{act} {user_id}")
        return refused

    refused = transact(work)
    if refused is not None:
        return _refused(refused, None, user_id)
    say(DONE[act])
    return redirect(url_for("users.one", user_id=user_id), 303)


def _do(conn: Connection, user_id: int, act: str) -> Refusal | None:
    if act == "disable":
        return shut_out(conn, user_id, now())
    if act == "enable":
        let_in_again(conn, [user_id])
    if act == "second-factor":
        forget(conn, [user_id])
    if act in ("second-factor", "sessions"):
        end_sessions_of(conn, [user_id], now())
    return None


@pages.post(f"{ONE}/password")
@needs(Action.MANAGE_USERS, step_up=True)
def reset(user_id: int) -> Response:
    """A password to be used once, shown by the answer itself; all sessions end."""
    only()
    password = new_password()
    stored = once(hashed(password), now())

    def work(conn: Connection) -> None:
        if queries.one(conn, user_id) is None:
            raise Problem("not_found")
        set_passwords(conn, {user_id: stored}, now())
        _audit(conn, f"password of {user_id}")

    transact(work)
    return make_response(_one(user_id, password=password))


@pages.post(f"{ONE}/sign-on")
@needs(Action.MANAGE_USERS, step_up=True)
def sign_on(user_id: int) -> Response:
    """Link the account to a subject of the provider; empty unlinks."""
    only("subject")
    subject, provider = text("subject", IDENTITY_LIMIT), services().settings.single_sign_on
    if provider is None:
        raise Problem("not_found")
    identity = f"{provider.issuer} {subject}" if subject else None

    def work(conn: Connection) -> Refusal | None:
        if queries.one(conn, user_id) is None:
            raise Problem("not_found")
        refused = link(conn, user_id, identity)
        if refused is None:
            _audit(conn, f"sign-on of {user_id} {'linked' if subject else 'unlinked'}")
        return refused

    refused = transact(work)
    if refused is not None:
        return _refused(refused, None, user_id)
    say("已保存 / saved")
    return redirect(url_for("users.one", user_id=user_id), 303)


def _typed() -> dict[str, str]:
    return {name: text(name, limit) for name, limit in FIELDS.items()}


def changed(conn: Connection, typed: dict[str, str]) -> Changed | Refusal:
    """As it was typed; a station's province is the station's. Refused what the network does not know."""
    stations = services().networks.get(conn).stations
    station, province = typed["station"] or None, typed["province"] or None
    if station is not None and station not in stations:
        return Refusal("station_unknown", f"没有网点 {station} / No station {station}", "station")
    if typed["role"] == Role.STATION and station is not None:
        province = stations[station].province
    if province is not None and province not in {one.province for one in stations.values()}:
        return Refusal("province_unknown", f"没有省份 {province} / No such province", "province")
    return Changed(typed["display_name"], typed["role"], station, province)


def _refused(refused: Refusal, typed: dict[str, str] | None, user_id: int | None = None) -> Response:
    if refused.code == "user_unknown":
        raise Problem("not_found")
    status = 409 if refused.code in ("last_admin", "login_taken", "identity_taken") else 422
    if wants_json():
        problem = invalid(refused.field or "", refused.code, refused.message)
        raise problem if status == 422 else Problem(refused.code, refused.message, status=status)
    if user_id is None:
        return make_response(_form(typed or {}, refused), status)
    return make_response(_one(user_id, typed, refused), status)


def _form(typed: dict[str, str], refused: Refusal | None = None) -> str:
    with seeing() as conn:
        network = services().networks.get(conn)
    return shown("users_new.html", typed=typed, refused=refused, roles=ROLES, provinces=provinces(network))


def _one(user_id: int, typed: dict[str, str] | None = None, refused: Refusal | None = None, password: str = "") -> str:
    with seeing() as conn:
        row = queries.one(conn, user_id)
        if row is None:
            raise Problem("not_found")
        seats, (keys, _) = seats_of(conn, user_id, now()), keys_listed(conn, user_id)
        network = services().networks.get(conn)
    values: dict[str, Any] = typed or {name: getattr(row, name) or "" for name in FIELDS}
    return shown(
        "users_one.html", row=row, typed=values, refused=refused, password=password, seats=seats, keys=keys,
        roles=ROLES, provinces=provinces(network), network=network, owed=needs_second_factor(row.role),
        sign_on=services().settings.single_sign_on, mine=current_actor().user_id == user_id, once=is_once,
    )  # fmt: skip


def _audit(conn: Connection, subject: str) -> None:
    record(conn, [AuditEntry(current_actor().user_id, "user", subject, request.remote_addr or "")], now())
