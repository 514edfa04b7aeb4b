"""What comes with an appeal: files (RELIABILITY B-100), and letters that people enter (APPEAL-1)."""

from typing import Any
from urllib.parse import quote

from sqlalchemy import select

from penalties.files import MOST_BYTES
from storage.session import reading
from storage.tables import penalties as t
from storage.tables.people import audit
from tests.rules.test_appeal_files import jpeg, png
from tests.web.conftest import Visitor
from tests.web.console.appeals_calls import JSON, LETTER, SEES, As, Given, ask, code, decide, owned, send, stages, told
from tests.web.console.conftest import Land, local
from tests.web.console.test_notices import ids

__all__ = ["ids", "told"]

HOSTILE: list[tuple[Given, int, str]] = [
    ([("照片.jpg", b"MZ\x90\x00\x03\x00\x00\x00 a program")], 415, "file_type"),
    ([("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")], 415, "file_type"),
    ([("a.png", png() + b"<html><script>alert(1)</script>")], 415, "file_type"),
    ([("a.txt", b"a" * (MOST_BYTES + 1))], 413, "file_too_large"),
    ([("a.txt", b"a" * (11 << 20))], 413, "file_too_large"),
    ([("bomb.png", png(20_000, 20_000))], 422, "picture_too_large"),
    ([(f"{one}.png", png()) for one in range(11)], 422, "too_many_files"),
    ([("a.txt", b"")], 422, "file_empty"),
]


def crlf_and(station: Visitor, number: int, given: Given) -> Any:
    """These files, and one whose encoded name holds a line break."""
    fields = {"csrf_token": station.token("/appeals"), "to": "province", "text": "见附件"}
    parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    parts += [
        b"name=\"files\"; filename*=UTF-8''" + quote(name, safe="").encode() + b"\r\n\r\n" + content
        for name, content in [*given, ("a\r\nSet-Cookie: x=1.txt", b"ok")]
    ]
    body = b"".join(b"--xx\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts) + b"--xx--\r\n"
    path, form = f"/appeals/{number}/ask", "multipart/form-data; boundary=xx"
    return station.client.post(path, data=body, content_type=form, headers=JSON)


def test_b_100_hostile_files(land: Land, told: dict[str, int], as_: As) -> None:
    station, number = as_("hz01"), told["KD1"]
    for given, status, said in HOSTILE:
        assert code(ask(station, number, given)) == (status, said), given[0][0]
    assert stages(land, number) == [] and owned(land) == []
    for path, size in ((f"/appeals/{number}/ask", 103 << 20), ("/desk", 3 << 20)):
        huge = station.client.post(path, environ_overrides={"CONTENT_LENGTH": str(size)})
        assert huge.status_code == 413, "only appeals take more than 2 MiB"
    names = ["../../etc/passwd", 'a";x=".txt', *(f"{one}.jpg" for one in range(7))]
    given = [(name, jpeg() if name.endswith("jpg") else b"ok") for name in names]
    assert crlf_and(station, number, given).status_code == 303
    with reading(land.engine) as conn:
        rows = conn.execute(select(t.appeal_files).order_by(t.appeal_files.c.id)).all()
    assert len(rows) == 10 and all(len(row.own_name) == 40 for row in rows)
    assert {"passwd.txt", "aSet-Cookie x=1.txt"} <= {row.name for row in rows}
    assert not any(char in row.name for row in rows for char in '/\\\r\n"')
    for row in rows:
        headers = station.get(f"/appeals/files/{row.own_name}").headers
        assert "Set-Cookie" not in headers and headers["Content-Disposition"].startswith("attachment; ")


def test_b_100_served_as_an_attachment_to_those_who_may_see_it(land: Land, told: dict[str, int], as_: As) -> None:
    assert ask(as_("hz01a"), told["KD2"], [("证 据.txt", "正文".encode())]).status_code == 303
    [name] = owned(land)
    answer = as_("hz01").get(f"/appeals/files/{name}")
    assert answer.data.decode() == "正文" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith(f'attachment; filename="{name}.txt"') and "%E8%AF%81%20%E6%8D%AE.txt" in disposition
    for login, status in SEES.items():
        assert as_(login).get(f"/appeals/files/{name}").status_code == status, login
    assert as_("hq").get("/appeals/files/..%2f..%2fx").status_code == 404
    assert as_("hq").get(f"/appeals/files/{'0' * 40}").status_code == 404
    with reading(land.engine) as conn:
        opened = conn.scalars(select(audit.c.subject).where(audit.c.what == "appeal", audit.c.subject.like("opened%")))
        assert list(opened) == [f"opened {name}"] * (1 + list(SEES.values()).count(200))


def mail(visitor: Visitor, violation_id: int, received: str, given: Given = LETTER, **form: str) -> Any:
    said = {"number": "KD1", "violation": str(violation_id), "text": "来信称客户改期", "received_at": received, **form}
    return send(visitor, "/appeals/mail", said, given)


def test_appeal_1_by_mail_the_time_of_receipt_decides(land: Land, told: dict[str, int], as_: As) -> None:
    number = told["KD1"]
    land.clock.at = local("10:00", "2026-05-20")
    province = as_("zhejiang")
    assert "V-ACCEPT" in province.get("/appeals/mail?number=KD1").text
    assert "没有已确认的违规" in as_("xinjiang").get("/appeals/mail?number=KD1").text
    assert code(mail(as_("xinjiang"), number, "2026-05-14T23:59")) == (404, "not_found")
    assert code(mail(province, number, "2026-05-14T23:59", [])) == (422, "file_required")
    assert code(mail(province, number, "2026-05-20T10:01")) == (422, "received_ahead")
    assert code(mail(province, number, "soon")) == (422, "time_invalid")
    assert code(mail(province, number, "2026-05-14T23:59", text="")) == (422, "text_required")
    assert code(mail(province, number, "2026-05-14T23:59", number="KD3")) == (404, "not_found")
    assert code(mail(province, number, "2026-05-14T23:59", violation="")) == (422, "invalid")
    late = mail(province, number, "2026-05-15T00:00")
    assert code(late) == (422, "appeal_closed") and "2026-05-14" in late.json["detail"]
    assert mail(province, number, "2026-05-14T23:59").status_code == 303
    page = as_("hz01").get(f"/appeals/{number}").text
    assert "收到来信" in page and "来信.pdf" in page
    assert code(mail(as_("hq"), number, "2026-05-14T23:59")) == (409, "already_appealed")
    assert decide(province, number, "uphold").status_code == 303
    assert mail(as_("hq"), number, "2026-05-20T10:00").status_code == 303, "now to HQ"
    assert stages(land, number) == [("province", "upheld"), ("hq", "open")]
