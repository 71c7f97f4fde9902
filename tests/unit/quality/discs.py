"""A disc before a plain ground, and what a check is told of it."""

import cv2
import numpy as np

from workbench.matte import foreground_colours
from workbench.quality.checks import Sight, look

SIDE = 160


def disc(radius=45.0, centre=(80.3, 79.6), sigma=0.8):
    """A disc's alpha, sampled eight times finer and blurred as a lens does."""
    grid = (np.arange(SIDE * 8) + 0.5) / 8
    fine = (grid[:, None] - centre[1]) ** 2 + (grid[None] - centre[0]) ** 2 < radius**2
    alpha = fine.reshape(SIDE, 8, SIDE, 8).mean(axis=(1, 3)).astype(np.float32)
    return cv2.GaussianBlur(alpha, (0, 0), sigma) if sigma else alpha


def photo(alpha, subject=(0.8, 0.2, 0.2), behind=(0.1, 0.7, 0.2)):
    """The subject's colour over the background's, (H, W, 3) uint8."""
    a = alpha[..., None]
    return np.rint((a * subject + (1 - a) * np.array(behind)) * 255).astype(np.uint8)


def sight(alpha, image=None, **more):
    image = photo(disc()) if image is None else image
    more.setdefault("make_colours", lambda: foreground_colours(image, alpha))
    return Sight(image, alpha, **more)


def codes(seen):
    return {one.code for one in look(seen)}


def blob(x, y, radius):
    drawn = np.zeros((SIDE, SIDE), np.float32)
    cv2.circle(drawn, (x, y), radius, 1.0, -1, cv2.LINE_AA)
    return drawn
