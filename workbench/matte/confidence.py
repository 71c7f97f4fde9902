"""How well an alpha explains the photo, pixel by pixel, without knowing the truth."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ..arrays import check_image, check_plane, check_trimap, to_float
from ..errors import ArrayError

# The four measures' weights and the offset: a logistic regression of which of two mattes is nearer
# to the truth, over pairs of mattes of cut-outs (the training split) over photos.
_GREY_ON_FLAT, _GREY, _UNEXPLAINED, _SIDE, _OFFSET = 10.8, 2.3, 3.3, 0.62, 2.0
_FLAT = 0.03  # standard deviation of colour in 3 × 3 pixels that counts as structure
_NOISE = 0.02  # σ added to each colour model
_FAR = 40.0  # squared Mahalanobis distance beyond which an outlier is an outlier
_BLUR = 2.0  # σ in pixels: neighbours are judged together
_TILE = 512
_MARGIN = 4 * round(_BLUR) + 1  # pixels around a tile that its average sees, and their structure
_REACHES = (6, 12, 24, 48, 96, 192)  # half widths of the windows that colours are learnt from
_ENOUGH = 60  # sure pixels that a window needs


def confidence(image: Any, alpha: Any, trimap: Any, greys: bool = True) -> np.ndarray:
    """How far to trust an alpha, from the photo and the trimap's sure ground alone.

    In the band it is a logistic of four measures, each averaged over neighbours (σ = 2 px):

    - how far I lies from α F + (1 − α) B, in Mahalanobis terms: F and B are Gaussians learnt from
      the nearest sure ground of either kind (Chuang and others, "A Bayesian Approach to Digital
      Matting", CVPR 2001, p. 264), so a background with a pattern is allowed its pattern;
    - on whose side the colour itself is, against the side that alpha takes;
    - how grey alpha is, 4 α (1 − α): real subjects are mostly there or not;
    - how grey it is where the photo is flat: nothing there could be an edge. This is the strongest
      of the four, and what a smear of closed-form matting looks like.

    On sure ground it is 1 − |α − trimap|. Numbers of two alphas are comparable when both were
    judged on the same trimap: see ``shared_trimap``. A structureless veil or smoke is grey on flat
    ground too, and undervalued.

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        alpha: (H, W) in [0, 1]. Where it is NaN or infinite the confidence is 0.
        trimap: (H, W) of 0, 0.5 and 1.
        greys: whether the last two measures count. They are for mattes that a solver made: beside a
            mask, which has no greys because it never sought any, they say nothing, and left in
            they would have every mask win over every head of hair.

    Returns:
        (H, W) float32 in [0, 1]; 0.5 in the band where the trimap lacks foreground or background.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
    """
    picture = check_image(image)
    plane = check_trimap(trimap, picture.shape[:2])
    values, broken = _readable(alpha, plane.shape)
    out = np.float32(1) - np.abs(values - plane)
    band = plane == 0.5
    if band.any():
        out[band] = 0.5
        if (plane == 0).any() and (plane == 1).any():
            _judge(out, picture, values, plane, band, greys)
    out[broken] = 0
    return np.clip(out, 0, 1, out=out)


def shared_trimap(*trimaps: Any) -> np.ndarray:
    """Sure where all trimaps are and agree, unknown elsewhere: common ground to judge on.

    Args:
        trimaps: (H, W) of 0, 0.5 and 1 each, at least one.

    Returns:
        (H, W) float32 of 0, 0.5 and 1.

    Raises:
        ArrayError: none was given, shapes differ, or a value is none of the three.
    """
    if not trimaps:
        raise ArrayError("expected at least one trimap, got none")
    first = check_trimap(trimaps[0]).copy()
    for other in trimaps[1:]:
        first[check_trimap(other, first.shape) != first] = 0.5
    return first


def _readable(alpha: Any, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The alpha with 0.5 for what is no number, and where that is."""
    array = np.asarray(alpha)
    broken = np.zeros(shape, bool)
    if array.dtype.kind == "f" and array.shape == shape:
        broken = ~np.isfinite(array)
        if broken.any():
            array = np.where(broken, array.dtype.type(0.5), array)
    return check_plane(array, shape, "alpha"), broken  # type: ignore[arg-type]


def _judge(
    out: np.ndarray, picture: np.ndarray, alpha: np.ndarray, trimap: np.ndarray, band: np.ndarray,
    greys: bool,
) -> None:  # fmt: skip
    """Fill in the band's confidence, tile by tile, from colours learnt around the whole band."""
    y, x = np.flatnonzero(band.any(axis=1)), np.flatnonzero(band.any(axis=0))
    near = tuple(
        slice(max(0, int(at[0]) - _REACHES[-1]), int(at[-1]) + 1 + _REACHES[-1]) for at in (y, x)
    )
    top, left = near[0].start, near[1].start
    around = np.ones((2 * _MARGIN + 1, 2 * _MARGIN + 1), np.uint8)
    colours, known = picture[near], trimap[near]
    fields = [_Learnt(colours, known == kind) for kind in (1, 0)]
    for row in range(int(y[0]), int(y[-1]) + 1, _TILE):
        for column in range(int(x[0]), int(x[-1]) + 1, _TILE):
            inside = band[row : row + _TILE, column : column + _TILE]
            if not inside.any():
                continue
            y0, x0 = max(0, row - _MARGIN), max(0, column - _MARGIN)
            window = np.s_[y0 : row + _TILE + _MARGIN, x0 : column + _TILE + _MARGIN]
            part = to_float(picture[window])
            front, behind = (f.at(y0 - top, x0 - left, part.shape) for f in fields)
            where = cv2.dilate(band[window].astype(np.uint8), around) > 0
            score = _score(part, alpha[window], where, front, behind, greys)
            score = score[row - y0 :, column - x0 :]
            height, width = inside.shape
            told = 1 / (1 + np.exp(-score[:height, :width]))
            out[row : row + _TILE, column : column + _TILE][inside] = told[inside]


def _score(
    part: np.ndarray,
    alpha: np.ndarray,
    where: np.ndarray,
    front: tuple[np.ndarray, np.ndarray],
    behind: tuple[np.ndarray, np.ndarray],
    greys: bool,
) -> np.ndarray:
    """The logistic's argument, from the colours learnt in each pixel: (mean, covariance).

    Right where everything that the average sees is in ``where``, and of no meaning elsewhere.
    """
    mean = cv2.blur(part, (3, 3), borderType=cv2.BORDER_REPLICATE)
    square = cv2.blur(part * part, (3, 3), borderType=cv2.BORDER_REPLICATE)
    structure = np.sqrt(np.maximum((square - mean * mean).sum(axis=2), 0))[where]
    colour, a = part[where], alpha[where]
    front, behind = ((mean[where], spread[where]) for mean, spread in (front, behind))
    b = 1 - a
    residual = colour - a[:, None] * front[0] - b[:, None] * behind[0]
    spread = (a * a)[:, None] * front[1] + (b * b)[:, None] * behind[1]
    unexplained = np.minimum(_mahalanobis(residual, spread), _FAR) / _FAR
    side = _mahalanobis(colour - behind[0], behind[1]) - _mahalanobis(colour - front[0], front[1])
    side = (a - np.float32(0.5)) * np.clip(side / 10, -3, 3)
    grey = 4 * a * b
    flat = grey * np.exp(-structure / np.float32(_FLAT))
    score = np.zeros(alpha.shape, np.float32)
    told = _SIDE * side - _UNEXPLAINED * unexplained
    if greys:
        told -= _GREY * grey + _GREY_ON_FLAT * flat
    score[where] = told
    size = 2 * round(4 * _BLUR) + 1
    smooth = cv2.GaussianBlur(score, (size, size), _BLUR, borderType=cv2.BORDER_REPLICATE)
    return smooth + np.float32(_OFFSET)


class _Learnt:
    """Mean and covariance of the sure colours near each pixel, on a reduced grid: they are smooth.

    Of the smallest window that holds enough of them.
    """

    def __init__(self, picture: np.ndarray, sure: np.ndarray) -> None:
        height, width = sure.shape
        self._by = by = max(1, min(4, min(height, width) // 64))
        grid = (max(1, width // by), max(1, height // by))
        self._scale = grid[0] / width, grid[1] / height
        weight = sure.astype(np.float32)
        colours = to_float(picture)
        planes = [cv2.resize(weight, grid, interpolation=cv2.INTER_AREA)]
        for c in range(3):
            planes.append(cv2.resize(colours[..., c] * weight, grid, interpolation=cv2.INTER_AREA))
        for i, j in _PAIRS:
            product = colours[..., i] * colours[..., j] * weight
            planes.append(cv2.resize(product, grid, interpolation=cv2.INTER_AREA))
        stack = np.stack(planes, axis=2).astype(np.float64)
        total = stack.sum(axis=(0, 1)) / max(float(stack[..., 0].sum()), 1e-9)
        found = np.broadcast_to(total, stack.shape).copy()
        missing = np.ones(stack.shape[:2], bool)
        for reach in _REACHES:
            side = 2 * max(1, round(reach / by)) + 1
            near = np.stack(
                [
                    cv2.blur(
                        np.ascontiguousarray(stack[..., n]),
                        (side, side),
                        borderType=cv2.BORDER_REPLICATE,
                    )
                    for n in range(10)
                ],
                axis=2,
            )
            enough = missing & (near[..., 0] * (side * by) ** 2 >= _ENOUGH)
            found[enough] = near[enough] / near[enough][:, :1]
            missing &= ~enough
            if not missing.any():
                break
        mean, second = found[..., 1:4], found[..., 4:]
        spread = np.stack(
            [second[..., n] - mean[..., i] * mean[..., j] for n, (i, j) in enumerate(_PAIRS)],
            axis=2,
        )
        spread[..., _DIAGONAL] += _NOISE**2
        self._fields = [
            np.ascontiguousarray(field, np.float32)
            for field in (mean, spread[..., :3], spread[..., 3:])
        ]

    def at(self, top: int, left: int, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Mean (h, w, 3) and covariance (h, w, 6) in a window, float32."""
        if self._by == 1:
            window = np.s_[top : top + shape[0], left : left + shape[1]]
            parts = [field[window] for field in self._fields]
        else:
            x = ((left + np.arange(shape[1]) + 0.5) * self._scale[0] - 0.5).astype(np.float32)
            y = ((top + np.arange(shape[0]) + 0.5) * self._scale[1] - 0.5).astype(np.float32)
            grid = np.meshgrid(x, y)
            parts = [
                cv2.remap(
                    field, grid[0], grid[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
                )
                for field in self._fields
            ]
        return parts[0], np.concatenate(parts[1:], axis=2)


_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
_DIAGONAL = [0, 3, 5]


def _mahalanobis(off: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """offᵀ S⁻¹ off for symmetric 3 × 3 matrices given by their six numbers (H, W)."""
    xx, xy, xz, yy, yz, zz = (spread[..., n].astype(np.float64) for n in range(6))
    x, y, z = (off[..., n] for n in range(3))
    a, b, c = yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy
    d, e, f = xx * zz - xz * xz, xy * xz - xx * yz, xx * yy - xy * xy
    determinant = np.maximum(xx * a + xy * b + xz * c, 1e-18)
    form = a * x * x + d * y * y + f * z * z + 2 * (b * x * y + c * x * z + e * y * z)
    return (np.maximum(form, 0) / determinant).astype(np.float32)
