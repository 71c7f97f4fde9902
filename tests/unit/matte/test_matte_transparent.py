"""Transparent things: known glass over known backgrounds, taken apart again."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.arrays import to_uint8
from workbench.errors import ArrayError, InputError
from workbench.matte import likely_transparency, replaced, transparent
from workbench.unmix import least_opacity, uncovered

SHAPE = 120, 160


def plain(colour: tuple[float, ...] = (0.8, 0.78, 0.75)) -> np.ndarray:
    return np.broadcast_to(np.array(colour, np.float32), (*SHAPE, 3)).copy()


def smooth() -> np.ndarray:
    """Light that falls off over a wall, as a studio's does."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float32)
    light = 0.85 - 0.2 * ((x - 60) / 160) ** 2 - 0.15 * y / 120
    return light[..., None] * np.array([1, 0.96, 0.9], np.float32)


def busy() -> np.ndarray:
    """Squares of random colours."""
    cells = np.random.default_rng(2).random((15, 20, 3), np.float32)
    return np.kron(cells, np.ones((8, 8, 1), np.float32))


def glass() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Region, alpha and colours: a pane that darkens by 0.3, in it a gleam and an empty hole."""
    region = np.zeros(SHAPE, np.float32)
    region[30:90, 40:120] = 1
    alpha = 0.3 * region
    colours = np.zeros((*SHAPE, 3), np.float32)
    alpha[40:50, 50:70], colours[40:50, 50:70] = 0.6, 1  # light added: white
    alpha[60:80, 80:110] = 0
    return region, alpha, colours


def seen(back: np.ndarray, grain: float = 1.0) -> np.ndarray:
    """The photo, uint8, with grain of so many levels."""
    _, alpha, colours = glass()
    photo = alpha[..., None] * colours + (1 - alpha[..., None]) * back
    noise = np.random.default_rng(1).normal(0, grain / 255, photo.shape)
    return to_uint8((photo + noise).astype(np.float32))


def inner() -> np.ndarray:
    """Pixels of the region whose neighbours have the same alpha."""
    _, alpha, _ = glass()
    same = np.ones(SHAPE, bool)
    for dy in range(-3, 4):
        for dx in range(-3, 4):
            same &= np.roll(alpha, (dy, dx), (0, 1)) == alpha
    return same & (glass()[0] > 0)


@pytest.mark.parametrize(
    ("back", "given"),
    [(plain, "nothing"), (plain, "colour"), (smooth, "nothing"), (smooth, "plate"),
     (busy, "plate")],
)  # fmt: skip
def test_the_glass_without_its_background(back, given: str) -> None:  # type: ignore[no-untyped-def]
    region, alpha, colours = glass()
    photo = seen(back())
    known = {"nothing": None, "colour": [204, 198.9, 191.25], "plate": back()}[given]
    before = photo.copy()
    found = transparent(photo, region, known)
    np.testing.assert_array_equal(photo, before)
    where = inner()
    # Over squares some are nearly black or white, where the photo holds no more of the glass.
    error = np.abs(found.alpha - alpha)[where]
    assert np.median(error) < 0.02 and error.mean() < (0.12 if back is busy else 0.02)
    assert found.alpha.dtype == found.colours.dtype == found.background.dtype == np.float32
    assert not found.alpha[region == 0].any()
    hole = where & (alpha == 0)
    assert (found.alpha[hole] == 0).mean() > 0.98
    if back is not busy:
        gleam = where & (alpha == 0.6)
        assert (
            found.colours[gleam].mean() > 0.95
            and found.colours[where & (alpha == 0.3)].max() < 0.15
        )
    # Over what it was taken from it is the photo again …
    share = found.alpha[..., None]
    again = share * found.colours + (1 - share) * found.background
    assert np.abs(again - photo / 255)[region > 0].mean() < 0.01
    np.testing.assert_array_equal(found.colours[region == 0], photo[region == 0] / np.float32(255))
    # … and over another the true glass over that one.
    new = plain((0.2, 0.5, 0.9))
    truth = alpha[..., None] * colours + (1 - alpha[..., None]) * new
    shown = share * found.colours + (1 - share) * new
    assert np.median(np.abs(shown - truth)[where]) < 0.02
    assert not found.replace and found.confidence > 0.9 and found.refraction < 0.1


@pytest.mark.parametrize("grain", [0, 1, 4])
@pytest.mark.parametrize("back", [plain, smooth])
def test_background_alone_is_exactly_clear(back, grain: float) -> None:  # type: ignore[no-untyped-def]
    noise = np.random.default_rng(3).normal(0, grain / 255, (*SHAPE, 3))
    photo = to_uint8((back() + noise).astype(np.float32))
    found = transparent(photo, glass()[0])
    assert not found.alpha.any()
    assert likely_transparency(photo, glass()[0]) == 0


def test_what_is_opaque_stays_and_a_seam_fades() -> None:
    region, _, _ = glass()
    photo = seen(plain())
    cap = np.zeros(SHAPE, np.float32)
    cap[25:45, 60:100] = 1
    found = transparent(photo, region, mask=cap)
    assert (found.alpha[cap == 1] == 1).all()
    np.testing.assert_array_equal(found.colours[cap == 1], photo[cap == 1] / np.float32(255))
    half = transparent(photo, region * 0.5)
    whole = transparent(photo, region)
    np.testing.assert_allclose(half.alpha, whole.alpha / 2, atol=1e-6)
    np.testing.assert_array_equal(half.colours[inner()], whole.colours[inner()])


def test_other_subjects_are_not_background() -> None:
    region, alpha, _ = glass()
    photo = seen(plain())
    avoid = np.zeros(SHAPE, np.float32)
    avoid[:, 122:] = 1
    photo[:, 122:] = [200, 10, 10]
    found = transparent(photo, region, avoid=avoid)
    assert np.abs(found.alpha - alpha)[inner()].mean() < 0.02 and not found.replace


def test_highlights_may_go() -> None:
    region, alpha, _ = glass()
    found = transparent(seen(plain(), 0), region, plain(), highlights=0)
    assert found.alpha[inner() & (alpha == 0.6)].max() < 0.01
    np.testing.assert_allclose(found.alpha[inner() & (alpha == 0.3)], 0.3, atol=0.01)


def test_an_empty_region_changes_nothing() -> None:
    photo, mask = seen(plain()), np.zeros(SHAPE, np.float32)
    mask[5:20, 5:20] = 0.5
    found = transparent(photo, np.zeros(SHAPE), mask=mask)
    np.testing.assert_array_equal(found.alpha, mask)
    np.testing.assert_array_equal(found.colours, photo / np.float32(255))
    assert "empty" in found.notes[0] and not found.replace


def test_a_busy_background_is_better_replaced() -> None:
    region, alpha, _ = glass()
    back = busy()
    photo = seen(back)
    found = transparent(photo, region)
    assert found.replace and found.confidence < 0.5
    assert any("do not remove it, replace it" in note for note in found.notes)
    # Behind a known glass the plate alone is exchanged, and where nothing is, nothing changes.
    known = transparent(photo, region, back)
    assert not known.replace
    other = replaced(photo, known, np.clip(back + 0.05, 0, 1), region)
    np.testing.assert_array_equal(other[region == 0], photo[region == 0] / np.float32(255))
    change = (other - photo / 255)[inner() & (alpha == 0.3)]
    assert 0.02 < np.median(change) < 0.05
    same = replaced(photo, known, known.background, region)
    np.testing.assert_allclose(same, photo / 255, atol=1e-6)


def test_bent_glass_is_better_replaced() -> None:
    region, _, _ = glass()
    back = busy()
    photo = back.copy()
    photo[30:90, 40:120] = 0.9 * back[30:90, 40:120][::-1, ::-1]  # as a lens turns it round
    found = transparent(photo, region, back)
    assert found.refraction > 0.5 and found.replace
    assert any("keep the refraction" in note for note in found.notes)


def test_a_plate_of_another_exposure_and_a_wrong_one() -> None:
    region, alpha, _ = glass()
    photo = seen(smooth())
    found = transparent(photo, region, smooth() * 0.9)
    assert np.abs(found.alpha - alpha)[inner()].mean() < 0.03
    assert any("exposure was matched" in note for note in found.notes)
    wrong = transparent(photo, region, plain((0.1, 0.1, 0.6)))
    assert wrong.confidence < 0.5 and wrong.replace


def test_glass_is_likelier_than_wood() -> None:
    region, _, _ = glass()
    through = likely_transparency(seen(plain()), region)
    solid = seen(plain())
    solid[30:90, 40:120] = [90, 50, 20]
    assert through > 0.3 and likely_transparency(solid, region) < 0.05
    # Over a wide stripe of many colours: what is behind goes on inside, or does not.
    x = np.arange(SHAPE[1])
    stripes = np.stack([0.5 + 0.4 * np.sin(x / n) for n in (5, 7, 11)], axis=1)
    back = np.broadcast_to(stripes, (*SHAPE, 3)).astype(np.float32)
    pane = back.copy()
    pane[30:90, 40:120] *= 0.8
    wood = back.copy()
    wood[30:90, 40:120] = busy()[:60, :80]
    assert likely_transparency(pane, region) > likely_transparency(wood, region) + 0.2
    assert likely_transparency(pane, np.zeros(SHAPE)) == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (3, 40)])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_tiny_and_other_types(shape: tuple[int, int], kind: type) -> None:
    top = 1 if kind is np.float32 else np.iinfo(kind).max
    image = (np.random.default_rng(0).random((*shape, 3)) * top).astype(kind)
    region = np.zeros(shape, np.float32)
    region[..., : max(1, shape[1] // 2)] = 1
    for where in (region, np.ones(shape)):
        found = transparent(image, where)
        assert np.isfinite(found.alpha).all() and np.isfinite(found.colours).all()
        assert found.alpha.min() >= 0 and found.alpha.max() <= 1
        assert 0 <= likely_transparency(image, where) <= 1


def test_bad_input() -> None:
    image, region = plain(), glass()[0]
    with pytest.raises(ArrayError, match="region"):
        transparent(image, region[:5])
    with pytest.raises(ArrayError, match="background"):
        transparent(image, region, image[:5])
    with pytest.raises(ArrayError, match="avoid"):
        transparent(image, region, avoid=region * 2)
    for colour in ((1, 2), (0, 0, 256), (0, np.nan, 0), "red"):
        with pytest.raises(InputError, match="background"):
            transparent(image, region, colour)
    for share in (-0.1, 1.1, np.nan, "all"):
        with pytest.raises(InputError, match="highlights"):
            transparent(image, region, highlights=share)  # type: ignore[arg-type]


def test_least_opacity_is_the_least() -> None:
    rng = np.random.default_rng(4)
    image, back = rng.random((2, 500, 3), np.float32)
    alpha = least_opacity(image, back)
    share = alpha[:, None]
    colours = uncovered(image, back, alpha)
    np.testing.assert_allclose(share * colours + (1 - share) * back, image, atol=1e-5)
    # With any less some channel would have to lie outside 0–1.
    less = share * 0.99
    needed = (image - (1 - less) * back) / less
    assert ((needed < 0) | (needed > 1)).any(axis=1).all()
    assert not least_opacity(back, back).any()


def test_a_tables_edge_goes_on_behind_the_glass() -> None:
    y, x = np.mgrid[:120, :160]
    table = np.where((y > 70)[..., None], [0.45, 0.32, 0.22], [0.7, 0.72, 0.75])
    glass = (abs(x - 80) < 30) & (abs(y - 60) < 40)
    share = np.where(glass, 0.3, 0)[..., None]
    image = share * np.array([0, 0.6, 0.1]) + (1 - share) * table
    image = np.clip(image + np.random.default_rng(0).normal(0, 0.005, image.shape), 0, 1)
    region = (abs(x - 80) < 40) & (abs(y - 60) < 50)
    found = transparent(image, region)
    assert np.abs(found.alpha - share[..., 0])[glass].mean() < 0.02
    assert found.confidence > 0.9
    # One that slants is not where its two sides say, and that is said.
    slanting = np.where((y + 0.4 * (x - 80) > 70)[..., None], [0.45, 0.32, 0.22], [0.7, 0.72, 0.75])
    assert transparent(share * 0.2 + (1 - share) * slanting, region).replace


def test_a_gleam_over_white_does_not_come_out_opaque() -> None:
    white = np.full((40, 40, 3), 0.96, np.float32)
    image = white.copy()
    image[10:30, 10:30] = 1
    found = transparent(image, np.ones((40, 40)), white)
    assert abs(found.alpha[20, 20] - 0.16) < 1e-3
