"""Attacks and corner cases; prints what came out."""
import hashlib, json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode, parse_qsl, parse_qs
import pytest
from channels.actions import set_channel
from channels.adapter import Credential, Sending
from channels.registry import ADAPTERS
from channels.feedback import Feedback
from dispatch.facts import Accept, Confirm, Dispatch, Target
from sandbox import kuaidi100 as kd, touchpal as tp, cainiao as cn
from storage.session import writing, reading
from storage.tables.channels import inbox, outbox
from storage.tables.dispatch import events, orders
from tests.web.door import MASTER, NOON, Door

F = "application/x-www-form-urlencoded"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

@pytest.fixture
def door(engine):
    made = Door(engine)
    with writing(engine) as conn:
        for name, side in (("kuaidi100", kd), ("touchpal", tp), ("cainiao", cn)):
            assert set_channel(conn, MASTER, name, side.SECRETS, NOON) is None
    return made

def knock(door, name, body, ct=F):
    r = door.knock(body, {}, name, content_type=ct)
    print(f"   -> {r.status_code} {r.text[:400]}")
    return r

def kdpush(door, method, param, t=NOON, sign_only=None):
    return kd._call(method, param, t)

def swap(body, **changed):
    form = dict(parse_qsl(body.decode(), keep_blank_values=True)); form.update(changed)
    return urlencode(form).encode()

def state(door):
    for o in door.rows(orders):
        print("   order", o.logistics_no, o.state, {k:v for k,v in o.content.items() if k in("remark","window_start","business_type","waybill_no","address")})

def test_kd_method_swap_reverts(door):
    n = kd.number(17)
    A = kd.create(n, NOON, remark="A"); B = kd.create(n, NOON+timedelta(minutes=1), remark="B")
    knock(door, "kuaidi100", A.body); door.clock.forward(minutes=2); knock(door, "kuaidi100", B.body); state(door)
    print("replay A verbatim"); knock(door, "kuaidi100", A.body); state(door)
    print("replay A with method=bOrder"); knock(door, "kuaidi100", swap(A.body, method="bOrder")); state(door)

def test_tp_update_as_cancel(door):
    n = tp.number(17); C = tp.create(n, NOON)
    knock(door, "touchpal", C.body)
    whole = json.loads(C.content["bizData"]); whole["remark"] = "X"
    U = tp._call("KD_UPDATE_ORDER_NOTIFY", {"txLogisticID": n, "params": whole}, NOON)
    knock(door, "touchpal", U.body); state(door)
    print("replay the UPDATE as CANCEL"); knock(door, "touchpal", swap(U.body, serviceType="KD_CANCEL_ORDER_NOTIFY")); state(door)

def test_tp_update_as_create(door):
    n = tp.number(18)
    U = tp._call("KD_UPDATE_ORDER_NOTIFY", {"txLogisticID": n, "params": {"mailNo": "55012345678901"}}, NOON)
    knock(door, "touchpal", swap(U.body, serviceType="KD_CREATE_ORDER_NOTIFY")); state(door)

@pytest.mark.parametrize("fmt", ["xml", "json"])
def test_tp_reflection(door, fmt):
    n = tp.number(19); C = tp.create(n, NOON); knock(door, "touchpal", C.body)
    t = Target(n, "touchpal")
    print(door.act(Dispatch(t, "HZ01", "hq")), door.act(Accept(t, "HZ01"))); state(door)
    row = [r for r in door.rows(outbox) if r.kind == "accepted"][0]
    told = Feedback(row.order_id, 1, "", "touchpal", row.kind, row.payload)
    (call,) = ADAPTERS["touchpal"].out.write(Credential({"secret": (tp.SECRET.encode(),)}, {"partner_id": tp.PARTNER, "format": fmt}), told, Sending("http://partner/", NOON))
    print("reflected:", dict(parse_qsl(call.body.decode()))["bizData"])
    knock(door, "touchpal", swap(call.body, serviceType="KD_CANCEL_ORDER_NOTIFY")); state(door)

def test_jilin(door):
    n = cn.number(1)
    text = cn.order(n, NOON).replace("<prov>浙江省</prov><city>杭州市,余杭区</city><address>五常街道文一西路969号3号楼</address>", "<prov>吉林</prov><city>吉林市</city><address></address>")
    c = cn.sign(cn._call(text), NOON); knock(door, "cainiao", c.body); state(door)
    n = cn.number(2)
    text = cn.order(n, NOON).replace("<prov>浙江省</prov><city>杭州市,余杭区</city>", "<prov>吉林</prov><city>吉林市,昌邑区</city>")
    c = cn.sign(cn._call(text), NOON); knock(door, "cainiao", c.body); state(door)

def test_tp_blank_mailno(door):
    for n, blank in ((tp.number(20), " "), (tp.number(21), "\n  ")):
        o = json.loads(tp.create(n, NOON).content["bizData"]); o["mailNo"] = blank
        knock(door, "touchpal", tp._call("KD_CREATE_ORDER_NOTIFY", o, NOON).body)
    state(door)

def test_cn_misset_provider(door):
    with writing(door.engine) as conn: set_channel(conn, MASTER, "cainiao", {"provider_id": "BEST"}, NOON)
    n = cn.number(3); c = cn.create(n, NOON); knock(door, "cainiao", c.body)
    with writing(door.engine) as conn: set_channel(conn, MASTER, "cainiao", {"provider_id": "HTKY"}, NOON)
    from web.build import build_web; from web.services import Services; from geo.queries import NetworkCache; from rulebook.book import packaged; from web import push
    door.app = build_web(Services(door.engine, door.clock, NetworkCache(), packaged(), master=MASTER), [push.pages])
    print("corrected; the same order again"); knock(door, "cainiao", c.body); state(door)

def test_kd_private_callback_frozen(door):
    with writing(door.engine) as conn: set_channel(conn, MASTER, "kuaidi100", {"private_callbacks": "off"}, NOON)
    c = kd.create(kd.number(5), NOON, callback="http://10.0.0.8/cb"); knock(door, "kuaidi100", c.body)
    with writing(door.engine) as conn: set_channel(conn, MASTER, "kuaidi100", {"private_callbacks": "on"}, NOON)
    from web.build import build_web; from web.services import Services; from geo.queries import NetworkCache; from rulebook.book import packaged; from web import push
    door.app = build_web(Services(door.engine, door.clock, NetworkCache(), packaged(), master=MASTER), [push.pages])
    knock(door, "kuaidi100", c.body); state(door)

def test_kd_t_extremes(door):
    for i, t in enumerate(("0000000000000", "0000000000001", "9999999999999", "4102444800000", "7258118399999")):
        c = kd.create(kd.number(30+i), NOON); c = kd.sign(replace(c, content={**c.content, "t": t}), NOON)
        print(t); knock(door, "kuaidi100", c.body)
    for o in door.rows(orders): print(o.logistics_no, o.created_at, o.window_start, o.state)
    print(door.findings()[:3])

def test_kd_forms(door):
    base = json.loads(kd.create(kd.number(50), NOON).content["param"])
    for i, ch in enumerate(({"sendManMobile": 13800138000}, {"weight": "0.8500"}, {"weight": 1}, {"dayType": ""}, {"dayType": "今天", "pickupStartTime": "09:00", "pickupEndTime": "24:00"}, {"salt": ""}, {"thirdOrderId": ""}, {"callBackUrl": "http://127.0.0.1/x"}, {"sendManPrintAddr": "浙江省杭州市余杭区" + "长"*92}, {"weight": "1e1"}, {"weight": "0"}, {"sendManMobile": "+86 138 0013 8000"}, {"sendManMobile":"１３８００１３８０００"}, {"sendManMobile":"86-0571-88881234"}, {"sendManMobile":"0571-88881234转802"}, {"cargo": "x"*201}, {"remark": "\u202e王"}, {"sendManName":"a\x00b"}, {"sendManName":"\ud800"})):
        p = {**base, "thirdOrderId": kd.number(50+i), **ch}
        print(str(ch)[:60]); c = kd._call("cOrder", p, NOON); 
        if "\ud800" in p["sendManName"]:
            text = json.dumps(p); c = kd.sign(replace(c, content={**c.content, "param": text}), NOON)
        knock(door, "kuaidi100", c.body)

def test_cn_link_b21(door):
    n = cn.number(60)
    knock(door, "cainiao", cn.link(cn.create(n, NOON, remark="A"), NOON, "id1").body)
    knock(door, "cainiao", cn.link(cn.create(n, NOON, remark="B"), NOON, "id1").body)
    knock(door, "cainiao", cn.link(cn.create(n, NOON, remark="A"), NOON, "id3").body)
    state(door)

def test_cn_waybill_aba(door):
    n = cn.number(61)
    knock(door, "cainiao", cn.create(n, NOON, mailNo="55012345678901").body)
    for no in ("55012345678902", "55012345678901", "55012345678902"):
        door.clock.forward(minutes=1); knock(door, "cainiao", cn.updates([(n, "mailNo", no, "")], NOON).body)
        print([o.waybill_no for o in door.rows(orders)])

def test_cn_xml(door):
    def go(text, ct=F, **more):
        raw = text if isinstance(text, bytes) else text.encode()
        body = urlencode({"logistics_interface": raw, "data_digest": cn.digest(raw), **more}).encode()
        return knock(door, "cainiao", body, ct)
    o = cn.order(cn.number(70), NOON)
    print("gbk with spaces round ="); go(b"<?xml version = '1.0' encoding = 'GBK'?>" + o.encode("gbk"))
    print("iso header"); go(o, F + "; charset=ISO-8859-1")
    print("header gbk, utf-8 xml undeclared"); go(o.replace("70<","71<"), F + "; charset=GBK"); 
    print("xmlns"); go(o.replace("<RequestOrder>", '<RequestOrder xmlns="http://x">'))
    print("dtd"); go('<!DOCTYPE a SYSTEM "http://127.0.0.1:9/">' + o)
    print("long name"); r = go("<RequestOrder>" + ("<" + "a"*50000 + "/>")*2 + "</RequestOrder>"); print(len(r.data))
    print("batch 501"); go(cn.update([(cn.number(i), "status", "WITHDRAW", "") for i in range(501)]))
    print("batch S03"); go(cn.update([(cn.number(1), "status", "WITHDRAW", "")]).replace("HTKY", "YTO"))
    print("weight only"); go(cn.update([(cn.number(1), "weight", "1.2", "")]))
    print("two senders"); go(o.replace("<receiver>", "<sender></sender><receiver>"))
    print("4 dp weight"); go(o.replace("<insuranceValue>", "<itemsWeight>0.8500</itemsWeight><insuranceValue>").replace("<txLogisticID>LP","<txLogisticID>LP9"))
    print("padded number"); go(o.replace("<txLogisticID>", "<txLogisticID> "))
    state(door)

def test_tp_forms(door):
    base = json.loads(tp.create(tp.number(80), NOON).content["bizData"])
    for i, ch in enumerate(({"items": [{"itemName": "a", "number": 1}]}, {"items": ""}, {"items": {"item": {"itemName": "a", "number": "2"}}}, {"items": {"item": []}}, {"itemWeight": 0}, {"itemWeight": 0.0}, {"sendStartTime": "2026-11-23T09:00:00"}, {"sendStartTime": "2026-11-23 09:00"}, {"sender": []})):
        o = {**base, "txLogisticID": tp.number(80+i), **ch}; print(ch); knock(door, "touchpal", tp._call("KD_CREATE_ORDER_NOTIFY", o, NOON).body)
    x = f"<request><txLogisticID>{tp.number(99)}</txLogisticID><sender><mobile>13800138000</mobile><address>杭州市余杭区1号</address></sender><items>\n </items></request>"
    print(x); c = tp._call("KD_CREATE_ORDER_NOTIFY", {}, NOON); knock(door, "touchpal", tp.sign(replace(c, content={**c.content, "bizData": x}), NOON).body)
    print("not json"); c = tp._call("KD_CREATE_ORDER_NOTIFY", {}, NOON); knock(door, "touchpal", tp.sign(replace(c, content={**c.content, "bizData": "hello"}), NOON).body)
    print("empty"); knock(door, "touchpal", tp.sign(replace(c, content={**c.content, "bizData": ""}), NOON).body)
