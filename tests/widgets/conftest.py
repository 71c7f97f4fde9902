"""The app on a session, and a stage whose page is played."""

from __future__ import annotations

import json
from typing import Any

import pytest
from played import Played

from workbench.widgets.app import Workbench


@pytest.fixture
def app(session):
    made = Workbench(session, 320, 240)
    yield made
    made.close()


@pytest.fixture
def played() -> Played:
    return Played()


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[Any]]:
    """The batches of commands that ipycanvas would send."""
    from ipycanvas import canvas

    batches: list[list[Any]] = []
    monkeypatch.setattr(
        canvas._CANVAS_MANAGER,
        "_send_custom",
        lambda command, buffers=(): batches.append(json.loads(json.dumps(command))),
    )
    return batches
