"""Light and shadow: a shadow half kept, a subject that floats, light unlike the background's."""

from __future__ import annotations

import cv2
import numpy as np

from .observation import Observation, Remedy, box_of, severity
from .outline import SECTION, TAPS, Outline, running, stretches
from .sight import Sight
from .strokes import painted

SEAMLESS = 0.08
"""Distance in sRGB across the alpha's edge, in the photo, below which it shows no edge there."""

DARK = 0.2
"""Of its light that the ground has lost, in one colour, where it counts as in shadow."""

TINT = 0.2
"""How far its three channels may differ in that."""

GROUNDED = 0.12
"""Darkness of the photo's own shadow where the subject stands that must not be missing."""

STOPS = 0.5
"""Difference in exposure, in stops, between the subject's photo and the new background."""

CAST = 0.1
"""Difference in colour of the light: of the ratios red : green and blue : green."""

_ACROSS = np.array([3, -3], np.float32)  # px inside and outside
_OF_BODY = 0.2  # of what is kept, that its shadow may be
_MOST = 3
_SHORT = 9  # points: a shadow is not wide where it is cut
_STRIP = 0.04  # of the subject's height, beneath its foot


def shadow_half_kept(sight: Sight) -> list[Observation]:
    """An alpha that ends in the middle of a shadow: a part of it is kept, the rest is not.

    Stretches of the outline across which the photo shows no edge: 3 px outside and 3 px inside
    differ by less than SEAMLESS as means over 9 points. Outside is darker by DARK and more, in all
    three channels to within TINT, than the lit ground: the brightest fifth of what is clear within
    120 px. Measure: how much darker, 0 to 1.
    """
    outline = sight.outline
    if outline is None:
        return []
    inner, outer = np.moveaxis(outline.sample(sight.photo, _ACROSS), 1, 0)
    clear = outline.alpha[:, TAPS <= -4].max(axis=1) < 0.1
    good = clear & (outline.alpha[:, TAPS >= 3].min(axis=1) > 0.5)
    if good.sum() < SECTION:
        return []
    lines = outline.lines

    def mean(colours: np.ndarray) -> np.ndarray:
        return np.stack([running(colours[:, c], good, lines, _SHORT)[0] for c in range(3)], axis=1)

    seam = np.linalg.norm(mean(inner - outer), axis=1)
    dark = 1 - mean(outer) / np.maximum(_lit(sight, outline), 0.02)
    lost = dark.mean(axis=1)
    _, count = running(lost, good, lines, _SHORT)
    flagged = (seam < SEAMLESS) & (lost >= DARK) & (np.ptp(dark, axis=1) <= TINT)
    flagged &= (count >= _SHORT / 2) & good
    found = []
    for run in stretches(flagged, lines)[:_MOST]:
        at = outline.points[run]
        if len(at) < _SHORT:
            continue
        measure = float(lost[run].mean())
        shade = inner[run].mean(axis=0)
        found.append(Observation(
            "shadow_half_kept", severity(measure, DARK / 2),
            box_of(at[:, 0], at[:, 1], sight.shape, 3), measure, "of the ground's light",
            f"The edge goes through a shadow ({measure:.0%} darker than the ground beside it): "
            "half of it is kept and half is not.",
            (*_shadow_within(sight, at + 4 * outline.normals[run], shade),
             Remedy("shadow", {"mode": "lift"})),
        ))  # fmt: skip
    return found


def _lit(sight: Sight, outline: Outline) -> np.ndarray:
    """(n, 3): the mean colour of the brightest fifth of the clear ground around each point."""
    step = 6
    x, y = (outline.points[::step] + 0).T
    reach = np.arange(12, 121, 6)
    out = np.arctan2(-outline.normals[::step, 1], -outline.normals[::step, 0])
    angle = out[:, None] + np.radians([-80, -40, 0, 40, 80])
    u = (x[:, None, None] + np.cos(angle)[..., None] * reach).reshape(len(x), -1)
    v = (y[:, None, None] + np.sin(angle)[..., None] * reach).reshape(len(x), -1)
    height, width = sight.shape
    within = (u >= 0) & (v >= 0) & (u < width) & (v < height)
    u, v = u.astype(int).clip(0, width - 1), v.astype(int).clip(0, height - 1)
    colours = sight.photo[v, u]
    bright = np.where(within & (sight.plane[v, u] < 0.05), colours.mean(axis=2), -1)
    count = np.maximum((bright >= 0).sum(axis=1) // 5, 1)
    order = np.argsort(-bright, axis=1)
    kept = np.arange(order.shape[1]) < count[:, None]
    best = np.take_along_axis(colours, order[..., None], axis=1) * kept[..., None]
    return np.repeat(best.sum(axis=1) / count[:, None], step, axis=0)[: len(outline.points)]


def _shadow_within(sight: Sight, at: np.ndarray, shade: np.ndarray) -> tuple[Remedy, ...]:
    """Strokes over what is kept of a shadow: what hangs together with places in its colour. None
    where that is so much that it must be the subject."""
    like = np.abs(sight.photo - shade.astype(np.float32)).max(axis=2) < 1.5 * SEAMLESS
    like &= sight.plane > 0.1
    # Opened, so that it does not run over into what is as grey by a few pixels.
    like = cv2.morphologyEx(like.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    _, labels = cv2.connectedComponents(like, connectivity=4)
    spots = np.round(at).astype(int).clip(0, [sight.shape[1] - 1, sight.shape[0] - 1])
    numbers = labels[spots[:, 1], spots[:, 0]]
    if not (numbers > 0).any():
        return ()
    region = labels == np.bincount(numbers[numbers > 0]).argmax()
    if region.sum() > _OF_BODY * (sight.plane > 0.5).sum():
        return ()
    region = cv2.dilate(region.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    rows, columns = np.flatnonzero(region.any(axis=1)), np.flatnonzero(region.any(axis=0))
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return painted(region[part], (int(columns[0]), int(rows[0])), False)


def floating(sight: Sight) -> list[Observation]:
    """No contact shadow under a subject on a new background, though its photo has one.

    In the strip right beneath the subject's foot (the lowest 15 % of its outline, downwards by 4 %
    of its height) the photo's own shadow, as the workbench would lift it, is at least GROUNDED
    dark, and of that less than half goes along. Measure: what is missing, 0 to 1. Only with a
    background; a subject that the frame cuts below does not stand.
    """
    if sight.background is None or sight.make_shadow is None:
        return []
    solid = sight.plane > 0.5
    rows = np.flatnonzero(solid.any(axis=1))
    if not rows.size or rows[-1] >= sight.shape[0] - 2:
        return []
    high = rows[-1] - rows[0] + 1
    reach = max(4, round(_STRIP * high))
    kernel = np.zeros((2 * reach + 1, 1), np.uint8)
    kernel[: reach + 1] = 1
    beneath = cv2.dilate(solid.astype(np.uint8), kernel).astype(bool) & (sight.plane < 0.05)
    beneath[: rows[-1] - round(0.15 * high)] = False
    if not beneath.any():
        return []
    own = sight.make_shadow()
    there = 0.0 if own is None else float(own[beneath].mean())
    kept = 0.0 if sight.shade is None else float(sight.shade[beneath].mean())
    if there < GROUNDED or kept >= 0.5 * there:
        return []
    ys, xs = np.nonzero(beneath)
    return [Observation(
        "floating", severity(there - kept, GROUNDED / 2), box_of(xs, ys, sight.shape), there - kept,
        "of the light", f"In its photo the subject stands in a shadow ({there:.0%} dark beneath "
        "it); on the new background it has none and floats.", (Remedy("shadow", {"mode": "keep"}),),
    )]  # fmt: skip


def light_mismatch(sight: Sight) -> list[Observation]:
    """The new background is lit otherwise than the subject's photo was: in brightness or colour.

    The light of a picture is the mean of its sixth power (Finlayson and Trezzi's shades of grey,
    CIC 2004, over linear values); the subject's is that of its photo's surroundings, times what was
    done to its own colours since. Measure: the larger of difference in exposure over STOPS and
    difference in the colour's ratios over CAST, from 1 on.
    """
    background = sight.background
    if background is None:
        return []
    solid, around = sight.plane > 0.95, sight.plane < 0.05
    if solid.sum() < 50 or around.sum() < 50:
        return []
    flat = background.reshape(-1, 3)
    if float(flat.std(axis=0).max()) < 0.02:
        return []  # a plain colour is no place with a light of its own
    change = _linear(sight.colours[solid]).mean(axis=0) / np.maximum(
        _linear(sight.photo[solid]).mean(axis=0), 1e-3)  # fmt: skip
    mine = _light(sight.photo[around]) * change
    theirs = _light(flat)
    times = theirs / np.maximum(mine, 1e-4)
    stops = float(np.log2(times.mean()))
    tint = np.log(times[[0, 2]] / times[1])
    measure = max(abs(stops) / STOPS, float(np.abs(tint).max()) / CAST)
    if measure < 1:
        return []
    ys, xs = np.nonzero(solid)
    said = [f"{abs(stops):.1f} stops {'brighter' if stops > 0 else 'darker'}"]
    said = said if abs(stops) >= STOPS else []
    for part, name in zip(tint, ("red", "blue"), strict=True):
        if abs(part) >= CAST:
            said.append(f"{'more' if part > 0 else 'less'} {name}")
    gains = ", ".join(f"{g:.2f}" for g in times)
    return [Observation(
        "light_mismatch", severity(measure, 0.5), box_of(xs, ys, sight.shape), measure,
        "of what shows", f"The background's light is {' and '.join(said)} than that of the "
        f"subject's photo: multiply its linear red, green and blue by {gains}, or choose another.",
        (Remedy("light", {"gains": tuple(float(g) for g in times)}),),
    )]  # fmt: skip


def _light(colours: np.ndarray) -> np.ndarray:
    """(3,) linear: the colour of the light, with its strength."""
    picked = colours[:: max(1, len(colours) // 50_000)]
    return (_linear(picked) ** 6).mean(axis=0) ** (1 / 6)


def _linear(colours: np.ndarray) -> np.ndarray:
    low = colours / 12.92
    return np.where(colours <= 0.04045, low, ((colours + 0.055) / 1.055) ** 2.4).astype(np.float64)
