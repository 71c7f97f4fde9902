"""The graph cut that lite and grabcut share, and the way from it to soft logits.

Both come with a prior: how likely each pixel is the subject. The cut settles what the prior
leaves open by colour and edges (Rother, Kolmogorov, Blake, GrabCut, SIGGRAPH 2004), the guided
filter (He, Sun, Tang, PAMI 2013) lets the soft edge follow the picture, and clicks are obeyed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..coordinates import Point
from .regions import Regions, Window, step_cost, walk
from .regression import box_mean, regress

SURE, LIKELY, UNLIKELY = 0.9, 0.5, 0.05
"""A prior above the first is the subject, above the second likely so, above the third unlikely
so; below, it is background."""

_SEED = 20260101
_TRUST = 0.6  # weight of the prior against that of a border between regions of one colour
_SPAN = 3.0  # a mistake is at most this much longer than it is wide
_CERTAIN = 8.0  # logits of what is sure


def graph_cut(
    picture: np.ndarray,
    prior: np.ndarray,
    keep: np.ndarray | None = None,
    drop: np.ndarray | None = None,
    iterations: int = 2,
) -> np.ndarray:
    """What is the subject by colour and edges, where the prior leaves it open.

    Args:
        picture: (h, w, 3) uint8.
        prior: (h, w) float32 in [0, 1].
        keep, drop: (h, w) bool, pixels that are known; never contradicted.
        iterations: of re-fitting the colour models.

    Returns:
        (h, w) bool. Where everything is known, or one side has no pixel at all, prior > 0.5 with
        keep and drop obeyed.
    """
    import cv2

    labels = np.full(prior.shape, cv2.GC_BGD, np.uint8)
    labels[prior > UNLIKELY] = cv2.GC_PR_BGD
    labels[prior > LIKELY] = cv2.GC_PR_FGD
    labels[prior > SURE] = cv2.GC_FGD
    if keep is not None:
        labels[keep] = cv2.GC_FGD
    if drop is not None:
        labels[drop] = cv2.GC_BGD
    subject = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
    open_ = (labels == cv2.GC_PR_FGD) | (labels == cv2.GC_PR_BGD)
    # Five Gaussians a side need some pixels each, or OpenCV fails on an assertion.
    if not open_.any() or min(int(subject.sum()), int((~subject).sum())) < 8:
        return subject
    picture = np.ascontiguousarray(picture)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(_SEED)
    try:
        cv2.grabCut(picture, labels, None, *models, iterations, cv2.GC_INIT_WITH_MASK)
    except cv2.error:
        return subject
    return (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)


def correct(
    regions: Regions,
    prior: np.ndarray,
    points: Sequence[tuple[int, int]],
    labels: Sequence[int],
    reach: float,
) -> np.ndarray:
    """A prior with clicks worked in: each adds or removes the thing it is on, and no more.

    A click that the prior agrees with only pins its region. One that contradicts it withdraws
    trust from the prior around it, as far as colours lead without crossing an edge; the random
    walker then decides there from the clicks and from what is still trusted.

    Args:
        prior: (h, w) float32 in [0, 1] on the grid of ``regions``.
        points: (row, column) on that grid.
        labels: 1 keep or 0 drop.
        reach: how far a contradiction reaches, in units of ``step_cost``.

    Returns:
        (h, w) float32 in [0, 1].
    """
    if not points:
        return prior
    at = [int(regions.labels[r, c]) for r, c in points]
    belief = regions.mean(prior)
    fixed = np.full(len(belief), np.nan)
    for region, label in zip(at, labels, strict=True):
        fixed[region] = label
    # What the prior sees as an edge counts as one.
    step = np.abs(belief[regions.pairs[:, 0]] - belief[regions.pairs[:, 1]])
    cost = step_cost(regions) + 1.5 * step**2
    trust = np.full(len(belief), _TRUST)
    target = belief.copy()
    # One after the other, as they were made: each answers what the ones before it left wrong.
    for number, (region, label) in enumerate(zip(at, labels, strict=True)):
        if abs(target[region] - label) > 0.4:
            others = [r for r, v in zip(at, labels, strict=True) if v != label]
            opposite = regions.distance(others, cost) if others else None
            way = regions.distance([region], cost)
            # The farther from a click of the other kind, the larger the thing that is meant …
            room = 3.0 * reach if opposite is None else float(opposite[region])
            radius = min(max(0.7 * room, 0.5 * reach), 5.0 * reach)
            influence = np.exp(-((way / radius) ** 4))
            if opposite is not None:
                influence = influence * (way <= opposite)
            # … and the farther from the edge there is: a click goes to the middle of a mistake.
            depth = _depth(regions, target, points[number])
            apart = np.linalg.norm(regions.centre - regions.centre[region], axis=1)
            influence = influence * np.exp(-((apart / (_SPAN * depth)) ** 4))
            target = target + influence * (label - target)
        target[region] = label
    solved = walk(regions, target, trust, fixed, 8.0)
    plain = walk(regions, belief, trust, np.full(len(belief), np.nan), 8.0)
    # Only the change is taken over: inside a region the prior is finer than its mean.
    changed = prior + regions.spread(solved - plain)
    for region, label in zip(at, labels, strict=True):
        inside = regions.labels == region
        changed[inside] = (
            np.maximum(changed[inside], 0.95) if label else np.minimum(changed[inside], 0.05)
        )
    return np.clip(changed, 0, 1).astype(np.float32)


def _depth(regions: Regions, belief: np.ndarray, point: tuple[int, int]) -> float:
    """How far a point is from the edge of what is believed, pixels; at least 4."""
    import cv2

    inside = (regions.spread(belief) > 0.5).astype(np.uint8)
    if not inside[point]:
        inside = 1 - inside
    if inside.all():
        return float(max(inside.shape))
    return max(4.0, float(cv2.distanceTransform(inside, cv2.DIST_L2, 5)[point]))


def near_clicks(
    last: np.ndarray,
    belief: np.ndarray,
    points: Sequence[tuple[int, int]],
    labels: Sequence[int],
    elsewhere: float,
) -> np.ndarray:
    """A new answer where the last one was contradicted, mostly the last one elsewhere.

    A click says that something is wrong where it is. The change that it lies in is taken over as
    far as it hangs together; of changes that no such click is in, only a share.

    Args:
        last, belief: (h, w) float32 in [0, 1], the answer before and the new one.
        points: (row, column) on that grid.
        labels: 1 keep or 0 drop.
        elsewhere: the share, in [0, 1].

    Returns:
        (h, w) float32 in [0, 1].
    """
    import cv2

    changed = ((belief > 0.5) != (last > 0.5)).astype(np.uint8)
    _, parts = cv2.connectedComponents(changed, connectivity=8)
    near = np.zeros(belief.shape, np.uint8)
    for (row, column), label in zip(points, labels, strict=True):
        if (last[row, column] > 0.5) != bool(label):
            if parts[row, column]:
                near |= (parts == parts[row, column]).astype(np.uint8)
            cv2.circle(near, (column, row), 5, 1, -1)
    # A little wider and softer: what changes has an edge, and that belongs to it.
    wide = cv2.dilate(near, np.ones((9, 9), np.uint8)).astype(np.float32)
    weight = np.maximum(cv2.blur(wide, (7, 7)), np.float32(elsewhere))
    return (last + weight * (belief - last)).astype(np.float32)


def guided(picture: np.ndarray, plane: np.ndarray, radius: int, epsilon: float) -> np.ndarray:
    """The guided filter with a colour guide: ``plane`` with the edges of ``picture``.

    Args:
        picture: (h, w, 3) uint8.
        plane: (h, w) float32.
        radius: of the box, in pixels.
        epsilon: variance of colour (0–1 scale) below which there is no edge.

    Returns:
        (h, w) float32, not clipped.
    """
    mean = box_mean(radius)
    guide = picture.astype(np.float32) / 255
    found = regress(guide, plane, mean, epsilon)
    ar, ag, ab = (mean(slope) for slope in found.slopes)
    return ar * guide[..., 0] + ag * guide[..., 1] + ab * guide[..., 2] + mean(found.offset)


def obey(
    logits: np.ndarray, window: Window, points: Sequence[Point], labels: Sequence[int]
) -> np.ndarray:
    """Logits whose full-size mask has every clicked pixel on its side; changed in place.

    Args:
        logits: (h, w) float32 over ``window``.
        points: (x, y) in image pixels; those outside the window are left out.

    Bilinear enlargement reads up to four cells for a pixel; all of them are set. Of two clicks
    on the same cells the later one counts.
    """
    rows, columns = logits.shape
    for (x, y), label in zip(points, labels, strict=True):
        if not window.holds((x, y)):
            continue
        # The clicked pixel's centre on this grid.
        u = (int(x) + 0.5 - window.x0) / window.width * columns - 0.5
        v = (int(y) + 0.5 - window.y0) / window.height * rows - 0.5
        c0, r0 = int(np.floor(u + 1e-6)), int(np.floor(v + 1e-6))
        c1, r1 = int(np.ceil(u - 1e-6)), int(np.ceil(v - 1e-6))
        part = logits[max(r0, 0) : min(r1, rows - 1) + 1, max(c0, 0) : min(c1, columns - 1) + 1]
        np.copyto(part, np.maximum(part, 2.0) if label else np.minimum(part, -2.0))
    return logits


def soft_logits(
    picture: np.ndarray,
    belief: np.ndarray,
    cell: float,
    window: Window,
    points: Sequence[Point],
    labels: Sequence[int],
) -> np.ndarray:
    """A coarse belief as logits on the picture's own grid, its edge along the picture's.

    Args:
        picture: (h, w, 3) uint8 over ``window``.
        belief: (a, b) float32 in [0, 1] over the same, coarser or equal.
        cell: pixels of ``picture`` to a cell of ``belief``: the edge is uncertain by about that.
        points, labels: the clicks, see ``obey``.

    Returns:
        (h, w) float32 within ±8.
    """
    import cv2

    size = picture.shape[:2]
    plane = (
        belief
        if belief.shape == size
        else cv2.resize(belief, size[::-1], interpolation=cv2.INTER_LINEAR)
    )
    radius = max(2, round(2.0 * cell))
    edge = guided(picture, plane, radius, 4e-4)
    # Away from the band the filter only adds the picture's texture: the belief stands there.
    span = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    near = cv2.dilate(plane, span) - cv2.erode(plane, span)
    weight = np.clip(near * 2.5 - 0.25, 0, 1)
    mixed = plane + weight * (np.clip(edge, 0, 1) - plane)
    p = np.clip(mixed, 1e-3, 1 - 1e-3)
    # The filter halves the slope of an edge; doubling the logits gives it back.
    logits = np.clip(2.0 * np.log(p / (1 - p)), -_CERTAIN, _CERTAIN).astype(np.float32)
    return obey(logits, window, points, labels)
