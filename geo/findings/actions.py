"""Writes the findings about service areas: all of them, for one version of the network."""

from collections.abc import Sequence
from datetime import datetime

import shapely
from sqlalchemy import Connection, delete, insert

from geo.checks import Finding
from geo.findings.queries import CHECKED, checked
from storage.locks import lock_names
from storage.tables import geo as tables


def refresh(conn: Connection, version: int, found: Sequence[Finding], now: datetime) -> bool:
    """Put these findings in place of the stored ones; those of a later version stay, then False.

    They were made before (`geo.checks.find`): at national scale that takes long, and nobody may wait for it.
    """
    lock_names(conn, ["area findings"])
    last = checked(conn)
    if last is not None and (last.version, last.found_at) > (version, now):
        return False
    conn.execute(delete(tables.area_findings))
    head = {
        "network_version": version, "number": 0, "kind": CHECKED, "station": None, "other": None, "adcode": None,
        "square_metres": None, "wkb": None, "cause": "", "found_at": now,
    }  # fmt: skip
    rows = [
        {
            "network_version": version, "number": number, "kind": one.kind, "station": one.station,
            "other": one.other, "adcode": one.adcode, "square_metres": one.square_metres,
            "wkb": None if one.geometry is None else shapely.to_wkb(one.geometry), "cause": one.cause, "found_at": now,
        }
        for number, one in enumerate(found, start=1)
    ]  # fmt: skip
    conn.execute(insert(tables.area_findings), [head, *rows])
    return True
