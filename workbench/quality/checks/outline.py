"""The outline of an alpha (where it crosses a half) and profiles across it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

REACH = 8.0  # pixels to either side
STEP = 0.5  # pixels between taps
MOST = 3000  # points of the outline that are looked at
SECTION = 24  # neighbouring points that are judged together
_SHORTEST = 24  # pixels: a shorter closed line is a speck
_SMOOTH = 2.0  # pixels of σ, for the direction across

TAPS = np.arange(-REACH, REACH + STEP / 2, STEP).astype(np.float32)
"""Positions along a profile in pixels: outside is negative, inside positive."""


@dataclass(frozen=True, eq=False)
class Outline:
    """Points of the outline, in order along each closed line, and what lies across them.

    Attributes:
        points: (n, 2) float32 of x, y: array indices, so a pixel's centre is a whole number.
        normals: (n, 2) float32, of length 1, inward.
        lines: (n,) int32, which closed line each belongs to.
        alpha: (n, T) float32 at ``TAPS``. image: (n, T, 3) float32 likewise.
        paths: each closed line, (m, 2) int32, pixel by pixel (x, y).
    """

    points: np.ndarray
    normals: np.ndarray
    lines: np.ndarray
    alpha: np.ndarray
    image: np.ndarray
    paths: tuple[np.ndarray, ...]

    def sample(self, picture: np.ndarray, taps: np.ndarray = TAPS) -> np.ndarray:
        """(n, T) or (n, T, 3): another picture at the same places, or at other ``taps``."""
        return _sampled(picture, self.points, self.normals, taps)

    @cached_property
    def plain(self) -> np.ndarray:
        """(n,) bool: opaque 5 px inside and clear 5 px outside: an edge and not hair."""
        inside, outside = self.alpha[:, TAPS >= 5], self.alpha[:, TAPS <= -5]
        return (inside.min(axis=1) > 0.95) & (outside.max(axis=1) < 0.05)

    @cached_property
    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean colour of the photo 5 to 8 px inside and outside, (n, 3) each."""
        return (
            self.image[:, TAPS >= 5].mean(axis=1),
            self.image[:, TAPS <= -5].mean(axis=1),
        )

    @cached_property
    def widths(self) -> tuple[np.ndarray, np.ndarray]:
        """10–90 % widths in px of the alpha's edge and of the photo's, (n,) each.

        Of a ramp with the steepest slope that there is within 3.5 px, 0.8 / slope. The photo is
        seen along the line from the outside's colour to the inside's. A binary alpha reads 0.8.

        Not what ``views.unrolling`` measures, which follows the alpha to where it is 10 % and 90 %:
        a slope can be told of the photo too, and where neither end is reached. On a straight ramp
        both are the same; of an edge blurred by a Gaussian this is four fifths of that.
        """
        near = np.abs(TAPS) <= 3.5
        per = round(1 / STEP)

        def width(values: np.ndarray) -> np.ndarray:
            return 0.8 / np.maximum((values[:, per:] - values[:, :-per]).max(axis=1), 0.02)

        inner, outer = self.ends
        axis = inner - outer
        along = np.einsum("ntc,nc->nt", self.image[:, near] - outer[:, None], axis)
        return width(self.alpha[:, near]), width(
            along / np.maximum(self.contrast**2, 1e-4)[:, None]
        )

    @cached_property
    def contrast(self) -> np.ndarray:
        """(n,) distance in sRGB between the colours inside and outside."""
        inner, outer = self.ends
        return np.linalg.norm(inner - outer, axis=1)


def outline_of(alpha: np.ndarray, image: np.ndarray) -> Outline | None:
    """The outline of an alpha (H, W) float32 over an image (H, W, 3) float32; None for none."""
    solid = (alpha >= 0.5).astype(np.uint8)
    found, _ = cv2.findContours(solid, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    paths = tuple(path[:, 0] for path in found if len(path) >= _SHORTEST)
    if not paths:
        return None
    stride = max(1, -(-sum(map(len, paths)) // MOST))
    points = np.concatenate([path[::stride] for path in paths])
    lines = np.concatenate([np.full(len(p[::stride]), n, np.int32) for n, p in enumerate(paths)])
    soft = cv2.GaussianBlur(alpha, (0, 0), _SMOOTH)
    height, width = alpha.shape
    x, y = points[:, 0], points[:, 1]
    dx = soft[y, np.minimum(x + 1, width - 1)] - soft[y, np.maximum(x - 1, 0)]
    dy = soft[np.minimum(y + 1, height - 1), x] - soft[np.maximum(y - 1, 0), x]
    length = np.hypot(dx, dy)
    edge = np.ceil(REACH)
    fit = (length > 0.02) & (x >= edge) & (y >= edge) & (x < width - edge) & (y < height - edge)
    if not fit.any():
        return None
    normals = np.stack([dx, dy], axis=1)[fit] / length[fit, None]
    places = points[fit].astype(np.float32)
    # From the pixel's centre to where the alpha really crosses a half.
    profile = _sampled(alpha, places, normals)
    near = np.abs(TAPS) <= 1.5
    off = TAPS[near][np.abs(profile[:, near] - 0.5).argmin(axis=1)]
    places = places + off[:, None] * normals
    return Outline(places, normals, lines[fit], _sampled(alpha, places, normals),
                   _sampled(image, places, normals), paths)  # fmt: skip


def _sampled(
    picture: np.ndarray, points: np.ndarray, normals: np.ndarray, taps: np.ndarray = TAPS
) -> np.ndarray:
    at = points[:, None] + taps[:, None] * normals[:, None]
    at = np.ascontiguousarray(at, np.float32)
    return cv2.remap(picture, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def stretches(flagged: np.ndarray, lines: np.ndarray) -> list[slice]:
    """Runs of neighbouring points that are flagged, of one closed line each, the longest first."""
    change = np.flatnonzero(np.diff(np.where(flagged, lines + 1, 0)) != 0) + 1
    bounds = [0, *change.tolist(), len(flagged)]
    runs = [slice(a, b) for a, b in itertools.pairwise(bounds) if b > a and flagged[a]]
    return sorted(runs, key=lambda run: run.start - run.stop)


def bridged(flagged: np.ndarray, lines: np.ndarray, gap: int) -> np.ndarray:
    """(n,) bool with gaps of ``gap`` points and less filled, of the same closed line."""
    made = np.zeros_like(flagged)
    window = np.ones((1, gap + 1))
    for line in np.unique(lines):
        here = np.flatnonzero(lines == line)
        around = np.take(here, np.arange(-gap, len(here) + gap), mode="wrap")
        closed = cv2.morphologyEx(flagged[around].astype(np.uint8)[None], cv2.MORPH_CLOSE, window)
        made[here] = closed[0, gap:-gap] > 0
    return made


def running(
    values: np.ndarray, good: np.ndarray, lines: np.ndarray, size: int = SECTION
) -> tuple[np.ndarray, np.ndarray]:
    """The mean of the good values in a window of ``size`` points of the same closed line.

    Args:
        values: (n, ...) float. good: (n,) bool. lines: (n,) which line each belongs to.
        size: points; a line that is shorter is its own window.

    Returns:
        The means, the shape of ``values``, zeros where nothing is good; and (n,) the share of each
        window that is good.
    """
    flat = np.concatenate([values.reshape(len(values), -1), np.ones((len(values), 1))], axis=1)
    flat = np.where(good[:, None], flat, 0).astype(np.float64)
    for line in np.unique(lines):
        here = np.flatnonzero(lines == line)
        long = min(size, len(here) - 1 + len(here) % 2)
        around = np.take(here, np.arange(-long, len(here) + long), mode="wrap")
        flat[here] = cv2.blur(flat[around], (1, long))[long:-long]
    share = flat[:, -1]
    return (flat[:, :-1] / np.maximum(share, 1e-9)[:, None]).reshape(values.shape), share


def beside(values: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """The median of the values some way along the line, on either side of each point.

    Args:
        values: (n, C) float. lines: (n,) which closed line each belongs to.

    Returns:
        (n, C): the median at 1½, 2 and 2½ sections before and after.
    """
    made = values.copy()
    for line in np.unique(lines):
        here = np.flatnonzero(lines == line)
        calm = cv2.blur(values[here][:, None].astype(np.float32), (1, 9))[:, 0]
        steps = [sign * SECTION * n // 2 for n in (3, 4, 5) for sign in (-1, 1)]
        made[here] = np.median([np.roll(calm, by, axis=0) for by in steps], axis=0)
    return made
