"""Each case is what it says: exact, the same every time, and harder as its severity rises."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

import workbench as wb
from workbench.cutouts import Material
from workbench.errors import InputError, UnknownNameError

SIZE = 128
SEEDS = range(4)


def made(mode, severity=0.5, seed=0, **more):
    return wb.failures.case(mode, severity, seed, size=SIZE, material="procedural", **more)


@pytest.mark.parametrize("mode", wb.failures.MODES)
def test_the_mixing_equation_holds(mode):
    for seed in SEEDS:
        case = made(mode, 0.6, seed)
        alpha = case.alpha[..., None]
        mixed = alpha * case.foreground + (1 - alpha) * case.behind
        assert case.image.dtype == np.uint8 and case.image.shape[:2] == case.alpha.shape
        if case.exact:
            assert np.abs(case.image / 255 - mixed).max() <= 0.501 / 255
        assert case.alpha.min() >= 0 and case.alpha.max() <= 1
        shares = sum(share for _, share in case.subjects)
        np.testing.assert_allclose(shares, case.alpha, atol=1e-5)
        # A person's prompts: one a subject, the click on what is seen of it.
        assert len(case.prompts) == len(case.subjects)
        for asked, (_, share) in zip(case.prompts, case.subjects, strict=True):
            (x, y), (x0, y0, x1, y1) = asked.points[0], asked.boxes[0]
            assert share[int(y), int(x)] > 0.02
            assert x0 <= x <= x1 and y0 <= y <= y1


@pytest.mark.parametrize("mode", wb.failures.MODES)
def test_the_same_arguments_make_the_same_bits_and_another_seed_another_picture(mode):
    first, again, other = made(mode, 0.5, 2), made(mode, 0.5, 2), made(mode, 0.5, 3)
    for name in ("image", "alpha", "foreground", "background", "behind"):
        assert np.array_equal(getattr(first, name), getattr(again, name)), name
    assert first.prompts == again.prompts or str(first.prompts) == str(again.prompts)
    assert not np.array_equal(first.image, other.image)
    with pytest.raises(ValueError, match="read-only"):
        first.alpha[0, 0] = 1


@pytest.mark.parametrize("mode", wb.failures.MODES)
def test_simple_methods_do_worse_as_the_severity_rises(mode):
    """Two fixed methods, GrabCut from the box and a colour key: their SAD on the mean of seeds."""
    errors = [
        np.mean([simple_error(made(mode, severity, seed)) for seed in SEEDS])
        for severity in (0, 0.5, 1)
    ]
    assert errors[0] <= errors[1] <= errors[2] and errors[0] < errors[2], errors


def simple_error(case):
    """SAD of the front subject, which is asked for alone."""
    truth, asked = case.subjects[0][1], case.prompts[0]
    answers = grabcut(case.image, asked), keyed(case.image, truth)
    return sum(float(np.abs(answer - truth).sum()) for answer in answers)


def grabcut(image, asked):
    labels = np.full(image.shape[:2], cv2.GC_BGD, np.uint8)
    x0, y0, x1, y1 = (round(v) for v in asked.boxes[0])
    labels[y0:y1, x0:x1] = cv2.GC_PR_FGD
    x, y = asked.points[0]
    cv2.circle(labels, (int(x), int(y)), 3, cv2.GC_FGD, -1)
    if (labels == cv2.GC_BGD).any():
        cv2.setRNGSeed(1)
        models = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(image, labels, None, *models, 1, cv2.GC_INIT_WITH_MASK)
    return np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))


def keyed(image, truth):
    """Where a colour lies between the mean colours of the two sure sides around it."""
    image = image.astype(np.float32) / 255
    inside = cv2.erode((truth > 0.95).astype(np.float32), np.ones((3, 3)))
    outside = 1 - cv2.dilate((truth > 0.02).astype(np.float32), np.ones((3, 3)))

    def mean(weight):
        summed = cv2.GaussianBlur(np.dstack([image * weight[..., None], weight]), (0, 0), SIZE / 20)
        return summed[..., :3] / np.maximum(summed[..., 3:], 1e-5)

    front, back = mean(inside), mean(outside)
    way = front - back
    alpha = ((image - back) * way).sum(axis=2) / np.maximum((way * way).sum(axis=2), 1e-3)
    return np.where(inside > 0, 1, np.where(outside > 0, 0, np.clip(alpha, 0, 1)))


def test_mixed_in_linear_light():
    case = made("low_contrast", 0.5, 0, light="linear")
    soft = (case.alpha > 0.3) & (case.alpha < 0.7)
    alpha = case.alpha[..., None]
    in_srgb = alpha * case.foreground + (1 - alpha) * case.behind
    apart = np.abs(case.foreground - case.behind).max(axis=-1) > 0.2
    assert case.light == "linear" and (soft & apart).any()
    # The mean of two lights is brighter than the light of the mean value.
    assert (case.image / 255 - in_srgb)[soft & apart].mean() > 0.005


def test_what_is_asked_wrongly_is_said():
    with pytest.raises(UnknownNameError, match="did you mean degraded"):
        wb.failures.case("degradd")
    with pytest.raises(UnknownNameError, match="expected a material among"):
        wb.failures.case("degraded", material="wood")
    for severity in (-0.1, 1.1, "0.5", True, float("nan")):
        with pytest.raises(InputError, match="severity from 0 to 1"):
            wb.failures.case("degraded", severity)
    for seed in (-1, 0.5, None):
        with pytest.raises(InputError, match="expected a seed"):
            wb.failures.case("degraded", 0.5, seed)
    with pytest.raises(InputError, match="expected a size"):
        wb.failures.case("degraded", size=20)


def test_a_version_is_of_the_picture_not_of_its_rounding():
    case = wb.failures.case("shadow", 0.5, 4, size=SIZE)
    rounded = np.clip(case.image.astype(int) + 2, 0, 255).astype(np.uint8)
    moved = np.roll(case.image, SIZE // 8, axis=1)
    versions = {name: replace(case, image=image).version
                for name, image in (("rounded", rounded), ("moved", moved))}  # fmt: skip
    assert case.is_version(case.version) and case.is_version(versions["rounded"])
    assert not case.is_version(versions["moved"])
    assert not case.is_version(replace(case, image=case.image[:-8]).version)
    assert not case.is_version("")


def test_nothing_is_fetched(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path))
    assert wb.failures.case("degraded", 0.5, 1, size=SIZE).material == "procedural"
    with pytest.raises(InputError, match="expected the benchmark's cut-outs"):
        wb.failures.case("degraded", 0.5, 1, size=SIZE, material="real")
    with pytest.raises(InputError, match='for material="mixed"'):
        wb.failures.case("degraded", 0.5, 1, size=SIZE, material="mixed")
    assert (
        wb.failures.case("degraded", 0.5, 2, size=SIZE, material="mixed").material == "procedural"
    )
    with pytest.raises(InputError, match="for glass"):
        wb.failures.case("transparent", size=SIZE, material="real")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def own(tmp_path):
    """A red disc, soft at its rim, and a ground of grain, as files."""
    y, x = np.mgrid[0:120, 0:150] + 0.5
    alpha = np.clip(50 - np.hypot(x - 75, y - 60), 0, 1)
    rgba = np.dstack([np.full_like(x, 20), np.full_like(x, 30), np.full_like(x, 220), 255 * alpha])
    cv2.imwrite(str(tmp_path / "a red disc.png"), rgba.astype(np.uint8))
    ground = np.random.default_rng(0).integers(90, 160, (200, 260, 3))
    cv2.imwrite(str(tmp_path / "ground.png"), ground.astype(np.uint8))
    return Material((tmp_path / "a red disc.png",), (tmp_path / "ground.png",), ())


@pytest.mark.parametrize(
    "mode", ["low_contrast", "clutter", "shadow", "framing", "degraded", "multi_subject", "hair"]
)
def test_cases_are_made_of_cut_outs_of_ones_own(mode, own):
    made = wb.failures.case(mode, 0.3, 3, size=200, material=own)
    assert made.material == "real" and "a red disc" in made.sources
    inside = made.alpha > 0.95
    red = made.foreground[inside].mean(axis=0)
    assert inside.sum() > 400 and red[0] > red[1:].max() + 0.1
    again = wb.failures.case(mode, 0.3, 3, size=200, material=own)
    assert (again.image == made.image).all()


def test_material_of_ones_own_is_looked_at(own):
    with pytest.raises(InputError, match="expected at least one cut-out and one background, got 0"):
        wb.failures.case("clutter", material=replace(own, cutouts=()))
    with pytest.raises(InputError, match="for glass, got cut-outs"):
        wb.failures.case("transparent", size=200, material=own)
