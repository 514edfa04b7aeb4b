"""What alembic runs around the migrations: the connection and its transaction come from storage/migrate.py."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from storage.schema import complete_metadata
from storage.tables.base import BigId, Instant, Json


def render_item(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Our column types by their own names, as the tables write them."""
    if kind != "type":
        return False
    ours = "Instant()" if isinstance(item, Instant) else "BigId" if item is BigId else "Json" if item is Json else ""
    if not ours:
        return False
    autogen_context.imports.add(f"from storage.tables.base import {ours.removesuffix('()')}")
    return ours


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=complete_metadata(),
    # SQLite alters a table by building it anew; the first migration alters none.
    render_as_batch=context.config.attributes.get("as_batch", True),
    render_item=render_item,
    compare_type=True,
    user_module_prefix="",
)
with context.begin_transaction():
    context.run_migrations()
