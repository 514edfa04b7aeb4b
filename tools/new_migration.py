"""Maintainers only: writes the next migration from what the tables say and the migrations do not yet.

`make migration MESSAGE="what changes"`. Read what it wrote, tidy it, test it: it sees neither renamed columns
nor changed checks, and moves no data.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage import migrate
from storage.schema import complete_metadata
from storage.session import connect, writing


def main(message: str) -> None:
    scripts = ScriptDirectory.from_config(migrate.settings())
    number = f"{len(list(scripts.walk_revisions())) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(f"sqlite:///{Path(folder, 'now.db')}", throw_away=True)
        head = scripts.get_current_head()
        if head:
            migrate.upgrade(engine)
        with writing(engine) as conn:
            if not compare_metadata(MigrationContext.configure(conn), complete_metadata()):
                sys.exit("nothing to write: tables and migrations agree")
            config = migrate.settings(conn)
            config.attributes["as_batch"] = head is not None
            command.revision(config, message, autogenerate=True, rev_id=number)
        engine.dispose()
    for path in migrate.MIGRATIONS.glob(f"versions/{number}_*.py"):
        tidy(path)


def tidy(path: Path) -> None:
    """Without alembic's remarks, as `make format` would leave it."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "# ###" not in line), encoding="utf-8")
    ruff = Path(sys.executable).with_name("ruff")
    subprocess.run([ruff, "format", "--quiet", path], check=True)
    subprocess.run([ruff, "check", "--fix", path], check=True)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.exit('usage: make migration MESSAGE="what changes"')
    main(sys.argv[1])
