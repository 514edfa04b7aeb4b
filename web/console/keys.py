"""接口密钥: keys of the API, one's own, and for admins everybody's."""

from flask import Blueprint, make_response, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from basics.refusal import Refusal
from editions.rules import signed
from people.access import Action, may
from people.actions import AuditEntry, record
from people.keys import queries
from people.keys.actions import NewKey, make_key, revoke
from people.keys.rules import LONGEST_NAME, MOST_DAYS, grantable, is_living
from people.queries import find_account
from web.auth import current_actor, needs
from web.console.acting import page as shown
from web.console.fields import BIGGEST_ID, argument, choice, text
from web.errors import FieldError, Problem, wants_json
from web.known_fields import only
from web.services import now
from web.transactions import seeing, transact
from web.words_people import action_words

pages = Blueprint("keys", __name__)
USUAL_DAYS = 365


@pages.get("/keys")
@needs(None)
def page() -> str:
    """One's own keys; of an admin also those of others, and for whom `owner` he makes one."""
    return _page({"owner": argument("owner", 64)})


def _page(typed: dict[str, str], problem: str = "", new_key: str = "") -> str:
    actor = current_actor()
    manages = may(actor, Action.MANAGE_USERS)
    everybody = manages and choice("whose", ("all",)) == "all"
    given = argument("after", 18)
    with seeing() as conn:
        rows, following = queries.listed(
            conn, None if everybody else actor.user_id, int(given) if given.isascii() and given.isdigit() else None
        )
        owner = find_account(conn, typed.get("owner", "")) if manages and typed.get("owner") else None
    whose = owner.actor if owner else actor
    return shown(
        "keys.html", rows=rows, following=following, everybody=everybody, manages=manages, typed=typed,
        problem=problem, new_key=new_key, grantable=grantable(whose), whose=whose, most_days=MOST_DAYS,
        usual_days=USUAL_DAYS, action_words=action_words,
        picked=[] if new_key else request.form.getlist("actions"), living={
            row.id for row in rows if not row.disabled and is_living(row.expires_at, row.revoked_at, now())
        },
    )  # fmt: skip


@pages.post("/keys/make")
@needs(None, step_up=True)
def make() -> Response:
    """Shown this once, by the answer itself: a redirect would have to keep it somewhere."""
    only("name", "actions", "days", "owner")
    typed = {"name": text("name", LONGEST_NAME), "days": text("days", 4), "owner": text("owner", 64)}
    days = int(typed["days"]) if typed["days"].isascii() and typed["days"].isdigit() else 0

    def work(conn: Connection) -> str | Refusal:
        actor = current_actor()
        owner = actor
        if typed["owner"]:
            if not may(actor, Action.MANAGE_USERS):
                raise Problem("forbidden")
            found = find_account(conn, typed["owner"])
            if found is None or found.disabled:
                return Refusal("user_unknown", "没有这个用户 / No such user", "owner")
            owner = found.actor
        wanted = request.form.getlist("actions")
        made = make_key(conn, NewKey(owner, typed["name"], wanted, days, signed(actor.name, actor.user_id)), now())
        if isinstance(made, Refusal):
            return made
        _audit(conn, f"made {made[0]} for {owner.user_id}")
        return made[1]

    made = transact(work)
    if isinstance(made, Refusal):
        if wants_json():
            raise Problem("invalid", made.message, errors=(FieldError(made.field or "", made.code),))
        return make_response(_page(typed, made.message), 422)
    return make_response(_page({}, new_key=made), 201)


@pages.post(f"/keys/<int(max={BIGGEST_ID}):key_id>/revoke")
@needs(None, step_up=True)
def end(key_id: int) -> Response:
    """One's own, of an admin anybody's; another's does not exist."""
    only("whose")

    def work(conn: Connection) -> None:
        owner, actor = queries.owner_of(conn, key_id), current_actor()
        if owner is None or (owner != actor.user_id and not may(actor, Action.MANAGE_USERS)):
            raise Problem("not_found")
        if revoke(conn, key_id, now()):
            _audit(conn, f"revoked {key_id} of {owner}")

    transact(work)
    return redirect(url_for("keys.page", whose="all" if request.form.get("whose") == "all" else None), 303)


def _audit(conn: Connection, subject: str) -> None:
    record(conn, [AuditEntry(current_actor().user_id, "api_key", subject, request.remote_addr or "")], now())
