"""Single sign-on beside a provider on this machine: real HTTP, signed ID tokens, and each way to cheat."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from basics.settings import SettingsError, SingleSignOn, from_environ
from tests.web.conftest import Clock, Visitor
from tests.web.identity import People, app, cookie, one_database, people, screens
from tests.web.provider import OTHER_KEY, Provider, served
from web.services import WebSettings

__all__ = ["app", "people", "screens"]
CLIENT = "lanshou-console"


@pytest.fixture
def provider(clock: Clock) -> Iterator[Provider]:
    with served(Provider(at=clock.at)) as one:
        yield one


@pytest.fixture
def settings(provider: Provider) -> WebSettings:
    return WebSettings(second_factor_required=True, single_sign_on=SingleSignOn(provider.issuer, CLIENT))


@pytest.fixture
def linked(people: People, provider: Provider) -> People:
    people.change("hq", single_sign_on=f"{provider.issuer} u-1")
    return people


def there(visitor: Visitor, target: str = "") -> str:
    """Off to the provider: the address that the browser is sent to."""
    answer = visitor.get(f"/login/sign-on?next={target}")
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def sign_on(people: People, provider: Provider, target: str = "") -> tuple[Visitor, Any]:
    visitor = people.visitor()
    return visitor, visitor.get(provider.answer(there(visitor, target)))


@one_database
def test_log_in(linked: People, provider: Provider, clock: Clock) -> None:
    """With a second factor that the provider vouches for; a new token (B-123)."""
    provider.amr, asked_at = ["pwd", "otp"], int(clock.at.timestamp()) - 599
    provider.changed = {"auth_time": asked_at}
    assert "用单点登录" in linked.visitor().get("/login").text
    visitor, answer = sign_on(linked, provider, "/rulebook")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/rulebook")
    assert visitor.get("/keys").status_code == 200
    assert ("login_sign_on", "") in linked.audited()
    asked = visitor.post("/keys/make", {"name": "a", "days": "1", "actions": "see_order"}, page="/keys")
    assert asked.status_code == 201, "it was given a moment ago: that counts for the step-up too"
    for unproved in (asked_at - 1, asked_at + 3_600, None, "now"):
        provider.changed = {"auth_time": unproved}
        visitor, _ = sign_on(linked, provider)
        asked = visitor.post("/keys/make", {"name": "b", "days": "1", "actions": "see_order"}, page="/keys")
        assert asked.status_code == 403, "who sits there now was asked nothing by the provider"


@one_database
def test_second_factor_is_asked_here_without_one_there(linked: People, provider: Provider) -> None:
    for provider.changed in ({"amr": ["pwd"]}, {"amr": "otp"}, {"amr": 1}, {"amr": [{}]}):
        visitor, answer = sign_on(linked, provider)
        assert answer.status_code == 303 and visitor.get("/keys").headers["Location"] == "/second-factor?next=/keys"


@one_database
def test_what_goes_to_the_provider(people: People, provider: Provider) -> None:
    """Code with PKCE, state and nonce, each new; nothing of the person."""
    first, second = (parse_qs(urlsplit(there(people.visitor())).query) for _ in range(2))
    assert set(first) == {
        "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge",
        "code_challenge_method",
    }  # fmt: skip
    assert first["scope"] == ["openid"] and first["redirect_uri"] == ["http://localhost/login/sign-on/back"]
    assert not {first[one][0] for one in ("state", "nonce", "code_challenge")} & {value[0] for value in second.values()}
    assert all(len(first[one][0]) >= 43 for one in ("state", "nonce", "code_challenge"))


WRONG: dict[str, dict[str, Any]] = {
    "nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "audience": {"aud": "somebody-else"},
    "two audiences": {"aud": [CLIENT, "somebody-else"]},
    "authorised party": {"azp": "somebody-else"},
    "issuer": {"iss": "http://127.0.0.1:9"},
    "expired": {"exp": 1_777_000_000},
    "no expiry": {"exp": None},
    "from the future": {"iat": 1_999_999_999},
    "no subject": {"sub": None},
    "odd subject": {"sub": ["u-1"]},
    "subject with a blank": {"sub": "x u-1"},
}


@one_database
def test_wrong_tokens(linked: People, provider: Provider) -> None:
    """Each refused alike, with one answer that tells nothing, and nobody is logged in."""
    provider.amr = ["otp"]
    texts = set()
    for name, changed in WRONG.items():
        provider.changed = changed
        visitor, answer = sign_on(linked, provider)
        assert answer.status_code == 401 and visitor.client.get_cookie("lanshou") is None, name
        texts.add(re.sub(r"[0-9a-f]{16,}", "", re.sub(r'(content|value)="[^"]*"', "", answer.text)))
    assert len(texts) == 1 and "单点登录未成功" in texts.pop()
    provider.changed, provider.key = {}, OTHER_KEY
    assert sign_on(linked, provider)[1].status_code == 401, "signed by somebody else under the same key id"


@one_database
def test_state(linked: People, provider: Provider) -> None:
    """Another state, the same answer twice, and in another browser: refused."""
    provider.amr = ["otp"]
    visitor = linked.visitor()
    back = provider.answer(there(visitor))
    thief = linked.visitor()
    assert thief.get(back).status_code == 401, "this browser asked for nothing"
    there(thief)
    assert thief.get(back).status_code == 401, "it asked for something else"
    assert visitor.get(re.sub("state=[^&]+", "state=x", back)).status_code == 401
    assert visitor.get(back).status_code == 401, "one wrong answer ends the attempt"
    back = provider.answer(there(visitor))
    kept = visitor.client.get_cookie("lanshou-sign-on")
    assert kept and visitor.get(back).status_code == 303
    visitor.post("/logout", {}, page="/account")
    assert visitor.get(back).status_code == 401, "replayed"
    visitor.client.set_cookie("lanshou-sign-on", kept.value)
    assert visitor.get(back).status_code == 401, "with the cookie, too: the code was spent"
    there(visitor)
    visitor.client.set_cookie("lanshou-sign-on", kept.value[:-3] + "abc")
    assert visitor.get(back).status_code == 401, "a cookie that we did not sign"


@one_database
def test_provider_that_is_another_or_away(linked: People, provider: Provider) -> None:
    provider.told_issuer = "http://127.0.0.1:9"
    assert linked.visitor().get("/login/sign-on").status_code == 401
    provider.told_issuer = ""
    visitor = linked.visitor()
    back = provider.answer(there(visitor))
    assert visitor.get(back + "&iss=http://127.0.0.1:9").status_code == 401, "RFC 9207"
    denied = there(linked.visitor())
    state = parse_qs(urlsplit(denied).query)["state"][0]
    assert visitor.get(f"/login/sign-on/back?error=access_denied&state={state}").status_code == 401


@one_database
def test_unlinked_and_disabled(people: People, provider: Provider) -> None:
    """No account is made, and none is found by a name or an e-mail address."""
    provider.amr, provider.changed = ["otp"], {"preferred_username": "hq", "email": "hq@example.com"}
    visitor, answer = sign_on(people, provider)
    assert answer.status_code == 403 and visitor.client.get_cookie("lanshou") is None
    people.change("hq", single_sign_on=f"{provider.issuer} u-1", disabled=True)
    assert sign_on(people, provider)[1].status_code == 403


@one_database
def test_link_by_the_person_himself(people: People, provider: Provider) -> None:
    """In his own session; one identity opens one account; an admin links and unlinks too."""
    visitor, _ = people.enrol("hq")
    other, _ = people.enrol("finance")

    def go(one: Visitor) -> str:
        page = one.post("/account/sign-on/link", {}, page="/account").text
        found = re.search(r'class="btn btn-primary" href="([^"]+)"', page)
        assert found
        return provider.answer(found[1].replace("&amp;", "&"))

    stolen = go(visitor)
    assert other.get(stolen).status_code == 401, "another's answer"
    back = go(visitor)
    assert visitor.get(back).headers["Location"] == "/account"
    assert "u-1" in visitor.get("/account").text and ("sign_on_linked", "") in people.audited()
    assert other.get(go(other)).headers["Location"] == "/account"
    assert "已关联其他用户" in other.get("/account").text
    provider.amr = ["hwk"]
    inside, answer = sign_on(people, provider)
    assert answer.status_code == 303 and "总部赵敏" in inside.get("/account").text
    admin, _ = people.enrol("admin")
    path = f"/users/{people.id('hq')}/sign-on"
    assert admin.post(f"/users/{people.id('finance')}/sign-on", {"subject": "u-1"}, page="/users").status_code == 409
    assert admin.post(path, {"subject": ""}, page="/users").status_code == 303
    assert sign_on(people, provider)[1].status_code == 403
    assert cookie(inside) != cookie(visitor)


def test_settings() -> None:
    assert from_environ({}).single_sign_on is None and from_environ({}).second_factor_required
    assert not from_environ({"LANSHOU_SECOND_FACTOR": "optional"}).second_factor_required
    good = {"LANSHOU_SSO_ISSUER": "https://id.example/realms/a", "LANSHOU_SSO_CLIENT_ID": "x"}
    assert from_environ(good).single_sign_on == SingleSignOn("https://id.example/realms/a", "x")
    for wrong in (
        {"LANSHOU_SECOND_FACTOR": "no"},
        {**good, "LANSHOU_SSO_ISSUER": "http://id.example"},
        {**good, "LANSHOU_SSO_ISSUER": "https://id.example?x"},
        {**good, "LANSHOU_SSO_CLIENT_ID": ""},
        {"LANSHOU_SSO_CLIENT_ID": "x"},
    ):
        with pytest.raises(SettingsError):
            from_environ(wrong)


class TestWithoutOne:
    @pytest.fixture
    def settings(self) -> WebSettings:
        return WebSettings()

    @one_database
    def test_nothing_is_offered(self, people: People) -> None:
        assert people.visitor().get("/login/sign-on").status_code == 404
        assert people.visitor().get("/login/sign-on/back").status_code == 404
        assert "单点登录" not in people.visitor().get("/login").text
