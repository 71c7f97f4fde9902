"""Where to look at 100 %: places spread along the edge."""

from __future__ import annotations

import cv2
import numpy as np

from .drawn import outline


def places(alpha: np.ndarray, side: int, most: int = 5) -> list[tuple[int, int]]:
    """Corners (left, top) of crops: where the edge has most in-between pixels, spread out.

    Args:
        alpha: (H, W) float32 in [0, 1].
        side: pixels of a crop; of a smaller photo the crop is smaller.
        most: how many, at most.

    Returns:
        From left to right; empty where there is no edge.
    """
    detail = 4 * alpha * (1 - alpha)
    edge = outline(alpha)
    if not edge.any() and not (detail > 0.1).any():
        return []
    # A hard edge has no in-between pixels but is worth a look too; a faint haze is not.
    return busiest(np.where(detail > 0.1, detail, 0) + np.float32(0.1) * edge, side, most)


def busiest(busy: np.ndarray, side: int, most: int) -> list[tuple[int, int]]:
    """Corners (left, top) of crops that hold most of a plane (H, W) ≥ 0, spread out."""
    rows, columns = busy.shape
    side = min(side, rows, columns)
    mass = cv2.boxFilter(
        busy.astype(np.float32), -1, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT
    )
    half = side // 2
    mass[:half], mass[rows - side + half + 1 :] = 0, 0
    mass[:, :half], mass[:, columns - side + half + 1 :] = 0, 0
    chosen: list[tuple[int, int]] = []
    # Small photos: crops may overlap by a third rather than leave places unseen.
    apart = max(2 * side // 3, int(0.18 * max(rows, columns)))
    # A tenth of the busiest place, or there is hardly an edge to see.
    least = max(0.25, 0.1 * float(mass.max()))
    while len(chosen) < most and mass.max() > least:
        y, x = divmod(int(mass.argmax()), columns)
        chosen.append((max(0, x - half), max(0, y - half)))
        mass[max(0, y - apart) : y + apart, max(0, x - apart) : x + apart] = 0
    return sorted(chosen)
