"""Compositing with straight alpha (Porter and Duff, SIGGRAPH 1984, p. 253), and its inverse, files.

Alphas are straight (unassociated): colours are not multiplied by them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from ..arrays import check_image, check_plane, to_float, to_uint8
from ..errors import ArrayError
from ..lighting import to_linear, to_srgb

_ROWS = 64  # composed at once
_BLEED = 16  # pixels that the subject's colours reach beyond its last visible pixel


def composite(foreground: Any, alpha: Any, background: Any, linear: bool = False) -> np.ndarray:
    """α F + (1 − α) B.

    Args:
        foreground: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        alpha: (H, W) in [0, 1].
        background: (H, W, 3) as the foreground, or one colour (3,) of numbers in [0, 1]
            (of uint8: 0 to 255).
        linear: mix light instead of sRGB values. The default is how the mattes are solved and how
            almost every program composes; light is how a lens would have mixed them.

    Returns:
        (H, W, 3) float32 sRGB in [0, 1]. Where alpha is exactly 1 or 0, the foreground's or the
        background's colour to the bit.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
    """
    front = check_image(foreground, "foreground")
    share = check_plane(alpha, front.shape[:2], "alpha")[..., None]
    back = _background(background, front.shape)
    mixed = np.empty(front.shape, np.float32)
    # A few rows at a time: whole-photo temporaries cost more than the arithmetic.
    for top in range(0, len(mixed), _ROWS):
        part = slice(top, top + _ROWS)
        f, b = to_float(front[part]), to_float(back[part])
        s = share[part]
        if linear:
            light = to_srgb(to_linear(f) * s + to_linear(b) * (1 - s))
            mixed[part] = np.where(s == 1, f, np.where(s == 0, b, light))
        else:
            # Exact at 0 and 1 by itself; in between it may pass 1 by a rounding.
            np.multiply(f, s, out=mixed[part])
            mixed[part] += b * (1 - s)
        np.clip(mixed[part], 0, 1, out=mixed[part])
    return mixed


def stack(alphas: Sequence[Any]) -> list[np.ndarray]:
    """The share of each pixel in which each subject is seen, given their alphas front to back.

    A subject gets what its alpha asks for, as far as those in front have left any. Two subjects
    whose edges meet (0.5 and 0.5) fill the pixel between them, where multiplying the alphas would
    let the background through as a seam: each matte was solved from the same photo, so it already
    says how much of the pixel is seen as that subject.

    Args:
        alphas: (H, W) each, in [0, 1], all of one shape.

    Returns:
        (H, W) float32 each, ≥ 0 and no more than the subject's alpha, with a sum of at most 1 (to
        float32's rounding).

    Raises:
        ArrayError: shapes differ, or a value is out of range.
    """
    shares: list[np.ndarray] = []
    left: np.ndarray | None = None
    for alpha in alphas:
        plane = check_plane(alpha, None if left is None else left.shape, "alpha")
        if left is None:
            left = np.ones_like(plane)
        share = np.minimum(plane, left)
        left = left - share
        shares.append(share)
    return shares


def combine_foregrounds(foregrounds: Sequence[Any], shares: Sequence[Any]) -> np.ndarray:
    """One picture of foreground colours for several subjects: the mean, weighted by what is seen.

    With the sum of the shares as alpha it composes to the same as the subjects one by one.

    Args:
        foregrounds: (H, W, 3) each, at least one.
        shares: (H, W) each, as ``stack`` gives them.

    Returns:
        (H, W, 3) float32 in [0, 1]; the first subject's colours where none is seen.

    Raises:
        ArrayError: not as many shares as foregrounds, none at all, or shapes that differ.
    """
    if not foregrounds or len(foregrounds) != len(shares):
        raise ArrayError(
            "expected as many shares as foregrounds and at least one, "
            f"got {len(foregrounds)} foregrounds and {len(shares)} shares"
        )
    first = to_float(check_image(foregrounds[0], "foreground"))
    if len(foregrounds) == 1:
        check_plane(shares[0], first.shape[:2], "share")
        return first.copy()
    total = np.zeros(first.shape[:2], np.float32)
    weighted = np.zeros_like(first)
    result = first.copy()
    for foreground, share in zip(foregrounds, shares, strict=True):
        colours = to_float(check_image(foreground, "foreground"))
        if colours.shape != first.shape:
            raise ArrayError(f"expected foreground of shape {first.shape}, got {colours.shape}")
        plane = check_plane(share, first.shape[:2], "share")
        # Where one subject alone is seen its colour passes through to the bit.
        alone = (plane > 0) & (total == 0)
        result[alone] = colours[alone]
        mixed = (plane > 0) & ~alone
        weighted += colours * plane[..., None]
        total += plane
        result[mixed] = weighted[mixed] / total[mixed][:, None]
    return np.clip(result, 0, 1)


def premultiplied(layer: np.ndarray) -> np.ndarray:
    """(H, W, 4) float32 of straight RGBA in [0, 1]: colours times opacity, and opacity."""
    return np.dstack([layer[..., :3] * layer[..., 3:], layer[..., 3:]])


def straight(layer: np.ndarray) -> np.ndarray:
    """(H, W, 4) float32: ``premultiplied`` undone; colours 0 where the opacity is."""
    opacity = layer[..., 3:]
    colours = np.clip(layer[..., :3] / np.maximum(opacity, np.float32(1e-12)), 0, 1)
    return np.dstack([np.where(opacity > 0, colours, np.float32(0)), opacity])


def black(opacity: np.ndarray) -> np.ndarray:
    """(H, W, 4) float32, premultiplied: black with an opacity (H, W)."""
    layer = np.zeros((*opacity.shape, 4), np.float32)
    layer[..., 3] = opacity
    return layer


def stacked(layers: Sequence[np.ndarray]) -> np.ndarray:
    """Premultiplied layers (H, W, 4), front to back, as one (Porter & Duff 1984, "over")."""
    whole = layers[0]
    for layer in layers[1:]:
        whole = whole + (1 - whole[..., 3:]) * layer
    return whole


def on_ground(behind: np.ndarray, under: np.ndarray | None) -> np.ndarray:
    """A background with what lies under the subject on it.

    Args:
        behind: (H, W, 3) float32 in [0, 1].
        under: (H, W), the opacity of a shadow; (H, W, 4), a premultiplied layer; None for nothing.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    if under is None:
        return behind
    if under.ndim == 2:
        return behind * (1 - under[..., None])
    return behind * (1 - under[..., 3:]) + under[..., :3]


def beneath(foreground: Any, alpha: Any, under: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A cut-out with what lies under it, as one: colours and straight alpha.

    Over any background it is the same as that layer, and the subject over it (Porter and Duff's
    over).

    Args:
        foreground: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        alpha: (H, W) in [0, 1].
        under: (H, W) in [0, 1], how dark the shadow is; or (H, W, 4), a premultiplied layer.

    Returns:
        (H, W, 3) float32 in [0, 1] and (H, W) float32: α + (1 − α) of the layer's opacity.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
    """
    colours = to_float(check_image(foreground, "foreground"))
    plane = check_plane(alpha, colours.shape[:2], "alpha")
    dark = check_plane(under if under.ndim == 2 else under[..., 3], colours.shape[:2], "layer")
    total = plane + (1 - plane) * dark
    divisor = np.maximum(total, np.float32(1e-6))
    mixed = colours * np.where(dark > 0, plane / divisor, 1)[..., None]
    if under.ndim == 3:
        mixed = mixed + under[..., :3] * ((1 - plane) / divisor)[..., None]
    return np.clip(mixed, 0, 1), np.where(dark > 0, total, plane)


def cutout(foreground: Any, alpha: Any) -> np.ndarray:
    """The subject on nothing, as files want it: straight RGBA.

    Invisible pixels have colours too, and two things hang on them. A program that scales the
    picture mixes them into the edge, so within 16 pixels of the subject they repeat the nearest
    visible colour: no dark and no background-coloured fringe. Further away they are 0, so that the
    photo's background does not travel along unseen in the file.

    Args:
        foreground: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        alpha: (H, W) in [0, 1].

    Returns:
        (H, W, 4) uint8, RGB and straight alpha.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
    """
    colours = check_image(foreground, "foreground")
    opacity = to_uint8(check_plane(alpha, colours.shape[:2], "alpha"))
    rgba = np.zeros((*opacity.shape, 4), np.uint8)
    rgba[..., 3] = opacity
    visible = opacity > 0
    if not visible.any():
        return rgba
    rgba[..., :3] = to_uint8(colours)
    if visible.all():
        return rgba
    y, x = np.flatnonzero(visible.any(axis=1)), np.flatnonzero(visible.any(axis=0))
    rows = slice(max(0, int(y[0]) - _BLEED), int(y[-1]) + 1 + _BLEED)
    columns = slice(max(0, int(x[0]) - _BLEED), int(x[-1]) + 1 + _BLEED)
    seen = visible[rows, columns]
    part = rgba[rows, columns]
    distance, labels = cv2.distanceTransformWithLabels(
        (~seen).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    # OpenCV numbers the visible pixels in an order of its own; this says which number is where.
    nearest = np.zeros(int(labels.max()) + 1, np.int64)
    nearest[labels[seen]] = np.flatnonzero(seen)
    near = ~seen & (distance <= _BLEED)
    bled = part[..., :3].reshape(-1, 3)[nearest[labels[near]]]
    hidden = rgba[..., 3] == 0
    rgba[hidden] = 0
    part[near, :3] = bled
    return rgba


def _background(background: Any, shape: tuple[int, ...]) -> np.ndarray:
    array = np.asarray(background)
    if array.shape == (3,):
        if array.dtype.kind == "i":
            array = array.astype(np.float32)  # (0, 0, 1) means what (0.0, 0.0, 1.0) does
        back = np.broadcast_to(check_image(array[None, None], "background"), shape)
    else:
        back = check_image(array, "background")
    if back.shape != shape:
        raise ArrayError(f"expected background of shape {shape} or (3,), got {back.shape}")
    return back
