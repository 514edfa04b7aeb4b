"""`lanshou route FILE -o OUT`: tables, good and hostile, and where they are written (issue 4, B-72)."""

import csv
import os
from pathlib import Path

import pytest
from click.testing import Result

from tests.commands.asking import AT, PLAIN, data, run


def table(tmp_path: Path, text: str | bytes, *words: str) -> tuple[Result, list[dict[str, str]]]:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(text if isinstance(text, bytes) else text.encode())
    answer = run(str(source), "-o", str(out), "--network", PLAIN, "--at", AT, *words)
    if not out.exists():
        return answer, []
    assert out.stat().st_mode & 0o777 == 0o600 and list(tmp_path.glob(".out*")) == []
    with out.open(encoding="utf-8-sig", newline="") as file:
        return answer, list(csv.DictReader(file))


ROWS = """id,lng,LAT ,坐标系,adcode,地址,备注
1,120.03,30.03,GCJ-02,,,=1+1
2,30.03,120.03,gcj02,330106,,-12.50
3,120.03,,GCJ-02,,,@x
4,120.03,30.03,CGCS2000,,,
5,1e400,30.03,GCJ-02,,,
6,,,,,,没有
7,,,,330106,,"a
b"
8,120.15,30.05,WGS-84,,,
9,120.03
10,,,,,杭州\x00,
""".replace("地址", "address")


def test_a_table(tmp_path: Path) -> None:
    """Rows with errors get them, the others go on; what others wrote into the cells runs nowhere."""
    answer, rows = table(tmp_path, ROWS)
    assert answer.exit_code == 0, answer.stderr
    assert [row["id"] for row in rows] == ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]
    assert (rows[0]["station"], rows[0]["cause"], rows[0]["candidates"]) == ("HZ01A", "area", "HZ01A HZ01")
    assert float(rows[0]["metres_to_border"]) > 0 and rows[0]["error"] == ""
    assert (rows[1]["ignored"], rows[1]["district"]) == ("swapped", "330106")
    for place, words in (
        (2, "lat: "),
        (3, "datum: "),
        (4, "lng: "),
        (5, "至少给出一项"),
        (8, "列数"),
        (9, "address: "),
    ):
        assert words in rows[place]["error"] and rows[place]["station"] == "", place
    assert (rows[7]["station"], rows[7]["cause"]) == ("DATA_CENTRE", "no_area")
    assert [row["备注"] for row in rows[:3]] == ["'=1+1", "-12.50", "'@x"] and rows[6]["备注"] == "a\nb"
    assert "有误 6" in answer.stdout


def test_a_table_says_what_single_points_say(tmp_path: Path) -> None:
    points = [(119.9 + 0.013 * n, 29.98 + 0.0071 * n, ("GCJ-02", "WGS-84", "BD-09")[n % 3]) for n in range(40)]
    _, rows = table(tmp_path, "lng,lat,datum\n" + "".join(f"{x:.6f},{y:.6f},{d}\n" for x, y, d in points))
    for row in rows[::4]:
        one = data("--point", f"{row['lng']},{row['lat']}", "--datum", row["datum"])
        assert (row["station"], row["cause"], row["candidates"].split()) == (
            one["station"], one["cause"], one["candidates"],
        )  # fmt: skip
        border = [p["metres_to_border"] for p in one["polygons"] if p["passed"] == "chosen"]
        assert [float(row["metres_to_border"])] == pytest.approx(border, abs=0.06) if border else True


def test_more_rows_than_a_batch(tmp_path: Path) -> None:
    """Each row keeps its own answer and its place, whatever is wrong with the one before."""
    lines = [f"{n},{'330106' if n % 3 else ''},{'330105' if n % 3 == 2 else ''}" for n in range(10_003)]
    answer, rows = table(tmp_path, "id,adcode,x\n" + "\n".join(lines) + "\n")
    assert [row["id"] for row in rows] == [str(n) for n in range(10_003)]
    assert all(row["station"] == ("HZ01" if n % 3 else "") for n, row in enumerate(rows))
    assert "派到网点 6668 行" in answer.stdout and "有误 3335" in answer.stdout


def test_a_datum_for_all_rows(tmp_path: Path) -> None:
    """B-72: without a datum nothing is taken for granted."""
    _, [row] = table(tmp_path, "lng,lat\n120.03,30.03\n")
    assert "坐标系" in row["error"]
    _, [row] = table(tmp_path, "lng,lat\n120.03,30.03\n", "--datum", "BD-09")
    assert (row["station"], row["error"]) == ("HZ01A", "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = "地址说明,address,adcode\n" + "杭州西湖,浙江省杭州市西湖区文三路1号,\n" * 30
    answer, rows = table(tmp_path, text.encode(encoding))
    assert answer.exit_code == 0 and len(rows) == 30
    assert {row["district"] for row in rows} == {"330106"} and rows[0]["地址说明"] == "杭州西湖"


@pytest.mark.parametrize("mark", ["\ufffd", "锟斤拷\ufffd"])
def test_a_replacement_character_that_is_there(tmp_path: Path, mark: str) -> None:
    """U+FFFD is a letter of UTF-8 like another: somebody lost one before us."""
    answer, rows = table(tmp_path, f"adcode,备注\n330106,{mark}\n".encode())
    assert answer.exit_code == 0 and [row["备注"] for row in rows] == [mark]
    rows_before = ("330106," + "a" * 100_000 + "\n") * 10
    begun = f"adcode,x\n{rows_before}330106,"
    begun += "a" * (1024 * 1024 - 1 - len(begun))  # the character begins in one chunk and ends in the next
    answer, rows = table(tmp_path, f"{begun}{mark}\n".encode())
    assert answer.exit_code == 0 and len(rows) == 11 and rows[-1]["x"].endswith(f"a{mark}")


def test_names_that_are_taken(tmp_path: Path) -> None:
    """The file's own columns stay; its results run again are results again."""
    _, [row] = table(tmp_path, "adcode,station,Error\n330106,X9,mine\n")
    assert (row["station"], row["Error"]) == ("X9", "mine") and row["route_station"] and row["route_error"] == ""


GOOD = b"adcode,x\n330106,1\n"
UNUSABLE = {
    "empty": (b"", "表头"),
    "no column of ours": (b"a,b\n1,2\n", "表头"),
    "only a longitude": (b"lng\n120\n", "表头"),
    "column twice": (b"adcode,adcode\n1,2\n", "adcode"),
    "open quote": (GOOD + b'330106,"1\n', "第 3 行"),
    "neither encoding": (GOOD + "330106,中文中文\n".encode() + b"\xff\xff\n", "第 4 行"),
    "UTF-16": ("adcode\n1\n".encode("utf-16"), "UTF-16"),
    "a workbook": (b"PK\x03\x04....", "Excel"),
    "a long cell": (GOOD + b"330106," + b"1" * 200_000 + b"\n", "第 3 行:单元格过长(超过 131072 个字符) /"),
    "a quote that swallows the rest": (GOOD + b'330106,"1\n' + GOOD * 20_000, "过长(超过 131072 个字符),或引号未闭合"),
    "neither, with U+FFFD": (GOOD + "330106,\ufffd\ufffd中\n".encode() + b"330106,\xb0\xa1\n", "第 4 行"),
    "too many columns": (b"adcode" + b",x" * 300 + b"\n", "列"),
}


@pytest.mark.parametrize(("text", "words"), UNUSABLE.values(), ids=UNUSABLE)
def test_unusable_files(tmp_path: Path, text: bytes, words: str) -> None:
    """Exit code 2 with line and cause, and nothing is left behind."""
    answer, rows = table(tmp_path, text)
    assert (answer.exit_code, rows) == (2, []) and words in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_files_that_do_not_go_together(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes(GOOD)
    for words in (
        [], ["-o", str(source)], ["-o", str(tmp_path / "no" / "out.csv")],
        ["-o", str(tmp_path / "out.csv"), "--adcode", "330106"],
    ):  # fmt: skip
        answer = run(str(source), "--network", PLAIN, *words)
        assert answer.exit_code == 2 and source.read_bytes() == GOOD, words


def test_a_link_is_followed(tmp_path: Path) -> None:
    """The file that it leads to is replaced, or made; the link stays."""
    os.symlink(tmp_path / "results" / "today.csv", tmp_path / "out.csv")
    (tmp_path / "results").mkdir()
    for before in (None, "old"):
        if before:
            (tmp_path / "results" / "today.csv").write_text(before)
        answer, rows = table(tmp_path, GOOD)
        assert answer.exit_code == 0 and len(rows) == 1 and (tmp_path / "out.csv").is_symlink()
        assert [path.name for path in (tmp_path / "results").iterdir()] == ["today.csv"]


@pytest.mark.parametrize("linked", [False, True])
def test_only_a_plain_file_is_replaced(tmp_path: Path, linked: bool) -> None:
    """Whatever else has the name stays as it is, behind a link too, and nothing is written beside it."""
    source, pipe, out = tmp_path / "in.csv", tmp_path / "pipe", tmp_path / "out.csv"
    source.write_bytes(GOOD)
    os.mkfifo(pipe)
    if linked:
        os.symlink(pipe, out)
    there = sorted(tmp_path.iterdir())
    answer = run(str(source), "-o", str(out if linked else pipe), "--network", PLAIN, "--at", AT)
    assert (answer.exit_code, answer.stdout) == (2, "") and "不是普通文件" in answer.stderr
    assert pipe.is_fifo() and sorted(tmp_path.iterdir()) == there and out.is_symlink() == linked


def test_links_that_lead_nowhere(tmp_path: Path) -> None:
    source, one, other = (tmp_path / name for name in ("in.csv", "one", "other"))
    source.write_bytes(GOOD)
    os.symlink(one, other)
    os.symlink(other, one)
    os.symlink(source, tmp_path / "itself")
    for target in (one, tmp_path / "itself", source / "below"):
        answer = run(str(source), "-o", str(target), "--network", PLAIN, "--at", AT)
        assert answer.exit_code == 2 and str(target) in answer.stderr, target
        assert source.read_bytes() == GOOD and one.is_symlink()
