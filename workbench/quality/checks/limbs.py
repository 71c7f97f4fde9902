"""Thin parts of the subject that were lost: legs, handles, stalks."""

from __future__ import annotations

import cv2
import numpy as np

from .observation import Observation, Remedy, box_of, severity
from .outline import Outline, beside, stretches
from .sight import Sight

LENGTH = 14.0
"""px that a part must go on beyond the edge."""

THICK = 14.0
"""px: half the width of the thickest thing that counts as thin."""

SLENDER = 2.0
"""Times longer than wide that it must be."""

CONTRAST = 0.16
"""Distance in sRGB from what lies beside it, on either side along three quarters of it."""

STRAIGHT = 0.95
"""Of its length as the crow flies, over that along it."""

DOUBT = 0.25
"""At most, as a sum: the share of the clear background around it that is of its colour, 0.6 of the
deviation of its width along it (as a share of that), and STRANGE: what there is more of is not the
subject's."""

STRANGE = 0.2
"""Of how far the subject's own colour is from it straight on inside of the edge, in parts of what
its colour may vary by: what is not found there does not come out of the subject."""

_TAPS = np.arange(-24, 9).astype(np.float32)
_INSIDE = np.arange(1.5, 8.5, 0.5).astype(np.float32)
_LIKE = 0.35  # of the way from the subject's colour to the background's
_REACH = 12  # px beyond the edge that a point's own colour goes on, to be looked into
_BESIDE = 6  # points to either side whose colours inside count as the subject's own there
_WINDOW = 150  # px: what goes on farther is the background's
_AROUND = 60  # px around it in which its colour is looked for
_LIMITS = 0.09, 0.25  # in sRGB, the least and the most that its colour may vary
_STRIDE = 2.5  # px from one section to the next
_ACROSS = np.arange(-20, 20.5, 0.5)  # px
_TRIED = 100  # places
_MOST = 3


def thin_parts_lost(sight: Sight) -> list[Observation]:
    """Something long and thin that goes on from the subject in its colours where the alpha ends.

    Points of the outline where the photo's colour 3 to 6 px outside goes on outward for 12 px and
    more, within 0.35 of the way to the background's colour (that beside the place), and is found
    within 8 px inside too. From there it is followed, section by section, until it ends within
    150 px: at least LENGTH px long, SLENDER times longer than wide, nowhere thicker than 2 × THICK,
    STRAIGHT, apart from what lies beside it by CONTRAST, even, not of a colour that the
    background has more of, and of one that goes on inside (DOUBT). Measure: the length, px.
    """
    outline = sight.outline
    if outline is None:
        return []
    colours = outline.sample(sight.photo, _TAPS)
    own = colours[:, (_TAPS <= -3) & (_TAPS >= -6)].mean(axis=1)
    behind = beside(colours[:, (_TAPS <= -4) & (_TAPS >= -9)].mean(axis=1), outline.lines)
    way = np.linalg.norm(behind - own, axis=1)
    off = np.linalg.norm(colours - own[:, None], axis=2) / np.maximum(way, 1e-3)[:, None]
    out = _TAPS[::-1] <= -3
    like = (off[:, ::-1] < _LIKE)[:, out]
    reach = np.where(like.all(axis=1), like.shape[1], like.argmin(axis=1)) + 3
    inner = np.linalg.norm(colours[:, _TAPS >= 2] - own[:, None], axis=2).min(axis=1)
    near = _least_along(inner, outline.lines)
    there = (reach >= _REACH) & (way >= CONTRAST) & (outline.alpha[:, 0] < 0.1)
    there &= near < _LIKE * way
    found: list[Observation] = []
    seen = np.zeros(sight.shape, bool)
    deep = outline.sample(sight.photo, _INSIDE)
    # Where the colour outside changes from one point to the next, another thing begins.
    changes = np.linalg.norm(np.diff(own, axis=0), axis=1) > _LIKE * np.minimum(way[1:], way[:-1])
    things = np.concatenate([[0], np.cumsum(changes | (np.diff(outline.lines) != 0))])
    for run in stretches(there, things)[:_TRIED]:
        colour, apart = np.median(own[run], axis=0), float(np.median(way[run]))
        one = _followed(sight, outline, deep, run, colour, apart, seen)
        if one is not None:
            found.append(one)
        if len(found) == _MOST:
            break
    return found


def _least_along(values: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """(n,): of each point, the least of (n,) values up to _BESIDE points to either side."""
    made = values.copy()
    for line in np.unique(lines):
        here = np.flatnonzero(lines == line)
        made[here] = np.min([np.roll(values[here], by) for by in range(-_BESIDE, _BESIDE + 1)], 0)
    return made


def _followed(
    sight: Sight, outline: Outline, deep: np.ndarray, run: slice, own: np.ndarray, way: float,
    seen: np.ndarray,
) -> Observation | None:  # fmt: skip
    """What goes on from a stretch of the outline, if it is long, thin and even, and ends.

    Args:
        deep: (n, T, 3), the photo at _INSIDE. run: the stretch. own: (3,) its colour.
        way: distance of that from what is beside. seen: (H, W) bool, found already; is added to.
    """
    begin = outline.points[run].mean(axis=0).astype(np.float64)
    limit = min(max(_LIKE * way, _LIMITS[0]), _LIMITS[1])
    inward = deep[run].mean(axis=0)
    strange = STRANGE * float(np.linalg.norm(inward - own, axis=1).min()) / limit
    if strange > DOUBT:
        return None
    line, widths, sides = _traced(sight, begin, -outline.normals[run].mean(axis=0), own, limit)
    if not len(widths):
        return None
    length, wide = float(np.hypot(*(line[-1] - begin))), float(np.median(widths))
    if length < max(LENGTH, SLENDER * wide):
        return None
    if float(np.quantile(sides, 0.25)) < CONTRAST:
        return None
    # What winds to and fro, and what there is more of in the background, is no limb.
    way_there = float(np.hypot(*np.diff(line, axis=0).T).sum())
    doubt = 0.6 * float(widths.std()) / max(wide, 1e-6)
    if length < STRAIGHT * way_there or doubt > DOUBT:
        return None
    if doubt + strange + _elsewhere(sight, line, widths.max(), own, limit) > DOUBT:
        return None
    spots = np.round(line).astype(int).clip(0, [sight.shape[1] - 1, sight.shape[0] - 1])
    if seen[spots[1:, 1], spots[1:, 0]].mean() > 0.3:
        return None
    drawn = seen.astype(np.uint8)
    cv2.polylines(drawn, [spots], False, 1, max(1, round(wide) + 4))
    seen |= drawn > 0
    box = box_of(line[:, 0], line[:, 1], sight.shape, max(1, round(wide / 2)))
    middle_line = tuple((float(x) + 0.5, float(y) + 0.5) for x, y in line)
    inner, outer = max(1.0, round(wide) - 3.0), wide + 8
    return Observation(
        "thin_parts_lost", severity(length, LENGTH / 2), box, length, "px", f"Something thin goes "
        f"on for {length:.0f} px in the subject's own colour where the edge ends: a part was lost.",
        (
            Remedy("refine", {"points": middle_line, "size": float(outer)}),
            Remedy("paint", {"points": middle_line, "keep": True, "size": inner, "hardness": 1.0}),
        ),
    )  # fmt: skip


def _traced(
    sight: Sight, begin: np.ndarray, ahead: np.ndarray, own: np.ndarray, limit: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The middle line of something of one colour, from a place on in a direction.

    A section across is taken every _STRIDE px: the stretch around its middle that is nearer than a
    limit to the colour. The middle, the direction and (slowly) the colour follow the sections.

    Args:
        begin, ahead: (2,) of x, y. own: (3,) its colour. limit: distance in sRGB.

    Returns:
        Points (n + 1, 2), widths (n,) px, and how far the nearer of the colours to either side is
        from its own, (n,); n is 0 where it does not end within _WINDOW or leaves the picture.
    """
    nothing = begin[None], np.zeros(0), np.zeros(0)
    ahead = ahead / max(float(np.hypot(*ahead)), 1e-6)
    middle, colour = begin + 4 * ahead, own.astype(np.float64)
    path = [begin]
    widths: list[float] = []
    sides: list[float] = []
    missed = False
    while len(widths) * _STRIDE <= _WINDOW:
        across = np.array([-ahead[1], ahead[0]])
        where = middle + _ACROSS[:, None] * across
        section = _at(sight.photo, where)
        cover = _at(sight.plane, where)
        inside = cv2.blur(np.linalg.norm(section - colour, axis=1)[None], (3, 1))[0] < limit
        found = _around_middle(inside & (cover < 0.5))
        if found is None:
            if missed:
                break
            missed, middle = True, middle + _STRIDE * ahead
            continue
        first, last = found
        left, right = float(_ACROSS[first]), float(_ACROSS[last])
        if right - left > 2 * THICK or first == 0 or last == len(_ACROSS) - 1:
            break
        missed = False
        middle = middle + np.clip((left + right) / 2, -1.5, 1.5) * across
        beyond = slice(max(0, first - 8), max(1, first - 3)), slice(last + 4, last + 9)
        sides.append(_least_apart(section, cover, beyond, colour))
        widths.append(right - left)
        path.append(middle)
        if len(path) > 3:
            way = middle - path[max(0, len(path) - 6)]
            ahead = way / max(float(np.hypot(*way)), 1e-6)
        colour = 0.8 * colour + 0.2 * section[first : last + 1].mean(axis=0)
        middle = middle + _STRIDE * ahead
        height, width = sight.shape
        if not (0 <= middle[0] < width and 0 <= middle[1] < height):
            return nothing
    else:
        return nothing
    return (np.array(path), np.array(widths), np.array(sides)) if widths else nothing


def _least_apart(
    section: np.ndarray, cover: np.ndarray, beyond: tuple[slice, slice], colour: np.ndarray
) -> float:
    """How far the nearer of the colours to either side is; what the subject itself covers there is
    no side to stand out from, and where that is both it is 0.

    Args:
        section: (m, 3). cover: (m,), its alpha. beyond: the two sides. colour: (3,).
    """
    apart = [
        float(np.linalg.norm(section[side][cover[side] < 0.5].mean(axis=0) - colour))
        for side in beyond
        if (cover[side] < 0.5).any()
    ]
    return min(apart, default=0.0)


def _elsewhere(sight: Sight, line: np.ndarray, wide: float, own: np.ndarray, limit: float) -> float:
    """Share of the clear background around a line, (n, 2) of x, y, that is of its colour."""
    corner = np.maximum(np.floor(line.min(axis=0)).astype(int) - _AROUND, 0)
    end = np.ceil(line.max(axis=0)).astype(int) + _AROUND
    part = np.s_[corner[1] : end[1], corner[0] : end[0]]
    kept = cv2.dilate((sight.plane[part] > 0.05).astype(np.uint8), np.ones((7, 7), np.uint8))
    cv2.polylines(kept, [np.round(line - corner).astype(np.int32)], False, 1, int(wide) + 10)
    clear = cv2.blur(sight.photo[part], (3, 3))[kept == 0]
    if not len(clear):
        return 0.0
    return float((np.linalg.norm(clear - own.astype(np.float32), axis=1) < limit).mean())


def _around_middle(inside: np.ndarray) -> tuple[int, int] | None:
    """First and last of the stretch of what is True that holds the middle of (m,) bool, or is no
    farther from it than 2 px."""
    centre = len(inside) // 2
    for off in (0, -1, 1, -2, 2, -3, 3, -4, 4):
        if inside[centre + off]:
            low = high = centre + off
            while low > 0 and inside[low - 1]:
                low -= 1
            while high < len(inside) - 1 and inside[high + 1]:
                high += 1
            return low, high
    return None


def _at(picture: np.ndarray, where: np.ndarray) -> np.ndarray:
    """A picture at points (m, 2) of x, y: (m,) or (m, 3)."""
    spots = np.ascontiguousarray(where[None], np.float32)
    return cv2.remap(picture, spots, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
