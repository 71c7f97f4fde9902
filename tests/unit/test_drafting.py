"""Drafts: about what a matte will look like, at once, on a smaller photo."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import workbench as wb
from workbench import drafting, matte
from workbench.drafting import draft
from workbench.errors import WorkbenchError
from workbench.failures import case
from workbench.settings import ALL, Settings, scaled

ALL_OF_IT = np.s_[:, :]


@pytest.fixture(scope="module")
def feather():
    return case("hair", 0.5, 3, size=720)


@pytest.fixture
def large(feather):
    session = wb.open(feather.image, "grabcut", journal=False)
    session.subject().load_mask((feather.alpha > 0.5).astype(np.float32)).trimap_settings(16)
    return session


def alpha_of(session, part=ALL_OF_IT, cells=90_000):
    """The draft's alpha at the photo's size, and the draft."""

    def made(rendering):
        found = draft(rendering, part, cells)
        return found.laid(found.rendering.alpha())[:, :], found

    return session.render(made)


def off(alpha, truth):
    return float(np.abs(alpha - truth).mean())


def test_with_a_cell_a_pixel_it_is_what_the_guided_filter_gives(session):
    session.subject().click(64, 48).paint([(20, 20), (40, 30)], size=12).matte("guided")
    session.subject().edges(feather=3)
    truth = session.alpha()
    session.bench.stages.clear()  # or it would be handed on
    alpha, made = alpha_of(session)
    assert made.rendering.bench.photo.shape == session.photo.shape
    assert np.array_equal(alpha, truth)
    assert np.array_equal(made.rendering.foreground(), session.foreground())


def test_a_coarse_one_is_nearer_to_the_matte_than_to_that_of_other_settings(large):
    for change in ({"feather": 30}, {"feather": 0, "shift": -100}, {"shift": 0, "contract": 4}):
        before = large.alpha()
        large.subject().adjust(**change)
        _, made = alpha_of(large)
        small = made.rendering.alpha()
        assert small.size <= 90_500
        truth, was = (
            cv2.resize(plane, small.shape[::-1], interpolation=cv2.INTER_AREA)
            for plane in (large.alpha(), before)
        )
        assert off(small, truth) < 0.4 * off(was, truth), change


def test_strokes_marks_and_passes_are_where_they_were(large):
    subject = large.subject()
    subject.paint([(60, 60), (160, 60)], keep=True, size=40)
    subject.mark([(500, 500), (560, 500)], value=1, size=40)
    subject.add_pass([(500, 100), (700, 100), (700, 300), (500, 300)], method="none", always=True)
    alpha, _ = alpha_of(large)
    truth = large.alpha()
    for place in (np.s_[45:75, 60:160], np.s_[485:515, 500:560], np.s_[120:280, 520:680]):
        assert off(alpha[place], truth[place]) < 0.03


def test_two_subjects_lie_one_before_the_other(large):
    large.subject("front").load_mask(np.pad(np.ones((200, 200), np.float32), ((0, 340), (0, 520))))
    alpha, made = alpha_of(large)
    assert off(alpha, large.alpha()) < 0.02
    assert len(made.rendering.visible) == 2


def test_a_part_has_its_own_scale_and_nothing_outside(large):
    part = np.s_[200:440, 300:600]
    alpha, made = alpha_of(large, part)
    assert made.rendering.alpha().shape == (240, 300)  # of few pixels each is a cell
    assert not alpha[:200].any() and not alpha[:, 600:].any()
    whole, _ = alpha_of(large)
    truth = large.alpha()
    assert off(alpha[part], truth[part]) < off(whole[part], truth[part])


def test_what_lies_elsewhere_does_a_part_no_harm(large):
    subject = large.subject()
    subject.paint([(60, 60), (160, 60)], keep=True, size=40)
    subject.click(600, 500, keep=False).refine_edge([(100, 400), (140, 400)], size=30)
    subject.add_pass([(500, 400), (700, 400), (700, 520), (500, 520)], method="none", always=True)
    part = np.s_[100:300, 250:450]
    alpha, _ = alpha_of(large, part)
    assert off(alpha[part], large.alpha()[part]) < 0.03


def test_what_is_kept_is_not_solved_again(large, monkeypatch):
    large.alpha()
    large.subject().edges(feather=8)
    monkeypatch.setattr(matte, "solve_alpha", lambda *a, **k: pytest.fail("solved"))
    alpha, _ = alpha_of(large)
    assert off(alpha, large.alpha()) < 0.004


def test_nothing_of_the_true_way_is_made(large):
    alpha_of(large)
    known = large.render(lambda r: [r.visible[0].known(name) for name in ("trimap", "matte")])
    assert known == [None, None]


def test_colours_are_about_those_of_the_matte(large):
    _, made = alpha_of(large)
    laid = made.laid(made.rendering.foreground())
    assert laid.shape == (*large.photo.shape, 3)
    shown = laid[::1, ::1] * large.alpha()[..., None]
    truth = large.foreground() * large.alpha()[..., None]
    assert off(shown, truth) < 0.01


def test_a_loaded_trimap_and_a_depth_map_do_no_harm(large, feather):
    given = cv2.blur(feather.alpha, (9, 9))
    given = np.where(given <= 0, 0, np.where(given >= 1, 1, 0.5)).astype(np.float32)
    large.subject().load_trimap(given)
    large.load_depth(np.float32(1 + feather.alpha))
    large.subject().trimap_settings(depth=True)
    alpha, made = alpha_of(large)
    trimap = made.laid(made.rendering.trimap(made.rendering.visible[0].subject.id))[:, :]
    assert off(trimap, given) < 0.03 and off(alpha, large.alpha()) < 0.02


def test_settings_to_another_measure():
    own = {"radius": 12.0, "fill_holes": 400, "drop_islands": ALL, "despeckle": 3, "shift": 40.0}
    small = scaled({**own, "hair_radius": 0.8, "cast_reach": 0.0, "method": "knn"}, 0.25)
    assert small == {
        "radius": 3.0, "fill_holes": 25, "drop_islands": ALL, "despeckle": 1, "shift": 40.0,
        "hair_radius": 0.5, "cast_reach": 0.0, "method": "knn",
    }  # fmt: skip
    assert scaled(own, 1) == own and isinstance(small["despeckle"], int)
    assert set(Settings.__dataclass_fields__) >= set(own)


@pytest.mark.parametrize("name", ["trimap", "matte", "foreground"])
def test_a_small_photo_needs_none_and_a_large_one_until_it_is_kept(large, name, monkeypatch):
    assert large.render(lambda r: drafting.soon(r, name))
    monkeypatch.setattr(drafting, "_SOON", 1000)
    assert not large.render(lambda r: drafting.soon(r, name))
    large.foreground()
    large.render(lambda r: r.visible[0].trimap)
    assert large.render(lambda r: drafting.soon(r, name))


def test_an_empty_document_has_one_too(feather):
    session = wb.open(feather.image, "grabcut", journal=False)
    try:
        alpha, _ = alpha_of(session)
    except WorkbenchError as error:
        pytest.fail(str(error))
    assert not alpha.any()
