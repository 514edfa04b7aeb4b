import os, pytest
from tests.browser.scene import fill
from tests.browser.test_axe import ids
from tests.browser.test_walk import log_in
S={"hz01":["/violations","/appeals","/appeals/1","/notices","/inbox","/unscanned","/account","/statements/HZ01","/entry","/violations/1/pack"],
"hq":["/data-centre","/review","/control","/stations","/areas","/callers","/notices/2026-W19","/weekly","/help/","/closures","/calls"],
"finance":["/settlement","/settlement/2026-04","/money","/ledger","/statements"],
"admin":["/users","/users/1","/users/new","/keys","/audit","/outbox","/channels","/availability","/troubles","/rulebook","/second-factor"]}
W=[(1440,"zh"),(360,"zh"),(1440,"en"),(360,"en"),(2560,"zh")]
@pytest.mark.parametrize("role", list(S))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_it(app, engine, land, ids, page, role):
    fill(land, engine, app)
    log_in(page, role)
    os.makedirs("/tmp/shots", exist_ok=True)
    want=os.environ.get("LOOKS","0,1,2").split(",")
    for i in want:
        w,l=W[int(i)]
        page.context.add_cookies([{"name":"lanshou-language","value":l,"domain":"127.0.0.1","path":"/"}])
        page.set_viewport_size({"width":w,"height":900 if w>400 else 780})
        for a in S[role]:
            page.goto(a)
            page.screenshot(path=f"/tmp/shots/{role}{a.replace('/','_')}-{w}-{l}.png", full_page=w>400)
