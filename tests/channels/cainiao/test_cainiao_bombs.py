"""Hostile XML through the adapter: B-31..B-37 (RELIABILITY section 7 B), each refused as `S01` with 400."""

import pytest

from basics.refusal import Refusal
from tests.channels.cainiao import vectors as v
from tests.work import counted

LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
)
HEAD = "<RequestOrder><txLogisticID>LP1</txLogisticID><remark>"
TAIL = "</remark></RequestOrder>"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("<!DOCTYPE RequestOrder>" + v.CREATE, "xml_dtd_forbidden"),
        ('<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">' + v.CREATE, "xml_dtd_forbidden"),
        ('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + HEAD + "&x;" + TAIL, "xml_dtd_forbidden"),
        ('<!DOCTYPE r [<!ENTITY x SYSTEM "http://127.0.0.1:9/">]>' + HEAD + "&x;" + TAIL, "xml_dtd_forbidden"),
        (LAUGHS + "]>" + HEAD + "&j;" + TAIL, "xml_dtd_forbidden"),
        (f'<!DOCTYPE r [<!ENTITY x "{"a" * 50_000}">]>{HEAD}{"&x;" * 50_000}{TAIL}', "xml_dtd_forbidden"),
        ('<!DOCTYPE r [<!ENTITY x "harmless">]>' + HEAD + "&x;" + TAIL, "xml_dtd_forbidden"),
        (HEAD + "&x;" + TAIL, "xml_invalid"),
        ("<a>" * 33 + "</a>" * 33, "xml_too_deep"),
        ("<a>" * 80_000, "xml_too_deep"),
        ("<RequestOrder " + " ".join(f'a{n}="1"' for n in range(65)) + "/>", "xml_too_large"),
        ("<RequestOrder " + " ".join(f'a{n}="1"' for n in range(20_000)) + "/>", "xml_too_large"),
        ("<RequestOrder><items>" + "<item/>" * 10_000 + "</items></RequestOrder>", "xml_too_large"),
        (v.CREATE[:-1], "xml_invalid"),
        (v.CREATE + v.CREATE, "xml_invalid"),
        ("hello1234", "xml_invalid"),
    ],
    ids=range(16),
)
@pytest.mark.parametrize("wrap", [v.form, v.link])
def test_b_31_to_b_37(content: str, code: str, wrap: type) -> None:
    body = wrap(content)
    with counted() as work:
        found = v.said(body)
    assert work.calls <= 2_000 + 2 * len(body)  # B-33: what is written in it is not carried out
    assert isinstance(found, Refusal) and found.code == code
    answer = v.answered(body)
    assert answer.status == 400 and ">S01<" in answer.body and code in answer.body
    assert "localhost" not in answer.body and "harmless" not in answer.body


def test_b_36_thirty_two_levels_are_fine() -> None:
    found = v.said(v.form(f"<RequestOrder><txLogisticID>LP1</txLogisticID>{'<a>' * 31}{'</a>' * 31}</RequestOrder>"))
    assert not isinstance(found, Refusal)
