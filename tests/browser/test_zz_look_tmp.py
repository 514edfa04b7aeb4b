import os, pytest
from datetime import timedelta
from tests.web.console.conftest import local
from tests.browser.test_walk import log_in
from tests.web.console.test_notices import ids
from tests.browser.scene import fill
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def scene(land):
    n=0
    for d in range(4,11):
        for k in range(12):
            n+=1
            place=("HZ01","HZ02","HZ01A","XJ01")[k%4]
            ch=("kuaidi100","crm","cainiao")[k%3]
            ch="kuaidi100"
            day=f"2026-05-{d:02}"
            land.order(f"KD{n:04}", local(f"{9+k//4:02}:{(k*5)%60:02}",day), place, channel=ch)
            if k%4!=3 or d%2:
                if k%5:
                    land.accept(f"KD{n:04}", place, local(f"{9+k//4:02}:{(k*5)%60+4:02}" if (k*5)%60<56 else f"{9+k//4:02}:59",day))
                    if k%3:
                        land.confirm(f"KD{n:04}", place, local("15:00",day), f"5500000000{n:04}")
        land.sweep(local("21:00",f"2026-05-{d:02}"))
def test_look(land, engine, app, page, complaints):
    scene(land)
    from tests.web.console.test_notices import confirm
    found=[one for one, kind, _ in land.cases()]
    land.clock.at=local("09:00","2026-05-11")
    confirm(land,*found[:5])
    hook=os.environ.get("LOOK_HOOK")
    if hook: exec(open(hook).read(), {**globals(), **locals()})
    who=os.environ.get("LOOK_AS","hq")
    log_in(page, who)
    for path in os.environ["LOOK"].split():
        for w in os.environ.get("LOOK_W","1440 360 2560").split():
            for lang in os.environ.get("LOOK_L","zh en").split():
                page.context.add_cookies([{"name":"lanshou-language","value":lang,"domain":"127.0.0.1","path":"/"}])
                page.set_viewport_size({"width":int(w),"height":900})
                a=page.goto(path)
                print(path,w,lang,a.status,len(a.body()),page.evaluate("document.documentElement.scrollWidth"))
                page.wait_for_timeout(300)
                name=path.split("?")[0].strip("/").replace("/","_")
                page.screenshot(path=f"/tmp/rs/{name}-{who}-{w}-{lang}.png", full_page=True)
    print(complaints)
