"""A colour taken apart into a known background and the least that lies over it."""

from __future__ import annotations

import numpy as np


def least_opacity(image: np.ndarray, background: np.ndarray, room: float = 0.0) -> np.ndarray:
    """The smallest α for which image = α F + (1 − α) background with F inside the gamut.

    Of the family of solutions (Smith and Blinn, "Blue Screen Matting", SIGGRAPH 1996, section 3:
    one photo on one background leaves one of four unknowns free) the one that lets the most
    through: where a channel is darker than the background by a share s, α ≥ s; where it is
    brighter by a share s of what is left up to white, α ≥ s. The same as GIMP's “colour to
    alpha”.

    Args:
        image: (..., 3) float in [0, 1]. background: the same shape, or one that broadcasts.
        room: 0 to 1, the least that is reckoned to be left up to white. Over a nearly white
            background a gleam that adds 0.04 would come out opaque, and glaring over a dark one;
            with a room of 0.25 its α is 0.16, and over its own background it is a little too dim.

    Returns:
        (...) float32 in [0, 1].

    >>> glass = np.array([[0.45, 0.9, 0.45], [1, 1, 1], [0.6, 0.6, 0.6]], np.float32)
    >>> least_opacity(glass, np.array([0.9, 0.9, 0.9], np.float32)).round(3).tolist()
    [0.5, 1.0, 0.333]
    """
    behind = np.broadcast_to(background, image.shape)
    difference = image - behind
    left = np.where(difference < 0, behind, np.maximum(1 - behind, np.float32(room)))
    share = np.abs(difference) / np.maximum(left, 1e-6)
    return np.clip(share.max(axis=-1), 0, 1).astype(np.float32)


def uncovered(image: np.ndarray, background: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """F of image = α F + (1 − α) background, clipped to [0, 1]; the image's own where α is 0.

    Args:
        image: (..., 3) float in [0, 1]. background: as the image, or one that broadcasts.
        alpha: (...) float in [0, 1].

    Returns:
        (..., 3) float32.
    """
    share = alpha[..., None]
    through = image - (1 - share) * background
    colours = np.where(share > 0, through / np.maximum(share, 1e-6), image)
    # To the bit where nothing shines through.
    return np.where(share >= 1, image, np.clip(colours, 0, 1)).astype(np.float32)
