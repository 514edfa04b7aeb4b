"""`lanshou orders import`: good rows become orders once, bad ones are named by line (issue 3 point 5, B-78, B-80)."""

import csv
import io
import stat
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, func, select

from channels.messages import OrderPush
from commands import order_import
from dispatch.actions import conduct
from dispatch.facts import Accept, Target
from storage.session import reading
from storage.tables.channels import outbox
from tests.commands.importing import START, Desk, make_desk

HEADER = "物流号,下单时间,来源,寄件人,寄件人电话,取件地址,区县代码,件数,重量(kg),运单号\n"


@pytest.fixture
def desk(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Desk:
    return make_desk(engine, database_url, monkeypatch, tmp_path)


def row(number: str = "", phone: str = "13800138000", waybill: str = "", pieces: str = "1") -> str:
    return f"{number},2026-11-22 09:30,电话,王小二,{phone},浙江省杭州市西湖区文三路1号,330106,{pieces},1.5,{waybill}\n"


def test_orders_of_staff(desk: Desk) -> None:
    """CHAN-2: offline. CHAN-1: numbers of our own; the same file again makes nothing."""
    file = desk.file(HEADER + row() + row("LS1"))
    told = desk.run("orders", "import", file)
    assert told.exit_code == 0 and "2 new" in told.stdout, told.output
    found = desk.orders()
    assert [number[:2] for number in found] == ["LS", "LS"] and "LS1" in found
    made = found["LS1"]
    assert (made.channel, made.online, made.state, made.station) == ("staff", False, "waiting", "HZ01")
    assert made.content["source"] == "phone" and made.created_at.isoformat() == "2026-11-22T01:30:00+00:00"
    again = desk.run("orders", "import", file)
    assert again.exit_code == 0 and "0 new" in again.stdout and "2 / there already" in again.stdout
    assert desk.orders() == found


def test_orders_of_a_channel(desk: Desk, engine: Engine) -> None:
    told = desk.run("orders", "import", desk.file(HEADER + row("IS1")), "--channel", "crm")
    assert told.exit_code == 0, told.output
    one = desk.orders()["IS1"]
    assert (one.channel, one.online, one.station) == ("crm", True, "HZ01") and "source" not in one.content


def test_an_order_that_the_channel_pushed_stays_as_it_is(desk: Desk) -> None:
    """A list knows less than a push: it must not take away what the channel wants to see again."""
    content = {"online": True, "business_type": "send_express", "adcode": "330106", "echo": {"a": "b"},
               "sender": {"phone": "13900139000"}}  # fmt: skip
    desk.do(OrderPush("crm", "IS1", START, content))
    told = desk.run("orders", "import", desk.file(HEADER + row("IS1")), "--channel", "crm")
    assert told.exit_code == 0 and "1 / there already" in told.stdout
    assert desk.orders()["IS1"].content == content


def test_b_80_bad_rows_are_named_and_the_others_stored(desk: Desk, tmp_path: Path) -> None:
    lines = [row(f"LS{n}") for n in range(1, 8)]
    lines[1] = row("LS2", phone="1.38E+10")
    lines[3] = row("LS4").replace("电话", "传话")
    lines[5] = "LS6,too,few\n"
    report = tmp_path / "report.csv"
    told = desk.run("orders", "import", desk.file(HEADER + "".join(lines)), "--report", str(report))
    assert told.exit_code == 1 and "4 new" in told.stdout and "3 行 / rows not taken" in told.stdout
    for where in (
        "orders.csv:3: sender_phone:", "[number_cut]", "orders.csv:5: source:", "[value_unknown]",
        "orders.csv:7: ", "[columns_wrong]",
    ):  # fmt: skip
        assert where in told.stderr, where
    assert sorted(desk.orders()) == ["LS1", "LS3", "LS5", "LS7"]
    written = list(csv.reader(io.StringIO(report.read_text(encoding="utf-8-sig"))))
    assert [line[:5] for line in written] == [
        ["line", "logistics_no", "result", "field", "code"],
        ["3", "", "bad", "sender_phone", "number_cut"],
        ["5", "", "bad", "source", "value_unknown"],
        ["7", "", "bad", "", "columns_wrong"],
    ]
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    assert "13800138000" not in report.read_text(encoding="utf-8") + told.output


def test_held_rows_are_stored_and_named(desk: Desk) -> None:
    """CHAN-5, and a correction in the same file releases."""
    told = desk.run("orders", "import", desk.file(HEADER + row("LS1", phone="", pieces="0") + row("LS2")))
    assert told.exit_code == 0 and "2 new" in told.stdout and "1 / held" in told.stdout
    assert "orders.csv:2: sender_phone, pieces:" in told.stderr
    assert desk.orders()["LS1"].state == "held"
    told = desk.run("orders", "import", desk.file(HEADER + row("LS1") + row("LS2")))
    assert "0 new" in told.stdout and "1 / changed" in told.stdout
    assert desk.orders()["LS1"].state == "waiting"


def test_an_old_file_undoes_nothing(desk: Desk) -> None:
    """CHAN-6: what was told before is no news, though the order has changed since."""
    first, second = HEADER + row("LS1"), HEADER + row("LS1", pieces="2")
    for content in (first, second, first):
        assert desk.run("orders", "import", desk.file(content)).exit_code == 0
    assert desk.orders()["LS1"].content["pieces"] == 2
    desk.do(Accept(Target("LS1"), "HZ01"))
    assert desk.run("orders", "import", desk.file(second)).exit_code == 0
    told = desk.run("orders", "import", desk.file(HEADER + row("LS1", pieces="3")))
    assert told.exit_code == 1 and "[order_already_accepted]" in told.stderr


def test_another_business_type_changes_nothing(desk: Desk, engine: Engine) -> None:
    """REPLAY fine print 2: the type stays that of the first push, and that is said; twice is once (B-78)."""
    desk.run("orders", "import", desk.file(HEADER + row("LS1") + row("LS2")))
    first = desk.orders()
    renamed = HEADER.strip() + ",业务类型\n" + row("LS1").strip() + ",在线下单\n" + row("LS2").strip() + ",我要寄快递\n"
    for _ in range(2):
        told = desk.run("orders", "import", desk.file(renamed))
        assert told.exit_code == 1 and "0 / changed" in told.stdout and "2 / there already" in told.stdout
        assert "orders.csv:2: business_type:" in told.stderr and "[type_fixed]" in told.stderr
        assert "orders.csv:3:" not in told.stderr
        assert desk.orders() == first  # their versions too: nothing was logged
    told = desk.run("orders", "import", desk.file(renamed.replace(",330106,1,", ",330106,4,")))
    assert "2 / changed" in told.stdout and "[type_fixed]" in told.stderr
    made = desk.orders()["LS1"]
    assert (made.business_type, made.content["pieces"]) == ("send_express", 4)


def test_a_waybill_number_sent_along_later_changes_once(desk: Desk) -> None:
    """It would make another type, which stays as it was: the third file is the second one again."""
    desk.run("orders", "import", desk.file(HEADER + row("LS1")))
    later = desk.file(HEADER + row("LS1", waybill="55000000000017"))
    assert "1 / changed" in desk.run("orders", "import", later).stdout
    second = desk.orders()
    told = desk.run("orders", "import", later)
    assert "0 / changed" in told.stdout and "[type_fixed]" in told.stderr and desk.orders() == second


def test_a_number_twice_in_a_file(desk: Desk) -> None:
    """B-78: the same row counts once; another order under its number is an error."""
    told = desk.run("orders", "import", desk.file(HEADER + row("LS1") + row("LS1") + row("LS1", pieces="2")))
    assert told.exit_code == 1 and "1 new" in told.stdout and "1 / there already" in told.stdout
    assert "orders.csv:4: logistics_no:" in told.stderr and "[number_repeated]" in told.stderr
    assert desk.orders()["LS1"].content["pieces"] == 1


def test_a_waybill_number_that_could_not_be_taken_is_named(desk: Desk) -> None:
    """WAYBILL-1: the order is there without it, and somebody must know."""
    told = desk.run("orders", "import", desk.file(HEADER + row("LS1", waybill="12345") + row("LS2")))
    assert told.exit_code == 1 and "2 new" in told.stdout
    assert "orders.csv:2: waybill_no:" in told.stderr and "[waybill_not_taken]" in told.stderr


def test_a_foreign_prefix_waits_for_a_person(desk: Desk) -> None:
    """CHAN-1: never refused for its number."""
    assert desk.run("orders", "import", desk.file(HEADER + row("LP1"))).exit_code == 0
    assert (desk.orders()["LP1"].state, desk.orders()["LP1"].routing_cause) == ("at_data_centre", "prefix")


def test_killed_in_the_middle(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was committed stays, and running it again completes it."""
    monkeypatch.setattr(order_import, "BATCH", 4)
    calls = 0

    def dying(*given: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return conduct(*given)

    monkeypatch.setattr(order_import, "conduct", dying)
    file = desk.file(HEADER + "".join(row() for _ in range(11)))
    assert desk.run("orders", "import", file).exit_code == 1
    half = set(desk.orders())
    assert len(half) == 8
    told = desk.run("orders", "import", file)
    assert told.exit_code == 0 and "3 new" in told.stdout and "8 / there already" in told.stdout
    assert len(desk.orders()) == 11 and half < set(desk.orders())


def test_a_row_that_breaks_its_batch_is_named_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def poisoned(conn: Any, items: Any, world: Any) -> Any:
        if any(item.what.logistics_no == "LS2" for item in items):
            raise RuntimeError("poison")
        return conduct(conn, items, world)

    monkeypatch.setattr(order_import, "conduct", poisoned)
    told = desk.run("orders", "import", desk.file(HEADER + row("LS1") + row("LS2") + row("LS3")))
    assert told.exit_code == 1 and "orders.csv:3:" in told.stderr and "[internal_error]" in told.stderr
    assert sorted(desk.orders()) == ["LS1", "LS3"]


def test_an_offline_order_tells_no_channel(desk: Desk, engine: Engine) -> None:
    desk.run("orders", "import", desk.file(HEADER + row("LS1", phone="")))
    with reading(engine) as conn:
        assert conn.scalar(select(func.count()).select_from(outbox).where(outbox.c.channel == "staff")) == 0


@pytest.mark.parametrize(
    ("content", "words", "why"),
    [
        ("甲,乙\n1,2\n", (), "no header"),
        (HEADER.replace("来源", "会员等级") + row(), (), "unknown columns, by position: 3 (会***)"),
        (HEADER.replace("来源", "寄件电话") + row(), (), "there twice: sender_phone"),
        ("物流号,寄件人电话\nLS1,1\n", (), "missing: address"),
        ("寄件人电话,取件地址\n1,2\n", ("--channel", "crm"), "missing: logistics_no"),
        (HEADER + row() + '"', (), "cannot be read"),
        ("", (), "empty"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_unusable_file_changes_nothing(desk: Desk, content: str, words: tuple[str, ...], why: str) -> None:
    told = desk.run("orders", "import", desk.file(content), *words)
    assert told.exit_code == 2 and why in told.stderr, told.output
    assert not desk.orders()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_of_50_000_rows_is_the_largest(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """B-111: refused before the first row was stored."""
    assert order_import.MOST_ROWS == 50_000
    told = desk.run("orders", "import", desk.file(HEADER + row() * 50_001))
    assert told.exit_code == 2 and "more than 50000 rows" in told.stderr and not desk.orders()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_report_does_not_overwrite_the_file(desk: Desk) -> None:
    file = desk.file(HEADER + row())
    assert desk.run("orders", "import", file, "--report", file).exit_code == 2
    assert Path(file).read_text(encoding="utf-8") == HEADER + row()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_report_is_its_owners_alone_even_where_a_file_was(desk: Desk, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    report.write_text("x" * 10_000)
    report.chmod(0o644)
    desk.run("orders", "import", desk.file(HEADER + row()), "--report", str(report))
    assert stat.S_IMODE(report.stat().st_mode) == 0o600 and "x" not in report.read_text(encoding="utf-8")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_report_follows_no_symbolic_link(desk: Desk, tmp_path: Path) -> None:
    victim, link = tmp_path / "victim", tmp_path / "report.csv"
    victim.write_text("kept")
    victim.chmod(0o644)
    link.symlink_to(victim)
    told = desk.run("orders", "import", desk.file(HEADER + row()), "--report", str(link))
    assert told.exit_code == 2 and not desk.orders()
    assert victim.read_text() == "kept" and stat.S_IMODE(victim.stat().st_mode) == 0o644


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_without_header_shows_no_customer(desk: Desk) -> None:
    """ROLE-2: its first row stands where the columns' names should."""
    told = desk.run("orders", "import", desk.file("寄件人电话,取件地址,王小二 13800138000,\x1b[31m,13800138000\n"))
    assert told.exit_code == 2 and "by position: 3 (王***), 4 (***), 5 (***)" in told.stderr
    told = desk.run("orders", "import", desk.file("王小二,13800138000\n"))
    assert told.exit_code == 2
    for canary in ("小二", "13800138000", "\x1b"):
        assert canary not in told.output


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_template_filled_in_can_be_imported(desk: Desk, tmp_path: Path) -> None:
    told = desk.run("orders", "import", "--template", "xlsx")
    book = load_workbook(io.BytesIO(told.stdout_bytes))
    sheet = book.worksheets[0]
    names = [cell.value for cell in sheet[1]]
    values = {"寄件人电话": "13800138000", "取件地址": "浙江省杭州市西湖区文三路1号", "区县代码": "330106"}
    sheet.append([values.get(str(name)) for name in names])
    book.save(tmp_path / "filled.xlsx")
    assert desk.run("orders", "import", str(tmp_path / "filled.xlsx")).exit_code == 0
    assert [one.station for one in desk.orders().values()] == ["HZ01"]
    text = desk.run("orders", "import", "--template", "csv").stdout_bytes.decode("utf-8-sig")
    assert next(csv.reader(io.StringIO(text))) == names
