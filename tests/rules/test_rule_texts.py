"""The rule text in force: every number is the edition's, in both languages."""

import re

import pytest

from rulebook.edition import KINDS
from rulebook.rule_texts import in_yuan, rule_text, rule_texts
from tests.rules.editions import FIRST_CALL, SHIPPED, later

FIRST = SHIPPED.editions[0]
WANTED = [
    "DUTY-1",
    "DUTY-2",
    "ACCEPT-1",
    "ACCEPT-2",
    "PICKUP-1",
    "PICKUP-2",
    "TRANSFER-1",
    "CLOCK-1",
    "CLOCK-2",
    "PROMISE-1",
    "DO-2",
    "DO-4",
    "DO-9",
    "WAYBILL-1",
    "VIO-1",
    "VIO-2",
    "VIO-3",
    "ROUTE-6",
    "DAY-1",
    "APPEAL-1",
    "APPEAL-2",
]


def test_every_rule_of_an_evidence_pack_has_its_text() -> None:
    texts = rule_texts(FIRST)
    for rule in (*WANTED, *KINDS):
        assert re.search("[\u4e00-\u9fff]", texts[rule].zh) and re.search("[a-z]{3}", texts[rule].en), rule
    assert not any(mark in text.zh + text.en for text in texts.values() for mark in "{}")
    assert rule_text(FIRST, "NO-1") is None


# rule, words of the shipped text, their replacement, what the rule says then in both languages
CHANGED = [
    ("DUTY-1", 'opens = { value = "08:00"', 'opens = { value = "07:30"', "07:30–20:00", "07:30–20:00"),
    ("DUTY-1", 'closes = { value = "21:00"', 'closes = { value = "24:00"', "10:00–24:00", "10:00–24:00"),
    ("DUTY-3", "look_every = { value = 20", "look_every = { value = 25", "25 分钟", "25 minutes"),
    ("ACCEPT-1", "accept = { value = 30", "accept = { value = 45", "45 分钟", "45 minutes"),
    ("ACCEPT-1", "accept = { value = 30", "accept = { value = 60", "1 小时", "within 1 hour of"),
    ("TRANSFER-1", "transfer = { value = 30", "transfer = { value = 35", "35 分钟", "35 minutes"),
    ("PICKUP-1", "pickup = { value = 16", "pickup = { value = 12", "12 小时", "12 hours"),
    ("PICKUP-1", "scan_proof = { value = 24", "scan_proof = { value = 36", "36 小时", "36 hours"),
    ("PICKUP-2", "pickup_least_hold = { value = 4", "pickup_least_hold = { value = 5", "5 小时", "5 hours"),
    ("PROMISE-1", "promise = { value = 2", "promise = { value = 3", "3 小时", "3 hours"),
    ("CHAN-5", "close = { value = 24", "close = { value = 30", "30 小时", "30 hours"),
    ("DO-2", 'zh = "无法进入", en = "cannot enter"', 'zh = "进不去", en = "no entry"', "进不去", "no entry"),
    ("DO-9", "correction = { value = 24", "correction = { value = 6", "6 小时", "6 hours"),
    ("WAYBILL-1", "digits = { value = 14", "digits = { value = 15", "15 位", "15 digits"),
    ("WAYBILL-1", 'value = "none"', 'value = "luhn"', "Luhn", "Luhn"),
    ("VIO-2", "order_again = { value = 24", "order_again = { value = 48", "48 小时", "48 hours"),
    ("VIO-3", "late_push = { value = 2", "late_push = { value = 3", "3 分钟", "3 minutes"),
    ("V-ACCEPT", "V-ACCEPT = { value = 10000", "V-ACCEPT = { value = 12050", "120.50 元", "120.50 yuan"),
    ("V-FALSE-WAYBILL", "scan_proof = { value = 24", "scan_proof = { value = 36", "36 小时", "36 hours"),
    ("APPEAL-1", "station_days = { value = 3", "station_days = { value = 4", "4 天", "4 days"),
    ("APPEAL-2", "hq_days = { value = 3", "hq_days = { value = 6", "6 天", "6 days"),
    ("DAY-1", "change_announced_by = { value = 15", "change_announced_by = { value = 10", "10 日", "day 10"),
    ("ROUTE-2", "far_from_district = { value = 10", "far_from_district = { value = 12", "12 公里", "12 km"),
    ("REWARD-1", "amount = { value = 20000", "amount = { value = 30000", "300 元", "300 yuan"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "old", "new", "zh", "en"), CHANGED)
def test_a_changed_number_changes_the_text(rule: str, old: str, new: str, zh: str, en: str) -> None:
    before, after = rule_text(FIRST, rule), rule_text(later("2026-06-01", (old, new)), rule)
    assert before is not None and after is not None
    assert zh not in before.zh and en not in before.en
    assert zh in after.zh and en in after.en


def test_do_8_the_ladder() -> None:
    more = '\n[ladder]\ntint = { value = 22, unit = "duty minutes left", rule = "DO-8" }\n'
    text = rule_text(later(more=more), "DO-8")
    assert text is not None and "剩 22 分钟时变色" in text.zh and "tint at 22 minutes" in text.en


def test_clock_2_a_clock_of_the_edition_s_own_has_a_text() -> None:
    text = rule_text(later(more=FIRST_CALL), "CALL-1")
    assert text is not None and "首次联系" in text.zh and "2 小时(只计在岗时间)" in text.zh and "不罚款" in text.zh
    assert "within 2 hours" in text.en and "a call to the customer or pickup" in text.en
    fine = 'V-CALL = { value = 5000, unit = "fen", heading = "timeliness", rule = "V-CALL" }\nV-ACCEPT ='
    fined = later("2026-06-01", ("V-ACCEPT =", fine), more=FIRST_CALL + 'violation = "V-CALL"\n')
    texts = rule_texts(fined)
    assert "V-CALL" in texts["CALL-1"].zh and "50 元" in texts["V-CALL"].zh and "首次联系" in texts["V-CALL"].zh
    under = rule_text(later(more=FIRST_CALL.replace("CALL-1", "ACCEPT-1")), "ACCEPT-1")
    assert under is not None and under.zh.startswith("自下单起 30 分钟") and "首次联系" in under.zh


@pytest.mark.parametrize(("fen", "said"), [(0, "0"), (1, "0.01"), (50, "0.50"), (10_000, "100"), (123_456, "1,234.56")])
def test_yuan(fen: int, said: str) -> None:
    assert in_yuan(fen) == said
