"""Money: the ledger, what people ask of it, settlement, and statements (LEDGER-1, ROLE-3, SETTLE-1)."""

from typing import Any

from flask import Response
from sqlalchemy import Row

from basics.refusal import Refusal
from penalties import byhand
from penalties.booking.queries import balances, head
from penalties.browsing.queries import PAGE, newest
from penalties.requests import queries
from penalties.settling.queries import dry_run
from penalties.statements import queries as statements
from penalties.statements.entry import decision_words
from people.access import Action
from web.api.fields import (
    BIGGEST,
    Done,
    From,
    Page,
)
from web.api.money_shown import (
    Account,
    AccountsQuery,
    AskMoney,
    AskPayout,
    Balances,
    DecideRequest,
    Entry,
    LedgerFilters,
    LedgerQuery,
    MoneyRequest,
    MonthQuery,
    Movement,
    Posting,
    ProposeMonth,
    RequestNumber,
    RequestsQuery,
    Run,
    Statement,
    StationMonthQuery,
)
from web.api.operation import Api
from web.auth import current_actor, current_scope
from web.console import approvals, ledger_page, money_forms, payouts, settlement
from web.console import statements as accounts
from web.console.approvals import STATUS, problem, status_of
from web.console.fields import argument, cursor, cursor_text
from web.errors import FieldError, Problem
from web.services import now, services
from web.transactions import seeing

api = Api("money", "资金 / Money")
NUMBER = f"<int(max={BIGGEST}):number>"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@api.get("/ledger", Action.SEE_LEDGER, "账本 / The ledger")
def ledger(query: LedgerQuery) -> Page[Posting]:
    """Newest first."""
    with seeing() as conn:
        rows = newest(conn, ledger_page.filters_asked(), int(query.after) if query.after else None, PAGE + 1)
    items = [
        Posting.model_validate({**one.row._mapping, "kind": one.kind, "lines": _lines(one.lines)})
        for one in rows[:PAGE]
    ]
    return Page[Posting](items=items, next=str(rows[PAGE - 1].row.seq) if len(rows) > PAGE else None)


@api.get("/ledger.csv", Action.SEE_LEDGER, "导出账本 / The ledger as CSV", media="text/csv")
def ledger_csv(query: LedgerFilters) -> Response:
    """A line an account moved, oldest first."""
    return ledger_page.download()


@api.get("/ledger/balances", Action.SEE_LEDGER, "试算平衡 / The trial balance")
def trial() -> Balances:
    """Every account."""
    with seeing() as conn:
        found, end = balances(conn), head(conn)
    return Balances(items=_lines(sorted(found.items())), total_fen=sum(found.values()), seq=end.seq, chain=end.chain)


@api.get("/money", Action.SEE_LEDGER, "审批列表 / Requests")
def requests(query: RequestsQuery) -> Page[MoneyRequest]:
    """What people ask of the ledger (ROLE-3)."""
    actor = current_actor()
    with seeing() as conn:
        if query.tab == "decided":
            found = queries.decided(conn, cursor())
        else:
            found = (queries.made_by if query.tab == "mine" else queries.open_for)(conn, actor, cursor())
        free = approvals.reasons(conn, found.rows)["free"]
    items = [_request(row, free) for row in found.rows]
    return Page[MoneyRequest](items=items, next=cursor_text(found.following) or None)


@api.get(f"/money/{NUMBER}", Action.SEE_LEDGER, "一件申请 / One request")
def request_of(number: int) -> MoneyRequest:
    """With the digest that an approval names."""
    with seeing() as conn:
        row = queries.request_of(conn, number)
        if row is None:
            raise Problem("not_found")
        return _request(row, approvals.reasons(conn, [row])["free"])


@api.post("/money/ask", Action.MOVE_MONEY, "提出申请 / Ask for money to be moved", step_up=True)
def ask(body: AskMoney) -> RequestNumber:
    """Another one decides (four eyes)."""
    if body.kind in (byhand.ADJUSTMENT, byhand.CHANGE) and not body.direction:
        raise Problem("invalid", errors=(FieldError("direction", "unknown"),))
    typed = body.model_dump(exclude={"kind"})
    return _number(money_forms.asked(body.kind, typed, money_forms.new_key()))


@api.post(f"/money/{NUMBER}/decide", Action.MOVE_MONEY, "审批 / Approve or decline", step_up=True)
def decide(number: int, body: DecideRequest) -> Done:
    """Never one's own, nor of one's own station."""
    refusal = approvals.decided(number, body.decision, body.reason, body.digest)
    if refusal is not None:
        raise problem(refusal, status_of(refusal))
    return Done()


@api.post(f"/money/{NUMBER}/withdraw", Action.MOVE_MONEY, "撤回申请 / Withdraw a request")
def withdraw(number: int) -> Done:
    """By its maker, while it waits."""
    approvals.withdrawn(number)
    return Done()


@api.get("/payouts", Action.ASK_PAYOUT, "本网点资金申请 / Requests about one's stations")
def own_requests(query: From) -> Page[MoneyRequest]:
    """Newest first."""
    with seeing() as conn:
        found = queries.about_stations(conn, current_scope().stations, cursor())
        free = approvals.reasons(conn, found.rows)["free"]
    items = [_request(row, free) for row in found.rows]
    return Page[MoneyRequest](items=items, next=cursor_text(found.following) or None)


@api.post("/payouts/ask", Action.ASK_PAYOUT, "申请提现 / Ask for a pay-out")
def ask_payout(body: AskPayout) -> RequestNumber:
    """Of the credit of the asker's own house."""
    typed = {"amount": body.amount, "reason": body.reason, "station": current_actor().station or ""}
    return _number(money_forms.asked(byhand.PAYOUT, typed, money_forms.new_key()))


@api.post(f"/payouts/{NUMBER}/withdraw", Action.ASK_PAYOUT, "撤回提现 / Withdraw a pay-out")
def withdraw_payout(number: int) -> Done:
    """Another's does not exist for him (ROLE-1)."""
    payouts.withdraw_own(number)
    return Done()


@api.get("/settlement", Action.SEE_LEDGER, "结算试算 / Dry run of a settlement")
def settlement_run(query: MonthQuery) -> Run:
    """Of a month that is over."""
    if not byhand.has_rules(query.month, services().book):
        raise Problem("not_found")
    if not byhand.is_over(query.month, now()):
        raise Problem("month_not_over", "该月尚未结束 / The month is not over", status=422)
    with seeing() as conn:
        run = dry_run(conn, query.month, services().book, now())
    if isinstance(run, Refusal):
        raise problem(run, STATUS.get(run.code, 422))
    return Run.model_validate(run)


@api.post("/settlement/propose", Action.SETTLE, "提出结算或关账 / Propose a settlement or closing", step_up=True)
def propose(body: ProposeMonth) -> RequestNumber:
    """The first signature; another one approves it as any request."""
    key = money_forms.new_key()
    return _number(settlement.proposed(body.kind, body.month, body.digest, key, body.reason))


@api.get("/accounts", Action.SEE_STATEMENT, "账户 / Accounts")
def houses(query: AccountsQuery) -> Page[Account]:
    """Of one's scope, by code."""
    with seeing() as conn:
        found = statements.houses(conn, current_scope(), query.q, argument("after", 40))
    items = [Account.model_validate({**row._mapping, "balance_fen": balance}) for row, balance in found.rows]
    return Page[Account](items=items, next=found.following or None)


@api.get("/statements", Action.SEE_STATEMENT, "对账单 / A statement")
def statement(query: StationMonthQuery) -> Statement:
    """Entry by entry."""
    found, _ = accounts.statement_for(query.station, query.month)
    entries = [
        Entry.model_validate({name: getattr(one, name, "") for name in Entry.model_fields} | {"decided": _said(one)})
        for one in found.entries
    ]
    shown = {name: getattr(found, name) for name in Statement.model_fields if name != "entries"}
    return Statement.model_validate(shown | {"entries": entries})


@api.get("/statements.csv", Action.SEE_STATEMENT, "对账单 CSV / A statement as CSV", media="text/csv")
def statement_csv(query: StationMonthQuery) -> Response:
    """The same table for spreadsheets."""
    return accounts.csv(query.station, query.month)


@api.get("/statements.xlsx", Action.SEE_STATEMENT, "对账单 XLSX / A statement as a workbook", media=WORKBOOK)
def statement_xlsx(query: StationMonthQuery) -> Response:
    """The same table."""
    return accounts.xlsx(query.station, query.month)


@api.get("/statements.pdf", Action.SEE_STATEMENT, "对账单 PDF / A statement on paper", media="application/pdf")
def statement_pdf(query: StationMonthQuery) -> Response:
    """The same, typeset."""
    return accounts.pdf(query.station, query.month)


def _said(entry: Any) -> str:
    return str(decision_words(entry) or "")


def _lines(lines: Any) -> list[Movement]:
    return [Movement(account=account, amount_fen=fen) for account, fen in lines]


def _request(row: Row[Any], free: Any) -> MoneyRequest:
    shown = {"reason": free(row, row.reason), "decision": free(row, row.decision)}
    return MoneyRequest.model_validate({**row._mapping, **shown})


def _number(result: int | Refusal) -> RequestNumber:
    if isinstance(result, Refusal):
        raise problem(result, STATUS.get(result.code, 422))
    return RequestNumber(number=result)
