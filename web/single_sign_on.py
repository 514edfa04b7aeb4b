"""Single sign-on by OpenID Connect, as an option: authorisation code with PKCE, state and nonce (RFC 9700). It opens
accounts that were linked by their owner or by an admin, and makes none."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from flask import Blueprint, redirect, render_template, request, url_for
from itsdangerous import BadData, URLSafeTimedSerializer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests import RequestException
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from basics.refusal import Refusal
from basics.settings import SingleSignOn
from people.accounts.actions import link
from people.accounts.queries import account_linked
from people.actions import AuditEntry, record
from people.audit.trace import derived_key
from people.sittings import STEP_UP_LASTS
from web.auth import cookie_name, known_actor, local_path, needs, open_to_all, set_cookie, sitting
from web.errors import Problem
from web.known_fields import only
from web.notes import say
from web.seating import seat, to_first_page
from web.security import note
from web.services import now, services
from web.transactions import changing, transact

pages = Blueprint("single_sign_on", __name__)
LASTS = timedelta(minutes=10)  # from the click to the answer of the provider
LEEWAY, TIMEOUT = 60, 10  # seconds: between two clocks; for an answer of the provider
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
SECOND_FACTORS = frozenset({"otp", "mfa", "hwk"})  # RFC 8176
LONGEST_SUBJECT = 200


@pages.get("/login/sign-on")
@open_to_all
def start() -> Response:
    """Off to the provider; `next` is where to go afterwards."""
    return _off({"next": local_path(request.args.get("next"))})


@pages.post("/account/sign-on/link")
@needs(None, step_up=True)
def link_mine() -> Response:
    """Off to the provider, to tie what it says of this person to his account here. By a link on a page of ours: a form
    may lead nowhere else (CSP form-action)."""
    only()
    found = sitting()
    leaving = _off({"next": url_for("my_account.page"), "link": found.actor.user_id if found else 0})
    leaving.status_code, address = 200, leaving.headers.pop("Location")
    leaving.set_data(render_template("account_leave.html", address=address, issuer=_provider().issuer))
    return leaving


@pages.get("/login/sign-on/back")
@open_to_all
def back() -> Response:
    """The provider's answer. Whatever is wrong with it gets one answer; the log says which."""
    provider, kept = _provider(), _kept()
    try:
        claims = _claims(provider, kept)
    except (OAuthError, JoseError, RequestException, ValueError, KeyError, TypeError) as error:
        note(f"single sign-on refused: {type(error).__name__}", "sign_on_failed")
        raise _gone(Problem("sign_on_failed")) from None
    identity = f"{provider.issuer} {claims['sub']}"
    response = _linked(identity, kept) if kept.get("link") else _log_in(identity, claims, kept)
    response.delete_cookie(cookie_name("-sign-on"), path="/")
    return response


def _provider() -> SingleSignOn:
    provider = services().settings.single_sign_on
    if provider is None:
        raise Problem("not_found")
    return provider


def _off(kept: dict[str, Any]) -> Response:
    """State, nonce and verifier stay in this browser, in a cookie that only we can have signed: the answer must come to
    the browser that asked."""
    provider = _provider()
    kept |= {"state": generate_token(43), "nonce": generate_token(43), "verifier": secrets.token_urlsafe(48)}
    try:
        with _session(provider, kept) as session:
            address, _ = session.create_authorization_url(
                _told(session, provider)["authorization_endpoint"], state=kept["state"], nonce=kept["nonce"],
                code_verifier=kept["verifier"],
            )  # fmt: skip
    except (RequestException, ValueError, KeyError) as error:
        note(f"single sign-on: the provider does not answer: {type(error).__name__}", "sign_on_failed")
        raise Problem("sign_on_failed") from None
    response = redirect(address, 303)
    set_cookie(response, cookie_name("-sign-on"), str(_signer().dumps(kept)))  # type: ignore[arg-type]
    return response


def _kept() -> dict[str, Any]:
    """What this browser was given on its way out. Problem when it asked nothing, or too long ago."""
    given = request.cookies.get(cookie_name("-sign-on"), "")
    try:
        kept: dict[str, Any] = _signer().loads(given, max_age=int(LASTS.total_seconds()))
    except BadData:
        raise Problem("sign_on_failed") from None
    return kept


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(derived_key(services().master), salt="single sign-on")


def _session(provider: SingleSignOn, kept: Mapping[str, Any]) -> OAuth2Session:
    secret = provider.secret_file.read_text(encoding="utf-8").strip() if provider.secret_file else None
    return OAuth2Session(
        provider.client_id, secret, scope="openid", redirect_uri=url_for("single_sign_on.back", _external=True),
        state=kept["state"], code_challenge_method="S256", default_timeout=TIMEOUT,
        token_endpoint_auth_method="client_secret_basic" if secret else "none",
    )  # fmt: skip


def _told(session: OAuth2Session, provider: SingleSignOn) -> dict[str, Any]:
    """What the provider says of itself; that of another issuer is none (mix-up, RFC 9207)."""
    address = provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
    told: dict[str, Any] = session.request("GET", address, withhold_token=True).json()
    if told["issuer"] != provider.issuer:
        raise ValueError("another issuer")
    return told


def _claims(provider: SingleSignOn, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Of the ID token, verified: signature, issuer, audience, expiry, nonce."""
    if request.args.get("state") != kept["state"]:
        raise ValueError("another state")
    if request.args.get("iss", provider.issuer) != provider.issuer:
        raise ValueError("another issuer")
    with _session(provider, kept) as session:
        told = _told(session, provider)
        token = session.fetch_token(
            told["token_endpoint"], code=request.args["code"], code_verifier=kept["verifier"],
            grant_type="authorization_code", timeout=TIMEOUT,
        )  # fmt: skip
        keys = KeySet.import_key_set(session.request("GET", told["jwks_uri"], withhold_token=True).json())
    claims = dict(jwt.decode(token["id_token"], keys, algorithms=ALGORITHMS).claims)
    at = int(now().timestamp())
    jwt.JWTClaimsRegistry(
        now=at, leeway=LEEWAY, iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id}, exp={"essential": True}, iat={"essential": True},
        sub={"essential": True}, nonce={"essential": True, "value": kept["nonce"]},
    ).validate(claims)  # fmt: skip
    several = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if (len(several) > 1 or "azp" in claims) and claims.get("azp") != provider.client_id:
        raise ValueError("meant for another client")
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= LONGEST_SUBJECT or " " in claims["sub"]:
        raise ValueError("no usable subject")
    return claims


def _log_in(identity: str, claims: Mapping[str, Any], kept: Mapping[str, Any]) -> Response:
    """A second factor that the provider vouches for counts here; else it is asked here as after a password. A provider
    lets people in for hours without asking: for the step-up it counts only when it says that it asked just now."""
    told, asked_at = claims.get("amr"), claims.get("auth_time")
    given = isinstance(told, list) and any(one in told for one in SECOND_FACTORS)
    age = int(now().timestamp()) - asked_at if isinstance(asked_at, int) else None
    proved = given and age is not None and -LEEWAY <= age < STEP_UP_LASTS.total_seconds()
    with changing() as conn:
        account = account_linked(conn, identity)
        if account is None or account.disabled:
            token = ""
        else:
            token = seat(conn, account, "login_sign_on", second_factor=given, proved=proved)
    if not token:
        note("single sign-on refused: no account", "sign_on_unlinked")
        raise _gone(Problem("sign_on_unlinked"))
    return to_first_page(token, local_path(kept.get("next")))


def _linked(identity: str, kept: Mapping[str, Any]) -> Response:
    """Only in the session of the very person who asked for it."""
    sitting()
    actor = known_actor()
    if actor is None or actor.user_id != kept["link"]:
        raise _gone(Problem("sign_on_failed"))

    def work(conn: Connection) -> Refusal | None:
        refused = link(conn, actor.user_id, identity)
        if refused is None:
            record(conn, [AuditEntry(actor.user_id, "sign_on_linked", "", request.remote_addr or "")], now())
        return refused

    refused = transact(work)
    if refused is not None:
        say(refused.message, "danger")
    else:
        say("已关联单点登录 / linked to single sign-on")
    return redirect(url_for("my_account.page"), 303)


def _gone(problem: Problem) -> Problem:
    """The answer was used, whatever came of it: the cookie goes with the refusal."""
    problem.headers["Set-Cookie"] = f"{cookie_name('-sign-on')}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax" + (
        "; Secure" if services().settings.secure_cookies else ""
    )
    return problem
