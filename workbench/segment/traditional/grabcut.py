"""GrabCut from a box, as its authors have it: colours learnt inside and outside, then one cut."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arrays import check_image, sigmoid, to_uint8
from ...coordinates import Box, check_box
from ...errors import InputError
from ...planes import place
from ..cut import soft_logits
from ..regions import Window, around, crop_of, shrunk

_WORK = 640  # long side of what is cut
_FINE = 2048  # long side of the grid on which its edge is laid along the photo's
_MARGIN = 0.35  # of the box, taken along around it: what the background's colours are learnt from
_SEED = 20260101
_AGAIN = 4  # iterations from a mask
_DEEP = 3.0, 0.5  # px, and part of the deepest: further inside a mask is subject for certain
_FEW = 20  # pixels of a side, fewer of which nothing is learnt from


def grabcut(image: Any, box: Box, iterations: int = 5) -> np.ndarray:
    """What a box holds, by colour and edges.

    Rother, Kolmogorov, Blake, "GrabCut", SIGGRAPH 2004, p. 309, by OpenCV: outside the box is
    background for certain, inside it two mixtures of five Gaussians and the cut between them are
    fitted in turn. Beyond 640 pixels a side the crop around the box is cut at a reduced size; the
    edge is then laid along the photo's by a guided filter, on a grid of up to 2048 pixels. OpenCV's
    generator is seeded at each call, so the same question has the same answer.

    Args:
        image: (H, W, 3) sRGB; compared as uint8.
        box: (x0, y0, x1, y1) in image pixels.
        iterations: of fitting, 1–20.

    Returns:
        (H, W) float32 in [0, 1], 0 outside the box. A box of the whole photo leaves no background
        to learn from: its border of one pixel is taken for that.

    Raises:
        ArrayError: not an image. PromptError: no box inside it. InputError: bad iterations.
    """
    pixels = to_uint8(check_image(image))
    shape = (pixels.shape[0], pixels.shape[1])
    asked = check_box(box, shape)
    if not isinstance(iterations, int) or not 1 <= iterations <= 20:
        raise InputError(f"expected 1 to 20 iterations, got {iterations!r}")
    window = around([asked], _MARGIN, crop_of(shape, None))
    size = window.fitted(_WORK)
    picture = shrunk(pixels[window.slices], size)
    subject = _cut(picture, _cells(asked, window, size), iterations)
    fine = shrunk(pixels[window.slices], window.fitted(_FINE))
    belief = subject.astype(np.float32)
    logits = soft_logits(fine, belief, fine.shape[1] / size[1], window, (), ())
    mask = sigmoid(place(logits, window.frame, shape, -20.0))
    x0, y0, x1, y1 = int(asked[0]), int(asked[1]), int(-(-asked[2] // 1)), int(-(-asked[3] // 1))
    kept = np.zeros(shape, np.float32)
    kept[y0:y1, x0:x1] = mask[y0:y1, x0:x1]
    return kept


def grabcut_again(picture: np.ndarray, mask: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """What is inside by colour and edges, begun from a mask instead of from all of the box.

    Outside is background for certain, the middle of the mask subject for certain; between them the
    mask is where the two mixtures of colours begin.

    Args:
        picture: (h, w, 3) uint8, as it is cut; more than 640 pixels a side take long.
        mask: (h, w) in [0, 1]. inside: (h, w) bool, where the subject may be.

    Returns:
        (h, w) bool; the mask's own where there are too few pixels of either to learn from.
    """
    import cv2

    believed = mask >= 0.5
    depth = cv2.distanceTransform(np.pad(believed.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    labels = np.full(mask.shape, cv2.GC_BGD, np.uint8)
    labels[inside] = cv2.GC_PR_BGD
    labels[inside & believed] = cv2.GC_PR_FGD
    labels[inside & (depth > max(_DEEP[0], _DEEP[1] * float(depth.max())))] = cv2.GC_FGD
    sure = labels == cv2.GC_BGD
    if not believed.any() or min(int(sure.sum()), int((~sure).sum())) < _FEW:
        return believed
    cut = _fitted(picture, labels, _AGAIN)
    return believed if cut is None else cut


def _cells(box: Box, window: Window, size: tuple[int, int]) -> tuple[slice, slice]:
    """The box on a grid over the window, leaving at least a row or column outside it."""
    (rows, columns), sy, sx = size, size[0] / window.height, size[1] / window.width
    top, bottom = round((box[1] - window.y0) * sy), round((box[3] - window.y0) * sy)
    left, right = round((box[0] - window.x0) * sx), round((box[2] - window.x0) * sx)
    if top <= 0 and left <= 0 and bottom >= rows and right >= columns:
        top, bottom, left, right = 1, rows - 1, 1, columns - 1
    return slice(max(top, 0), max(bottom, top + 1)), slice(max(left, 0), max(right, left + 1))


def _cut(picture: np.ndarray, inside: tuple[slice, slice], iterations: int) -> np.ndarray:
    """(h, w) bool: the subject. All of the box where there are too few pixels to learn from."""
    import cv2

    labels = np.full(picture.shape[:2], cv2.GC_BGD, np.uint8)
    labels[inside] = cv2.GC_PR_FGD
    box = labels == cv2.GC_PR_FGD
    # Five Gaussians a side need some pixels each, or OpenCV fails on an assertion.
    if min(int(box.sum()), int((~box).sum())) < 8:
        return box
    cut = _fitted(picture, labels, iterations)
    return box if cut is None else cut


def _fitted(picture: np.ndarray, labels: np.ndarray, iterations: int) -> np.ndarray | None:
    """(h, w) bool: the subject, by OpenCV, which changes ``labels``; None where it cannot."""
    import cv2

    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(_SEED)
    try:
        cv2.grabCut(picture, labels, None, *models, iterations, cv2.GC_INIT_WITH_MASK)
    except cv2.error:
        return None
    return (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
