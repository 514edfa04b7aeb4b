from tests.web.identity import People, app, cookie, one_database, people, screens, settings
from tests.web.conftest import Clock
__all__ = ["app", "people", "screens", "settings"]

@one_database
def test_hostile_headers(people: People) -> None:
    v = people.visitor()
    print("ref", v.get("/keys", headers={"Referer": "http://["}).status_code)
    print("hx", v.get("/keys", headers={"HX-Request": "true", "HX-Current-URL": "http://["}).status_code)
    print("post-ref", v.client.post("/keys/make", headers={"Referer": "http://["}).status_code)
    v.log_in("yuzhong")
    t = v.token("/keys")
    print("origin", v.client.post("/logout", headers={"Origin": "http://["}, data={"csrf_token": t}).status_code)
    for nxt in ("/[", "//[", "/\\x", "/x?next=//a", "/\u2028x", "/a#//b", "/.//evil.example", "/%0d%0aX: y"):
        w = people.visitor()
        r = w.log_in("yuzhong", target=nxt)
        print(repr(nxt), r.status_code, r.headers.get("Location"))

@one_database
def test_remove(people: People, clock: Clock) -> None:
    people.enrol("hq")
    v = people.enter("hq")
    other = people.enter("hq")
    r = v.post("/account/second-factor/remove", {}, page="/account")
    print("remove", r.status_code, r.headers["Location"], v.get("/keys").status_code, other.get("/keys").status_code)

@one_database
def test_cache(people: People, clock: Clock) -> None:
    people.enrol("admin")
    v = people.enter("admin")
    clock.forward(minutes=11)
    r = v.post("/users/add", {"login": "x"}, page="/users")
    print("stepup page", r.status_code, r.headers.get("Cache-Control"))
    print(v.get("/step-up", headers={"Referer": "http://["}).status_code)
    from people.sittings import network_of
    print(network_of("2001:db8::1"), network_of("2001:db8::2"), network_of("2001:db8:0:0:1::5"))

@one_database
def test_key_on_console(people: People, clock: Clock) -> None:
    people.enrol("hq")
    v = people.enter("hq")
    import re
    r = v.post("/keys/make", {"name": "k", "days": "1", "actions": ["see_order"]}, page="/keys")
    key = re.search(r"lsk_[\w-]{20,}", r.text)[0]
    c = people.visitor().client
    h = {"Authorization": f"Bearer {key}"}
    for p in ("/keys", "/account", "/api/v1/orders", "/api/../keys", "/api/%2e%2e/keys", "/api//../keys", "/second-factor"):
        a = c.get(p, headers=h)
        print(p, a.status_code, a.headers.get("Location"))
