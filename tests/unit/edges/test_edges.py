"""Edge settings: identities to the bit, exact moves, and monotony."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from workbench import edges
from workbench.errors import ArrayError, InputError


def soft_disk(size: int = 90, radius: float = 25, ramp: float = 3) -> np.ndarray:
    y, x = np.mgrid[:size, :size] + 0.5
    return np.clip((radius - np.hypot(x - size / 2, y - size / 2)) / ramp + 0.5, 0, 1).astype(
        np.float32
    )


def step(columns: int = 40, at: int = 20) -> np.ndarray:
    plane = np.zeros((7, columns), np.float32)
    plane[:, at:] = 1
    return plane


@pytest.mark.parametrize(
    "neutral",
    [
        lambda a: edges.smooth(a, 0),
        lambda a: edges.feather(a, 0),
        lambda a: edges.contrast(a, 0),
        lambda a: edges.shift(a, 0, 10),
        lambda a: edges.shift(a, 50, 0),
        lambda a: edges.edge_blur(a, 0),
        lambda a: edges.contract(a, 0),
        lambda a: edges.despeckle(a, 0),
        lambda a: edges.denoise(a, 0),
        lambda a: edges.fill_holes(a, 0),
        lambda a: edges.drop_islands(a, 0),
        lambda a: edges.apply_edges(a),
        lambda a: edges.apply_edges(a, **edges.PRESETS["as solved"].settings),
    ],
)
def test_neutral_is_a_copy_to_the_bit(neutral) -> None:  # type: ignore[no-untyped-def]
    alpha = np.random.default_rng(0).random((20, 30), np.float32)
    result = neutral(alpha)
    assert result.tobytes() == alpha.tobytes() and not np.shares_memory(result, alpha)


@pytest.mark.parametrize(
    ("function", "reach"),
    [
        (lambda a: edges.smooth(a, 60), 45),
        (lambda a: edges.feather(a, 9), 18),
        (lambda a: edges.feather(a, 30), 56),
        (lambda a: edges.contrast(a, 50), 1),
        (lambda a: edges.shift(a, 70, 10), 9),
        (lambda a: edges.shift(a, -70, 10), 9),
        (lambda a: edges.edge_blur(a, 1), 5),
        (lambda a: edges.contract(a, 2.3), 6),
        (lambda a: edges.despeckle(a, 3), 1),
        (lambda a: edges.denoise(a, 50), 3),
        (lambda a: edges.fill_holes(a, 50), 1),
        (lambda a: edges.drop_islands(a, 50), 1),
    ],
)
def test_far_from_the_edge_nothing_moves(function, reach: int) -> None:  # type: ignore[no-untyped-def]
    """On an array of several tiles, with its input left alone."""
    alpha = np.zeros((600, 700), np.float32)
    alpha[:, 510:] = 1
    before = alpha.copy()
    result = function(alpha)
    np.testing.assert_array_equal(alpha, before)
    assert (result[:, : 510 - reach] == 0).all() and (result[:, 510 + reach :] == 1).all()
    assert result.min() >= 0 and result.max() <= 1
    # A straight edge looks the same in every row, tile borders or not.
    assert np.abs(result - result[0]).max() < 1e-6


def test_contrast_values() -> None:
    alpha = np.array([[0, 0.3, 0.45, 0.5, 0.7, 1]], np.float32)
    np.testing.assert_allclose(edges.contrast(alpha, 50), [[0, 0.1, 0.4, 0.5, 0.9, 1]], atol=1e-6)
    np.testing.assert_array_equal(edges.contrast(alpha, 100), [[0, 0, 0, 1, 1, 1]])


@pytest.mark.parametrize("radius", [2, 8, 11.9, 12.1, 40])
def test_feather_reaches_its_radius(radius: float) -> None:
    """A hard step between columns is the Gaussian's own integral, 2.3 % to 97.7 % at ± radius."""
    from scipy.special import ndtr

    columns = int(8 * radius) + 20
    row = edges.feather(step(columns, columns // 2), radius)[3]
    at = np.arange(columns) + 0.5 - columns // 2
    np.testing.assert_allclose(row, ndtr(at / (radius / 2)), atol=0.02)
    assert (np.diff(row) >= -1e-6).all()


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (1, [0, 0, 0, 1, 1]),
        (0.25, [0, 0, 0, 0.25, 1]),
        (2.5, [0, 0.5, 1, 1, 1]),
        (-1, [0, 0, 0, 0, 0]),
        (-0.25, [0, 0, 0, 0, 0.75]),
    ],
)
def test_shift_moves_a_step_by_fractions(pixels: float, expected: list[float]) -> None:
    alpha = step(20, 10)
    row = edges.shift(alpha, pixels * 10, 10)[3]
    np.testing.assert_allclose(row[6:11], expected, atol=1e-6)


def test_shift_is_what_its_docstring_says() -> None:
    """max over q of α(p + q) − max(0, |q| − d), or of the front that moved by d's fraction."""

    def largest(alpha: np.ndarray, d: float) -> np.ndarray:
        out = np.zeros_like(alpha)
        for y in range(9):
            for x in range(11):
                qy, qx = np.mgrid[:9, :11]
                out[y, x] = (alpha - np.maximum(0, np.hypot(qy - y, qx - x) - d)).max()
        return out

    def whole(alpha: np.ndarray, n: int) -> np.ndarray:
        qy, qx = np.mgrid[:9, :11]
        return np.array(
            [[alpha[np.hypot(qy - y, qx - x) <= n].max() for x in range(11)] for y in range(9)]
        )

    alpha = np.random.default_rng(2).random((9, 11), np.float32)
    around = np.pad(alpha, 1, mode="edge")
    across = np.maximum(around[1:-1, :-2], around[1:-1, 2:])
    down = np.maximum(around[:-2, 1:-1], around[2:, 1:-1])
    slope = np.hypot(np.maximum(across - alpha, 0), np.maximum(down - alpha, 0))
    highest = np.maximum(np.maximum(across, down), alpha)
    for d in (0.4, 1.0, 2.3):
        ahead = np.minimum(alpha + (d - int(d)) * slope, highest)
        expected = largest(alpha, d) if d == 1 else largest(alpha, d).clip(whole(ahead, int(d)))
        np.testing.assert_allclose(edges.shift(alpha, d * 10, 10), expected, atol=1e-6)
        # Inward is outward on what is left.
        np.testing.assert_allclose(edges.shift(1 - alpha, -d * 10, 10), 1 - expected, atol=1e-6)


def test_shift_is_monotone() -> None:
    rng = np.random.default_rng(4)
    alpha = np.clip(soft_disk() + 0.2 * rng.standard_normal((90, 90)), 0, 1).astype(np.float32)
    # 40 pixels of radius: the long ways are walked in steps of 16.
    settings = [-100, -60, -41, -39, -10, -1, 0, 1, 10, 39, 41, 60, 100]
    results = [edges.shift(alpha, percent, 40) for percent in settings]
    for less, more in itertools.pairwise(results):
        assert (more >= less - 1e-6).all()
    assert results[-1].mean() > alpha.mean() > results[0].mean()


def test_shift_moves_a_disk_by_its_pixels() -> None:
    area = edges.shift(soft_disk(), 50, 10).sum()
    assert np.sqrt(area / np.pi) == pytest.approx(30, abs=0.35)
    area = edges.shift(soft_disk(), -50, 10).sum()
    assert np.sqrt(area / np.pi) == pytest.approx(20, abs=0.35)


def test_smooth_calms_the_outline_and_keeps_the_edge() -> None:
    # Stair steps: four pixels across every twelve down.
    y, x = np.mgrid[:96, :96]
    stairs = (x > 30 + 4 * (y // 12)).astype(np.float32)
    calm = edges.smooth(stairs, 60)

    def crossing(plane: np.ndarray) -> np.ndarray:
        """Where each row passes 0.5."""
        return 96 - plane[20:76].sum(axis=1)

    rows = np.arange(20, 76)

    def bumps(plane: np.ndarray) -> float:
        at = crossing(plane)
        return float(np.std(at - np.polyval(np.polyfit(rows, at, 1), rows)))

    assert bumps(calm) < 0.25 * bumps(stairs)
    # Still hard: hardly more than one in-between pixel a row; blurring alone leaves twenty.
    soft = ((calm > 0.05) & (calm < 0.95))[20:76].sum(axis=1).mean()
    assert soft < 3
    # A soft straight edge keeps its softness.
    ramp = np.tile(np.clip((np.arange(96) - 40) / 16, 0, 1), (96, 1)).astype(np.float32)
    kept = edges.smooth(ramp, 30)
    assert np.abs(kept - ramp).max() < 0.08


def test_the_order_is_the_one_that_is_told() -> None:
    rng = np.random.default_rng(5)
    alpha = np.clip(soft_disk() + 0.1 * rng.standard_normal((90, 90)), 0, 1).astype(np.float32)
    alpha[5, 5] = alpha[44:47, 44] = 1
    alpha[45, 45] = 0
    asked = {"drop_islands": 60, "fill_holes": 9, "despeckle": 2, "denoise": 30, "smooth": 20}
    asked |= {"edge_blur": 0.7, "feather": 4, "contrast": 30, "shift": -25, "contract": 0.4}
    assert tuple(asked) == edges.ORDER
    by_hand = alpha
    for name in edges.ORDER:
        more = (8,) if name == "shift" else ()
        by_hand = getattr(edges, name)(by_hand, asked[name], *more)
    together = edges.apply_edges(alpha, radius=8, **asked)
    np.testing.assert_array_equal(together, by_hand)


def test_presets_are_settings() -> None:
    alpha = soft_disk()
    for name, preset in edges.PRESETS.items():
        result = edges.apply_edges(alpha, **preset.settings)
        assert preset.why.endswith(".") and result.shape == alpha.shape
        assert (result == alpha).all() == (name == "as solved" or name == "one piece")


def test_the_answer_does_not_depend_on_where_it_lies_in_memory() -> None:
    alpha, first, held = soft_disk(), None, []
    for n in range(60):
        held.append(np.empty(1 + 7919 * n % 100_000, np.uint8))  # moves what is made next
        answer = edges.apply_edges(alpha, smooth=20, feather=4, contrast=30, shift=-25, radius=8)
        first = answer if first is None else first
        np.testing.assert_array_equal(answer, first)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 3)])
def test_tiny(shape: tuple[int, int]) -> None:
    alpha = np.random.default_rng(0).random(shape, np.float32)
    result = edges.apply_edges(
        alpha, smooth=50, feather=30, contrast=10, shift=40, radius=60, drop_islands=2,
        fill_holes=2, despeckle=3, denoise=20, edge_blur=1, contract=1.2,
    )  # fmt: skip
    assert result.shape == shape and np.isfinite(result).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"smooth": 101}, r"smooth in 0\.\.100, got 101"),
        ({"feather": -1}, r"feather in 0\.\.250, got -1"),
        ({"contrast": np.nan}, r"contrast in 0\.\.100, got nan"),
        ({"shift": 120}, r"shift in -100\.\.100, got 120"),
        ({"shift": 1, "radius": 251}, r"radius in 0\.\.250, got 251"),
        ({"smooth": "much"}, "got 'much'"),
        ({"despeckle": 1.5}, r"despeckle in whole pixels, got 1\.5"),
        ({"denoise": 101}, r"denoise in 0\.\.100, got 101"),
        ({"edge_blur": 4}, r"edge_blur in 0\.\.3, got 4"),
        ({"contract": -1}, r"contract in 0\.\.5, got -1"),
        ({"fill_holes": -1}, r"fill_holes in 0\.\.1e\+09, got -1"),
        ({"drop_islands": np.inf}, r"drop_islands in 0\.\.1e\+09, got inf"),
    ],
)
def test_range_errors(settings: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        edges.apply_edges(np.zeros((3, 3)), **settings)


def test_no_alpha() -> None:
    with pytest.raises(ArrayError):
        edges.feather(np.full((3, 3), np.nan), 2)


@pytest.mark.parametrize(
    "asked",
    [
        {"smooth": 100},
        {"feather": 3},
        {"feather": 60},
        {"edge_blur": 3},
        {"shift": -80, "radius": 50},
        {"contract": 5},
        {"despeckle": 3, "denoise": 100},
        {"smooth": 20, "feather": 12, "shift": 35, "radius": 21, "contract": 1.3, "contrast": 40},
    ],
)
def test_nothing_hangs_on_what_lies_beyond_the_reach(asked: dict[str, float]) -> None:
    rng = np.random.default_rng(2)
    far = math.ceil(edges.reach(**asked))
    side = 2 * far + 21
    one = np.kron(rng.random((side // 8 + 1,) * 2), np.ones((8, 8)))[:side, :side]
    one = one.astype(np.float32)
    other = rng.random((side, side), np.float32)
    other[10:-10, 10:-10] = one[10:-10, 10:-10]
    at = side // 2, side // 2
    assert abs(edges.apply_edges(one, **asked)[at] - edges.apply_edges(other, **asked)[at]) < 1e-6


def test_pieces_told_by_area_reach_everywhere() -> None:
    assert edges.reach() == 0 and edges.reach(contrast=50) == 0
    assert edges.reach(drop_islands=9) == edges.reach(fill_holes=9) == math.inf
