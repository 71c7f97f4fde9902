"""Light and shadow: a shadow half kept, and light unlike the new background's."""

from __future__ import annotations

import cv2
import numpy as np

from .observation import Observation, Remedy, box_of, severity
from .outline import SECTION, STEP, TAPS, bridged, running, stretches
from .sight import Sight
from .strokes import painted

SOFT = 0.25
"""Of the change from shadow to lit ground, the most in a pixel that is a shadow's soft rim."""

REACHED = 0.4
"""Of that change, what is over 7 px outside of the outline at least."""

DARK = 0.15
"""Of its light that the ground has lost, in one colour, where it counts as in shadow."""

TINT = 0.1
"""How far its colour may be off from that of the lit ground made as dark, in parts of the lit one:
a channel that has no light can lose none, and says nothing."""

STOPS = 0.5
"""Difference in exposure, in stops, between the subject's photo and the new background."""

CAST = 0.1
"""Difference in colour of the light: of the ratios red : green and blue : green."""

_BEYOND = np.arange(-20, -8, 2).astype(np.float32)  # px outside: the ground without the shadow
_BLACK = 0.8  # of its light: what is darker is no shadow
_ALIKE = 0.12  # in any channel of sRGB: of one shadow
_OF_BODY = 0.2  # of what is kept, that its shadow may be
_MOST = 3
_SHORT = 15  # points that are averaged over
_GAP = 6  # points in a row that may be otherwise


def shadow_half_kept(sight: Sight) -> list[Observation]:
    """A shadow on the ground kept as if it was the subject: the outline runs along its soft edge.

    As means over 15 points of the outline: inside (3 to 6 px) is darker than the ground beyond (8
    to 20 px outside, its median) by DARK and more, and of its colour to within TINT; and from
    the one to the other the photo nowhere changes by more than SOFT of the whole a pixel, nor by
    more than 0.7 of what is usual along the outline: a thing has a sharp edge, its shadow has
    none. REACHED of the change must be over 7 px outside: else it is not where the outline runs.
    Measure: how much darker, 0 to 1.
    """
    outline = sight.outline
    if outline is None:
        return []
    near = outline.alpha[:, (TAPS >= 3) & (TAPS <= 6)].min(axis=1)
    good = (outline.alpha[:, TAPS <= -4].max(axis=1) < 0.1) & (near > 0.5)
    if good.sum() < SECTION:
        return []
    lines = outline.lines

    def mean(values: np.ndarray) -> np.ndarray:
        each = [running(values[:, c], good, lines, _SHORT)[0] for c in range(values.shape[1])]
        return np.stack(each, axis=1)

    inner = mean(outline.image[:, (TAPS >= 3) & (TAPS <= 6)].mean(axis=1))
    ground = mean(np.median(outline.sample(sight.photo, _BEYOND), axis=1))
    clear = outline.sample(sight.plane, _BEYOND).max(axis=1) < 0.05
    way = ground - inner
    share = np.einsum("ntc,nc->nt", outline.image - inner[:, None], way)
    share = mean(share / np.maximum((way**2).sum(axis=1), 1e-4)[:, None])
    per = round(1 / STEP)
    across = np.abs(share[:, per:] - share[:, :-per])[:, np.abs(TAPS[per:] - 0.5) <= 5.5]
    steep = across.max(axis=1)
    power = np.maximum((ground**2).sum(axis=1), 1e-3)
    left = (inner * ground).sum(axis=1) / power
    tint = np.linalg.norm(inner - left[:, None] * ground, axis=1) / np.sqrt(power)
    lost = 1 - left
    _, count = running(lost, good, lines, _SHORT)
    flagged = (lost >= DARK) & (lost <= _BLACK) & (tint <= TINT) & clear & good
    # A subject that was cut is darker than the ground as well, but its edge lies farther out.
    flagged &= share[:, TAPS <= -7].mean(axis=1) >= REACHED
    flagged &= (steep <= min(SOFT, 0.7 * float(np.median(steep[good])))) & (count >= _SHORT / 2)
    found = []
    for run in stretches(bridged(flagged, lines, _GAP), lines)[:_MOST]:
        at = outline.points[run]
        if len(at) < SECTION:
            continue
        measure = float(lost[run].mean())
        shade = inner[run].mean(axis=0)
        found.append(Observation(
            "shadow_half_kept", severity(measure, DARK / 2),
            box_of(at[:, 0], at[:, 1], sight.shape, 3), measure, "of the ground's light",
            f"The edge runs along the soft rim of a shadow ({measure:.0%} darker than the ground "
            "beside it): a part of it is kept as if it was the subject.",
            (*_shadow_within(sight, at + 4 * outline.normals[run], shade),
             Remedy("shadow", {"mode": "lift"})),
        ))  # fmt: skip
    return found


def _shadow_within(sight: Sight, at: np.ndarray, shade: np.ndarray) -> tuple[Remedy, ...]:
    """Strokes over what is kept of a shadow: what hangs together with places in its colour. None
    where that is so much that it must be the subject."""
    like = np.abs(sight.photo - shade.astype(np.float32)).max(axis=2) < _ALIKE
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
