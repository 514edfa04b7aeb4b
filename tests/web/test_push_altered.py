"""A rulebook that was altered refuses no order for good: each channel hears `busy` in its dialect (CHAN-3, I-25)."""

import pytest
from sqlalchemy import Engine

from basics.refusal import Refusal
from channels.adapter import Answering, Credential, Result
from channels.refusals import BUSY
from channels.registry import ADAPTERS
from tests.web.door import Door
from web import push
from web.errors import Problem

DETAIL = "规则文本被改动,已停止处理 / The rulebook was altered; nothing is decided by it"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("channel", sorted(ADAPTERS))
@pytest.mark.parametrize("code", ["rulebook_altered", "clock_doubted"])
def test_a_trouble_of_ours_is_passing_in_every_dialect(
    engine: Engine, channel: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    door, adapter = Door(engine), ADAPTERS[channel]

    def altered() -> bytes:
        raise Problem(code, DETAIL, status=503, retry_after=60)

    monkeypatch.setattr(push, "whole_body", altered)
    method = adapter.methods[-1]
    answer = door.app.test_client().open(f"/push/{channel}", method=method, content_type=adapter.content_types[0])
    busy = adapter.answer(Answering(Credential(), [Result(None, Refusal(BUSY, DETAIL))], "r", door.clock()))
    final = adapter.answer(Answering(Credential(), [Result(None, Refusal(code, DETAIL))], "r", door.clock()))
    assert answer.status_code == busy.status
    assert answer.headers["Retry-After"] == "60"
    assert code not in answer.text
    assert (busy.status, busy.body) != (final.status, final.body)  # else this test could not fail
