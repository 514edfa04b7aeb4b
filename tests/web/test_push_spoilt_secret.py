"""F-15: a channel whose secret cannot be unsealed is unknown at the door; all others go on."""

from sqlalchemy import Engine

from channels.actions import set_channel
from storage.session import writing
from tests.web.door import KEYS, NOON, Door, order, whsec


def test_f_15_pushes_of_a_channel_with_a_spoilt_secret_are_refused(engine: Engine) -> None:
    door = Door(engine)
    with writing(engine) as conn:
        assert set_channel(conn, b"x" * 32, "crm", {"secret": whsec(KEYS["crm"])}, NOON) is None
    answer = door.push(order())
    assert (answer.status_code, answer.json and answer.json["code"]) == (401, "credential_unknown")
    assert door.counts() == {}
    assert door.push(order(), channel="website").status_code == 200
