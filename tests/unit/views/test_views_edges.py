"""The outline unrolled, the edge's width, and alpha under a curve: known answers."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from workbench import views
from workbench.errors import ArrayError, InputError
from workbench.quality.checks.outline import outline_of
from workbench.quality.finding import Finding
from workbench.views import strip, widths
from workbench.views.unrolling import edge_widths


def disk(shape: tuple[int, int], radius: float, ramp: float = 1.0) -> np.ndarray:
    """A disk in the middle whose edge is a straight ramp so many pixels long."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    far = np.hypot(x - shape[1] / 2, y - shape[0] / 2)
    return np.clip((radius - far) / ramp + 0.5, 0, 1).astype(np.float32)


def page_of(figure: object) -> np.ndarray:
    figure.canvas.draw()  # type: ignore[attr-defined]
    return np.asarray(figure.canvas.buffer_rgba())[..., :3]  # type: ignore[attr-defined]


def test_the_outline_is_walked_in_steps_of_a_pixel() -> None:
    line = views.unroll(disk((140, 160), 50, 4))
    assert line is not None
    assert len(line) == pytest.approx(2 * np.pi * 50, rel=0.01) and set(line.lines) == {0}
    from_middle = line.points - (80, 70)
    np.testing.assert_allclose(np.hypot(*from_middle.T), 50, atol=0.3)
    # Towards the subject: against the direction from the middle.
    np.testing.assert_allclose((line.inward * from_middle).sum(axis=1), -50, atol=0.5)
    steps = np.hypot(*np.diff(line.points, axis=0).T)
    np.testing.assert_allclose(steps, 1, atol=0.03)


def test_the_frame_is_no_edge_and_specks_are_left_out() -> None:
    alpha = np.zeros((60, 90), np.float32)
    alpha[:, 40:] = 1  # cut by the frame on three sides
    alpha[10, 10] = 1
    line = views.unroll(alpha)
    assert line is not None and set(line.lines) == {0} and len(line) == pytest.approx(59, abs=1)
    np.testing.assert_allclose(line.points[:, 0], 40, atol=0.01)
    np.testing.assert_allclose(line.inward, np.broadcast_to((1, 0), line.inward.shape), atol=1e-6)
    for nothing in (np.zeros((9, 9)), np.ones((30, 40)), np.ones((1, 1)), np.eye(1, 50)):
        assert views.unroll(nothing) is None
    with pytest.raises(ArrayError):
        views.unroll(np.full((4, 4), 2.0))


def test_a_strip_is_the_picture_along_the_outline() -> None:
    alpha = np.zeros((60, 90), np.float32)
    alpha[20:, :] = 1
    image = np.random.default_rng(2).integers(0, 256, (60, 90, 3), np.uint8)
    line = views.unroll(alpha)
    assert line is not None and len(line) == 89
    strip_of = line.sample(image, 3)
    assert strip_of.shape == (7, 89, 3)
    # The middle row lies on the edge between two rows; those above are inside, below it in the
    # photo. Each reads the mean of the two rows that it lies between.
    rows = image.astype(float)
    for n, y in enumerate((23, 22, 21, 20, 19, 18, 17)):
        between = (rows[y - 1] + rows[y]) / 2
        columns = np.round(line.points[:, 0] - 0.5).astype(int)
        whole = np.abs(line.points[:, 0] - 0.5 - columns) < 0.02
        assert whole.sum() > 20
        np.testing.assert_allclose(strip_of[n][whole], between[columns[whole]], atol=6)


@pytest.mark.parametrize("ramp", [2.0, 5.0, 10.0, 20.0])
def test_the_width_of_a_ramp(ramp: float) -> None:
    _, found = views.edge_widths(disk((160, 180), 55, ramp))
    assert np.isfinite(found).all()
    # Read between pixels, a short ramp that runs across their diagonals seems wider.
    assert found.min() > 0.8 * ramp - 0.35 and found.max() < 0.8 * ramp + 0.65


def test_a_hard_edge_and_one_that_is_no_edge() -> None:
    hard = np.zeros((60, 90), np.float32)
    hard[:, 40:] = 1
    np.testing.assert_allclose(views.edge_widths(hard)[1], 0.8, atol=0.02)
    # Half clear all over: it never gets to 90 %. A ramp of 60 px is wider than is looked.
    assert np.isnan(views.edge_widths(hard * np.float32(0.7))[1]).all()
    ramp = np.broadcast_to(np.clip((np.arange(90) - 15) / 60, 0, 1), (60, 90)).astype(np.float32)
    assert np.isnan(views.edge_widths(ramp)[1]).all()
    points, none = views.edge_widths(np.zeros((5, 5)))
    assert points.shape == (0, 2) and none.shape == (0,)


def test_a_bad_stretch_is_told_from_the_rest() -> None:
    alpha = np.zeros((80, 200), np.float32)
    alpha[40:] = 1
    ramp = np.clip((np.arange(80) - 39.5) / 12 + 0.5, 0, 1).astype(np.float32)
    alpha[:, 100:] = ramp[:, None]
    points, found = views.edge_widths(alpha)
    left, right = found[points[:, 0] < 90], found[points[:, 0] > 110]
    np.testing.assert_allclose(left, 0.8, atol=0.05)
    np.testing.assert_allclose(right, 9.6, atol=0.2)
    most = widths.width_scale(found)
    assert most == 10
    picture = np.full((80, 200, 3), 255, np.uint8)
    widths.draw_widths(picture, points, found, most, 1.0, 3)
    narrow, wide = widths.width_colours(np.array([0.8, 9.6]), most).astype(int)
    assert np.abs(picture[40, 50].astype(int) - narrow).max() < 12
    assert np.abs(picture[40, 150].astype(int) - wide).max() < 12


def test_the_widths_colours_grow_evenly_brighter() -> None:
    colours = widths.width_colours(np.append(np.linspace(0, 8, 9), [20, np.nan]), 8).astype(float)
    brightness = colours @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(brightness[:9]) > 12).all() and brightness[9] == brightness[8]
    np.testing.assert_array_equal(colours[10], widths.NO_EDGE)
    assert np.abs(colours[:10] - widths.NO_EDGE).sum(axis=1).min() > 100


def test_alpha_curve_exact() -> None:
    alpha = np.array([[0, 1 / 255, 0.25, 0.5, 0.75, 254 / 255, 1]], np.float32)
    bent = views.alpha_curve(alpha, 0.5)
    near = 0.5 * (2 / 255) ** 0.5
    half = 0.5 * 0.5**0.5
    np.testing.assert_allclose(bent[0], [0, near, half, 0.5, 1 - half, 1 - near, 1], atol=1e-6)
    np.testing.assert_allclose(views.alpha_curve(alpha, 1, 0.25, 0.75)[0],
                               [0, 0, 0, 0.5, 1, 1, 1], atol=1e-6)  # fmt: skip
    np.testing.assert_array_equal(views.alpha_curve(alpha, 1), alpha)
    assert views.alpha_curve(alpha)[0, 1] * 255 == pytest.approx(23, abs=0.5)
    for wrong in ((0, 0, 1), (1, 0.5, 0.5), (1, -0.1, 1)):
        with pytest.raises(InputError):
            views.alpha_curve(alpha, *wrong)


def finding(code: str, box: tuple[float, ...] | None, severity: float) -> Finding:
    return Finding(code, severity, box, 1.0, "px", f"why {code}")  # type: ignore[arg-type]


def test_the_strip_is_coloured_by_what_was_found_there() -> None:
    alpha = np.zeros((80, 200), np.float32)
    alpha[40:] = 1
    image = np.full((80, 200, 3), 90, np.uint8)
    found = [finding("mild", (20, 30, 80, 50), 0.2), finding("bad", (60, 30, 120, 50), 0.9),
             finding("whole", None, 0.5)]  # fmt: skip
    line = views.unroll(alpha)
    assert line is not None
    worst_first = sorted(found, key=lambda one: -one.severity)
    owner = strip.owners(line, worst_first)
    x = line.points[:, 0]
    assert (owner[(x >= 60) & (x < 120)] == 0).all() and (owner[(x >= 20) & (x < 60)] == 2).all()
    assert (owner[(x < 20) | (x >= 120)] == -1).all()
    figure = views.unrolled(image, alpha, image, report=found, title="$x$")
    words = [t.get_text() for t in figure.texts]
    assert any(w.startswith("1  bad (30 % of it): why bad") for w in words)
    assert not any("whole" in w for w in words) and "elsewhere, or under these: 1 more" in words
    page = page_of(figure)
    for number, length in ((0, 60), (2, 40)):
        colour = strip.COLOURS[number]
        row = (page == colour).all(axis=2).sum(axis=1)
        assert length in row


def test_a_long_outline_is_shortened_and_says_so() -> None:
    y, x = np.mgrid[:280, :700]
    alpha = ((x // 10) % 2 * ((y > 10) & (y < 270))).astype(np.float32)
    image = np.repeat((alpha * 255).astype(np.uint8)[..., None], 3, axis=2)
    figure = views.unrolled(image, alpha, image)
    assert any("shortened along the edge to" in t.get_text() for t in figure.texts)
    assert figure.get_size_inches()[1] * figure.dpi < 2400
    with pytest.raises(InputError, match="reach"):
        views.unrolled(image, alpha, image, reach=2)


def test_the_checks_measure_of_an_edge_is_of_its_slope_and_this_one_of_its_reach() -> None:
    y, x = np.mgrid[0:160, 0:160]
    inward = 55 - np.hypot(x - 80, y - 80)
    ramp = np.clip(inward / 4 + 0.5, 0, 1).astype(np.float32)
    blurred = cv2.GaussianBlur((inward > 0).astype(np.float32), (0, 0), 3)
    shares = []
    for alpha in (ramp, blurred):
        outline = outline_of(alpha, np.repeat(alpha[..., None], 3, axis=2))
        assert outline is not None
        shares.append(np.median(outline.widths[0]) / np.nanmedian(edge_widths(alpha)[1]))
    assert shares == pytest.approx([1, 0.8], abs=0.05)
