import json, pytest
from tests.web.console.conftest import Land, local
pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True) if False else []
def test_h(land, as_, database_url):
    print("DB", database_url[:8])
    order=land.order("KD1", local("08:31"))
    p=as_("hz01"); hq=as_("hq"); fin=as_("finance"); adm=as_("admin")
    def show(what, a): print("R", a.status_code, a.mimetype, what, a.text[:130].replace("\n"," "))
    def raw(body, prog=p, path="/orders/accept", **kw):
        h={"X-CSRF-Token":prog.token, **kw.pop("headers",{})}
        return prog.client.post("/api/v1"+path, data=body, headers=h, content_type=kw.pop("ct","application/json"))
    for b in (b'{"items":[{"order_id":1e400}]}', b'{"items":[{"order_id":NaN}]}', b'{"items":[{"order_id":'+b'1'*5000+b'}]}', b'{"items":'+b'['*10000+b']'*10000+b'}',
              b'{"items":[{"order_id":1}],"items":[{"order_id":2}]}', b'\xff\xfe', b'', b'{"items":[{"order_id":1.0}]}', b'\xef\xbb\xbf{}'):
        show(b[:40], raw(b))
    show("gzip", raw(b"x", headers={"Content-Encoding":"gzip"}))
    show("text", raw(b"{}", ct="text/plain")); show("multipart", raw(b"--x\r\n\r\n--x--", ct="multipart/form-data; boundary=x", headers={"Idempotency-Key":"m1"}))
    show("surr", raw(b'{"order_id":1,"items":[],"x":"\\ud800"}'))
    show("transfer surr", raw(b'{"items":[{"order_id":1,"to":"\\ud800"}]}', path="/orders/transfer"))
    show("transfer nul", raw(b'{"items":[{"order_id":1,"to":"A\\u0000"}]}', path="/orders/transfer"))
    show("big", raw(b"x"*(3*1024*1024)))
    show("unknown", p.client.get("/api/v1/nope")); show("unknown big", p.client.post("/api/v1/nope", data=b"x"*(3<<20)))
    show("opts", p.client.options("/api/v1/orders")); show("trace", p.client.delete("/api/v1/nope"))
    print("head", p.client.head("/api/v1/orders").status_code)
    for prog, path in ((hq,"/borders?station=%00"),(hq,"/closures?station=%00"),(hq,"/areas/findings?station=%00"),(fin,"/accounts?q=%00"),(adm,"/rulebook/edition?name=%00"),(hq,"/appeals/files/%00"),(adm,"/channels/%00/errors"),
        (fin,"/ledger?number=%00"),(hq,"/review/causes/one?cause=%00"),(hq,"/review?station=%00"),(p,"/orders?after=0001-01-01T00:00:00%2B14:00~1"),(p,"/orders?after=9999-12-31T23:59:59-14:00~1"),(p,"/orders?after=2026-05-04T00:00:00Z~999999999999999999"),(p,"/orders?limit=1_0"),(p,"/orders?limit=%EF%BC%91"),
        (fin,"/statements?station=%00&month=2026-04"),(p,"/orders/1/clocks?at=0001-01-01T00:00:00%2B14:00"),(p,"/orders/1/clocks?at=0001-01-02T00:00:00%2B14:00"),(p,"/closing?station=HZ01&day=2999-12-31"),(p,"/orders?from=2999-12-31&until=2999-12-31"),(p,"/orders?district=%00"),(p,"/orders/%00")):
        try: show(path, prog.client.get("/api/v1"+path))
        except Exception as e: print("EXC", path, repr(e)[:200])
    from storage.session import writing
    from storage.tables.people import sessions
    with writing(land.engine) as c: c.execute(sessions.update().values(stepped_up_at=land.clock()))
    N="a\0b"
    for prog, path, body in ((fin,"/money/1/decide",{"decision":"decline","digest":"0"*64,"reason":N}),
        (fin,"/money/ask",{"kind":"adjustment","station":"HZ01","amount":"1.00","direction":"charge","reason":"好好好","about":N}),
        (fin,"/settlement/propose",{"kind":"settlement","month":"2026-04","digest":"0"*64,"reason":N}),
        (adm,"/rulebook/propose",{"text":N,"reason":N}),(adm,"/rulebook/proposals/1/decide",{"decision":"decline","sha256":"0"*64,"reason":N}),
        (adm,"/channels/kuaidi100/settings",{"sources":N,"tell_sender":N}),
        (p,"/appeals/1/ask",{"to":"province","text":"x","files":[{"name":N,"content":"aGk="}]}),
        (hq,"/review/causes/decide",{"cases":[1],"decision":"confirm","reason":"证据充分,情况","cause":N}),
        (hq,"/areas/store",{"type":"FeatureCollection","features":[],"stations":["HZ01"],"loaded":0,"checked":0,"note":N,"key":"12345678"}),
        (p,"/entry/parse",{"text":N}),(p,"/entry",{"business_type":"send_express","source":"phone","sender":{"name":"a","phone":"13812345678"}, "weight_kg":"1e400","hold":True}),
        (p,"/orders/search",{"numbers":["1"*64]}),
        ):
        try: show((path), prog.post(path, body))
        except Exception as e: print("EXC", path, repr(e)[:200])
    w=p.post("/orders/accept", {"items":[{"order_id":order}]}, key="d")
    from storage.session import reading
    from storage.tables.people import audit
    from sqlalchemy import select
    from people.keys.actions import NewKey, make_key
    with reading(land.engine) as c:
        for r in c.execute(select(audit.c.what, audit.c.subject, audit.c.order_id, audit.c.request_id)).all()[-6:]: print("R AUD", r)
    show("replay", p.post("/orders/accept", {"items":[{"order_id":order}]}, key="d"))
    show("docs", p.get("/docs")); show("keys page", p.client.get("/keys"))
    show("signed", p.post("/closing/sign", {"station":"HZ01","day":"2026-05-04","name":"x","shown":{"a":[1]*99000}}))
    show("paper", p.post("/couriers/list", {"reason":"联系客户","courier":"none"}))
    show("filter", p.post("/desk/filters", {"name":"a","query":"channel=website&evil=13812345678"}))
    show("desk district", p.get("/desk", district="330106")); show("district bad", p.get("/desk", district="x"))
