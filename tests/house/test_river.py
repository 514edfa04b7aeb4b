"""Law 2: downstream only (the contracts are in pyproject.toml), and app.py on top."""

import subprocess
import sys
import tomllib

from tests.house.source import FOLDERS, product, report
from tests.paths import REPO


def test_contracts_hold() -> None:
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"], cwd=REPO, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_nobody_imports_app() -> None:
    """import-linter sees packages only, and app is a module."""
    report(
        [
            source.at(line, "imports app")
            for source in product()
            for line, name in source.imports
            if name == "app" or name.startswith("app.")
        ]
    )


def test_every_package_is_known() -> None:
    """A new top-level package must be put into the river, and into the lists of this folder."""
    packages = {path.parent.name for path in REPO.glob("*/__init__.py")}
    assert packages - {"tests", "tools", "bench"} == set(FOLDERS)
    settings = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert {name.rstrip("*") for name in settings["setuptools"]["packages"]["find"]["include"]} == set(FOLDERS)
    assert set(settings["importlinter"]["root_packages"]) == set(FOLDERS)
