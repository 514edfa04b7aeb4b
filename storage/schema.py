"""Creating the tables: by alembic for what lives, at once for what is thrown away."""

import pkgutil
from importlib import import_module

from sqlalchemy import Connection, MetaData

from storage import row_security, tables, triggers
from storage.tables.base import metadata


def complete_metadata() -> MetaData:
    """The MetaData with every table of the house in it."""
    for module in pkgutil.iter_modules(tables.__path__):
        import_module(f"{tables.__name__}.{module.name}")
    return metadata


def create_all(conn: Connection) -> None:
    """Every table in an empty database, without the history of migrations."""
    complete_metadata().create_all(conn)
    triggers.install(conn)
    row_security.install(conn)
