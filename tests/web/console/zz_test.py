import json
from datetime import timedelta
import pytest
from tests.web.console.conftest import local
from tests.web.console.test_board import JSON, accepted, courier, scan
from tests.web.console.test_day_closing import a_day, form_of, DAY

@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_leak(land, as_):
    a_day(land)
    foreign = land.order("KDSECRET", local("10:00"), "XJ01")
    land.clock.at = local("20:00")
    v = as_("hz01")
    base = form_of(v.get(f"/closing?day={DAY}").text, word="x")
    for shown in ({"late": [foreign]}, {"late": [2**70]}, {"late": [-1]}, {"late": list(range(70000))}, {"failed:<b>": [1]}, {"a": [True]}, {"late": [1, 1]}):
        a = v.post("/closing/sign", {**base, "shown": json.dumps(shown)}, page="/closing")
        print(str(shown)[:40], a.status_code, "KDSECRET" in a.text)
    for day in ("0001-01-01", "9999-12-31", "20260504", "2026-W19-1"):
        a = v.post("/closing/sign", {**base, "day": day}, page="/closing", headers=JSON)
        print(day, a.status_code, a.text[:100])
    for q in ("2026-W99", "#999999", "2026W19", "HZ01", "XJ01", "KD7", "KDSECRET", "杭州", "'", "x" * 65, "\x00"):
        for who in ("hz01", "hq", "finance", "admin", "zhejiang"):
            vv = as_(who)
            a = vv.post("/search", {"q": q}, page="/home")
            loc = a.headers.get("Location")
            print(repr(q[:12]), who, a.status_code, loc, vv.get(loc).status_code if loc else "")
    for n in (70000,):
        print(v.get("/board?order=999999999999999999").status_code, v.get("/board?order=9999999999999999999").status_code, v.get("/board?courier=999999999999999999").status_code)
        print(v.get("/couriers/list?courier=999999999999999999").status_code)
        print(v.post("/board/assign", {"courier": "999999999999999999", "one": "1"}, page="/board").status_code)
        print(v.get("/closing?day=2999-12-31").status_code, v.get("/closing?day=2000-01-01").status_code, v.get(f"/closing/orders?station=HZ01&day={DAY}&figure=<x>").status_code)
        print(as_("hq").get("/closing?day=2999-12-31").status_code)
    print(as_("hz01a").get("/home").text.count("本月进度"))
