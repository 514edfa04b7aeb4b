"""What a gate lets in fits the column that it ends in: PostgreSQL refuses a longer text, SQLite would keep it (D12)."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import String, Text

from basics.refusal import Refusal
from basics.words import BUSINESS_TYPES, ORIGINS, CaseState, ClockKind, State, Verdict
from channels import pickup_json
from channels.phones import normal_phone
from channels.registry import ADAPTERS, OUTBOUND, SOURCES
from channels.standard_webhooks import _MESSAGE_ID
from geo.folder import NetworkError, parse_districts, parse_stations
from geo.stations import CODE_LIMIT, DUTIES, NAME_LIMIT, PROVINCE_LIMIT
from people.actions import NAME_LIMIT as PERSON_LIMIT
from people.actions import NewUser, refuse_user
from rulebook.book import EditionError, read_edition
from rulebook.edition import KINDS
from rulebook.leaves import NAME_LIMIT as EDITION_LIMIT
from storage.tables.base import metadata
from tests.channels import talk
from tests.databases import import_tables
from tests.paths import REPO

ADCODE = 6


def longest(*words: Any) -> int:
    return max(len(str(word)) for group in words for word in group)


# Columns by name, wherever they are -> the longest text that a gate lets in. A name that stands for several things is
# listed by its table.
LIMITS = {
    "region": PROVINCE_LIMIT,
    "province": PROVINCE_LIMIT,
    "station": CODE_LIMIT,
    "house": CODE_LIMIT,
    "account": CODE_LIMIT,
    "parent": CODE_LIMIT,
    "stations.code": CODE_LIMIT,
    "stations.name": NAME_LIMIT,
    "stations.duty": longest(DUTIES),
    "orders.adcode": ADCODE,
    "edition": EDITION_LIMIT,
    "logistics_no": pickup_json.SHORT,
    "waybill_no": pickup_json.SHORT,
    "operator": PERSON_LIMIT,
    "by": PERSON_LIMIT,
    "cases.decided_by": PERSON_LIMIT,
    "display_name": PERSON_LIMIT,
    "users.login": PERSON_LIMIT,
    "channel": longest(OUTBOUND),
    "business_type": longest(BUSINESS_TYPES),
    "withdrawal_origin": longest(ORIGINS),
    "orders.state": longest(State),
    "cases.state": longest(CaseState),
    "case_log.from_state": longest(CaseState),
    "case_log.to_state": longest(CaseState),
    "notice_items.state": longest(CaseState),
    "clocks.verdict": longest(Verdict),
    "clocks.kind": longest(ClockKind),
    "violations.kind": longest(KINDS),
    "postings.rule": longest(KINDS),
    # fine:<channel>/<number>:<seq>:<kind>:reversed
    "postings.key": len("fine:/:::reversed") + longest(SOURCES) + pickup_json.SHORT + 9 + longest(KINDS),
    "inbox.message_key": 128,
}


def columns() -> list[tuple[str, str, int]]:
    """Limit's name, column and width, of every column that a limit speaks of and that has a width."""
    import_tables()
    found = []
    for table in metadata.sorted_tables:
        for column in table.columns:
            full = f"{table.name}.{column.name}"
            name = full if full in LIMITS else column.name
            if name in LIMITS and isinstance(column.type, String) and not isinstance(column.type, Text):
                assert column.type.length is not None, full
                found.append((name, full, column.type.length))
    return found


@pytest.mark.parametrize(("limit", "column", "width"), columns(), ids=lambda value: str(value))
def test_a_column_is_as_wide_as_its_gate(limit: str, column: str, width: int) -> None:
    assert width >= LIMITS[limit], f"{column} holds {width} characters, its gate lets {LIMITS[limit]} in"


def test_every_limit_speaks_of_a_column() -> None:
    assert {limit for limit, _, _ in columns()} == set(LIMITS)


# ---- the gates themselves -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "province"), [(CODE_LIMIT, PROVINCE_LIMIT), (33, 1), (1, 41)])
def test_the_network_folder(code: int, province: int) -> None:
    """B-78."""
    text = f"code,name,level,parent,province,duty,accepts\n{'S' * code},名,1,,{'省' * province},standard,1\n"
    if (code, province) == (CODE_LIMIT, PROVINCE_LIMIT):
        assert len(parse_stations(text)) == 1
        return
    with pytest.raises(NetworkError):
        parse_stations(text)
    with pytest.raises(NetworkError):
        parse_districts(f"adcode,station\n{'3' * 33},S\n")


def test_an_edition() -> None:
    shipped = (REPO / "rulebook" / "editions" / "2017-01-01.toml").read_text(encoding="utf-8")
    name = 'name = "2017-01-01"'
    assert read_edition(shipped.replace(name, f'name = "{"版" * EDITION_LIMIT}"')).name == "版" * EDITION_LIMIT
    with pytest.raises(EditionError, match="name"):
        read_edition(shipped.replace(name, f'name = "{"版" * (EDITION_LIMIT + 1)}"'))


def test_an_account() -> None:
    assert refuse_user(NewUser("a" * PERSON_LIMIT, "名" * PERSON_LIMIT, "hq", "")) is None
    for login, name in (("a" * (PERSON_LIMIT + 1), "名"), ("a", "名" * (PERSON_LIMIT + 1)), ("a", "")):
        assert refuse_user(NewUser(login, name, "hq", "")) is not None


def test_a_message_id() -> None:
    assert _MESSAGE_ID.fullmatch("m" * LIMITS["inbox.message_key"])
    assert not _MESSAGE_ID.fullmatch("m" * (LIMITS["inbox.message_key"] + 1))


def test_a_district_code_of_a_channel() -> None:
    for digits, fits in ((ADCODE, True), (ADCODE + 1, False)):
        sender = f'{{"adcode": "{"3" * digits}"}}'
        body = (
            '{"type": "pickup.order.created", "timestamp": "2026-05-04T09:00:00+08:00", '
            f'"data": {{"logistics_order_no": "IS1", "sender": {sender}}}}}'
        )
        assert isinstance(talk.read(ADAPTERS["crm"], body.encode()), Refusal) is not fits


@given(st.from_regex(r"(\+86|0086)?[ -]*0?[0-9]{2,4}[-. ]*[0-9]{6,9}( *(转|-|x|ext\.?) *[0-9]{0,7})?", fullmatch=True))
@example("+86-0571-88881234转123456")
@example("0571-88881234-123456")
def test_a_phone_number(written: str) -> None:
    """B-67: as it is stored, in `orders.sender_phone`."""
    import_tables()
    column = metadata.tables["orders"].c.sender_phone.type
    assert isinstance(column, String) and len(normal_phone(written) or "") <= (column.length or 0)
