"""The subject in another light: settings, the match to a background, and the check's remedy."""

from __future__ import annotations

import numpy as np
import pytest

import workbench as wb
from workbench import lighting
from workbench.errors import EditError, InputError


@pytest.fixture
def lit():
    """A disk of known colours in a cool, dim room; the same in a warm, bright one; that room."""
    rng = np.random.default_rng(2)
    y, x = np.mgrid[0:96, 0:128] + 0.5
    mask = (np.hypot(x - 64, y - 48) < 25).astype(np.float32)
    wall = 0.15 + 0.35 * rng.random((96, 128, 1)) * np.ones(3)
    paint = np.where(x[..., None] < 64, (0.5, 0.3, 0.2), (0.2, 0.3, 0.5)) * np.ones((96, 128, 1))
    cool, warm = np.array([0.5, 0.6, 0.8]), np.array([1.1, 1.0, 0.7])

    def shown(light, standing=True):
        scene = np.where(mask[..., None] > 0, paint, wall) if standing else wall
        return lighting.to_srgb(scene * light)

    photo = np.rint(shown(cool) * 255).astype(np.uint8)
    session = wb.open(photo, "grabcut", journal=False)
    session.subject().load_mask(mask).matte("none")
    return session, mask > 0, shown(warm), shown(warm, standing=False)


def test_stops_and_gains_say_the_same():
    for stops in ((0, 0, 0), (1, 0, 0), (0, 1.5, 0), (-0.5, -1, 2)):
        assert lighting.in_stops(lighting.gains_of(*stops)) == pytest.approx(stops)
    assert lighting.gains_of(1, 0, 0) == pytest.approx([2, 2, 2])
    red, green, blue = lighting.gains_of(0, 1, 0)
    assert red / blue == pytest.approx(2) and green == 1
    red, green, blue = lighting.gains_of(0, 0, 1)
    assert red == blue == pytest.approx(2 * green) and red * green * blue == pytest.approx(1)
    assert lighting.in_stops(np.array([1e9, 1e9, 1e9])) == (lighting.STOPS, 0, 0)


def test_linear_values_come_back(lit):
    values = np.linspace(0, 1, 1001, dtype=np.float32)
    assert np.abs(lighting.to_srgb(lighting.to_linear(values)) - values).max() < 1e-6
    colours = lit[2]
    assert lighting.relit(colours, np.ones(3)) is colours


def test_a_subject_is_matched_to_the_light_of_its_new_place(lit):
    session, there, right, room = lit
    before = np.abs(session.composite(room)[there] / 255 - right[there]).mean()
    session.subject().match_light(room)
    after = np.abs(session.composite(room)[there] / 255 - right[there]).mean()
    assert before > 0.1 and after < 0.1 * before
    assert session.subject().settings.light_exposure == pytest.approx(0.54, abs=0.05)
    assert "warmer" in session.edits[-1].words()
    session.undo()
    session.subject().match_light(room, amount=0.5)
    assert session.subject().settings.light_exposure == pytest.approx(0.27, abs=0.03)
    session.subject().light(0, 0, 0)
    assert session.edits[-1].words() == "Light: as photographed"


def test_without_a_light_colours_are_what_they_were_to_the_bit(lit):
    session = lit[0]
    plain = session.foreground()
    session.subject().light(exposure=1)
    brighter = session.foreground()
    assert np.allclose(brighter, lighting.relit(plain, lighting.gains_of(1, 0, 0)))
    assert session.peek(lambda r: r.visible[0].known("foreground")) is brighter
    session.subject().light(exposure=0)
    assert session.foreground() is plain
    assert session.peek(lambda r: r.visible[0].known("foreground")) is plain


def test_the_check_puts_it_right_and_is_content_then(lit):
    session, there, right, room = lit
    (found,) = session.check(["light_mismatch"], background=room)
    assert "brighter" in found.why
    session.mend(found)
    assert np.abs(session.composite(room)[there] / 255 - right[there]).mean() < 0.02
    assert len(session.check(["light_mismatch"], background=room)) == 0
    assert session.undo() and session.check(["light_mismatch"], background=room).find(found.code)


def test_what_makes_no_sense_is_refused(lit):
    session, _, _, room = lit
    subject = session.subject()
    for call in (lambda: subject.light(exposure=5), subject.light, lambda: subject.light("much")):
        with pytest.raises(EditError):
            call()
    for amount in (2, float("nan"), "half", None):
        with pytest.raises(InputError, match="amount"):
            subject.match_light(room, amount=amount)
    part = subject.add_pass([(40, 30), (80, 30), (80, 60)])
    with pytest.raises(EditError, match="whole subject"):
        part.adjust(light_exposure=1)
    subject.load_mask(np.ones((96, 128), np.float32))
    with pytest.raises(EditError, match="around the subject"):
        subject.match_light(room)
