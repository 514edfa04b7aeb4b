import random
from dataclasses import replace
import pytest
from sqlalchemy import select
from geo.actions import import_stations
from geo.stations import Station
from penalties.actions import Change, change
from penalties.lifecycle import CONFIRM
from penalties.settlement import Item, Province, Winner, DryRun
from storage.session import writing
from tests.browser.test_rulebook import log_in
from tests.web.console.conftest import local
from tests.web.console.money import credit, second_finance
import web.console.settlement as ws

@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_shots(page, engine, land, complaints, monkeypatch):
    for n, place in enumerate(("HZ01","HZ01","HZ02","HZ01A")):
        land.order(f"KD{n}", local("09:00", "2026-04-20"), place)
        land.accept(f"KD{n}", place, local("09:05", "2026-04-20"))
    land.order("KD9", local("09:10", "2026-04-20"), "HZ03")
    land.sweep(local("12:00", "2026-04-20"))
    land.clock.at = local("10:00")
    second_finance(engine)
    credit(engine, "HZ01", 90_000)
    page.on("dialog", lambda d: d.accept())
    S = lambda name: page.screenshot(path=f"/tmp/shots/{name}.png", full_page=True)
    log_in(page, "finance")
    page.goto("/settlement"); S("months")
    page.goto("/settlement/2026-04"); S("dry")
    page.fill("#reason", "四月结算"); page.get_by_role("button", name="第一签字").click(); S("proposed")
    for kind, amount in (("adjustment","120"),("goodwill","50.5"),("payout","600")):
        page.goto(f"/money?kind={kind}&station=HZ01")
        if kind=="adjustment": S("form")
        page.fill("#amount", amount); page.fill("#reason", "系统故障期间的罚款有误,按客服核实结果更正")
        page.get_by_role("button", name="提交审批").click()
    S("mine")
    log_in(page, "finance2")
    page.goto("/approvals"); S("inbox")
    page.goto("/approvals/1"); S("sign")
    page.goto("/approvals/4"); S("payout_sign")
    page.goto("/settlement/2026-04"); S("sign_month")
    page.goto("/approvals/1"); page.fill("#reason","核对无误"); page.get_by_role("button", name="批准并执行").click(); S("approved")
    (case,) = [one for one in land.cases() if one[1] == "V-ACCEPT"]
    land.clock.forward(minutes=5)
    with writing(engine) as conn: change(conn, [Change(case[0], CONFIRM, land.clock(), "HQ", "查实")], land.clock())
    page.goto("/settlement"); S("months2")
    page.goto("/settlement/2026-04"); S("again")
    page.goto("/settlement/2026-04?tab=posted"); S("posted")
    page.goto("/approvals?tab=decided"); S("decided")
    log_in(page, "hz01"); page.goto("/payout"); S("station")
    # national
    rnd = random.Random(1)
    names = "北京市 天津市 河北省 山西省 内蒙古自治区 辽宁省 吉林省 黑龙江省 上海市 江苏省 浙江省 安徽省 福建省 江西省 山东省 河南省 湖北省 湖南省 广东省 广西壮族自治区 海南省 重庆市 四川省 贵州省 云南省 西藏自治区 陕西省 甘肃省 青海省 宁夏回族自治区 新疆维吾尔自治区".split()
    sts = [Station(f"N{i:04d}", f"第{i}网点", 1, None, rnd.choice(names), "standard", True) for i in range(5000)]
    with writing(engine) as conn: import_stations(conn, sts, land.clock())
    items, provs = [], []
    for pr in names:
        own=[s for s in sts if s.province==pr]; k=round(200*len(own)/5000)
        ws_=tuple(Winner(r+1,s.code,s.name,900-r*7,300,2) for r,s in enumerate(own[:k]))
        provs.append(Province(pr,len(own),len(own)*9//10,k,ws_))
        items += [Item(w.station,"reward",20000,f"{pr}第 {w.rank} 名，名额 {k} 个：寄件 {w.send_express} 单，按时接单 300/302 / rank {w.rank} in {pr} with {k} places: {w.send_express} send_express orders, 300 of 302 accept clocks kept",False,"k") for w in ws_]
        items += [Item(s.code,"refund_1",rnd.randrange(6000,60000,6000),"2026-02 罚款 100.00 元的 60%：2026-03 无违规且有线上订单 / 60% of 100.00 元 of fines of 2026-02: 2026-03 clean, with online orders",False,"k") for s in own if rnd.random()<.6]
        items += [Item(s.code,"refund_2",rnd.randrange(4000,40000,4000),"2026-01 罚款 100.00 元的其余部分：2026-03 无违规且有线上订单 / the rest",False,"k") for s in own if rnd.random()<.5]
    total=sum(p.places for p in provs)
    run=DryRun("2026-03","2017-01-01",0,tuple(provs),total,total-200,tuple(items),("2026-04",),"ab"*32)
    monkeypatch.setattr(ws,"dry_run",lambda *a,**k: run)
    log_in(page, "finance")
    import time
    t0=time.time(); page.goto("/settlement/2026-03"); print("national page", time.time()-t0, len(page.content())); S("national")
    page.goto("/settlement/2026-03?province=浙江省"); S("national_zj")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/settlement/2026-03?province=浙江省&kind=reward"); S("phone")
    page.goto("/approvals"); S("phone_inbox")
    print(complaints)
