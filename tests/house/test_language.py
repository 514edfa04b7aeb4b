"""zh-CN first, English by a switch: no template says anything in Chinese alone."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "web" / "templates"
CHINESE = re.compile(r"[\u3400-\u9fff]")
TAG = re.compile(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", re.S)
STRING = re.compile(r'"([^"\n]*)"|\'([^\'\n]*)\'')
PROSE = re.compile(r"^ ?[A-Z][A-Za-z]|[a-z] [a-z#%]|^[,;:] [a-z]|^[A-Z].* $")  # no key of a dictionary, no code
WORD = re.compile(r"[A-Za-z]{2}")
# What stands in Chinese for every reader, each with its reason.
AS_THEY_ARE = {
    ("_memory_places.html", "翡翠城;路、村连同镇街:塘栖镇人民路"): "a place to type",
    ("_language.html", "中文"): "the name of a language, in it",
    ("_entry_form.html", '王小二 13800138000 浙江省杭州市余杭区五常街道文一西路969号3号楼"'): "an address to paste",
    ("caller.html", "浙江省杭州市西湖区文三路1号"): "an address to type",
}


def partnered(expression: str, found: re.Match[str]) -> bool:
    """A Chinese string whose English follows as the next string, or stands under `english=`."""
    after = expression[found.end() :]
    following = STRING.search(after)
    between = after[: following.start()] if following else after
    if following and not CHINESE.search(following[0]) and re.fullmatch(r"[^\"']*,\s*(english=)?[^\"']*", between):
        return True
    if any(
        WORD.search(one[0]) and not CHINESE.search(one[0]) for one in STRING.finditer(call_around(expression, found))
    ):
        return True
    strings = [one[0][1:-1] for one in STRING.finditer(expression)]
    prose = [one for one in strings if not CHINESE.search(one) and PROSE.search(one)]
    return "english=" in after or len(prose) >= sum(bool(CHINESE.search(one)) for one in strings)


def call_around(expression: str, found: re.Match[str]) -> str:
    """The arguments of the `t(…)` or `both(…)` that a string stands in; empty when it stands in none."""
    for start in re.finditer(r"\b(?:t|both)\(", expression):
        depth, end = 1, start.end()
        while depth and end < len(expression):
            depth += {"(": 1, ")": -1}.get(expression[end], 0)
            end += 1
        if start.end() <= found.start() < end:
            return expression[start.end() : end]
    return ""


def alone(name: str, text: str) -> list[str]:
    """Chinese of a template that has no English."""
    found: list[str] = []
    at = 0
    for tag in TAG.finditer(text):
        found += [piece.strip() for piece in re.split(r"[<>\n]", text[at : tag.start()]) if CHINESE.search(piece)]
        if not tag[0].startswith("{#"):
            strings = [one for one in STRING.finditer(tag[0]) if CHINESE.search(one[0])]
            found += [one[0][1:-1] for one in strings if not partnered(tag[0], one)]
        at = tag.end()
    found += [piece.strip() for piece in re.split(r"[<>\n]", text[at:]) if CHINESE.search(piece)]
    return [one for one in found if (name, one) not in AS_THEY_ARE]


def test_templates_speak_both_languages() -> None:
    lines = []
    for path in sorted(TEMPLATES.glob("*.html")):
        lines += [f"{path.name}: {one}" for one in alone(path.name, path.read_text("utf-8"))]
    assert not lines, f"{len(lines)} texts in Chinese alone:\n" + "\n".join(lines)


def test_exceptions_are_still_there() -> None:
    assert [one for one in AS_THEY_ARE if one[1] not in (TEMPLATES / one[0]).read_text("utf-8")] == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('<p>{{ t("订单", "Orders") }}</p>', []),
        ("<p>订单</p>", ["订单"]),
        ('<b title="{{ "订单" }}">', ["订单"]),
        ('{% call ui.table([("订单", "order"), ("网点", "station")], title="来源", english="Sources") %}', []),
        ('{{ t("订单", "网点") }}', ["订单", "网点"]),
        ("{# 订单 #}", []),
    ],
)
def test_the_search_finds_what_it_should(text: str, left: list[str]) -> None:
    assert alone("x.html", text) == left
