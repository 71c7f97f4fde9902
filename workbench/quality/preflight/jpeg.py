"""How hard a photo was compressed: by its file's tables, and by what the pixels remember."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ...arrays import to_uint8
from ..checks.observation import Remedy
from .seen import Seen, taken
from .shot import Shot

QUALITY = 90
"""The least JPEG quality that the articles ask for."""

# ITU-T T.81, Annex K, tables K.1 and K.2, row by row.
_LUMINANCE = np.array([
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
])  # fmt: skip
_CHROMINANCE = np.full(64, 99)
_CHROMINANCE[[0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 24, 25]] = [
    17, 18, 24, 47, 18, 21, 26, 66, 24, 26, 56, 47, 66,
]  # fmt: skip

_TRIED = range(10, 96)  # qualities that pixels can tell: above, steps drown in rounding
_FIT = 0.45  # how well coefficients keep to a table's steps, −1 to 1, for it to be believed
_ENOUGH = 60  # coefficients beyond half a step that a frequency needs to speak
_WINDOW = 1536  # px of the middle that are looked at
_BLOCKS = 12_000  # blocks of it, at most
_LOW = [1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40]  # frequencies
_COSINES = np.cos((2 * np.arange(8)[None] + 1) * np.arange(8)[:, None] * np.pi / 16) / 2
_COSINES[0] /= np.sqrt(2)


def jpeg_artifacts(shot: Shot) -> list[Seen]:
    """The JPEG quality, 1 to 100 as the Independent JPEG Group counts it; limit QUALITY, at least.

    The lower of what the file's tables say and what the pixels remember: a photo that was saved
    again as a PNG or at a higher quality is no better for it. Nothing is said where neither
    knows: a PNG whose pixels show no blocks.
    """
    said = ijg_quality(shot.tables) if shot.tables else None
    kept = remembered_quality(shot.image)
    if said is None and kept is None:
        return []
    quality = min(q for q in (said, kept) if q is not None)
    source = "by its tables"
    if said is None or (kept is not None and kept < said - 5):
        source = "by the blocks in its pixels; it was saved again since"
    elif kept is not None and said > kept:
        quality = said
    words = f"JPEG quality {quality} ({source}); {QUALITY} and more is good."
    why = f"Compressed at JPEG quality {quality} ({source}): edges carry blocks of 8 pixels."
    remedy = (Remedy("preset", {"name": "noisy photo"}),)
    return [taken("jpeg_artifacts", quality, "of 100", QUALITY, words, why, at_least=True,
                  remedy=remedy)]  # fmt: skip


def ijg_quality(tables: Sequence[Sequence[int]]) -> int:
    """The quality of the Independent JPEG Group's table that is nearest to these, 1 to 100.

    Tables of its library are found exactly; a camera's or an editor's own by the nearest sum of
    differences. The numbers' order does not matter (a file has them in zigzag), for they are
    compared sorted.

    Args:
        tables: one or more of 64 numbers, luminance first.
    """
    off = np.zeros(101)
    for n, table in enumerate(tables[:2]):
        mine = np.sort(np.asarray(table, np.float64))
        for quality in range(1, 101):
            standard = np.sort(scaled(quality, chrominance=n == 1))
            off[quality] += np.abs(mine - standard).sum()
    off[0] = np.inf
    return 100 - int(off[::-1].argmin())  # of equals the best: above 98 the tables hardly differ


def scaled(quality: int, chrominance: bool = False) -> np.ndarray:
    """(64,) the standard's table at an IJG quality, row by row."""
    percent = 5000 / quality if quality < 50 else 200 - 2 * quality
    base = _CHROMINANCE if chrominance else _LUMINANCE
    return np.clip((base * int(percent) + 50) // 100, 1, 255)


def remembered_quality(image: np.ndarray) -> int | None:
    """The quality that the pixels were once compressed at, 10 to 95; None where nothing shows.

    Coefficients of the cosine transform of each block of 8 × 8 pixels lie at multiples of the
    table's steps (Fan and de Queiroz, "Identification of bitmap compression history", IEEE
    Transactions on Image Processing 12(2), 2003). How nearly they do is the mean of
    cos(2π · coefficient / step), and a quality is judged by all of its low frequencies together.
    The grid is looked for where differences between neighbours jump every eight pixels; of a large
    photo the middle is looked at.

    Args:
        image: (H, W, 3), at its own size: enlarged or reduced, the steps are gone.
    """
    rows, columns = (
        slice((side - _WINDOW) // 2, (side + _WINDOW) // 2) if side > _WINDOW else slice(None)
        for side in image.shape[:2]
    )
    part = to_uint8(image[rows, columns]).astype(np.float32)
    luma = cv2.transform(part, np.array([[0.299, 0.587, 0.114]], np.float32))
    top, left = (_phase(luma, axis) for axis in (0, 1))
    high, wide = (luma.shape[0] - top) // 8, (luma.shape[1] - left) // 8
    if high * wide < _ENOUGH:
        return None
    whole = luma[top : top + high * 8, left : left + wide * 8]
    blocks = whole.reshape(high, 8, wide, 8).swapaxes(1, 2).reshape(-1, 8, 8)
    blocks = blocks[:: max(1, len(blocks) // _BLOCKS)] - 128
    found = (_COSINES @ blocks @ _COSINES.T).reshape(len(blocks), 64)[:, _LOW]
    fits = {quality: _fit(found, scaled(quality)[_LOW]) for quality in _TRIED}
    most = max(fits.values())
    if most < _FIT:
        return None
    # Steps of half the size fit as well: of those that fit the coarsest is the true one.
    return min(quality for quality, fit in fits.items() if fit >= 0.93 * most)


def _fit(found: np.ndarray, steps: np.ndarray) -> float:
    fits, weights = [], []
    for n, step in enumerate(steps):
        mine = found[:, n]
        # What is rounded to nothing says nothing, and is plenty in any photo.
        mine = mine[np.abs(mine) > step / 2]
        if step > 1 and len(mine) >= _ENOUGH:
            fits.append(float(np.cos(2 * np.pi * mine / step).mean()))
            weights.append(min(len(mine), 1000))
    return float(np.average(fits, weights=weights)) if len(fits) >= 4 else -1.0


def _phase(luma: np.ndarray, axis: int) -> int:
    """Where along an axis the first whole block begins, 0 to 7."""
    jump = np.abs(np.diff(luma, axis=axis))
    # Less than its own neighbours, so that an edge of the scene does not count as a grid's.
    around = np.roll(jump, 1, axis) / 2 + np.roll(jump, -1, axis) / 2
    more = np.clip(jump - around, -8, 8).mean(axis=1 - axis)
    sums = [float(more[n::8].mean()) if len(more[n::8]) else 0.0 for n in range(8)]
    return (int(np.argmax(sums)) + 1) % 8
