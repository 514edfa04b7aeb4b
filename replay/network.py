"""The network folder of a replay: read, checked, stored through the same actions as a live import."""

import gzip
import zlib
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from geo import actions, folder
from geo.errors import NetworkError


def load_folder(conn: Connection, path: Path, now: datetime) -> None:
    """Store stations, areas, districts and closures of a folder. NetworkError naming file, line and cause."""
    stations = folder.parse_stations(_read(path, folder.STATIONS_FILE))
    areas = folder.parse_areas(_read(path, folder.AREAS_FILE))
    districts = folder.parse_districts(_read(path, folder.DISTRICTS_FILE))
    closures = folder.parse_closures(_read(path, folder.CLOSURES_FILE)) if _there(path, folder.CLOSURES_FILE) else []
    actions.import_stations(conn, stations, now)
    actions.import_areas(conn, areas, now)
    actions.import_districts(conn, districts, now)
    actions.import_closures(conn, closures, now)


def _there(path: Path, name: str) -> bool:
    return (path / name).exists() or (path / f"{name}.gz").exists()


def _read(path: Path, name: str) -> bytes:
    plain, packed = path / name, path / f"{name}.gz"
    try:
        return plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise NetworkError(name, 0, f"读不了 (cannot be read): {error}") from None
