"""A second look at a mask inside its box: three opinions and the clicks, weighed pixel by pixel.

The opinions are the mask so far, what U²-Net-p finds to stand out near the box, and colours
(GrabCut that begins with the mask). Each is wrong in places of its own: a model of coarse grid
loses thin limbs, saliency takes in neighbours, colours run out where both sides are alike. A
network that was trained for this project out of U²-Net-p (``models/second_look.md`` says on what)
sees them beside the photo, and where was clicked, and answers an opacity.
"""

from __future__ import annotations

import numpy as np

from ..arrays import check_image, check_plane, frozen, logit, to_uint8
from ..coordinates import Box
from ..errors import PromptError
from ..nets.shipped import shipped_network
from ..progress import Progress, report
from ..prompts import PromptSet
from .automatic_registry import automatic, automatic_identity
from .base import Prediction
from .contradictions import without_contradictions
from .regions import Window, shrunk
from .traditional.grabcut import grabcut_again

FILE = "second_look.onnx"
SHA256 = "a9fe144b3b967fc9c2b085634eed63dc178e628b45df1c5d1f41511bf5f02fea"
LONGEST = 512
"""Pixels of the longer side of what is looked at; a larger part of the photo is reduced."""

_SPOT = 0.03  # of what is looked at: how far a click is seen at a glance
_NEAR = 0.12  # of the box's longer side, around it: what is looked at
_BESIDE = 0.35  # the same: what the background's colours are learnt from


def second_look_identity() -> str:
    """What an answer hangs on besides photo, box and mask: both networks.

    Raises:
        WeightsMissingError: U²-Net-p is not here.
    """
    return f"second look {SHA256[:16]} {automatic_identity('u2netp')}"


def second_look_scale(box: Box, shape: tuple[int, int]) -> float:
    """How far what is looked at is reduced: 1 for not at all, 0.5 to half the pixels a side.

    Args:
        box: (x0, y0, x1, y1) in image pixels. shape: (H, W) of the image.
    """
    window = _window(box, _NEAR, shape)
    return min(1.0, LONGEST / max(window.width, window.height))


def second_look(
    image: np.ndarray,
    asked: PromptSet,
    mask: np.ndarray,
    progress: Progress | None = None,
) -> Prediction:
    """What a box holds, from a mask of it; it contradicts no click (``contradictions.py``).

    Args:
        image: (H, W, 3) sRGB; read as uint8.
        asked: one box, (x0, y0, x1, y1) in image pixels, around all of the subject, and the clicks
            that are known of it.
        mask: (H, W) in [0, 1], what is believed so far.
        progress: called between the opinions; may raise CancelledError.

    Returns:
        One candidate. Its logits cover the box and a little around it, pixel by pixel where that
        is at most LONGEST pixels a side: there its mask is an opacity, and a matte as it is.

    Raises:
        ArrayError: no image, or a mask of another size. PromptError: not one box inside the image.
        WeightsError: U²-Net-p or the network that weighs is not here, or another one.
        CancelledError: out of ``progress``.
    """
    pixels = to_uint8(check_image(image))
    shape = (pixels.shape[0], pixels.shape[1])
    belief = check_plane(mask, shape)
    asked = asked.checked(shape)
    if len(asked.boxes) != 1:
        raise PromptError(f"expected one box (x0, y0, x1, y1) to look into, got {len(asked.boxes)}")
    window, planes = look_at(pixels, asked, belief, progress)
    report(progress, 0.7, "weighing them")
    network = shipped_network(FILE, SHA256)
    alpha = network.run(None, {"planes": planes[None]})[0][0, 0]
    clicks = _on(window, alpha.shape, asked)
    alpha = without_contradictions(alpha, planes[3], planes[4], clicks)
    report(progress, 1.0, "weighing them")
    certainty = float(np.abs(2 * alpha - 1).mean())
    scores = np.array([certainty], np.float32)
    return Prediction(scores, frozen(logit(alpha)[None]), window.frame, shape)


def look_at(
    pixels: np.ndarray, asked: PromptSet, mask: np.ndarray, progress: Progress | None = None
) -> tuple[Window, np.ndarray]:
    """What the network sees.

    Args:
        pixels: (H, W, 3) uint8. asked: with one box inside it. mask: (H, W) float32 in [0, 1].

    Returns:
        The part of the photo; (9, h, w) float32 in [0, 1] over it: photo (3), the mask so far,
        colours, saliency, box, clicks to keep, clicks to drop.
    """
    box = asked.boxes[0]
    window = _window(box, _NEAR, (pixels.shape[0], pixels.shape[1]))
    size = window.fitted(LONGEST)
    picture, belief = shrunk(pixels[window.slices], size), shrunk(mask[window.slices], size)
    report(progress, 0.0, "asking the colours")
    colours = _by_colour(pixels, box, mask, window, size)
    report(progress, 0.4, "asking what stands out")
    salient = automatic("u2netp", np.ascontiguousarray(picture)).masks[0]
    planes = np.empty((9, *size), np.float32)
    planes[:3] = picture.transpose(2, 0, 1).astype(np.float32) / 255
    planes[3], planes[4], planes[5] = belief, colours, salient
    planes[6] = _inside(box, window, size)
    planes[7:] = clicked(_on(window, size, asked), size)
    return window, planes


def clicked(asked: PromptSet, size: tuple[int, int]) -> np.ndarray:
    """Where was clicked, to keep and to drop: a soft spot a click, the nearest one's where several.

    Args:
        asked: points (x, y) on the grid, also beside it, and labels. size: (h, w) of the grid.

    Returns:
        (2, h, w) float32 in [0, 1]: Gaussians of _SPOT of the longer side.
    """
    made = np.zeros((2, *size), np.float32)
    wide = 2 * (_SPOT * max(size)) ** 2
    rows, columns = np.arange(size[0])[:, None] + 0.5, np.arange(size[1])[None] + 0.5
    for (x, y), label in zip(asked.points, asked.labels, strict=True):
        spot = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / wide)
        plane = made[0 if label else 1]
        np.maximum(plane, spot.astype(np.float32), out=plane)
    return made


def _by_colour(
    pixels: np.ndarray, box: Box, mask: np.ndarray, window: Window, size: tuple[int, int]
) -> np.ndarray:
    """(h, w) float32 of 0 and 1 over the window: what GrabCut makes of the mask in the box."""
    shape = (pixels.shape[0], pixels.shape[1])
    wide = _window(box, _BESIDE, shape)
    scale = size[0] / window.height, size[1] / window.width
    grid = max(1, round(wide.height * scale[0])), max(1, round(wide.width * scale[1]))
    cut = grabcut_again(
        shrunk(pixels[wide.slices], grid), shrunk(mask[wide.slices], grid),
        _inside(box, wide, grid) > 0,
    )  # fmt: skip
    top = round((window.y0 - wide.y0) * scale[0])
    left = round((window.x0 - wide.x0) * scale[1])
    part = cut[top : top + size[0], left : left + size[1]]
    short = size[0] - part.shape[0], size[1] - part.shape[1]
    return np.pad(part, ((0, short[0]), (0, short[1])), mode="edge").astype(np.float32)


def _window(box: Box, room: float, shape: tuple[int, int]) -> Window:
    """The box with so much room around it (of its longer side), in whole pixels of the photo."""
    reach = room * max(box[2] - box[0], box[3] - box[1])
    return Window(
        max(0, int(box[0] - reach)), max(0, int(box[1] - reach)),
        min(shape[1], int(np.ceil(box[2])) + int(reach)),
        min(shape[0], int(np.ceil(box[3])) + int(reach)),
    )  # fmt: skip


def _on(window: Window, size: tuple[int, ...], asked: PromptSet) -> PromptSet:
    """The clicks asked in image pixels, on a grid over the window."""
    sy, sx = size[0] / window.height, size[1] / window.width
    points = tuple(((x - window.x0) * sx, (y - window.y0) * sy) for x, y in asked.points)
    return PromptSet(points=points, labels=asked.labels)


def _inside(box: Box, window: Window, size: tuple[int, int]) -> np.ndarray:
    """(h, w) float32: 1 in the box, on a grid over the window."""
    sy, sx = size[0] / window.height, size[1] / window.width
    made = np.zeros(size, np.float32)
    y0, x0 = int((int(box[1]) - window.y0) * sy), int((int(box[0]) - window.x0) * sx)
    y1 = int(np.ceil((np.ceil(box[3]) - window.y0) * sy))
    x1 = int(np.ceil((np.ceil(box[2]) - window.x0) * sx))
    made[y0:y1, x0:x1] = 1
    return made
