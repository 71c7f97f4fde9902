"""The outline unrolled: what lies along the edge as a straight strip, and how wide the edge is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..arrays import check_plane
from ..errors import InputError

REACH = 16
"""Pixels to either side of the outline."""

STEP = 0.25  # pixels between taps, where widths are measured
LOW, HIGH = 0.1, 0.9
CALM = 4.0
"""Pixels of σ by which the line is smoothed before it is walked along: a strip along every step of
a jagged outline would show it straight."""

_SHORTEST = 16  # pixels: a shorter line is a speck
_AT_ONCE = 8192  # points that OpenCV samples at once: it takes less than 32,768


@dataclass(frozen=True, eq=False)
class Unrolled:
    """Points a pixel apart along the outline, and the direction across it in each.

    Attributes:
        points: (n, 2) float32 of (x, y) in image pixels: a pixel's centre is at a half.
        inward: (n, 2) float32, of length 1, towards the subject.
        lines: (n,) int32, which line each belongs to, the longest first.
    """

    points: np.ndarray
    inward: np.ndarray
    lines: np.ndarray

    def __len__(self) -> int:
        return len(self.points)

    def sample(self, picture: np.ndarray, reach: int = REACH, step: float = 1.0) -> np.ndarray:
        """A picture along the outline, straightened: the inside above, the outside below.

        Args:
            picture: (H, W) or (H, W, 3), of a dtype that OpenCV samples.
            reach: pixels to either side.
            step: pixels between rows.

        Returns:
            (2 · reach / step + 1, n) or (…, n, 3), bilinear; beyond the picture its border goes on.
        """
        across = np.arange(reach, -reach - step / 2, -step, dtype=np.float32)
        parts = []
        for first in range(0, len(self), _AT_ONCE):
            some = slice(first, first + _AT_ONCE)
            at = self.points[some] - np.float32(0.5) + across[:, None, None] * self.inward[some]
            at = np.ascontiguousarray(at, np.float32)
            parts.append(
                cv2.remap(picture, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            )
        return np.concatenate(parts, axis=1)

    def inside(self, box: tuple[float, float, float, float]) -> np.ndarray:
        """(n,) bool: the points in a box (x0, y0, x1, y1)."""
        x, y = self.points[:, 0], self.points[:, 1]
        return (x >= box[0]) & (x < box[2]) & (y >= box[1]) & (y < box[3])

    def widths(self, alpha: np.ndarray) -> np.ndarray:
        """How wide the edge is at each point: from where alpha is 10 % to where it is 90 %.

        Across the outline, from the half that lies nearest to it: outward to the first 10 %, inward
        to the first 90 %, to a fraction of a pixel. A straight ramp w pixels long has 0.8 w, and an
        edge without any in-between pixel 0.8, as it is read bilinearly; on the diagonal a narrow
        edge reads up to 0.6 wider for that. The checks (``quality.checks.outline``) judge by the
        steepest slope instead, which the photo's own edge can be held against: the same on a ramp,
        four fifths of this on an edge blurred by a Gaussian.

        Args:
            alpha: (H, W) float32.

        Returns:
            (n,) float32 in pixels; NaN where the alpha does not get from one to the other within 16
            pixels to either side: a strand, or something half clear.
        """
        width = np.empty(len(self), np.float32)
        for first in range(0, len(self), _AT_ONCE):
            some = slice(first, first + _AT_ONCE)
            part = Unrolled(self.points[some], self.inward[some], self.lines[some])
            width[some] = _widths(part.sample(alpha, step=STEP)[::-1].T)
        return width


def unroll(alpha: Any) -> Unrolled | None:
    """The lines along which an alpha passes a half, walked along in steps of a pixel.

    Marching squares (scikit-image's ``find_contours``), each line smoothed by a Gaussian of 4
    pixels. The picture's frame is no edge.

    Args:
        alpha: (H, W) in [0, 1].

    Returns:
        The longest line first; None where no line is 16 pixels long.

    Raises:
        ArrayError: the alpha has the wrong shape, dtype or range.
    """
    plane = check_plane(alpha, name="alpha")
    # Only where the subject is, and the pixels around it: of a large photo that may be little.
    x, y, width, height = cv2.boundingRect((plane >= 0.5).astype(np.uint8))
    if width == 0:
        return None
    top, left = max(y - 1, 0), max(x - 1, 0)
    part = plane[top : y + height + 1, left : x + width + 1]
    if min(part.shape) < 2:
        return None
    from skimage.measure import find_contours

    found = []
    # A hair below a half: an alpha of exactly a half belongs inside.
    for line in find_contours(part, 0.5 - 1e-4):
        points = line[:, ::-1] + (left + 0.5, top + 0.5)
        even = _even(points)
        if even is not None:
            found.append(even)
    if not found:
        return None
    found.sort(key=lambda one: -len(one[0]))
    points, along = (np.concatenate([one[k] for one in found]) for k in (0, 1))
    lines = np.concatenate([np.full(len(one[0]), n, np.int32) for n, one in enumerate(found)])
    across = np.stack([-along[:, 1], along[:, 0]], axis=1).astype(np.float32)
    unrolled = Unrolled(points.astype(np.float32), across, lines)
    # Which of the two sides is inside is told by the alpha, for each line as a whole.
    ends = unrolled.sample(plane, reach=2, step=4.0)
    lean = np.bincount(lines, (ends[0] - ends[-1]).astype(np.float64))
    return Unrolled(
        unrolled.points, across * np.where(lean >= 0, 1, -1)[lines, None].astype(np.float32), lines
    )


def _even(points: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """A line's points a pixel apart, smoothed, and its direction there; None for a speck."""
    closed = len(points) > 2 and bool((points[0] == points[-1]).all())
    length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    count = round(float(length[-1]))
    if count < _SHORTEST:
        return None
    at = np.arange(count) * (length[-1] / count)
    even = np.stack([np.interp(at, length, points[:, k]) for k in (0, 1)], axis=1)
    sigma = min(CALM, count / 12)
    reach = min(int(4 * sigma) + 1, count - 1)
    weight = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weight /= weight.sum()
    calm = np.empty_like(even)
    for k in (0, 1):
        line = even[:, k]
        if closed:
            longer = np.pad(line, reach, mode="wrap")
        else:  # mirrored through its ends, so that they stay where they are
            longer = np.pad(line, reach, mode="reflect", reflect_type="odd")
        calm[:, k] = np.convolve(longer, weight, "valid")
    ends = np.concatenate([calm[-1:], calm, calm[:1]]) if closed else np.concatenate(
        [2 * calm[:1] - calm[1:2], calm, 2 * calm[-1:] - calm[-2:-1]])  # fmt: skip
    along = ends[2:] - ends[:-2]
    return calm, along / np.maximum(np.hypot(*along.T), 1e-6)[:, None]


def _widths(profiles: np.ndarray) -> np.ndarray:
    """10–90 % widths in pixels of profiles (n, T) that rise from the outside in; NaN for none."""
    count, taps = profiles.shape
    middle = taps // 2
    place = np.arange(taps)
    rises = (profiles[:, :-1] < 0.5) & (profiles[:, 1:] >= 0.5)
    far = np.where(rises, np.abs(place[:-1] - middle), taps * 2)
    half = far.argmin(axis=1)
    known = far[np.arange(count), half] <= taps
    # Outward from there the nearest tap at or below 10 %, inward the nearest at or above 90 %.
    low = np.where((profiles <= LOW) & (place <= half[:, None]), place, -1).max(axis=1)
    high = np.where((profiles >= HIGH) & (place > half[:, None]), place, taps).min(axis=1)
    known &= (low >= 0) & (high < taps)
    rows = np.arange(count)[known]
    a, b = low[known], high[known]
    width = np.full(count, np.nan, np.float32)
    below, above = profiles[rows, a], profiles[rows, a + 1]
    start = a + (LOW - below) / np.maximum(above - below, 1e-6)
    below, above = profiles[rows, b - 1], profiles[rows, b]
    end = b - 1 + (HIGH - below) / np.maximum(above - below, 1e-6)
    width[known] = (end - start) * STEP
    return width


def edge_widths(alpha: Any) -> tuple[np.ndarray, np.ndarray]:
    """The outline's points and how wide the edge is at each: what the view Edge width draws.

    Args:
        alpha: (H, W) in [0, 1].

    Returns:
        (n, 2) float32 of (x, y) in image pixels and (n,) float32 in pixels, NaN for no plain edge;
        n is 0 where there is no outline.

    Raises:
        ArrayError: the alpha has the wrong shape, dtype or range.
    """
    plane = check_plane(alpha, name="alpha")
    unrolled = unroll(plane)
    if unrolled is None:
        return np.zeros((0, 2), np.float32), np.zeros(0, np.float32)
    return unrolled.points, unrolled.widths(plane)


def checked_reach(reach: int) -> int:
    """A reach in pixels, 4 to 100.

    Raises:
        InputError: it is another.
    """
    if not 4 <= reach <= 100:
        raise InputError(f"expected a reach of 4..100 px, got {reach!r}")
    return int(reach)
