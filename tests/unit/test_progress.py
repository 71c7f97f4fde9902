"""Progress bars and cancelling."""

from __future__ import annotations

import pytest

from workbench import progress
from workbench.errors import CancelledError
from workbench.progress import CancelToken, bar, report


@pytest.fixture
def watched(monkeypatch):
    monkeypatch.setattr(progress, "_is_watched", lambda: True)


def test_a_log_file_gets_no_moving_bar(capsys):
    with bar("slow") as tell:
        report(tell, 0.5, "working")
    assert capsys.readouterr().err == ""


def test_a_bar_shows_only_when_the_work_takes_its_time(capsys, watched):
    with bar("quick", after=60) as tell:
        report(tell, 0.5, "working")
    assert capsys.readouterr().err == ""
    with bar("slow") as tell:
        report(tell, 0.5, "working")
    assert "slow: working" in (said := capsys.readouterr().err) and "50%" in said


def test_a_bar_is_closed_when_the_work_fails(capsys, watched):
    with pytest.raises(ZeroDivisionError), bar("slow") as tell:
        report(tell, 2.0, "working")  # clipped to 1
        raise ZeroDivisionError
    assert "100%" in capsys.readouterr().err


def test_no_bar_is_none():
    with bar("nothing", enabled=False) as tell:
        assert tell is None
        report(tell, 0.5, "to nobody")


def test_cancelling_stops_the_work_at_its_next_report():
    seen = []
    token = CancelToken(lambda fraction, words: seen.append((fraction, words)))
    token(0.1, "one")
    token.cancel()
    with pytest.raises(CancelledError, match="two"):
        token(0.2, "two")
    assert token.cancelled and seen == [(0.1, "one")]
