"""A guess at what a photo is of, where no model is there to say: what differs from its border."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ...arrays import check_image, to_float, to_uint8

_SIDE = 160  # px of the longer side
_BORDER = 0.04
_COLOURS = 4
_SURE = 12.0  # ΔE (1976) between the two halves of Otsu's split, under which nothing stands out


def standing_out(image: Any) -> np.ndarray:
    """What differs in colour from the photo's border, as a rough mask.

    The border's colours are put into four groups; a pixel stands out by its distance in CIELAB to
    the nearest, where that passes Otsu's threshold. Good before a plain backdrop, worth little
    before anything else; empty where nothing differs clearly.

    Args:
        image: (H, W, 3) sRGB.

    Returns:
        (H, W) float32, 0 or 1, rounded at the small size that it is found at.
    """
    picture = to_float(to_uint8(check_image(image)))
    height, width = picture.shape[:2]
    scale = min(1.0, _SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(np.ascontiguousarray(picture), size, interpolation=cv2.INTER_AREA)
    lab = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), (0, 0), 1.0)
    by = max(1, round(_BORDER * max(size)))
    rim = np.ones(lab.shape[:2], bool)
    rim[by:-by, by:-by] = False
    colours = _groups(lab[rim])
    far = np.min([np.linalg.norm(lab - colour, axis=2) for colour in colours], axis=0)
    scaled = np.clip(far * 2, 0, 255).astype(np.uint8)
    limit, split = cv2.threshold(scaled, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    if not 0 < split.mean() < 0.9 or limit < 2 * _SURE / 2:
        return np.zeros((height, width), np.float32)
    split = cv2.morphologyEx(split, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    split = cv2.morphologyEx(split, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    contours, _ = cv2.findContours(split, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(split, contours, -1, 1, cv2.FILLED)
    grown = cv2.resize(split.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return (grown >= 0.5).astype(np.float32)


def _groups(colours: np.ndarray) -> np.ndarray:
    """(k, 3) centres: the farthest from those so far, four times, then means, five times."""
    centres = [np.median(colours, axis=0)]
    for _ in range(_COLOURS - 1):
        away = np.min([np.linalg.norm(colours - c, axis=1) for c in centres], axis=0)
        # Not the very farthest, which may be a corner of the subject.
        centres.append(colours[np.argsort(away)[int(0.95 * (len(away) - 1))]])
    found = np.array(centres)
    for _ in range(5):
        nearest = np.argmin(((colours[:, None] - found[None]) ** 2).sum(axis=2), axis=1)
        found = np.array([
            colours[nearest == n].mean(axis=0) if (nearest == n).any() else found[n]
            for n in range(len(found))
        ])  # fmt: skip
    return found
