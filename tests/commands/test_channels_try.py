"""`lanshou channels try NAME`: a whole conversation with each channel, and what it says when something is wrong."""

import importlib

import pytest
from click.testing import CliRunner

import app
from channels.registry import CHANNELS


@pytest.mark.parametrize("name", CHANNELS)
def test_every_channel_can_be_tried(name: str) -> None:
    """Pushed, repeated, withdrawn, picked up; what we tell the channel is verified by the channel's own rules."""
    result = CliRunner().invoke(app.cli, ["channels", "try", name])
    assert result.exit_code == 0, result.output
    assert "✗" not in result.output and "BAD" not in result.output
    assert result.output.count("⇢") >= 3
    assert "55012345678901" in result.output  # the number it was picked up with


def test_a_channel_that_cannot_verify_us_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    side = importlib.import_module("sandbox.crm")
    monkeypatch.setattr(side, "listen", lambda *_: (401, "text/plain", "", "BAD signature"))
    result = CliRunner().invoke(app.cli, ["channels", "try", "crm"])
    assert result.exit_code == 1
    assert "BAD signature" in result.output and "✗" in result.output


def test_an_unknown_channel_is_named_with_the_known_ones() -> None:
    result = CliRunner().invoke(app.cli, ["channels", "try", "nobody"])
    assert result.exit_code == 2
    assert "cainiao" in result.output
