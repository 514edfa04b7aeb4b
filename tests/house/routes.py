"""Who is answered what at every address: reviewed by hand, compared with the web by tests/web/test_authority.py.

The columns are nobody, HZ01, its level-2 station HZ01A, HZ02, the province of all three, another province, HQ,
finance, admin; each with an empty form (nothing but its form token), or with what SAID of tests/web/routes_scene.py
has. What has a thing in its address is asked for one of HZ01; behind the bar for one of HZ01A, by HZ01, HZ01A and HZ02.
`ok`: 200 or a redirect after the act (303). 302 leads to the log-in or, from it, home. 404: it does not exist for him.
409, 415, 422: he may, but not this, or said nothing.
"""

from tests.web.routes_scene import CHILD, OWN

# Before the log-in, and after it.
OPEN = """
403 403 403 403 403 403 403 403 403
    POST /login, POST /login/language
404 404 404 404 404 404 404 404 404
    GET /login/sign-on, GET /login/sign-on/back
ok 302 302 302 302 302 302 302 302
    GET /login
ok ok ok ok ok ok ok ok ok
    GET /healthz, GET /readyz
"""

# Screens and files.
PAGES = """
302 302 302 302 302 302 302 302 302
    GET /, GET /step-up
302 401 401 401 401 401 401 401 401
    POST /second-factor, POST /second-factor/confirm, POST /step-up
302 403 403 403 403 403 403 403 403 | 403 403 403
    GET /callers/<order_id>, POST /callers/<order_id>/change, POST /callers/<order_id>/withdraw
302 403 403 403 403 403 403 403 404 | 403 403 403
    GET /rulebook/proposals/<number>, GET /rulebook/proposals/<number>/text, POST /users/<user_id>/sign-on
302 403 403 403 403 403 403 403 422
    POST /availability/accept, POST /rulebook/propose, POST /users/add
302 403 403 403 403 403 403 403 422 | 403 403 403
    POST /rulebook/proposals/<number>/decide, POST /users/<user_id>/edit
302 403 403 403 403 403 403 403 ok
    GET /users, GET /users/new
302 403 403 403 403 403 403 403 ok | 403 403 403
    GET /users/<user_id>, POST /users/<user_id>/<act>, POST /users/<user_id>/password
302 403 403 403 403 403 403 422 403
    POST /money/ask
302 403 403 403 403 403 403 422 403 | 403 403 403
    POST /approvals/<number>/decide, POST /settlement/<month>/close, POST /settlement/<month>/propose
302 403 403 403 403 403 403 ok 403
    GET /money
302 403 403 403 403 403 403 ok 403 | 403 403 403
    POST /approvals/<number>/withdraw
302 403 403 403 403 403 404 403 403
    POST /review/causes/decide, GET /review/causes/one
302 403 403 403 403 403 404 403 403 | 403 403 403
    POST /reports/ask/<number>/delete, GET /review/second/<violation_id>
302 403 403 403 403 403 404 403 404 | 403 403 403
    GET /channels/<name>/errors/<origin>/<row_id>, GET /memory/<proposal_id>, GET /rehearsals/<number>
302 403 403 403 403 403 409 403 403 | 403 403 403
    POST /orders/<order_id>/dispatch
302 403 403 403 403 403 409 403 409 | 403 403 403
    POST /channels/<name>/settings
302 403 403 403 403 403 415 403 415
    POST /areas/check, POST /areas/merge, POST /areas/split, POST /areas/store
302 403 403 403 403 403 422 403 403
    POST /availability/outages, POST /availability/outages/withdraw, POST /closures/decide, POST /reports/ask/save,
    POST /reports/ask/run, POST /review/decide
302 403 403 403 403 403 422 403 403 | 403 403 403
    GET /reports/ask.<form>, POST /reports/ask/<number>/schedule,
    POST /channels/<name>/errors/<origin>/<row_id>/look,
    POST /notices/<week>/publish,
    POST /review/second/<violation_id>
302 403 403 403 403 403 422 403 422
    POST /areas/upload, POST /memory/places, POST /rehearsals
302 403 403 403 403 403 422 403 422 | 403 403 403
    POST /channels/<name>/switch, POST /memory/<proposal_id>/decide, POST /memory/places/<place_id>/end
302 403 403 403 403 403 ok 403 403
    GET /data-centre, POST /data-centre/dispatch, GET /reports/ask, GET /review, GET /review/causes,
    GET /review/figures, GET /review/second, GET /stations/find
302 403 403 403 403 403 ok 403 403 | 403 403 403
    GET /data-centre/<order_id>/map, GET /review/<violation_id>
302 403 403 403 403 403 ok 403 ok
    GET /areas/findings, GET /audit, GET /availability, GET /channels, GET /control, GET /memory, GET /outbox,
    POST /outbox/act, GET /rehearsals, GET /troubles
302 403 403 403 403 403 ok 403 ok | 403 403 403
    GET /channels/<name>
302 403 403 403 403 403 ok ok 403
    GET /approvals, GET /ledger, GET /ledger.csv, GET /ledger/balances, GET /settlement
302 403 403 403 403 403 ok ok 403 | 403 403 403
    GET /approvals/<number>, GET /settlement/<month>
302 403 403 403 404 404 404 403 403
    POST /calls/called
302 403 403 403 422 422 422 403 403
    POST /appeals/mail
302 403 403 403 ok 404 409 403 403 | 403 403 403
    POST /appeals/<violation_id>/decide
302 403 403 403 ok ok ok 403 403
    GET /appeals/mail, GET /calls, GET /silent
302 403 404 404 403 403 403 403 403 | 403 404 404
    POST /payout/<number>/withdraw
302 404 404 404 403 403 403 403 403
    POST /closing/sign, POST /closures/ask
302 404 404 404 403 403 403 403 403 | 404 404 404
    POST /desk/filters/<filter_id>/delete
302 404 404 404 404 404 404 403 403
    GET /closing/orders, GET /closing/sheet
302 404 404 404 404 404 404 404 403
    POST /reports/runs/ask, POST /reports/schedules/end
302 404 404 404 404 404 404 404 403 | 404 404 404
    GET /reports/copies/<file_id>, GET /reports/runs/<number>, GET /reports/runs/<number>.<form>
302 404 404 404 404 404 404 404 404
    POST /account/sign-on/link
302 404 404 404 404 404 404 404 404 | 404 404 404
    GET /help/<name>, POST /keys/<key_id>/revoke
302 409 404 404 403 403 403 403 403 | 409 409 404
    POST /appeals/<violation_id>/ask, POST /callers/<order_id>/answer, POST /orders/<order_id>/confirm,
    POST /orders/<order_id>/handle, POST /orders/<order_id>/waybill
302 409 409 409 409 409 409 409 409
    POST /account/recovery-codes
302 422 422 422 403 403 403 403 403
    POST /board/assign, POST /board/scan, POST /couriers, POST /desk/filters, POST /payout
302 422 422 422 403 403 422 403 403
    POST /callers/find, POST /couriers/list, POST /entry, POST /entry/parse
302 422 422 422 422 422 422 422 403
    POST /reports/schedules/add
302 422 422 422 422 422 422 422 403 | 422 422 422
    GET /reports/<kind>/<period>/rows.csv
302 422 422 422 422 422 422 422 422
    POST /keys/make, POST /language, POST /password, POST /search
302 ok 404 404 403 403 403 403 403 | ok ok 404
    POST /closures/<request_id>/take-back, POST /couriers/<courier>/active, POST /couriers/<courier>/rename,
    POST /orders/<order_id>/accept, POST /orders/<order_id>/call, GET /orders/<order_id>/dialog,
    POST /orders/<order_id>/fail, POST /orders/<order_id>/transfer
302 ok 404 404 403 403 ok 403 403 | ok ok 404
    POST /orders/<order_id>/look
302 ok 404 404 404 404 404 404 404 | ok 404 404
    POST /account/sessions/<session_id>/end
302 ok 404 404 ok 404 ok 403 403 | ok ok 404
    GET /orders/<order_id>
302 ok 404 404 ok 404 ok ok 403 | ok ok 404
    GET /appeals/<violation_id>, GET /appeals/files/<own_name>, GET /ledger/<seq>, GET /statements/<station>,
    GET /statements/<station>/<month>, GET /statements/<station>/<month>.csv, GET /statements/<station>/<month>.pdf,
    GET /statements/<station>/<month>.xlsx, GET /violations/<violation_id>/pack,
    GET /violations/<violation_id>/pack.json, GET /violations/<violation_id>/pack.pdf
302 ok ok ok 403 403 403 403 403
    GET /board, POST /board/remind, GET /couriers, GET /couriers/list, GET /desk, POST /desk/accept, GET /desk/stream,
    GET /payout, GET /unscanned
302 ok ok ok 403 403 ok 403 403
    GET /callers, GET /districts/find, GET /entry, POST /entry/others
302 ok ok ok ok ok 403 403 403
    GET /violations
302 ok ok ok ok ok ok 403 403
    GET /borders, GET /closing, GET /orders, POST /orders/search
302 ok ok ok ok ok ok 403 ok
    GET /areas, GET /areas/data, GET /areas/find, GET /areas/versions, GET /closures, GET /stations
302 ok ok ok ok ok ok ok 403
    GET /appeals, GET /inbox, POST /inbox/read, GET /notices, GET /reports, GET /reports/runs,
    GET /reports/schedules, GET /statements, GET /weekly, GET /weekly.csv
302 ok ok ok ok ok ok ok 403 | ok ok ok
    GET /notices/<week>, GET /notices/<week>.csv, GET /notices/<week>/items, GET /reports/<kind>/<period>,
    GET /reports/<kind>/<period>.csv, GET /reports/<kind>/<period>.json, GET /reports/<kind>/<period>.pdf,
    GET /reports/<kind>/<period>.xlsx, GET /reports/<kind>/<period>/rows, GET /reports/<kind>/<period>/station
302 ok ok ok ok ok ok ok ok
    GET /account, POST /account/second-factor/remove, POST /account/sessions/end-others, POST /account/sign-on/unlink,
    GET /help/, GET /home, GET /keys, POST /logout, GET /password, GET /rulebook, GET /second-factor,
    POST /second-factor/begin, POST /tour/end
302 ok ok ok ok ok ok ok ok | ok ok ok
    GET /rulebook/<name>, GET /rulebook/<name>/text
"""

# The API, and what asks by itself.
API = """
401 401 401 401 401 401 401 401 401
    GET /desk/changes, GET /desk/waiting
401 403 403 403 403 403 403 403 422
    POST /api/v1/availability/accept, POST /api/v1/rulebook/propose
401 403 403 403 403 403 403 403 422 | 403 403 403
    POST /api/v1/rulebook/proposals/<number>/decide
401 403 403 403 403 403 403 403 ok
    GET /api/v1/rulebook/proposals
401 403 403 403 403 403 403 422 403
    POST /api/v1/money/ask, POST /api/v1/settlement/propose
401 403 403 403 403 403 403 422 403 | 403 403 403
    POST /api/v1/money/<number>/decide
401 403 403 403 403 403 403 ok 403 | 403 403 403
    POST /api/v1/money/<number>/withdraw
401 403 403 403 403 403 404 403 404 | 403 403 403
    GET /api/v1/channels/<name>/errors/<origin>/<row_id>, GET /api/v1/rehearsals/<number>
401 403 403 403 403 403 409 403 409 | 403 403 403
    POST /api/v1/channels/<name>/settings
401 403 403 403 403 403 422 403 403
    POST /api/v1/reports/ask, POST /api/v1/reports/ask/run, POST /api/v1/reports/ask/save,
    POST /api/v1/availability/outages, POST /api/v1/availability/outages/withdraw, POST /api/v1/closures/decide,
    GET /api/v1/notices/draft, POST /api/v1/notices/publish, POST /api/v1/orders/dispatch,
    POST /api/v1/review/causes/decide, GET /api/v1/review/causes/one, POST /api/v1/review/decide
401 403 403 403 403 403 422 403 403 | 403 403 403
    POST /api/v1/reports/ask/<number>/schedule, POST /api/v1/review/second/<violation_id>
401 403 403 403 403 403 422 403 422
    POST /api/v1/areas/check, POST /api/v1/areas/merge, POST /api/v1/areas/split, POST /api/v1/areas/store,
    POST /api/v1/memory/places, POST /api/v1/outbox/act, POST /api/v1/rehearsals
401 403 403 403 403 403 422 403 422 | 403 403 403
    POST /api/v1/channels/<name>/errors/<origin>/<row_id>/look, POST /api/v1/channels/<name>/switch,
    POST /api/v1/memory/<proposal_id>/decide, POST /api/v1/memory/places/<place_id>/end
401 403 403 403 403 403 422 422 403
    GET /api/v1/settlement
401 403 403 403 403 403 404 403 403 | 403 403 403
    POST /api/v1/reports/ask/<number>/delete
401 403 403 403 403 403 ok 403 403
    GET /api/v1/reports/ask,
    GET /api/v1/data-centre, GET /api/v1/review, GET /api/v1/review/causes, GET /api/v1/review/figures,
    GET /api/v1/review/second
401 403 403 403 403 403 ok 403 403 | 403 403 403
    GET /api/v1/review/<violation_id>
401 403 403 403 403 403 ok 403 ok
    GET /api/v1/audit, GET /api/v1/areas/findings, GET /api/v1/availability, GET /api/v1/channels, GET /api/v1/memory,
    GET /api/v1/memory/places, GET /api/v1/outbox, GET /api/v1/rehearsals
401 403 403 403 403 403 ok 403 ok | 403 403 403
    GET /api/v1/channels/<name>/errors
401 403 403 403 403 403 ok ok 403
    GET /api/v1/ledger, GET /api/v1/ledger.csv, GET /api/v1/ledger/balances, GET /api/v1/money
401 403 403 403 403 403 ok ok 403 | 403 403 403
    GET /api/v1/money/<number>
401 403 403 403 422 422 422 403 403
    POST /api/v1/appeals/mail, POST /api/v1/calls/called
401 403 403 403 ok 404 409 403 403 | 403 403 403
    POST /api/v1/appeals/<violation_id>/decide
401 403 403 403 ok ok ok 403 403
    GET /api/v1/calls, GET /api/v1/silent
401 403 404 404 403 403 403 403 403 | 403 404 404
    POST /api/v1/payouts/<number>/withdraw
401 404 404 404 403 403 403 403 403 | 404 404 404
    POST /api/v1/desk/filters/<filter_id>/delete
401 409 404 404 403 403 403 403 403 | 409 409 404
    POST /api/v1/appeals/<violation_id>/ask, POST /api/v1/orders/<order_id>/answer
401 422 422 422 403 403 403 403 403
    POST /api/v1/board/assign, POST /api/v1/board/remind, POST /api/v1/closing/sign, POST /api/v1/closures/ask,
    POST /api/v1/couriers, POST /api/v1/desk/filters, POST /api/v1/orders/accept, POST /api/v1/orders/called,
    POST /api/v1/orders/confirm, POST /api/v1/orders/handle, POST /api/v1/orders/transfer, POST /api/v1/orders/waybill,
    POST /api/v1/payouts/ask, POST /api/v1/scans
401 422 422 422 403 403 422 403 403
    POST /api/v1/callers/find, POST /api/v1/couriers/list, POST /api/v1/entry, POST /api/v1/entry/others,
    POST /api/v1/entry/parse
401 422 422 422 403 403 422 403 403 | 422 422 422
    POST /api/v1/callers/<order_id>/change, POST /api/v1/callers/<order_id>/withdraw
401 422 422 422 422 422 422 403 403
    GET /api/v1/closing, GET /api/v1/closing/overview, POST /api/v1/orders/search
401 422 422 422 422 422 422 403 422
    GET /api/v1/areas/find
401 404 404 404 404 404 404 404 403 | 404 404 404
    GET /api/v1/reports/copies/<number>, GET /api/v1/reports/runs/<number>
401 422 422 422 422 422 422 422 403 | 422 422 422
    GET /api/v1/reports/runs/<number>/file
401 422 422 422 422 422 422 422 403
    GET /api/v1/reports.csv, GET /api/v1/reports.pdf, GET /api/v1/reports.xlsx, GET /api/v1/reports/one,
    GET /api/v1/reports/rows, GET /api/v1/reports/rows.csv, POST /api/v1/reports/runs/ask,
    POST /api/v1/reports/schedules/add, POST /api/v1/reports/schedules/end,
    POST /api/v1/inbox/read, GET /api/v1/notices.csv, GET /api/v1/notices/one, POST /api/v1/notices/read,
    GET /api/v1/statements, GET /api/v1/statements.csv, GET /api/v1/statements.pdf, GET /api/v1/statements.xlsx
401 422 422 422 422 422 422 422 422
    GET /api/v1/rulebook/edition
401 ok 404 404 403 403 403 403 403 | ok ok 404
    POST /api/v1/closures/<request_id>/take-back, POST /api/v1/couriers/<courier>/active,
    POST /api/v1/couriers/<courier>/rename, POST /api/v1/orders/<order_id>/fail
401 ok 404 404 403 403 ok 403 403 | ok ok 404
    POST /api/v1/orders/<order_id>/look
401 ok 404 404 ok 404 ok 403 403 | ok ok 404
    GET /api/v1/orders/<order_id>, GET /api/v1/orders/<order_id>/clocks
401 ok 404 404 ok 404 ok ok 403 | ok ok 404
    GET /api/v1/appeals/<violation_id>, GET /api/v1/appeals/files/<own_name>,
    GET /api/v1/violations/<violation_id>/pack, GET /api/v1/violations/<violation_id>/pack.pdf
401 ok ok ok 403 403 403 403 403
    GET /api/v1/board, GET /api/v1/couriers, GET /api/v1/desk, GET /api/v1/desk/counts, GET /api/v1/payouts,
    GET /api/v1/unscanned
401 ok ok ok ok ok 403 403 403
    GET /api/v1/violations
401 ok ok ok ok ok ok 403 403
    GET /api/v1/borders, GET /api/v1/orders
401 ok ok ok ok ok ok 403 ok
    GET /api/v1/areas, GET /api/v1/areas/versions, GET /api/v1/closures
401 ok ok ok ok ok ok ok 403
    GET /api/v1/accounts, GET /api/v1/appeals, GET /api/v1/inbox, GET /api/v1/notices,
    GET /api/v1/reports, GET /api/v1/reports/copies, GET /api/v1/reports/runs, GET /api/v1/reports/schedules,
    GET /api/v1/weekly, GET /api/v1/weekly.csv
401 ok ok ok ok ok ok ok ok
    GET /api/v1/docs, GET /api/v1/me, GET /api/v1/openapi.json, GET /api/v1/rulebook
"""


def expected() -> dict[str, dict[str, list[str]]]:
    """`GET /orders/<order_id>` -> whose thing -> what each is told. ValueError when an address stands there twice."""
    found: dict[str, dict[str, list[str]]] = {}
    said: dict[str, list[str]] = {}
    for line in (OPEN + PAGES + API).splitlines():
        if line and not line.startswith(" "):
            said = {whose: part.split() for whose, part in zip((OWN, CHILD), line.split(" | "), strict=False)}
            continue
        for one in filter(None, (part.strip() for part in line.split(", "))):
            name = one.rstrip(",")
            if name in found:
                raise ValueError(f"{name} twice")
            found[name] = said
    return found
