"""On the stage: a draft of a large photo's matte, and then the matte itself."""

from __future__ import annotations

import numpy as np
import pytest
from apps import drag

from workbench import drafting
from workbench.coordinates import View
from workbench.widgets import looks, pictures


@pytest.fixture
def large(app, monkeypatch):
    """An app whose photo counts as a large one, with something clicked."""
    monkeypatch.setattr(drafting, "_SOON", 0)
    app._on_gesture(drag("Keep", (64.0, 48.0)))
    return app


@pytest.fixture
def shown(monkeypatch):
    """Which looks were drawn, one after the other, with what was said over them."""
    from workbench.widgets.showing import Showing

    seen: list[tuple[looks.Look, list[str]]] = []
    draw = Showing.draw_look

    def drawn(self: Showing) -> None:
        draw(self)
        if self.look is not None:
            seen.append((self.look, self.stage._pointer.captions))

    monkeypatch.setattr(Showing, "draw_look", drawn)
    return seen


def test_a_draft_is_drawn_first_and_says_so(large, shown):
    large._view.mode.value = "Alpha"
    first, last = shown[-2], shown[-1]
    assert first[0].draft and first[1] == ["draft"]
    assert not last[0].draft and last[1] == []
    truth = last[0].alpha
    assert np.abs(first[0].alpha[:, :] - truth).mean() < 0.05


def test_what_is_kept_needs_none(large, shown):
    large._view.mode.value = "On black"
    large._view.mode.value = "Overlay"
    shown.clear()
    large._view.mode.value = "On white"
    assert shown and not any(look.draft for look, _ in shown)


@pytest.mark.parametrize("mode", sorted(looks._DRAFTED))
def test_every_mode_draws_its_draft_as_it_draws_the_matte(large, mode):
    session = large.session
    current = session.current.id
    draft = session.render(lambda r: looks.first_look(r, mode, current))
    exact = session.render(lambda r: looks.look(r, mode, current))
    assert draft is not None and draft.draft
    height, width = session.photo.shape
    canvas = (2 * width, 2 * height)
    one, other = (
        pictures.base_picture(session.image, look, mode, View(2.0), canvas).astype(float)
        for look in (draft, exact)
    )
    assert other.std() > 5 and np.abs(one - other).mean() < 0.2 * other.std()


@pytest.mark.parametrize("mode", ["Overlay", "Outline", "Photo", "Edge width", "Difference"])
def test_what_is_measured_or_there_at_once_has_none(large, mode):
    session = large.session
    current = session.current.id
    assert session.render(lambda r: looks.first_look(r, mode, current)) is None


def test_a_hidden_subject_has_none(large):
    session = large.session
    session.subject("other").click(20, 20)
    hidden = session.current.id
    session.subject("other").hide()
    assert session.render(lambda r: looks.first_look(r, "Trimap", hidden)) is None


def test_the_halves_of_a_comparison_say_which_is_a_draft(large, shown):
    large._view.mode.value = "On black"
    large._comparing.how.value = "Side by side"
    shown.clear()
    large.session.subject().edges(feather=4)
    said = [captions for look, captions in shown if look.draft]
    assert said and said[0][1] == "now, a draft"
    assert shown[-1][1] == ["before", "now"]


@pytest.mark.parametrize(
    ("view", "rows", "columns"),
    [
        (View(0.1), (0, 4000), (0, 6000)),
        (View(1.0, 1000, 500), (200, 1400), (600, 2200)),
        (View(1.0, -9000, 0), (0, 900), (0, 1)),
    ],
)
def test_what_is_in_sight(view, rows, columns):
    down, across = pictures.in_sight((4000, 6000), view, (800, 600))
    assert (down.start, down.stop) == rows and (across.start, across.stop) == columns
