"""Plants one fault at a time into a copy of the checkout and looks whether the tests notice it.

A mutation run changes pure functions; this is for what lies outside of them: locks, unique keys, statements, numbers of
the rulebook. `python tools/planted_faults.py [WORD …]` takes the faults whose name holds one of the words. It ends with
1 when one was not noticed, when its text is no longer in the code, or when its tests fail without it.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parents[1]
LEFT_OUT = (".git", ".venv*", ".*_cache", ".hypothesis", "__pycache__", "mutants", "data", "test-results", "docs")
SCHEMA = "storage/migrations/versions/"
FIRST, FOURTH = f"{SCHEMA}0001_the_first_schema.py", f"{SCHEMA}0004_what_is_late_is_known_in_advance_.py"


KEYED_AS = "    statement = statement.on_conflict_do_nothing(index_elements=key)\n"
KEYED = "    statement = _insert(dialect, table).on_conflict_do_nothing(index_elements=key)\n"


class Patch(NamedTuple):
    """`old` stands in the file exactly once."""

    file: str
    old: str
    new: str


class Fault(NamedTuple):
    """`tests`: what pytest is given; the fault is noticed when one of them fails."""

    name: str
    tests: str
    patches: tuple[Patch, ...]


def fault(name: str, tests: str, *patches: tuple[str, str, str]) -> Fault:
    return Fault(name, tests, tuple(Patch(*one) for one in patches))


def no_key(table: str, columns: tuple[str, ...], tests: str, migration: str, doubled: bool = False) -> Fault:
    """No migration makes the key. `doubled`: and the statement no longer counts on it, so rows come twice."""
    named = ", ".join(f'"{one}"' for one in columns)
    made = f'        sa.UniqueConstraint({named}, name=op.f("uq_{table}_{"_".join(columns)}")),\n'
    unkeyed = f'    statement = _insert(dialect, table)\n    if table.name != "{table}":\n    {KEYED_AS}'
    more = [("storage/sql.py", KEYED, unkeyed)] if doubled else []
    name = f"key: {table} ({', '.join(columns)})" + ", and no ON CONFLICT" * doubled
    return fault(name, tests, (migration, made, ""), *more)


CLOCKS, DUTY, FIRED = "tests/rules/test_clocks.py", "tests/rules/test_duty.py", "tests/rules/test_fired.py"
PAIRS, RUSH = "tests/rules/test_pairs_at_once.py", "tests/jobs/test_sweep_rush.py"
LOCK_ORDERS = '    lock_names(conn, (f"order {n}" for n in numbers))\n'
LOCK_WAYBILLS = '    lock_names(conn, (f"waybill {w}" for w in waybills))\n'
KEYS = (  # table, its key, tests that write it twice, the migration that makes it
    ("violations", ("order_id", "seq", "kind"), FIRED, FIRST),
    ("outages", ("source", "started_at"), "tests/rules/test_availability.py", FOURTH),
    ("rings", ("order_id", "seq", "step"), "tests/jobs/test_warn.py", FOURTH),
)

FAULTS = (
    # One character of a verdict.
    fault("verdict: an act at the deadline is late (<= to <)", CLOCKS,
          ("sla/clocks.py", "means is not None and end.at <= due:", "means is not None and end.at < due:")),
    fault("verdict: the deadline itself is missed (now > until to >=)", CLOCKS,
          ("sla/clocks.py", "or now > until:", "or now >= until:")),
    fault("verdict: a confirmation at the deadline is late (<= to <)", "tests/rules/test_clock_sentences.py",
          ("sla/clocks.py", "confirmed.at <= due and", "confirmed.at < due and")),
    fault("number: ACCEPT-1 is 31 minutes", CLOCKS,
          ("rulebook/editions/2017-01-01.toml", "accept = { value = 30,", "accept = { value = 31,")),
    fault("window: the booked window moves no deadline", "tests/rules/test_pickup_clock.py",
          ("sla/clocks.py", "course.window_end > end:", "course.window_end > end + edition.pickup * 99:")),
    fault("closure: its minutes count", DUTY,
          ("sla/duty.py", "            target += _worked(cal, until) - _worked(cal, since)\n", "            pass\n")),
    fault("edition: the clocks go by that of now, not of creation", "tests/rules/test_editions_running.py",
          ("dispatch/course.py", "    edition = world.book.at(life.zero)\n", "    edition = world.book.at(now)\n")),
    # The set-wise sweep against judging one by one.
    fault("sweep: takes what is due at this instant (< to <=)", FIRED,
          ("sla/queries.py", "c.verdict == Verdict.RUNNING, c.due_at < now)",
           "c.verdict == Verdict.RUNNING, c.due_at <= now)")),
    fault("sweep: opens no case", FIRED,
          ("sla/actions.py", "    penalties.open_cases_of(conn, order_ids, now)\n", "")),
    fault("sweep: the excuse judged in advance is lost", FIRED,
          ("sla/actions.py", '"late_excuse": foreseen.excuse,', '"late_excuse": "",')),
    fault("sweep: goes by an edition approved since", FIRED,
          ("sla/queries.py", "c.late_edition == _edition_at(c.due_at, book), not_(there)", "not_(there)")),
    fault("sweep: overlooks an outage noticed since", FIRED,
          ("dispatch/sweeping/actions.py", " | _touched(conn, heads, late)", "")),
    fault("sweep: overlooks a closure granted since", FIRED,
          ("sla/actions.py", "values(late_kind=None)", "values(late_kind=c.late_kind)")),
    # Locks: these matter on PostgreSQL.
    fault("lock: nobody locks anything by name", "tests/rules/test_at_once.py",
          ("storage/locks.py", "    if keys:\n", "    if False:\n")),
    fault("lock: neither name nor row of an order is locked", PAIRS,
          ("dispatch/actions.py", LOCK_ORDERS, ""), ("dispatch/actions.py", LOCK_WAYBILLS, ""),
          ("dispatch/queries.py", "order_by(o.id).with_for_update()\n", "order_by(o.id)\n")),
    fault("lock: the number that waits is not locked", "tests/rules/test_at_once.py",
          ("dispatch/actions.py", LOCK_WAYBILLS, "")),
    fault("lock: the sweep locks nothing (FOR UPDATE)", RUSH,
          ("dispatch/queries.py", "conn.execute(query.with_for_update(skip_locked=True)).all()",
           "conn.execute(query).all()")),
    fault("lock: the sweep waits for an order in somebody's hands (SKIP LOCKED)", RUSH,
          ("dispatch/queries.py", "with_for_update(skip_locked=True)).all()", "with_for_update()).all()")),
    fault("lock: a review does not lock its cases", "tests/rules/test_at_once.py tests/storage/test_limits.py",
          ("penalties/actions.py", "        conn.execute(query.with_for_update())\n", "        conn.execute(query)\n")),
    fault("lock: news does not lock the cases it may clear", "tests/rules/test_at_once.py",
          ("sla/queries.py", "        .with_for_update(of=cases)\n", "")),
    # Unique keys, the second net under every lock.
    *(
        no_key(table, columns, tests, migration, doubled)
        for doubled in (False, True)
        for table, columns, tests, migration in KEYS
    ),
    fault("key: waybills (waybill_no)", "tests/storage/test_migrations.py",
          (FIRST, '        sa.PrimaryKeyConstraint("waybill_no", name=op.f("pk_waybills")),\n', "")),
    no_key("postings", ("key",), "tests/rules/test_booking.py", FIRST),
    fault("key: any, there but not counted on (no ON CONFLICT)", FIRED,
          ("storage/sql.py", KEYED, "    statement = _insert(dialect, table)\n")),
    fault("key: the sweep's INSERT … SELECT does not count on it", FIRED,
          ("storage/sql.py", "    conn.execute(statement.on_conflict_do_nothing(index_elements=list(key)))\n",
           "    conn.execute(statement)\n")),
)  # fmt: skip


def copied(to: Path) -> None:
    shutil.copytree(HERE, to, ignore=shutil.ignore_patterns(*LEFT_OUT))


def tested(folder: Path, tests: str) -> tuple[bool, str]:
    """Whether all passed, and else the first that did not."""
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header"]
    command = [sys.executable, "-m", "pytest", *options, *tests.split()]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    found = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", done.stdout, re.MULTILINE)
    if done.returncode and found is None:
        return False, (done.stdout + done.stderr).strip()[-300:]
    return done.returncode == 0, found.group(1) if found else ""


def planted(folder: Path, one: Fault) -> str | None:
    """Plants it; the file in which its text does not stand once, None for none."""
    for patch in one.patches:
        path = folder / patch.file
        text = path.read_text(encoding="utf-8")
        if text.count(patch.old) != 1:
            return patch.file
        path.write_text(text.replace(patch.old, patch.new), encoding="utf-8")
    return None


def taken_out(folder: Path, one: Fault) -> None:
    for file in {patch.file for patch in one.patches}:
        shutil.copyfile(HERE / file, folder / file)


def main(words: list[str]) -> int:
    chosen = [one for one in FAULTS if not words or any(word in one.name for word in words)]
    if not chosen:
        print("no fault has such a name")
        return 1
    bad = 0
    with tempfile.TemporaryDirectory(prefix="planted-") as name:
        folder = Path(name) / "tree"
        copied(folder)
        clean, first = tested(folder, " ".join(sorted({test for one in chosen for test in one.tests.split()})))
        if not clean:
            print(f"without any fault the tests fail: {first}")
            return 1
        for one in chosen:
            began = time.monotonic()
            missing = planted(folder, one)
            passed, by = (True, f"its text is not in {missing}") if missing else tested(folder, one.tests)
            taken_out(folder, one)
            bad += passed
            verdict = "NOT NOTICED" if passed else "noticed"
            print(f"{verdict:11} | {one.name} | {by} | {time.monotonic() - began:.0f} s", flush=True)
    print(f"{len(chosen) - bad} of {len(chosen)} planted faults were noticed")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
