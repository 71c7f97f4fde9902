"""What an answer about a mask must not contradict: clicks, and two opinions that agree.

A network that weighs opinions can be sure of itself where it is wrong. What a person clicked
before it was asked stands, and so does what nobody else doubts: whole pieces of the answer, not
pixels, are given back.
"""

from __future__ import annotations

import numpy as np

from ..prompts import PromptSet

_DENIED = 0.8  # of a hole's pixels
_RIM = 4  # pixels beside a piece that are as soft as it


def without_contradictions(
    alpha: np.ndarray, mask: np.ndarray, colours: np.ndarray, asked: PromptSet
) -> np.ndarray:
    """An answer without what contradicts a click, or both other opinions.

    What hangs together (by 8 neighbours) and would be taken off stays as in the mask where it holds
    a click to keep; what would be added stays away where it holds a click to drop; a hole (by 4
    neighbours, not open to the side) is filled where mask and colours both see none in most of it,
    unless a click to drop is in it. Each with a rim of _RIM pixels.

    Args:
        alpha: (h, w) float32 in [0, 1], the answer.
        mask: the same, what was believed before.
        colours: the same, another opinion.
        asked: points (x, y) on this grid, those beyond it are passed over, and labels.

    Returns:
        (h, w) float32 in [0, 1].
    """
    import cv2  # late, as all that asks for it

    held = alpha.copy()
    clicks = list(zip(asked.points, asked.labels, strict=True))
    for label, apart, way in (
        (1, (mask >= 0.5) & (alpha < 0.5), np.maximum),
        (0, (mask < 0.5) & (alpha >= 0.5), np.minimum),
    ):
        pieces = cv2.connectedComponents(apart.astype(np.uint8), connectivity=8)[1]
        for piece in {_piece(pieces, *at) for at, kept in clicks if kept == label} - {0}:
            near = _around(pieces == piece)
            held[near] = way(held[near], mask[near])
    _, pieces, boxes, _ = cv2.connectedComponentsWithStats(
        (held < 0.5).astype(np.uint8), connectivity=4
    )
    outer = np.concatenate([pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]])
    both = np.minimum(mask, colours)
    wanted = {_piece(pieces, *at) for at, kept in clicks if not kept}
    for piece in set(range(1, len(boxes))) - set(outer.tolist()) - wanted:
        part = _with_rim(boxes[piece])
        hole = pieces[part] == piece
        if (both[part][hole] >= 0.5).mean() > _DENIED:
            near = _around(hole)
            held[part][near] = np.maximum(held[part][near], both[part][near])
    return held


def _piece(pieces: np.ndarray, x: float, y: float) -> int:
    """The number of the piece at a point; 0 for none, or beside the grid."""
    rows, columns = pieces.shape
    inside = 0 <= x < columns and 0 <= y < rows
    return int(pieces[int(y), int(x)]) if inside else 0


def _with_rim(box: np.ndarray) -> tuple[slice, slice]:
    """A piece's bounds (left, top, width, height, …) and its rim: rows, columns."""
    left, top, width, height = (int(one) for one in box[:4])
    return (
        slice(max(0, top - _RIM), top + height + _RIM),
        slice(max(0, left - _RIM), left + width + _RIM),
    )


def _around(piece: np.ndarray) -> np.ndarray:
    """A piece and its soft rim: (h, w) bool."""
    import cv2

    side = 2 * _RIM + 1
    return np.asarray(cv2.dilate(piece.astype(np.uint8), np.ones((side, side), np.uint8)) > 0)
