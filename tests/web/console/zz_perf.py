import time, statistics
import pytest
from sqlalchemy import text, event, select
from storage.session import reading, writing
from storage.tables.dispatch import orders, assignments, events
from storage.tables.sla import clocks
from storage import row_security
from people.access import Scope
from dispatch.lists import queries as lists
import web.auditing, web.transactions
from tests.web.console.conftest import local
pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

def med(f, n=9):
    ts=[]
    for _ in range(n):
        t=time.perf_counter(); f(); ts.append((time.perf_counter()-t)*1000)
    return statistics.median(ts)

def copy(conn, table, over, where, frm):
    cols=[c.name for c in table.columns]
    conn.execute(text(f"INSERT INTO {table.name} ({','.join(cols)}) SELECT {','.join(over.get(c, 't.'+c) for c in cols)} FROM {table.name} t, {frm} WHERE {where}"))

def test_perf(land, as_, capsys):
    e = land.engine
    oid = land.order("KD1", local("09:00"))
    with writing(e) as c:
        for t in ("orders","clocks","assignments","events"): c.execute(text(f"ALTER TABLE {t} DISABLE TRIGGER USER"))
        c.execute(text("CREATE TEMP TABLE st AS SELECT row_number() over() k, code FROM stations"))
        c.execute(text("INSERT INTO stations SELECT (s).* FROM (SELECT jsonb_populate_record(t, jsonb_build_object('code','Z'||n,'name','Z'||n,'parent',null)) s FROM stations t, generate_series(1,500) n WHERE t.code='HZ02') q"))
        # 300k: 500 stations; 2% waiting, 3% accepted, rest picked up. HZ01 gets 600 waiting.
        pick="(SELECT n, 1000000+n AS nid FROM generate_series(1,300000) n) g"
        copy(c, orders, {"id":"g.nid","logistics_no":"'G'||g.n","station":"CASE WHEN g.n%300=0 THEN 'HZ01' WHEN g.n%301=0 THEN 'HZ01A' ELSE 'Z'||(g.n%500+1) END",
            "state":"CASE WHEN g.n%300=0 OR g.n%50=1 THEN 'waiting' WHEN g.n%33=0 THEN 'accepted' ELSE 'picked_up' END","created_at":"t.created_at - (g.n||' seconds')::interval","assigned_at":"t.assigned_at - (g.n||' seconds')::interval"}, f"t.id={oid}", pick)
        for tb in (clocks, assignments, events):
            over={"order_id":"g.nid"}
            if "id" in tb.c: over["id"]="t.id*10000000+g.nid"
            if "key" in tb.c: over["key"]="t.key||g.n"
            copy(c, tb, over, f"t.order_id={oid}", pick)
        for t in ("orders","clocks","assignments","events"): c.execute(text(f"ALTER TABLE {t} ENABLE TRIGGER USER"))
    with e.connect().execution_options(isolation_level="AUTOCOMMIT") as c: c.execute(text("ANALYZE"))
    S=Scope(stations=frozenset({"HZ01","HZ01A"})); P=Scope(province="浙江省")
    out=[]
    for name, scope, wall in (("station",S,"stations:HZ01,HZ01A"),("province",P,"province:浙江省")):
        for fn in ("waiting","desk_counts","listing","unscanned"):
            f=getattr(lists,fn)
            def plain():
                with reading(e) as c: f(c, scope)
            def walled():
                with reading(e) as c:
                    row_security.enter(c, {"scope": wall,"user":"1"}); f(c, scope)
            a,b=med(plain),med(walled); out.append(f"{name} {fn}: {a:.1f} -> {b:.1f} ms ratio {b/a:.2f}")
    # page
    v=as_("hz01")
    def desk(): assert v.get("/desk").status_code==200
    b=med(desk,7)
    real=web.transactions.behind_wall
    web.transactions.behind_wall=lambda c: None
    a=med(desk,7); web.transactions.behind_wall=real
    out.append(f"page /desk {a:.0f} -> {b:.0f} ms ratio {b/a:.2f}")
    # plan
    q=lists._select(S, lists.NOTHING).where(orders.c.state=="waiting").limit(50)
    for w in (None,"stations:HZ01,HZ01A"):
        with reading(e) as c:
            if w: row_security.enter(c,{"scope":w,"user":"1"})
            sql=str(q.compile(dialect=e.dialect, compile_kwargs={"literal_binds":True}))
            out+= [r[0] for r in c.exec_driver_sql("EXPLAIN (ANALYZE, COSTS OFF) "+sql.replace("%%","%").replace("%","%%") )]
    # accept of 200
    with reading(e) as c: ids=list(c.scalars(text("SELECT id FROM orders WHERE station='HZ01' AND state='waiting' AND id>1000000 ORDER BY id LIMIT 1000")))
    tok=v.token("/desk")
    count=[0,{}]
    @event.listens_for(e,"before_cursor_execute")
    def ex(conn, cur, st, *a): count[0]+=1
    from contextlib import contextmanager
    @contextmanager
    def none(conn): yield
    def go(part):
        count[0]=0; t=time.perf_counter()
        r=v.client.post("/desk/accept", data={"csrf_token":tok,"orders":[str(x) for x in part]}); 
        assert r.status_code==303, r.text
        return (time.perf_counter()-t)*1000, count[0]
    real=web.transactions.audited
    res={True:[],False:[]}
    go(ids[800:810])
    for k in range(4):
        on = k%2==0
        web.transactions.audited = real if on else none
        res[on].append(go(ids[k*200:(k+1)*200]))
    web.transactions.audited=real
    out.append(f"accept 200 with {res[True]} without(after_request row stays) {res[False]}")
    with reading(e) as c: out.append(str(c.execute(text("select what, count(*), count(distinct order_id) from audit group by 1")).all()))
    open("/tmp/r7p/perf.txt","w").write("\n".join(out))
