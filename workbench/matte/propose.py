"""Which parts of a subject want a pass of their own: crisp ones, hair and fur, transparent ones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..arrays import check_image, check_plane, sigmoid, to_float
from ..errors import ArrayError, InputError
from .blur_estimate import Outline, estimate_motion, outline_of, ramps_of
from .transparent import likely_transparency

_SOFT_STEP, _STEP_SCALE = 0.33, 0.12  # of the contrast in one pixel; where an edge is half soft
_SOFT_WIDTH, _WIDTH_SCALE = 7.0, 8.0  # pixels of the ramp; likewise
_FINE = 1.2  # log odds of softness for a grain e times as fine as …
_SAME, _STILL = 1.4, 1e-3  # … this ratio to the background's; and the variation of no grain at all
_HAIR, _CRISP = 0.5, 0.35  # softness, 0 to 1, from which on hair and up to which crisp
_SHAGGY = 4.0  # pixels that the edge takes or reaches at least, or it is no hair
_ALONG = 15  # points of the outline that are judged together
_LEAST = 20  # points of the outline that make a region
_BODY_REACH = 12.0  # pixels to either side of the outline that a crisp region takes in
_RADII = {"body": (3.0, 8.0), "hair": (10.0, 60.0)}
_CLEAR = 0.65  # likelihood of being transparent from which on it is said
_SMALLEST = 400  # pixels of a transparent thing
_MIDDLE = (0.15, 0.85)  # a mask within these, deep inside, does not know what it sees
_DEEP = 8  # pixels inside the outline
_GRID = 1024  # pixels of the longer side that outlines of regions are traced on
_MOVED = 8.0  # pixels of a sure movement from which on a soft edge is no hair


@dataclass(frozen=True)
class Proposal:
    """A region worth a pass.

    Attributes:
        kind: "body" (crisp edges), "hair" (hair or fur) or "transparent".
        polygon: its outline, points (x, y) in image pixels.
        settings: of its band, which is what the outline tells: radius in pixels, smart. How the
            rest is made is as in the rest of the subject.
        why: one sentence with the measure.
        measure: body and hair: pixels within which the edge goes over, the region's median;
            transparent: how likely, 0 to 1.
    """

    kind: str
    polygon: tuple[tuple[float, float], ...]
    settings: dict[str, Any]
    why: str
    measure: float


def propose(image: Any, mask: Any, logits: Any = None, max_regions: int = 6) -> list[Proposal]:
    """Regions that want settings of their own, as the photo shows them along the mask's outline.

    Where the photo goes over from outside to inside in one step the edge is crisp and a narrow band
    does best; where it takes many pixels, or the photo varies finely along the outline and not
    further out, there is hair or fur, or something as soft (an edge without contrast is taken for
    it too). A subject that moved is soft without having hair: then none is proposed. Whether the
    background shows through is asked of each separate piece of the mask, and of parts inside that
    the mask is unsure of.

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        mask: (H, W) in [0, 1].
        logits: (H, W) before the sigmoid, finer than the mask about what is unsure; or None.
        max_regions: at most so many: the longest of body and hair, but no kind is crowded out.

    Returns:
        Body first, then hair, then transparent: the order to lay them in. Empty where the mask has
        no outline.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range. InputError: max_regions under 1.
    """
    picture = check_image(image)
    shape: tuple[int, int] = (picture.shape[0], picture.shape[1])
    plane = check_plane(mask, shape)
    if not isinstance(max_regions, int) or max_regions < 1:
        raise InputError(f"expected max_regions of at least 1, got {max_regions!r}")
    belief = plane
    if logits is not None:
        raw = np.asarray(logits)
        if raw.shape != shape or raw.dtype.kind != "f" or not np.isfinite(raw).all():
            raise ArrayError(f"expected logits as finite floats of shape {shape}, got {raw.shape}")
        belief = sigmoid(raw)
    clear, clear_plane = _transparent(picture, plane, belief)
    found: list[tuple[int, Proposal]] = []
    seen = outline_of(picture, plane)
    if seen is not None:
        found = _along_the_outline(picture, plane, seen, clear_plane)
    chosen = _fair([*found, *clear], max_regions)
    order = {"body": 0, "hair": 1, "transparent": 2}
    return sorted(chosen, key=lambda one: order[one.kind])


def _along_the_outline(
    picture: np.ndarray, mask: np.ndarray, seen: Outline, clear: np.ndarray
) -> list[tuple[int, Proposal]]:
    """Crisp and soft stretches, each with the number of its points."""
    _, widths, _, _ = ramps_of(seen)
    step, reach = _steps(seen)
    grain = _grain(picture, seen)
    odds = (_SOFT_STEP - step) / _STEP_SCALE
    # A busy background makes the fitted ramp as wide as it likes: it counts so far and no further.
    odds += np.clip((widths - _SOFT_WIDTH) / _WIDTH_SCALE, -1, 1)
    odds += _FINE * np.log(np.clip(grain / _SAME, 0.25, 4))
    softness = 1 / (1 + np.exp(-odds))
    softness = _together(softness, seen.contour)
    across = 1 / np.maximum(_together(step, seen.contour), 0.02)  # pixels the edge goes over in
    scale = np.array([clear.shape[1] / mask.shape[1], clear.shape[0] / mask.shape[0]])
    column, row = np.minimum(seen.points * scale, np.array(clear.shape[::-1]) - 1).astype(int).T
    opaque = clear[row, column] == 0
    moved = estimate_motion(picture, mask)
    kinds = {"body": opaque & (softness < _CRISP), "hair": opaque & (softness > _HAIR)}
    if moved.confidence >= 0.5 and moved.length >= _MOVED:
        kinds["hair"][:] = False
    found = []
    for kind, chosen in kinds.items():
        low, high = _RADII[kind]
        wide = _BODY_REACH
        if kind == "hair" and chosen.any():
            wide = min(high, max(low, 6 + 1.5 * float(np.quantile(reach[chosen], 0.9)))) + 6
        for polygon, members in _regions(seen.points, chosen, wide, mask.shape):
            if len(members) < _LEAST:
                continue
            takes = float(np.median(across[members]))
            if kind == "body":
                radius = min(high, max(low, math.ceil(2 * takes)))
                why = f"The edge is crisp here: it goes over within {takes:.1f} px."
            else:
                far = float(np.quantile(reach[members], 0.9))
                if max(takes, far) < _SHAGGY:
                    continue
                radius = min(high, max(low, math.ceil(6 + 1.5 * far)))
                why = (
                    f"Hair, fur or as soft: the edge takes {takes:.1f} px to go over"
                    f" and reaches {far:.0f} px outside the mask."
                )
            settings = {"radius": float(radius), "smart": kind == "hair"}
            found.append((len(members), Proposal(kind, polygon, settings, why, takes)))
    return found


def _steps(seen: Outline) -> tuple[np.ndarray, np.ndarray]:
    """Per point the largest step in one pixel as a share of the contrast, and the outer reach.

    The colours are taken along the line from those well outside to those well inside; the reach is
    how far outside they are still a fifth of the way, in pixels.
    """
    at, valid = seen.at, seen.valid

    def mean(low: float, high: float) -> np.ndarray:
        part = valid * ((at >= low) & (at <= high))
        total = np.maximum(part.sum(axis=1), 1)[:, None]
        return (seen.colours * part[..., None]).sum(axis=1) / total

    front, behind = mean(8, 16), mean(-24, -12)
    way = front - behind
    contrast = np.sqrt((way * way).sum(axis=1)) + 0.05
    share = ((seen.colours - behind[:, None]) * way[:, None]).sum(axis=2) / (contrast**2)[:, None]
    steps = np.abs(np.diff(share, axis=1))
    near = (at[:-1] >= -5) & (at[:-1] <= 4)
    outside = (at <= 0) & (at >= -24)
    there = ((share > 0.2) & (valid > 0))[:, outside][:, ::-1]
    reach = np.logical_and.accumulate(there, axis=1).sum(axis=1)
    return steps[:, near].max(axis=1), reach


def _grain(picture: np.ndarray, seen: Outline) -> np.ndarray:
    """Per point how finely the photo varies along the outline, as a ratio to well outside of it.

    Strands cross the outline, so that the colours change from pixel to pixel along it; a crisp edge
    is the same along itself, and a busy background is as busy further out.
    """
    floats = np.ascontiguousarray(to_float(picture), np.float32)
    normal = np.stack([np.cos(seen.normal), np.sin(seen.normal)], axis=1)
    tangent = np.stack([-normal[:, 1], normal[:, 0]], axis=1)

    def varies(low: int, high: int) -> np.ndarray:
        away = np.arange(low, high + 1, 2)
        middle, left, right = (
            cv2.remap(
                floats,
                (seen.points[:, :1] + normal[:, :1] * away + tangent[:, :1] * along).astype("f4"),
                (seen.points[:, 1:] + normal[:, 1:] * away + tangent[:, 1:] * along).astype("f4"),
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
            for along in (0, -1.5, 1.5)
        )
        off = middle - (left + right) / 2
        return np.sqrt((off * off).mean(axis=(1, 2)))

    return varies(-6, 6) / (varies(-30, -16) + _STILL)


def _together(values: np.ndarray, contour: np.ndarray) -> np.ndarray:
    """Means over neighbours along each contour, which is closed."""
    out = np.empty_like(values)
    for one in np.unique(contour):
        mine = np.flatnonzero(contour == one)
        width = min(_ALONG, len(mine))
        before = width // 2
        padded = np.pad(values[mine], (before, width - 1 - before), mode="wrap")
        out[mine] = np.convolve(padded, np.ones(width) / width, mode="valid")
    return out


def _regions(
    points: np.ndarray, chosen: np.ndarray, reach: float, shape: tuple[int, ...]
) -> list[tuple[tuple[tuple[float, float], ...], np.ndarray]]:
    """Polygons around stretches of chosen points, and which points each holds."""
    if not chosen.any():
        return []
    scale = min(1.0, _GRID / max(shape))
    size = tuple(max(1, math.ceil(side * scale)) for side in shape)
    plane = np.zeros(size, np.uint8)
    members = np.flatnonzero(chosen)
    places = np.floor(points[members] * scale).astype(int)
    for x, y in places:
        cv2.circle(plane, (int(x), int(y)), max(1, round(reach * scale)), 1, -1)
    count, labels = cv2.connectedComponents(plane)
    own = labels[places[:, 1].clip(0, size[0] - 1), places[:, 0].clip(0, size[1] - 1)]
    return [
        (_traced(labels == one, scale), members[own == one])
        for one in range(1, count)
        if (own == one).any()
    ]


def _traced(region: np.ndarray, scale: float) -> tuple[tuple[float, float], ...]:
    """The outer outline of a region on the grid, in image pixels."""
    # Twice the size, so that the outline runs along pixels' sides and not through their centres.
    large = np.pad(np.kron(region, np.ones((2, 2), bool)), 1).astype(np.uint8)
    outlines, _ = cv2.findContours(large, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    longest = max(outlines, key=len)
    kept = cv2.approxPolyDP(longest, 3.0, True)[:, 0]
    if len(kept) < 3:
        kept = longest[:, 0]
    return tuple((float((x - 0.5) / 2 / scale), float((y - 0.5) / 2 / scale)) for x, y in kept)


def _transparent(
    picture: np.ndarray, mask: np.ndarray, belief: np.ndarray
) -> tuple[list[tuple[int, Proposal]], np.ndarray]:
    """Pieces of the mask that the background shows through, and where they are on a small grid."""
    scale = min(1.0, _GRID / max(mask.shape))
    size = (math.ceil(mask.shape[1] * scale), math.ceil(mask.shape[0] * scale))
    if scale < 1:
        # What shows through shows through at any size, and unmixing grows with the pixels.
        picture, mask, belief = (
            cv2.resize(a, size, interpolation=cv2.INTER_AREA) for a in (picture, mask, belief)
        )
    inside = mask >= 0.5
    where = np.zeros(mask.shape, np.uint8)
    found = []
    around = np.ones((2 * _DEEP + 1, 2 * _DEEP + 1), np.uint8)
    deep = cv2.erode(inside.astype(np.uint8), around) > 0
    unsure = deep & (belief > _MIDDLE[0]) & (belief < _MIDDLE[1])
    for candidate in (inside, unsure):
        count, labels, stats, _ = cv2.connectedComponentsWithStats(candidate.astype(np.uint8))
        # The largest few: each costs an unmixing.
        large = [n for n in range(1, count) if stats[n, cv2.CC_STAT_AREA] >= _SMALLEST]
        for one in sorted(large, key=lambda n: -int(stats[n, cv2.CC_STAT_AREA]))[:4]:
            piece = labels == one
            if where[piece].mean() > 0.5:
                continue
            likely = likely_transparency(picture, piece.astype(np.float32), avoid=inside & ~piece)
            if likely <= _CLEAR:
                continue
            where[piece] = 1
            grown = cv2.dilate(piece.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
            why = f"The background seems to show through: {likely:.0%} likely."
            settings = {"radius": 5.0, "smart": False}
            length = int(math.sqrt(float(stats[one, cv2.CC_STAT_AREA])))
            found.append(
                (length, Proposal("transparent", _traced(grown, scale), settings, why, likely))
            )
    return found, where


def _fair(found: list[tuple[int, Proposal]], most: int) -> list[Proposal]:
    """The longest of each kind in turn."""
    kinds: dict[str, list[tuple[int, Proposal]]] = {}
    for entry in sorted(found, key=lambda entry: -entry[0]):
        kinds.setdefault(entry[1].kind, []).append(entry)
    chosen: list[Proposal] = []
    while kinds and len(chosen) < most:
        for kind in [k for k in ("transparent", "hair", "body") if k in kinds]:
            if len(chosen) < most:
                chosen.append(kinds[kind].pop(0)[1])
            if not kinds[kind]:
                del kinds[kind]
    return chosen
