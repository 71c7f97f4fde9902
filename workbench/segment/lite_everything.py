"""All the objects of a photo by a network that sees one subject at a time.

U²-Net-p says what draws the eye in a picture. Shown ever smaller, overlapping parts of the photo,
it names ever smaller things. A thing that lies whole in its part is looked at once more from
around itself; what both looks agree on is proposed. Things that no part shows alone are found by
what all looks together say: neighbouring regions that stood out in the same looks are one thing
(``groups_of``). The graph cut settles the edges of both kinds.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from ..arrays import frozen
from ..coordinates import Box, Point, regrid
from ..progress import Progress, report
from .base import Prediction
from .classical import settle
from .cut import soft_logits
from .everything import Proposal
from .regions import Regions, Window, around, shrunk, split
from .u2net import U2Net

SIDES = (1, 2, 3, 4)
"""Parts on a side of the photo, each half overlapped by the next: 1 + 4 + 9 + 16 looks."""

CUT = 320  # long side of the grid that is cut
FINE = 640  # long side of the logits
MARGIN = 0.3  # of the thing's size, around it, in the second look
LIKELY = 0.5
SMALLEST = 0.0012  # of the photo's area: less is a speck
SMALLEST_GROUP = 0.003  # the same for what no look shows alone: there is less to tell it by
LARGEST = 0.92  # of the photo's area: more is the photo itself
PART = 0.012  # of the part's area: less is not what it shows
SAME = 0.65  # IoU above which two things are one
AGREED = 0.55  # IoU of the two looks below which there is nothing to propose
MOST = 40  # things that are looked at a second time, and groups that are settled
SETTLED = 0.6  # least share on which colours agree with what was seen
CLEAR = 0.2  # least mean difference along a group's border
LASTING = 0.05  # by how much it must exceed the largest difference inside
_COARSE = 256  # long side of the grid on which things are compared
_WORDS = "finding the objects"


@dataclass(frozen=True, eq=False)
class _Thing:
    """What one look at a part of the photo found.

    Attributes:
        box: around it, in image pixels.
        chosen: bool on the coarse grid over the photo.
        clear: how decided the network was on it, 0–1.
    """

    box: Box
    chosen: np.ndarray
    clear: float


def propose(
    network: U2Net, pixels: np.ndarray, limits: Window, progress: Progress | None = None
) -> list[Proposal]:
    """What stands out in the photo or in some part of it, the best first.

    Args:
        network: U²-Net-p.
        pixels: (H, W, 3) uint8, the whole photo.
        limits: the part of it to search.
        progress: called before every look; what it raises stops the work.

    Returns:
        Proposals. ``stability`` is the IoU of the two looks, or how clear a group's border is;
        ``score`` is that times the share on which the graph cut agrees; ``points`` the thing's
        innermost pixel.
    """
    parts = list(parts_of(limits))
    looks: list[np.ndarray] = []
    for number, part in enumerate(parts):
        report(progress, 0.6 * number / len(parts), _WORDS)
        looks.append(network.saliency(pixels[part.slices]))
    things = [
        thing
        for part, look in zip(parts, looks, strict=True)
        for thing in _things(look, part, limits)
    ]
    chosen = _distinct(things)[:MOST]
    found: list[tuple[Proposal, np.ndarray]] = []

    def add(proposal: Proposal | None) -> None:
        if proposal is not None:
            mask = _coarse(proposal.prediction, limits)
            if mask.any():
                found.append((proposal, mask))

    for number, thing in enumerate(chosen):
        report(progress, 0.6 + 0.3 * number / len(chosen), _WORDS)
        add(_second_look(network, pixels, thing, limits))
    picture = shrunk(pixels[limits.slices], limits.fitted(CUT))
    groups = groups_of(split(picture), parts, looks, limits)
    for number, (inside, strength) in enumerate(groups[:MOST]):
        report(progress, 0.9 + 0.1 * number / min(len(groups), MOST), _WORDS)
        add(_from_group(pixels, inside, strength, limits))
    report(progress, 1.0, _WORDS)
    best: list[tuple[Proposal, np.ndarray]] = []
    for proposal, mask in sorted(found, key=lambda f: -f[0].score):
        if all(_overlap(mask, other) < SAME for _, other in best):
            best.append((proposal, mask))
    return [proposal for proposal, _ in best]


def parts_of(limits: Window) -> Iterator[Window]:
    """The parts that are looked at, the largest first; no part under 64 pixels a side but the
    first."""
    for side in SIDES:
        # n parts that each overlap the next by half span (n + 1) / 2 of their own length.
        wide, tall = (2 * whole / (side + 1) for whole in (limits.width, limits.height))
        if side > 1 and min(wide, tall) < 64:
            return
        for i, j in product(range(side), range(side)):
            x0, y0 = limits.x0 + round(j * wide / 2), limits.y0 + round(i * tall / 2)
            yield Window(x0, y0, min(limits.x1, x0 + round(wide)), min(limits.y1, y0 + round(tall)))


def _things(saliency: np.ndarray, part: Window, limits: Window) -> list[_Thing]:
    """The connected things of a look that lie whole in their part and are of a fair size."""
    import cv2

    size = part.fitted(CUT)
    map_ = cv2.resize(saliency, size[::-1], interpolation=cv2.INTER_AREA)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (map_ > LIKELY).astype(np.uint8), connectivity=4
    )
    per_cell = part.width * part.height / (size[0] * size[1])
    photo = limits.width * limits.height
    found = []
    for n in range(1, count):
        cells = int(stats[n, cv2.CC_STAT_AREA])
        share = cells * per_cell / photo
        if cells < PART * map_.size or not SMALLEST < share < LARGEST:
            continue
        inside = labels == n
        if _cut_off(inside, part, limits) > 0.12:
            continue
        left, top, wide, tall = (int(stats[n, k]) for k in range(4))
        sx, sy = part.width / size[1], part.height / size[0]
        box = (part.x0 + left * sx, part.y0 + top * sy,
               part.x0 + (left + wide) * sx, part.y0 + (top + tall) * sy)  # fmt: skip
        coarse = regrid(
            inside.astype(np.float32), part.frame, limits.frame, limits.fitted(_COARSE), 0.0
        )
        found.append(_Thing(box, coarse > 0.5, float(map_[inside].mean())))
    return found


def _cut_off(inside: np.ndarray, part: Window, limits: Window) -> float:
    """How much of a thing's outline lies on its part's edges, where those are not the photo's.

    In units of the square root of its area: a square cut along one whole side has 1.
    """
    cut = 0
    for line, inner in (
        (inside[0], part.y0 > limits.y0),
        (inside[-1], part.y1 < limits.y1),
        (inside[:, 0], part.x0 > limits.x0),
        (inside[:, -1], part.x1 < limits.x1),
    ):
        cut += int(line.sum()) if inner else 0
    return cut / max(float(inside.sum()), 1.0) ** 0.5


def _distinct(things: list[_Thing]) -> list[_Thing]:
    """One of each: of those that are the same the clearest, and the largest first."""
    kept: list[_Thing] = []
    for thing in sorted(things, key=lambda t: -t.clear):
        if thing.chosen.any() and all(_overlap(thing.chosen, k.chosen) < SAME for k in kept):
            kept.append(thing)
    return sorted(kept, key=lambda t: -int(t.chosen.sum()))


def _second_look(
    network: U2Net, pixels: np.ndarray, thing: _Thing, limits: Window
) -> Proposal | None:
    """The thing seen from around itself, and settled; None where the two looks disagree."""
    import cv2

    window = around([thing.box], MARGIN, limits)
    fine = shrunk(pixels[window.slices], window.fitted(FINE))
    size = window.fitted(CUT)
    square = network.saliency(fine)
    seen = cv2.resize(square, size[::-1], interpolation=cv2.INTER_AREA)
    first = regrid(thing.chosen.astype(np.float32), limits.frame, window.frame, size, 0.0)
    # Of what draws the eye here, only what belongs to the thing: its neighbours are others.
    seen = seen * _together(seen > 0.2, first > 0.5)
    agreed = _overlap(seen > LIKELY, first > 0.5)
    if agreed < AGREED:
        return None
    return _settled(pixels, fine, np.clip(seen, 0, 1), window, agreed)


def _from_group(
    pixels: np.ndarray, inside: np.ndarray, strength: float, limits: Window
) -> Proposal | None:
    """A group of regions with its edges settled at a finer scale. inside: bool over ``limits``."""
    import cv2

    window = around([_box(inside, limits)], MARGIN, limits)
    fine = shrunk(pixels[window.slices], window.fitted(FINE))
    size = window.fitted(CUT)
    # Regions follow edges to within a few of their pixels: that wide the cut may move them.
    soft = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 1.5)
    prior = np.clip(regrid(soft, limits.frame, window.frame, size, 0.0), 0, 1)
    return _settled(pixels, fine, prior, window, strength)


def _settled(
    pixels: np.ndarray, fine: np.ndarray, prior: np.ndarray, window: Window, agreed: float
) -> Proposal | None:
    """A proposal out of a prior (h, w) over a window; None where the cut leaves nothing.

    Args:
        fine: (h, w, 3) uint8, the window at the logits' size.
        agreed: how sure it is that this is a thing, 0–1.
    """
    belief, settled = settle(shrunk(fine, prior.shape[:2]), prior, (), ())
    logits = soft_logits(fine, belief, fine.shape[1] / prior.shape[1], window, (), ())
    inside = logits > 0
    if settled < SETTLED or not inside.any():
        return None
    score = agreed * settled
    prediction = Prediction(
        frozen(np.array([score], np.float32)), frozen(logits[None]), window.frame,
        (pixels.shape[0], pixels.shape[1]),
    )  # fmt: skip
    return Proposal(
        prediction=prediction,
        score=score,
        stability=agreed,
        box=_box(inside, window),
        area=float(np.count_nonzero(inside)) * window.width * window.height / inside.size,
        points=(_innermost(inside, window),),
    )  # fmt: skip


def _box(inside: np.ndarray, window: Window) -> Box:
    """Around what is True on a grid over a window, in image pixels."""
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    sx, sy = window.width / inside.shape[1], window.height / inside.shape[0]
    return (
        window.x0 + float(columns[0]) * sx,
        window.y0 + float(rows[0]) * sy,
        window.x0 + float(columns[-1] + 1) * sx,
        window.y0 + float(rows[-1] + 1) * sy,
    )


# ---------------------------------------------------------------------- what all looks say together


def groups_of(
    regions: Regions, parts: list[Window], looks: list[np.ndarray], limits: Window
) -> list[tuple[np.ndarray, float]]:
    """Groups of regions that stood out together, those with the clearest border first.

    Two neighbours are as different as their saliency in the looks that show both, each look
    weighted by the more salient of the two: a look in which neither stands out says nothing.
    The most alike are merged first, and of the tree of merges those groups are taken that were
    together long before they were merged with anything else (the border's mean difference is the
    height of a merge, as in an ultrametric contour map: Arbeláez et al., PAMI 2011).

    Args:
        regions: of the photo (or its part ``limits``) on a coarse grid.
        parts, looks: windows, and the network's saliency in each.

    Returns:
        (h, w) bool on the regions' grid, and how clear the group's border is, 0–1.
    """
    seen = np.stack([_means_in(regions, part, look, limits) for part, look in zip(
        parts, looks, strict=True)])  # fmt: skip
    a, b = seen[:, regions.pairs[:, 0]], seen[:, regions.pairs[:, 1]]
    weight = np.nan_to_num(np.fmax(a, b) * np.isfinite(a + b))
    apart = (weight * np.nan_to_num(np.abs(a - b))).sum(axis=0) / (weight.sum(axis=0) + 0.3)
    # Colour breaks ties where no look says anything.
    strength = 0.9 * apart + 0.1 * np.minimum(regions.difference / 40, 1)
    parents, heights = merged(regions, strength)
    n, total = len(regions.count), len(parents)
    cells = np.zeros(total)
    cells[:n] = regions.count
    for node in range(total):  # a parent always comes after its children
        if parents[node] >= 0:
            cells[parents[node]] += cells[node]
    share = cells / regions.labels.size
    groups = []
    for node in range(n, total):
        if parents[node] < 0 or not SMALLEST_GROUP < share[node] < LARGEST:
            continue
        clear = heights[parents[node]]
        if clear < CLEAR or clear - heights[node] < LASTING:
            continue
        groups.append((node, float(clear)))
    # Which nodes hold each region: down from the node, by passing the mark on.
    found = []
    for node, clear in sorted(groups, key=lambda g: -g[1]):
        mark = np.zeros(total, bool)
        mark[node] = True
        for child in range(node - 1, -1, -1):
            mark[child] = parents[child] >= 0 and mark[parents[child]]
        inside = mark[:n][regions.labels]
        if _thick(inside):
            found.append((inside, clear))
    return found


def _means_in(regions: Regions, part: Window, look: np.ndarray, limits: Window) -> np.ndarray:
    """(n,) the mean saliency of each region in one look; NaN for those not wholly in its part."""
    plane = regrid(look, part.frame, limits.frame, regions.labels.shape, -1.0)
    outside = plane < -0.5
    means = regions.mean(np.where(outside, 0, plane))
    means[regions.mean(outside.astype(np.float32)) > 0] = np.nan
    return means


def merged(regions: Regions, strength: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The tree of merges of neighbours, the weakest border first.

    Args:
        strength: (m,) of each of ``regions.pairs``' borders; a common border of two groups is as
            strong as the mean along it.

    Returns:
        For each region and then each merge, in order: the merge that took it (−1 for none), and
        its own height, the strength of the border that went (0 for a region). Heights never fall
        on the way up.
    """
    n = len(regions.count)
    borders: list[dict[int, tuple[float, float]]] = [{} for _ in range(n)]
    heap: list[tuple[float, int, int, float]] = []
    for (i, j), long, strong in zip(
        regions.pairs.tolist(), regions.border.tolist(), strength.tolist(), strict=True
    ):
        borders[i][j] = borders[j][i] = (long, strong)
        heap.append((strong, i, j, long))
    heapq.heapify(heap)
    parents, heights = [-1] * n, [0.0] * n
    while heap:
        strong, i, j, long = heapq.heappop(heap)
        if parents[i] >= 0 or parents[j] >= 0 or borders[i].get(j) != (long, strong):
            continue  # of groups that are no more, or of a border that has grown since
        node = len(parents)
        parents[i] = parents[j] = node
        parents.append(-1)
        heights.append(max(strong, heights[i], heights[j]))
        joined: dict[int, tuple[float, float]] = {}
        for old in (i, j):
            for other, (length, s) in borders[old].items():
                if other in (i, j):
                    continue
                have, mean = joined.get(other, (0.0, 0.0))
                joined[other] = (have + length, (have * mean + length * s) / (have + length))
        borders.append(joined)
        for other, (length, s) in joined.items():
            borders[other].pop(i, None)
            borders[other].pop(j, None)
            borders[other][node] = (length, s)
            heapq.heappush(heap, (s, other, node, length))
        borders[i] = borders[j] = {}
    return np.array(parents), np.array(heights)


def _thick(inside: np.ndarray) -> bool:
    """Whether it is more than a rim: somewhere as deep as a bar six times as long as wide."""
    import cv2

    depth = cv2.distanceTransform(np.pad(inside.astype(np.uint8), 1), cv2.DIST_L2, 3).max()
    return bool(depth > 0.2 * float(np.count_nonzero(inside)) ** 0.5)


def _together(plane: np.ndarray, with_: np.ndarray) -> np.ndarray:
    """(h, w) bool: the connected parts of ``plane`` that have at least a tenth in ``with_``."""
    import cv2

    count, parts = cv2.connectedComponents(plane.astype(np.uint8), connectivity=4)
    sizes = np.bincount(parts.ravel(), minlength=count)
    shared = np.bincount(parts.ravel(), with_.ravel(), count)
    good = shared > 0.1 * sizes
    good[0] = False
    return good[parts]


def _innermost(inside: np.ndarray, window: Window) -> Point:
    """The point of a mask farthest from its edge, in image pixels."""
    import cv2

    padded = np.pad(inside.astype(np.uint8), 1)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1]
    row, column = divmod(int(depth.argmax()), inside.shape[1])
    return (
        window.x0 + (column + 0.5) * window.width / inside.shape[1],
        window.y0 + (row + 0.5) * window.height / inside.shape[0],
    )


def _coarse(prediction: Prediction, limits: Window) -> np.ndarray:
    """A proposal's mask on the coarse grid over the photo, bool."""
    size = limits.fitted(_COARSE)
    return regrid(prediction.logits[0], prediction.frame, limits.frame, size, -8.0) > 0


def _overlap(a: np.ndarray, b: np.ndarray) -> float:
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else 0.0
