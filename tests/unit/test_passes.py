"""Passes: a part of the photo whose matte is made with settings of its own."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import numpy as np
import pytest

import workbench as wb
from workbench.errors import (
    EditError,
    InputError,
    PromptError,
    UnknownNameError,
    WorkbenchError,
)

LEFT = [(0, 0), (64, 0), (64, 96), (0, 96)]


@pytest.fixture
def subject(session):
    return session.subject().click(64, 48)


def test_a_pass_changes_its_region_and_nothing_else(session, subject):
    before = session.alpha()
    subject.add_pass(LEFT, feather=6, always=True)
    after = session.alpha()
    assert np.array_equal(after[:, 64:], before[:, 64:])
    changed = np.abs(after[:, :56] - before[:, :56]) > 0.05
    assert changed.sum() > 50


def test_it_is_what_those_settings_give_everywhere_inside_its_seam(session, subject, photo):
    subject.add_pass(LEFT, method="none", feather=4, seam=8, always=True)
    other = wb.open(photo, "disks")
    other.subject().click(64, 48).matte("none").edges(feather=4)
    inside = np.s_[:, :56]
    assert np.array_equal(session.alpha()[inside], other.alpha()[inside])


@pytest.mark.parametrize(
    "edges",
    [{"feather": 250}, {"shift": 100, "feather": 80}, {"drop_islands": 1e9}],
)
def test_edges_that_reach_far_see_what_lies_around_the_window(edges):
    """As on the whole photo, though the pass is solved in a window of radius + 64 around it."""
    y, x = np.mgrid[0:700, 0:700]
    mask = ((np.hypot(x - 420, y - 420) < 230) | (x < 60) & (y > 600)).astype(np.float32)
    mask[300:310, 20:40] = 1
    image = np.repeat((mask * 200 + 20).astype(np.uint8)[..., None], 3, 2)
    region = [(0, 300), (50, 300), (50, 390), (0, 390)]
    if "drop_islands" not in edges:
        region = [(150, 150), (240, 150), (240, 240), (150, 240)]
    made = []
    for whole in (True, False):
        session = wb.open(image, "grabcut", journal=False)
        subject = session.subject().load_mask(mask).matte("none").trimap_settings(60, smart=False)
        if whole:
            subject.edges(**edges)
        else:
            subject.add_pass(region, seam=2, always=True).adjust(**edges)
        made.append(session.alpha())
    (x0, y0), (x1, y1) = region[0], region[2]
    inside = np.s_[y0 + 3 : y1 - 3, x0 + 3 : x1 - 3]
    np.testing.assert_allclose(made[1][inside], made[0][inside], atol=2e-6)
    assert np.ptp(made[0][inside]) > 0.01 or edges.get("drop_islands")


def test_a_matched_blur_in_a_pass_sees_the_whole_outline():
    mask = np.zeros((600, 600), np.float32)
    mask[:, 300:] = 1
    mask[295:305] = 0
    image = np.repeat((mask * 200 + 20).astype(np.uint8)[..., None], 3, 2)
    made = []
    for whole in (True, False):
        session = wb.open(image, "grabcut", journal=False)
        subject = session.subject().load_mask(mask).matte("none").trimap_settings(10, smart=False)
        region = [(380, 260), (420, 260), (420, 340), (380, 340)]
        target = subject if whole else subject.add_pass(region, seam=2, always=True)
        target.adjust(blur_length=250, blur_angle=0, defocus=0)
        made.append(session.alpha()[265:335, 385:415])
    np.testing.assert_allclose(made[1], made[0], atol=2e-6)
    assert made[0].min() < 0.9


def test_what_a_pass_does_not_set_follows_the_subject(session, subject):
    one = subject.add_pass(LEFT, feather=3)
    subject.edges(smooth=20, feather=9)
    assert (one.settings.feather, one.settings.smooth, subject.settings.feather) == (3, 20, 9)
    one.edges(contrast=40).matte("none").trimap_settings(radius=25).decontaminate(0.5)
    now = one.settings
    assert (now.contrast, now.method, now.radius, now.amount) == (40, "none", 25, 0.5)
    assert (subject.settings.contrast, subject.settings.radius) == (0, 10)


def test_a_mask_laid_over_fur_does_not_win_for_being_hard():
    case = wb.failures.case("hair", severity=0.5, seed=0)
    part = np.s_[:320, 300:620]
    image, truth = case.image[part], case.alpha[part]
    session = wb.open(np.ascontiguousarray(image), "grabcut", journal=False)
    subject = session.subject().load_mask((truth >= 0.5).astype(np.float32))
    subject.matte("closed_form")
    solved = np.abs(session.alpha() - truth).sum()
    everywhere = [(0, 0), (320, 0), (320, 320), (0, 320)]
    subject.add_pass(everywhere, method="none")
    assert np.abs(session.alpha() - truth).sum() < 1.05 * solved
    session.undo()
    subject.matte("none").add_pass(everywhere, method="closed_form")
    assert np.abs(session.alpha() - truth).sum() < 1.1 * solved


def test_taking_a_pass_back_takes_its_settings_along(session, subject):
    before = session.alpha()
    one = subject.add_pass(LEFT, feather=3)
    one.edges(contrast=40)
    one.delete()
    assert subject.passes == [] and np.array_equal(session.alpha(), before)
    with pytest.raises(EditError, match="expected the id of a pass"):
        one.edges(contrast=20)
    session.undo()
    assert subject.passes[0].settings.contrast == 40


def test_a_pass_survives_the_session_file(session, subject, tmp_path):
    subject.add_pass(LEFT, "hair", radius=30).edges(feather=2)
    again = wb.load(session.save(tmp_path / "a.mws"))
    assert again.subject().state.passes == subject.state.passes
    assert np.array_equal(again.alpha(), session.alpha())


def test_painted_pixels_win_over_a_pass(session, subject):
    subject.add_pass(LEFT, feather=20, always=True)
    subject.paint([(40, 48)], keep=False, size=10, hardness=1)
    assert session.alpha()[48, 40] == 0


def test_the_colours_of_a_pass_are_its_own(session, subject):
    subject.add_pass(LEFT, amount=0, always=True)
    colours, photo = session.foreground(), session.bench.image
    band = (session.alpha() > 0) & (session.alpha() < 1)
    assert np.array_equal(colours[:, :50][band[:, :50]], photo[:, :50][band[:, :50]])
    assert not np.array_equal(colours[:, 70:][band[:, 70:]], photo[:, 70:][band[:, 70:]])


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"region": [(0, 0), (5, 5)]}, PromptError),
        ({"region": [(200, 200), (210, 200), (210, 210)]}, PromptError),
        ({"region": LEFT, "kind": "feet"}, EditError),
        ({"region": LEFT, "radius": 251}, EditError),
        ({"region": LEFT, "seam": -1}, EditError),
        ({"region": LEFT, "softness": 1}, UnknownNameError),
    ],
)
def test_what_makes_no_sense_changes_nothing(session, subject, given, error):
    edits = session.edits
    with pytest.raises(error, match="expected"):
        subject.add_pass(**given)
    assert session.edits == edits


def test_a_network_that_cannot_be_had_changes_nothing(session, subject, tmp_path):
    edits = session.edits
    with pytest.raises(WorkbenchError):
        subject.matte("vitmatte")
    with pytest.raises(InputError, match="expected no checkpoint"):
        subject.matte("closed_form", checkpoint=tmp_path / "weights.pth")
    assert session.edits == edits


def test_a_network_of_another_package_is_pinned_and_solves(session, subject, monkeypatch):
    from workbench.matte import networks

    class Half:
        name, identity = "half", "half:1"

        def alpha(self, image, trimap):
            return np.full(trimap.shape, 0.25, np.float32)

    module = ModuleType("halves")
    module.make = lambda checkpoint, progress: Half()
    monkeypatch.setitem(sys.modules, "halves", module)
    found = EntryPoint("half", "halves:make", "workbench.matting")
    monkeypatch.setattr(type(networks.TABLE), "entries", lambda self: {"half": found})
    monkeypatch.setattr(networks, "_made", None)
    subject.matte("half")
    assert session.edits[-1].identity.startswith("half")
    band = session.trimap() == 0.5
    assert band.any() and np.all(session.alpha()[band] == 0.25)
    subject.matte("guided")
    assert subject.settings.identity == ""


def test_the_panel_lists_the_methods_that_can_be_chosen(session, subject, monkeypatch):
    from workbench.edits import Matte
    from workbench.matte import networks
    from workbench.widgets.app import Workbench

    found = EntryPoint("half", "halves:make", "workbench.matting")
    monkeypatch.setattr(type(networks.TABLE), "entries", lambda self: {"half": found})
    app = Workbench(session, 320, 240)
    try:
        listed = app._matte.method.options
        assert {"refined", "none", "half", "transparent"} <= set(listed)
        assert not {"vitmatte", "vitmatte_base"} & set(listed)
        # One out of a session file made elsewhere is shown as what is in force.
        session.do(Matte(subject=subject.id, method="vitmatte", identity="vitmatte:0:float32"))
        assert app._matte.method.value == "vitmatte"
        subject.matte("guided")
        assert app._matte.method.options == listed
    finally:
        app.close()


def test_frequency_separation_may_be_for_a_pass_alone(session, subject):
    subject.matte("closed_form")  # a soft edge, which these bounds are of
    before = session.foreground()
    subject.add_pass(LEFT, "hair", always=True).frequency(tone=1, radius=4)
    after = session.foreground()
    assert np.abs(after[:, 64:] - before[:, 64:]).max() < 0.01
    assert np.abs(after[:, :56] - before[:, :56]).max() > 0.03
    subject.frequency(tone=1, radius=4)
    both = session.foreground()
    assert np.abs(both[:, 72:] - before[:, 72:]).max() > 0.03
    subject.passes[0].frequency(0)
    assert np.abs(session.foreground()[:, :50] - before[:, :50]).max() < 0.01


def test_a_cast_goes_only_when_it_is_asked_for(disks):
    y, x = np.mgrid[0:200, 0:200]
    away = np.hypot(x + 0.5 - 100, y + 0.5 - 100)
    inside = np.clip(16.5 - away, 0, 1)[..., None]
    rim = np.clip((away - 8) / 6, 0, 1)[..., None] * inside
    plain = inside * np.array([180, 120, 100]) + (1 - inside) * np.array([40, 190, 60])
    photo = np.clip(plain + rim * np.array([-25, 30, -20]), 0, 255).astype(np.uint8)
    session = wb.open(photo, "disks")
    subject = session.subject().click(100, 100)
    before, alpha = session.foreground(), session.alpha()
    subject.remove_cast(1, reach=6)
    after = session.foreground()
    ring = (away > 11) & (away < 15)
    assert before[ring][:, 1].mean() - after[ring][:, 1].mean() > 0.003
    assert np.array_equal(after[alpha == 0], before[alpha == 0])
    subject.remove_cast(0)
    assert np.array_equal(session.foreground(), before)


def test_every_colour_setting_of_a_pass_counts_and_the_rest_stays_to_the_bit(session, subject):
    before, alpha = session.foreground(), session.alpha()
    one = subject.add_pass(LEFT, always=True)
    one.decontaminate(1, low=0.0, high=0.3)
    after, now = session.foreground(), session.alpha()
    assert np.abs(after[:, :56] - before[:, :56]).max() > 0.01
    sure = ((now == 0) | (now == 1)) & ((alpha == 0) | (alpha == 1))
    assert np.array_equal(after[sure], session.bench.image[sure])
