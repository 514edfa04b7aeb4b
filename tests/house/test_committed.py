"""What may not be committed: machine paths, package mirrors, loose versions, unknown browser files."""

import base64
import hashlib
import json
import re
import subprocess
import tomllib
from functools import lru_cache
from pathlib import Path

import pytest

from tests.house.source import report
from tests.paths import REPO

VENDOR = REPO / "web" / "static" / "vendor"
LOCKS = ("requirements.lock", "requirements-dev.lock")
# Written in two halves, so that this file does not find itself.
MACHINE = re.compile(
    "|".join(
        [
            r"(?<![\w.])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me|Us" + r"ers|op" + r"t|m" + r"nt)/\w",
            r"/t" + r"mp/\w+",
            r"py"
            + r"pi\.org|python"
            + r"hosted|npm"
            + r"js|npm"
            + r"mirror|un"
            + r"pkg\.com|js"
            + r"delivr|cdn"
            + r"js",
            r"--(?:extra-)?index" + r"-url|--find" + r"-links|--trusted" + r"-host",
        ]
    )
)
# The switch that leaves registries out of the lock has the word in it.
ALLOWED = ("--no-emit-index" + "-url",)
BINARY = {".png", ".ico", ".gz", ".woff2", ".otf"}


@lru_cache
def committed() -> tuple[Path, ...]:
    """Files that are in git or would be with `git add .`; skips where this is no git checkout."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=REPO, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = (REPO / name for name in listed.stdout.decode().split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def findings_in(path: Path) -> list[str]:
    findings = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        for allowed in ALLOWED:
            line = line.replace(allowed, "")
        if found := MACHINE.search(line):
            findings.append(f"{path.relative_to(REPO)}:{number}: {found.group()}")
    return findings


def test_no_machine_is_named() -> None:
    """Nobody's folders, mirrors or package registries."""
    ours = [path for path in committed() if path.suffix not in BINARY and VENDOR not in path.parents]
    report([finding for path in ours for finding in findings_in(path)])


def test_nothing_generated_is_committed() -> None:
    bad = (".pyc", ".db", ".sqlite", ".rdb", ".log", ".whl", ".egg-info")
    report([str(path.relative_to(REPO)) for path in committed() if path.suffix in bad or ".venv" in path.parts])


def pins(lock: str) -> dict[str, str]:
    """Package to version of one lock file."""
    text = (REPO / lock).read_text(encoding="utf-8")
    found = re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.M)
    return {name.lower(): version for name, version in found}


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_has_hashes_and_no_host(lock: str) -> None:
    text = (REPO / lock).read_text(encoding="utf-8")
    for forbidden in ("://", "file:", "--index", "--extra", "--find", "@ "):
        assert forbidden not in text, f"{lock} holds {forbidden!r}"
    entries = re.split(r"^(?=[\w])", text, flags=re.M)[1:]
    report([f"{lock}: {entry.split()[0]} has no hash" for entry in entries if "--hash=sha256:" not in entry])


def test_locks_agree_with_each_other_and_with_pyproject() -> None:
    runtime, dev = (pins(lock) for lock in LOCKS)
    differing = {name: (version, dev.get(name)) for name, version in runtime.items() if dev.get(name) != version}
    assert not differing, f"make lock: {differing}"
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    def names(ranges: list[str]) -> set[str]:
        return {re.match(r"[\w.-]+", text).group().lower() for text in ranges}  # type: ignore[union-attr]

    assert names(project["dependencies"]) <= set(runtime)
    assert names(project["optional-dependencies"]["dev"]) <= set(dev)


@pytest.mark.parametrize("vendor", [VENDOR, REPO / "tests" / "browser" / "vendor"], ids=["product", "tests"])
def test_vendored_files_are_those_of_the_manifest(vendor: Path) -> None:
    """DEPENDENCIES: browser files are committed with name, version, licence and hash."""
    entries = json.loads((vendor / "manifest.json").read_text(encoding="utf-8"))["files"]
    listed = {entry["file"] for entry in entries}
    there = {path.relative_to(vendor).as_posix() for path in vendor.rglob("*") if path.is_file()}
    assert there - {"manifest.json"} == listed
    for entry in entries:
        digest = base64.b64encode(hashlib.sha384((vendor / entry["file"]).read_bytes()).digest()).decode()
        assert entry["sha384"] == f"sha384-{digest}", f"{entry['file']} was changed: make vendor"
        assert entry["name"] and entry["version"] and entry["licence"]
    folders = {Path(name).parent for name in listed}
    assert {folder for folder in folders if (folder / "LICENSE").as_posix() in listed} == folders


def test_pages_load_nothing_from_elsewhere() -> None:
    pages = sorted((REPO / "web" / "templates").rglob("*.html"))
    outside = re.compile(r"""(?:src|href|action|hx-\w+)\s*=\s*["'](?:https?:)?//""", re.I)
    report([str(page.relative_to(REPO)) for page in pages if outside.search(page.read_text(encoding="utf-8"))])
