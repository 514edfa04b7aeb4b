"""`lanshou reconcile`: missing, different, extra; importing what is missing twice changes nothing (issue 3 point 5)."""

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from channels.messages import OrderPush
from commands import reconcile
from dispatch.facts import Accept, Target
from tests.commands.importing import START, Desk, make_desk

HEADER = "物流号,下单时间,寄件人,寄件人电话,取件地址,区县代码,件数,会员等级\n"
CONTENT = {
    "online": True, "business_type": "send_express", "adcode": "330106", "pieces": 1,
    "address": "浙江省杭州市西湖区文三路1号", "sender": {"name": "王小二", "phone": "13800138000"},
}  # fmt: skip


@pytest.fixture
def desk(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Desk:
    """CRM orders IS1 (11:00), IS2 (11:30) and IS9 (11:40), and one of another channel."""
    desk = make_desk(engine, database_url, monkeypatch, tmp_path)
    for number, minutes in (("IS1", 60), ("IS2", 30), ("IS9", 20)):
        desk.do(OrderPush("crm", number, START - timedelta(minutes=minutes), CONTENT))
    desk.do(OrderPush("website", "wx1", START - timedelta(minutes=20), CONTENT))
    return desk


def row(number: str, at: str = "11:00", phone: str = "13800138000", name: str = "王小二") -> str:
    return f"{number},2026-11-22 {at},{name},{phone},浙江省杭州市西湖区文三路1号,330106,1,金卡\n"


def said(text: str) -> dict[str, int]:
    """The three counts."""
    found = dict(line.split(" / ")[1].split(": ") for line in text.splitlines() if line[:2] in ("缺少", "不一", "多出"))
    return {name: int(count) for name, count in found.items()}


LIST = HEADER + row("IS1") + row("IS2", "11:30", phone="13900139000") + row("IS3", "11:45", name="欧阳明月")


def test_three_lists(desk: Desk, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    told = desk.run("reconcile", "crm", desk.file(LIST), "--report", str(report))
    assert told.exit_code == 1
    assert said(told.stdout) == {"missing": 1, "different": 1, "extra": 1}
    assert "IS9 2026-11-22T11:40:00+08:00 waiting" in told.stdout and "by position: 8 (会***)" in told.stderr
    assert "IS2: sender_phone 139******00 ≠ 138******00" in told.stdout and "wx1" not in told.stdout
    assert "IS3 2026-11-22 11:45 欧*** 138******00" in told.stdout
    text = report.read_text(encoding="utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [
        ["list", "logistics_no", "line", "field", "theirs", "ours"],
        ["different", "IS2", "3", "sender_phone", "", ""],
        ["missing", "IS3", "4", "", "", ""],
        ["extra", "IS9", "", "", "", ""],
    ]
    for canary in ("13900139000", "13800138000", "欧阳明月", "文三路"):
        assert canary not in text + told.output
    assert sorted(desk.orders()) == ["IS1", "IS2", "IS9", "wx1"]


def test_both_values_when_asked_for(desk: Desk, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    desk.run("reconcile", "crm", desk.file(LIST), "--report", str(report), "--full")
    assert "different,IS2,3,sender_phone,13900139000,13800138000" in report.read_text(encoding="utf-8-sig")


def test_importing_what_is_missing_twice_changes_nothing(desk: Desk) -> None:
    file = desk.file(LIST)
    told = desk.run("reconcile", "crm", file, "--import")
    assert "1 new" in told.stdout, told.output
    found = desk.orders()
    assert (found["IS3"].channel, found["IS3"].online, found["IS3"].station) == ("crm", True, "HZ01")
    assert found["IS2"].content["sender"]["phone"] == "13800138000"  # different ones are shown, not changed
    told = desk.run("reconcile", "crm", file, "--import")
    assert said(told.stdout) == {"missing": 0, "different": 1, "extra": 1} and "0 new" in told.stdout
    assert desk.orders() == found


def test_agreement(desk: Desk) -> None:
    told = desk.run("reconcile", "crm", desk.file(HEADER + row("IS1") + row("IS2", "11:30") + row("IS9", "11:40")))
    assert told.exit_code == 0 and said(told.stdout) == {"missing": 0, "different": 0, "extra": 0}


def test_only_numbers(desk: Desk) -> None:
    """Without a time there is no period, and that is said; with one given the extra ones are found."""
    file = desk.file("物流号\nIS1\nIS7\n")
    told = desk.run("reconcile", "crm", file)
    assert said(told.stdout) == {"missing": 1, "different": 0, "extra": 0} and "not looked for" in told.stderr
    told = desk.run("reconcile", "crm", file, "--from", "2026-11-22", "--until", "2026-11-22")
    assert said(told.stdout) == {"missing": 1, "different": 0, "extra": 2}
    told = desk.run("reconcile", "crm", file, "--from", "2026-11-23", "--until", "2026-11-23")
    assert said(told.stdout) == {"missing": 1, "different": 0, "extra": 0}
    told = desk.run("reconcile", "crm", file, "--until", "2026-11-22T11:40:00+08:00", "--from", "2026-11-22")
    assert said(told.stdout)["extra"] == 1  # the end is not part of it


def test_states(desk: Desk) -> None:
    """In our words; what is over at the channel is not imported, or a courier would be sent for nothing."""
    desk.do(Accept(Target("IS1"), "HZ01"))
    rows = "IS1,,,已接单\nIS2,,,GOT\nIS9,,,已撤单\nIS8,13800138000,杭州市西湖区,已撤单\n"
    text = "物流号,寄件人电话,取件地址,status\n" + rows
    told = desk.run("reconcile", "crm", desk.file(text), "--import")
    assert said(told.stdout) == {"missing": 1, "different": 1, "extra": 0} and told.exit_code == 1
    assert "IS9: state withdrawn ≠ waiting" in told.stdout and "no words of ours" in told.stderr
    assert "1 单在渠道已结束" in told.stderr and "IS8" not in desk.orders()


STATES = "物流号,寄件人电话,取件地址,状态\n"


@pytest.mark.parametrize("word", ["WITHDRAW", "GOT", "已取消", "10"])
def test_a_state_in_unknown_words_is_not_imported(desk: Desk, word: str) -> None:
    """Law 11: it may be over there; a person looks, named by line. Without a state it is as new as any."""
    file = desk.file(STATES + f"IS7,13800138000,杭州市西湖区,\nIS8,13800138000,杭州市西湖区,{word}\n")
    told = desk.run("reconcile", "crm", file, "--import")
    assert told.exit_code == 1 and "1 new" in told.stdout, told.output
    assert "orders.csv:3: state:" in told.stderr and "[state_unknown]" in told.stderr
    assert "1 单的状态不认识" in told.stderr and "IS7" in desk.orders() and "IS8" not in desk.orders()
    told = desk.run("reconcile", "crm", file, "--import")
    assert told.exit_code == 1 and "IS8" not in desk.orders()


@pytest.mark.parametrize(
    ("channel", "number", "word", "taken"),
    [
        ("cainiao", "LP1", "WITHDRAW", False), ("cainiao", "LP1", "ACCEPT", True), ("kuaidi100", "KD1", "99", False),
        ("alipay", "ali1", "canceled", False), ("crm", "IS8", "待接单", True),
    ],
)  # fmt: skip
def test_what_the_channels_own_words_say(desk: Desk, channel: str, number: str, word: str, taken: bool) -> None:
    """CHANNELS 1, 3, 4: what is over in them is not imported."""
    file = desk.file(STATES + f"{number},13800138000,杭州市西湖区,{word}\n")
    told = desk.run("reconcile", channel, file, "--import")
    assert "[state_unknown]" not in told.stderr and (number in desk.orders()) is taken
    assert ("1 单在渠道已结束" in told.stderr) is not taken


def test_the_period_ends_with_the_lists_last_minute(desk: Desk) -> None:
    """Lists show minutes: ours of 11:30:50 is within one that ends at 11:30, ours of 11:31:00 is not."""
    for number, seconds in (("IS3", 50), ("IS4", 60)):
        desk.do(OrderPush("crm", number, START - timedelta(minutes=30) + timedelta(seconds=seconds), CONTENT))
    told = desk.run("reconcile", "crm", desk.file(HEADER + row("IS1") + row("IS2", "11:30")))
    assert said(told.stdout) == {"missing": 0, "different": 0, "extra": 1} and "IS3" in told.stdout


def test_the_same_line_again_is_the_same_line(desk: Desk) -> None:
    """B-78: compared once, and no error; other content under the number is one."""
    lines = row("IS1") * 2 + row("IS2", "11:30") + row("IS9", "11:40")
    told = desk.run("reconcile", "crm", desk.file(HEADER + lines))
    assert told.exit_code == 0 and "1 行与前面的行相同" in told.stderr and "unreadable: 0" in told.stdout
    told = desk.run("reconcile", "crm", desk.file(HEADER + lines + row("IS1", "11:05")))
    assert told.exit_code == 1 and "[number_repeated]" in told.stderr


FREE = "物流号,物品,备注,件数,运单号\nIS1,王小二的书,给王小二 文一西路969号3号楼,王小二,13800138000\n"


def test_free_text_is_shown_with_full_only(desk: Desk) -> None:
    """ROLE-2: people write names and addresses anywhere."""
    told = desk.run("reconcile", "crm", desk.file(FREE))
    assert "goods 不同 / differs; pieces **** ≠ 1; remark 不同 / differs" in told.stdout
    for canary in ("王小二", "文一西路", "13800138000"):
        assert canary not in told.output
    told = desk.run("reconcile", "crm", desk.file(FREE), "--full")
    assert "goods 王小二的书 ≠ ∅" in told.stdout


def test_a_time_that_is_none_is_not_repeated(desk: Desk) -> None:
    told = desk.run("reconcile", "crm", desk.file("物流号,下单时间\nIS7,王小二 13800138000\n"))
    assert said(told.stdout)["missing"] == 1 and "王小二" not in told.output and "13800138000" not in told.output


def test_rows_that_cannot_be_read(desk: Desk) -> None:
    """Named by line; a number that is there twice is compared once."""
    text = LIST + row("IS1", "11:05") + row("IS 4") + row("IS5", "25:00") + row("IS9", "11:40")
    told = desk.run("reconcile", "crm", desk.file(text), "--import")
    assert told.exit_code == 1 and said(told.stdout) == {"missing": 2, "different": 1, "extra": 0}
    for where in ("orders.csv:5: logistics_no:", "orders.csv:6: logistics_no:", "orders.csv:7: created_at:"):
        assert where in told.stderr, where
    assert sorted(desk.orders()) == ["IS1", "IS2", "IS3", "IS9", "wx1"]


def test_batches_and_pages(desk: Desk, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the list: one query a batch, one a page, and the same findings."""
    monkeypatch.setattr(reconcile, "BATCH", 100)
    monkeypatch.setattr(reconcile, "PAGE", 2)
    file = desk.file(HEADER + row("IS2", "11:30") + "".join(row(f"IS1{n:04}", "11:20") for n in range(999)))
    asked: list[str] = []

    def noted(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", noted)
    told = desk.run("reconcile", "crm", file, "--from", "2026-11-22", "--until", "2026-11-22")
    event.remove(engine, "before_cursor_execute", noted)
    assert said(told.stdout) == {"missing": 999, "different": 0, "extra": 2}
    assert sum("FROM orders" in one for one in asked) == 10 + 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("content", "words", "why"),
    [
        ("寄件人\n王\n", (), "missing: logistics_no"),
        ("物流号\nIS1\n", ("--import",), "missing: sender_phone, address"),
        ("物流号,订单号\nIS1,IS2\n", (), "there twice"),
        ("物流号\nIS1\n", ("--from", "gestern"), "is no day"),
    ],
)
def test_an_unusable_list(desk: Desk, content: str, words: tuple[str, ...], why: str) -> None:
    told = desk.run("reconcile", "crm", desk.file(content), *words)
    assert told.exit_code == 2 and why in told.stderr, told.output
