"""Masks that an edit makes by itself, whichever segmenter is in use: where a subject starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from . import edits as e
from . import segment
from .arrays import LOGIT_LIMIT, frozen, logit, row_blocks
from .coordinates import Frame, Point, check_point
from .depths import depth_of
from .errors import EditError, WeightsMismatchError
from .io import Photo
from .matte import depth_mask
from .progress import Progress, report
from .prompts import PromptSet
from .screens import Colour, check_colour, named_screen
from .segment import traditional
from .segment.base import Prediction
from .stages import StageCache

_CONFIDENT = 0.4  # of the border: a portrait's shoulders and a floor take up the rest


def started(
    edit: e.Edit,
    photo: Photo,
    blobs: Mapping[str, np.ndarray],
    stages: StageCache,
    before: np.ndarray | None = None,
    progress: Progress | None = None,
    clicks: PromptSet | None = None,
) -> Prediction:
    """What a starting edit makes of the photo, as one answer of the subject's chain.

    Args:
        edit: Auto, SecondLook, LoadMask, Pick, or one of the traditional tools.
        photo: the photo.
        blobs: by hash: loaded masks, (H, W) uint8; picked objects' logits as ``packed``; depth maps
            as ``depths.packed``.
        stages: where what is known of the photo for longer than one edit is kept.
        before: (H, W) float32, the mask so far, for a tool that combines its own with it.
        clicks: points and labels asked before, for one that contradicts none of them.

    Raises:
        WeightsError, MissingPackageError: the model that the edit names is not ready, or is not the
            one that it pinned.
        ModelError: that model could not answer, for example for want of memory.
        EditError: the edit makes no mask.
    """
    match edit:
        case e.Auto():
            return segment.automatic(
                edit.model, photo.image8, progress, edit.checkpoint, identity=edit.identity
            )
        case e.SecondLook():
            return looked_at_again(edit, photo, before, progress, clicks)
        case e.LoadMask():
            return as_prediction(blobs[edit.blob].astype(np.float32) / np.float32(255))
        case e.Selection():
            report(progress, 0.0, edit.words())
            mask = combined(before, _selected(edit, photo, blobs, stages), edit.combine)
            report(progress, 1.0, edit.words())
            return as_prediction(mask)
        case e.Pick():
            grid = (int(edit.via[0]), int(edit.via[1])) if edit.via else None
            x0, y0, x1, y1 = edit.frame
            frame = Frame(x0, y0, x1, y1, grid)
            score = np.array([edit.score], np.float32)
            return Prediction(score, unpacked(blobs[edit.blob])[None], frame, photo.shape)
        case _:
            raise EditError(f"expected an edit that makes a mask, got {type(edit).__name__}")


def looked_at_again(
    edit: e.SecondLook,
    photo: Photo,
    before: np.ndarray | None,
    progress: Progress | None = None,
    clicks: PromptSet | None = None,
) -> Prediction:
    """A second look at the mask so far, by the networks that the edit pinned.

    Raises:
        WeightsError: they are not here, or are others.
    """
    own = segment.second_look_identity()
    if edit.identity not in ("", own):
        raise WeightsMismatchError(
            f"expected the second look of {edit.identity}, which the edit was made with, got "
            f"{own}; subject.second_look() asks this one"
        )
    mask = np.zeros(photo.shape, np.float32) if before is None else before
    asked = replace(clicks or PromptSet(), boxes=(edit.corners,))
    return segment.second_look(photo.image8, asked, mask, progress)


def kept_with_the_session(edit: e.Edit | None) -> bool:
    """Whether an answer is saved: what a model said is, so that it replays without the model.

    A loaded mask is kept once, as the mask that it is, and the traditional tools' masks, as large
    as the photo, are made again from the photo.
    """
    return not isinstance(edit, (e.LoadMask, e.Pick, e.Selection))


def packed(logits: np.ndarray) -> np.ndarray:
    """Logits (h, w) as 8-bit values, at most 0.08 off within ±LOGIT_LIMIT; no sign changes."""
    steps = (np.clip(logits, -LOGIT_LIMIT, LOGIT_LIMIT) + LOGIT_LIMIT) / (2 * LOGIT_LIMIT) * 255
    # Halves are rounded away from the middle, 127.5, which is neither inside nor outside.
    return np.where(logits > 0, np.floor(steps + 0.5), np.ceil(steps - 0.5)).astype(np.uint8)


def unpacked(values: np.ndarray) -> np.ndarray:
    """The inverse of ``packed``: (h, w) float32."""
    return values.astype(np.float32) * np.float32(2 * LOGIT_LIMIT / 255) - np.float32(LOGIT_LIMIT)


def as_prediction(mask: np.ndarray) -> Prediction:
    """A mask (H, W) float32 in [0, 1] as the one candidate of an answer at the photo's own size."""
    shape = (mask.shape[0], mask.shape[1])
    logits = np.empty((1, *shape), np.float32)
    for rows in row_blocks(mask):
        logits[0, rows] = logit(mask[rows])
    return Prediction(np.ones(1, np.float32), frozen(logits), Frame.whole(shape), shape)


def combined(before: np.ndarray | None, mask: np.ndarray, combine: str) -> np.ndarray:
    """Two masks as one, pixel by pixel: the larger, the smaller, or the smaller of one's rest.

    Args:
        before: (H, W) float32 in [0, 1], the mask so far; None is nothing.
        mask: (H, W) float32 in [0, 1].
        combine: "replace" (the second alone), "add", "subtract" (the second from the first) or
            "intersect".
    """
    if combine == "replace":
        return mask
    so_far = np.zeros_like(mask) if before is None else before
    if combine == "add":
        return np.maximum(so_far, mask)
    return np.minimum(so_far, mask if combine == "intersect" else 1 - mask)


def screen_of(key: e.ChromaKey, photo: Photo, stages: StageCache) -> Colour:
    """The backdrop's colour that a chroma key says, or that is found along the photo's border."""
    if key.colour is not None:
        return named_screen(key.colour)
    found: traditional.Screen = stages.get_or_make(
        f"screen:{photo.key}", lambda: traditional.detect_screen(photo.image8)
    )
    return found.colour


def find_screen(photo: Photo, at: Point | None = None) -> str:
    """A backdrop's colour, #rrggbb: that of a place, or the one along the photo's border.

    Args:
        photo: the photo.
        at: (x, y) in image pixels; the median of the 5 × 5 pixels there is taken.

    Raises:
        PromptError: the place is outside the photo.
        EditError: no place was said, and the border has no one colour.
    """
    if at is not None:
        x, y = (int(v) for v in check_point(at, photo.shape))
        part = photo.image8[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3].reshape(-1, 3)
        return hex_of(check_colour(np.median(part, axis=0)))
    found = traditional.detect_screen(photo.image8)
    if found.confidence < _CONFIDENT:
        raise EditError(
            f"expected a screen of one colour along the photo's border, got one of many colours "
            f"({hex_of(found.colour)} on {found.confidence:.0%} of it): say the screen's colour"
        )
    return hex_of(found.colour)


def hex_of(colour: Colour) -> str:
    """(red, green, blue) in 0–255 as #rrggbb."""
    return "#" + bytes(colour).hex()


def wire_of(photo: Photo, stages: StageCache) -> traditional.LiveWire:
    """What the scissors pull along a photo's edges."""
    return stages.get_or_make(f"wire:{photo.key}", lambda: traditional.LiveWire(photo.image8))


def scissors_reach(shape: tuple[int, int]) -> float:
    """How far from each point the scissors look for the edge, in pixels: a hundredth of a photo's
    long side, and at least 4."""
    return min(max(4, round(max(shape) / 100)), 250)


def _selected(
    edit: e.Selection, photo: Photo, blobs: Mapping[str, np.ndarray], stages: StageCache
) -> np.ndarray:
    """(H, W) float32: a traditional tool's own mask."""
    match edit:
        case e.ChromaKey():
            screen = screen_of(edit, photo, stages)
            return traditional.chroma_key(photo.pixels, screen, edit.tolerance, edit.softness)
        case e.MagicWand():
            return traditional.magic_wand(
                photo.image8,
                edit.x,
                edit.y,
                edit.tolerance,
                contiguous=edit.contiguous,
                sample=edit.sample,
                antialias=edit.antialias,
            )
        case e.GrabCut():
            box = edit.x0, edit.y0, edit.x1, edit.y1
            return traditional.grabcut(photo.image8, box, edit.iterations)
        case e.Scissors():
            return traditional.scissors(wire_of(photo, stages), edit.points, edit.width).mask
        case e.SelectDepth():
            depth = depth_of(edit, photo, blobs, stages)
            return depth_mask(depth, edit.near, edit.far, edit.softness)
        case _:
            raise EditError(f"expected a tool that makes a mask, got {type(edit).__name__}")
