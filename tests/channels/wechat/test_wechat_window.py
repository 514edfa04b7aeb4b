"""How old a push of WeChat's may be (B-22, B-23): its plain signature covers no body, and must not be good for ever."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from basics.refusal import Refusal
from channels.adapter import Answer, Knock
from channels.refusals import status_of
from tests.channels.wechat import weixin as w
from tests.channels.wechat.weixin import WECHAT


@pytest.mark.parametrize(
    "timestamp", ["nan", "-1795320000", "1e300", "1795320000.0", "1795320000000", "+1795320000", "１"]
)
def test_b_23_timestamps_that_are_none(timestamp: str) -> None:
    """Rightly signed."""
    assert w.refused(w.secure(w.CREATED, timestamp=timestamp)) == "timestamp_invalid"
    query = {"signature": w.sha1(w.TOKEN, timestamp, "1"), "timestamp": timestamp, "nonce": "1", "echostr": "x"}
    for method in ("GET", "POST"):
        knock = Knock(method, urlencode(query).encode(), {}, w.CREATED.encode())
        assert w.refused(knock, w.PLAIN) == "timestamp_invalid"
    assert status_of("timestamp_invalid") == status_of("timestamp_out_of_window") == 401


@pytest.mark.parametrize(
    ("seconds", "far"), [(0, False), (300, False), (-300, False), (301, True), (-301, True), (86_400, True)]
)
def test_b_22_the_window_is_300_seconds_inclusive(seconds: int, far: bool) -> None:
    """Always in plain mode; in secure mode unless it is turned off."""
    now = datetime.fromtimestamp(1795320000 + seconds, UTC)
    off = replace(w.SECURE, settings={**w.SECURE.settings, "window": "off"})
    plain_off = replace(w.PLAIN, settings={**w.PLAIN.settings, "window": "off"})
    for knock, credential in ((w.secure(w.CREATED), w.SECURE), (w.plain(w.CREATED), w.PLAIN),
                              (w.plain(w.CREATED), plain_off)):  # fmt: skip
        if far:
            assert w.refused(knock, credential, now) == "timestamp_out_of_window"
        else:
            assert w.opened(knock, credential, now).content == w.CREATED.encode()
    assert w.opened(w.secure(w.CREATED), off, now).content == w.CREATED.encode()
    query = {"signature": w.sha1(w.TOKEN, w.TIMESTAMP, "1"), "timestamp": w.TIMESTAMP, "nonce": "1", "echostr": "x"}
    found = WECHAT.verify(w.SECURE, Knock("GET", urlencode(query).encode(), {}, b""), now)
    assert isinstance(found, Refusal if far else Answer)


def test_b_22_a_plain_signature_that_was_seen_signs_nothing_later() -> None:
    """It covers no body, so it is good for 300 s and no longer."""
    forged = replace(w.plain(w.CREATED), body=w.CANCELLED.encode())
    assert w.refused(forged, w.PLAIN, w.NOW + timedelta(minutes=5)) == "timestamp_out_of_window"
    spoilt = replace(forged, query=forged.query.replace(b"nonce=2", b"nonce=3"))
    assert w.refused(spoilt, w.PLAIN, w.NOW + timedelta(minutes=5)) == "signature_invalid"
