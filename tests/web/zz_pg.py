import pytest
from tests.web.identity import People, app, people, screens, settings, shown_seed
from tests.web.conftest import Clock
__all__ = ["app", "people", "screens", "settings"]

@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_walk(people: People, clock: Clock) -> None:
    for who in ("yuzhong", "chongqing"):
        if who == "chongqing":
            v, _ = people.enrol(who)
        else:
            v = people.visitor(); v.log_in(who)
        def g(p):
            try: r = v.get(p); print(who, "GET", p, r.status_code, r.headers.get("Location"))
            except Exception as e: print(who, p, type(e))
        def po(p, f, page="/keys", **kw):
            r = v.post(p, f, page=page); print(who, "POST", p, r.status_code, r.headers.get("Location")); return r
        for p in ("/account", "/keys", "/password", "/second-factor", "/step-up?next=/keys", "/home", "/inbox"): g(p)
        clock.forward(minutes=11)
        g("/step-up?next=/keys")
        po("/keys/make", {"name": "k", "days": "1", "actions": "see_order"})
        g("/keys")
        if who == "yuzhong":
            po("/step-up", {"step_up": "纸船 42 marmalade horse", "next": "/keys"})
        else:
            clock.forward(minutes=1)
            po("/step-up", {"step_up": people.number(who), "next": "/keys"})
        po("/keys/make", {"name": "k", "days": "1", "actions": "see_order"})
        po("/account/recovery-codes", {})
        po("/second-factor/begin", {"next": "/"})
        g("/second-factor")
        po("/second-factor", {"code": "000000"})
        po("/account/sessions/end-others", {})
        po("/account/second-factor/remove", {})
        po("/keys/1/revoke", {}, page="/second-factor")
