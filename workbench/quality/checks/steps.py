"""Steps in the edge: a mask without grey, and blocks of a small mask or of JPEG."""

from __future__ import annotations

import cv2
import numpy as np

from .observation import Observation, box_of, setting, severity
from .outline import SECTION, running, stretches
from .sight import Sight

STAIRS = 0.6
"""Share of an oblique outline that runs exactly along rows, columns or diagonals."""

LEAST = 0.5
"""Share of all oblique steps that must be in such windows."""

CELLS = 0.4
"""Strength of a period in where the alpha changes, 0 (none) to 1 (nowhere else)."""

JPEG = 0.1
"""Share of runs of 8 pixels that change in some other grid, but do not in JPEG's."""

_MOST = 3
_OBLIQUE = 10.0  # degrees from any multiple of 45
_EXACT = 3.0  # degrees
_WINDOW = 9  # pixels to either side that an outline's direction is taken over
_PERIODS = 2.9, 20.0  # pixels
_BLOCK = 8  # pixels, JPEG's
_LINES = 8  # of rows or columns at least that changes must be spread over


def stair_steps(sight: Sight) -> list[Observation]:
    """An outline that goes in steps: oblique, yet made of runs along rows, columns and diagonals.

    Each line at alpha 0.5 is read to a fraction of a pixel. Where its direction over 19 px is
    10° and more from any multiple of 45°, the share of its single steps within 3° of one is
    measured; a sampled slope has about a seventh, a binary mask all of it. From STAIRS on, over a
    window of 24 steps of which half are oblique, and LEAST of all oblique ones: hair has a few.
    """
    outline = sight.outline
    if outline is None:
        return []
    found: list[tuple[float, np.ndarray]] = []
    stepped = oblique_all = 0
    for path in outline.paths:
        line = _precise(path, sight.plane)
        if line is None:
            continue
        turn = np.roll(line, -1, axis=0) - line
        exact = _from_45(turn) <= _EXACT
        wide = np.roll(line, -_WINDOW, axis=0) - np.roll(line, _WINDOW, axis=0)
        oblique = _from_45(wide) >= _OBLIQUE
        share, told = running(exact.astype(float), oblique, np.zeros(len(path), np.int32))
        flagged = (share >= STAIRS) & (told >= 0.5)
        stepped += int((flagged & oblique).sum())
        oblique_all += int(oblique.sum())
        runs = stretches(flagged, np.zeros(len(path), np.int32))
        found += [(float(share[r].mean()), path[r]) for r in runs if r.stop - r.start >= 6]
    if stepped < LEAST * oblique_all:
        return []
    found.sort(key=lambda one: -len(one[1]))
    return [
        Observation(
            "stair_steps", severity(share, STAIRS / 2), box_of(p[:, 0], p[:, 1], sight.shape, 2),
            share, "of the outline", f"The edge goes in steps: {share:.0%} of its slopes run along "
            "rows, columns and diagonals of pixels.",
            (setting(edge_blur=max(sight.in_force("edge_blur"), 1.2)),),
        )
        for share, p in found[:_MOST]
    ]  # fmt: skip


def blocky_edge(sight: Sight) -> list[Observation]:
    """Blocks in the edge: a mask made of cells at a lower resolution, or an alpha saved as JPEG.

    Cells: how much the alpha changes from one column of pixels to the next, summed along each
    column, and likewise for rows (a straight edge counts no more than three average ones). Measure:
    the amplitude of its strongest period of 3 to 20 px over its mean, 0 to 1, from CELLS on.
    JPEG: runs of 8 pixels in which an 8-bit alpha changes at all, counted at each of the eight
    places where a grid may begin. Measure: by how much the fewest are fewer than the median, 0 to
    1, from JPEG on: what a block is made of ends where it ends.
    """
    outline = sight.outline
    if outline is None:
        return []
    strength, period = max(_cells(sight.plane, axis) for axis in (0, 1))
    eight = sight.eight
    saved = (_blocks(eight) + _blocks(np.ascontiguousarray(eight.T))) / 2
    if strength >= CELLS:
        least, words = CELLS, "the mask was made at a lower resolution"
        # As wide as it takes to make slopes of steps, and no wider: feather is a blur of half that.
        remedy = setting(feather=max(sight.in_force("feather"), round(0.3 * period, 1)))
    elif saved >= JPEG:
        strength, period, least, words = saved, 8.0, JPEG, "the alpha has been a JPEG"
        remedy = setting(denoise=max(sight.in_force("denoise"), 20.0))
    else:
        return []
    longest = np.argsort(-np.bincount(outline.lines))[:_MOST]
    found = []
    for line in longest:
        at = outline.points[outline.lines == line]
        if len(at) < SECTION:
            continue
        found.append(Observation(
            "blocky_edge", severity(strength, least / 2),
            box_of(at[:, 0], at[:, 1], sight.shape, 8), strength, "of the edge",
            f"The edge goes in blocks of {period:.0f} px: {words}.", (remedy,),
        ))  # fmt: skip
    return found


def _cells(plane: np.ndarray, axis: int) -> tuple[float, float]:
    """The strength of the strongest period in where an alpha changes, 0 to 1, and that, px."""
    energy = np.abs(np.diff(plane, axis=1 - axis)).sum(axis=axis, dtype=np.float64)
    at = np.flatnonzero(energy)
    if len(at) < 2:
        return 0.0, 0.0
    line = energy[at[0] : at[-1] + 1]
    line = np.minimum(line, 3 * line[line > 0].mean())
    total = line.sum()
    if len(line) < 2 * _PERIODS[1] or total**2 < _LINES * (line**2).sum():
        return 0.0, 0.0
    size = 8 * len(line)
    strength = np.abs(np.fft.rfft(line, size)) / total
    length = size / np.maximum(np.arange(len(strength)), 1)
    strength[(length < _PERIODS[0]) | (length > _PERIODS[1])] = 0
    n = int(strength.argmax())
    return float(strength[n]), float(length[n])


def _blocks(eight: np.ndarray) -> float:
    """By how much runs of 8 pixels along rows that change are fewer where JPEG's blocks begin."""
    if eight.shape[1] < 2 * _BLOCK:
        return 0.0
    changes = (eight[:, 1:] != eight[:, :-1]).astype(np.uint8)
    any_of_it = cv2.dilate(changes, np.ones((1, _BLOCK - 1), np.uint8), anchor=(0, 0))
    columns = any_of_it.sum(axis=0, dtype=np.float64)
    counts = np.array([columns[n::_BLOCK].mean() for n in range(_BLOCK)])
    middle = float(np.median(counts))
    return 0.0 if middle == 0 else 1 - float(counts.min()) / middle


def _precise(path: np.ndarray, plane: np.ndarray) -> np.ndarray | None:
    """A closed line of pixels moved to where the alpha crosses a half, (m, 2) of x, y."""
    if len(path) < 3 * SECTION:
        return None
    height, width = plane.shape
    x, y = path[:, 0], path[:, 1]
    here = plane[y, x]
    best, place = np.full(len(path), 2.0), path.astype(np.float64)
    wide = np.roll(path, -4, axis=0) - np.roll(path, 4, axis=0)
    flat = np.abs(wide[:, 0]) >= np.abs(wide[:, 1])
    for dx, dy in ((0, -1), (0, 1), (-1, 0), (1, 0)):
        u, v = np.clip(x + dx, 0, width - 1), np.clip(y + dy, 0, height - 1)
        there = plane[v, u]
        part = (here - 0.5) / np.maximum(here - there, 1e-6)
        # Across the line: up and down where it lies flat, sideways where it stands.
        fit = (there < 0.5) & (part < best) & (flat == (dy != 0))
        best[fit] = part[fit]
        place[fit] = path[fit] + part[fit, None] * np.array([dx, dy])
    return place[best < 2] if (best < 2).all() else np.where((best < 2)[:, None], place, path)


def _from_45(vectors: np.ndarray) -> np.ndarray:
    """Degrees between vectors (n, 2) and the nearest multiple of 45°."""
    angle = np.degrees(np.arctan2(vectors[:, 1], vectors[:, 0])) % 45
    return np.minimum(angle, 45 - angle)
