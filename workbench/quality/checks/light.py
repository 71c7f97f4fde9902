"""Light and shadow: a shadow half kept, and light unlike the new background's."""

from __future__ import annotations

import cv2
import numpy as np

from ...lighting import LEAST, between, gains_of, in_stops, to_linear
from .judged import Judge
from .observation import Observation, Remedy, box_of, setting, severity
from .outline import SECTION, Outline, bridged, running, stretches
from .sight import Sight
from .strokes import painted_within

DARK = 0.15
"""Of its light that the ground has lost, in one colour, where it counts as in shadow."""

REACHED = 0.4
"""Of the change from shadow to lit ground, what is over 7 px outside of the outline at least."""

JUDGE = Judge(
    {"tint": -9.725, "uneven": -2.924, "sharp": -2.423, "usual": -3.008, "texture": -1.228,
     "change": -5.617, "deeper": -3.98},
    bias=4.167, sure=2.5,
)  # fmt: skip
"""Of ``rim_of_shadow``'s measures."""

LIGHT = "light_exposure", "light_warmth", "light_tint"
"""The settings that say in which light the subject's colours are."""

STOPS = 0.5
"""Difference in exposure, in stops, between the subject's photo and the new background."""

CAST = 0.1
"""Difference in colour of the light: of the ratios red : green and blue : green."""

_BLACK = 0.8  # of its light: what is darker is no shadow
_ALIKE = 0.12  # in any channel of sRGB: of one shadow
_UNLIKE = 0.2  # in any channel: of something else
_STRIP = 6  # px beside the rim
_OF_BODY = 0.2  # of what is kept, that its shadow may be
_MOST = 3
_ACROSS = np.arange(-20, 15).astype(np.float32)  # px: from lit ground to deep inside
_MEAN = 25  # points that are averaged over
_TEXTURE = 9  # points: what is finer is texture
_ENOUGH = 0.4  # of the points of a window, that can be judged
_LITTLE = 0.004  # of sRGB: the texture of what has none
_LONG = 3 * SECTION  # points of a rim
_GAP = 6  # points in a row that may be otherwise


def shadow_half_kept(sight: Sight) -> list[Observation]:
    """A shadow on the ground kept as if it was the subject: the outline runs along its soft edge.

    What ``rim_of_shadow`` measures is judged together (``JUDGE``) along SECTION points, gaps of
    _GAP points bridged, where 3 to 6 px inside the photo is darker than the ground 9 to 20 px
    outside by DARK and more, and not black. Measure: how much darker, 0 to 1; a rim shorter
    than _LONG points is less severe, by a half at most.
    """
    outline = sight.outline
    if outline is None:
        return []
    measures, lost, inner, told = rim_of_shadow(sight, outline)
    lines = outline.lines
    flagged = (JUDGE(measures) >= 0) & told & (lost >= DARK) & (lost <= _BLACK)
    found = []
    for run in stretches(bridged(flagged, lines, _GAP), lines)[:_MOST]:
        at = outline.points[run]
        if len(at) < SECTION:
            continue
        measure = float(lost[run].mean())
        found.append(Observation(
            "shadow_half_kept", severity(measure * (0.5 + 0.5 * min(1, len(at) / _LONG)), DARK / 2),
            box_of(at[:, 0], at[:, 1], sight.shape, 3), measure, "of the ground's light",
            f"The edge runs along the soft rim of a shadow ({measure:.0%} darker than the ground "
            "beside it): a part of it is kept as if it was the subject.",
            (*_shadow_within(sight, at, inner[run]),
             Remedy("shadow", {"mode": "lift"})),
        ))  # fmt: skip
    return found


def rim_of_shadow(
    sight: Sight, outline: Outline
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray, np.ndarray]:
    """What tells a shadow on the ground, just inside of the outline, from a darker thing.

    As means over _MEAN points along the outline, of the points opaque 3 to 5 px inside and clear
    outside; "inside" is 3 to 6 px in, "the ground" what is clear from 9 to 20 px out, and "the
    change" the distance in sRGB between the two. All are (n,):

    - ``tint``: how far inside is off the ground's colour made as dark, in parts of the ground;
    - ``uneven``: how differently red, green and blue lost light (standard deviation of logarithms);
    - ``sharp``: each point's steepest change a pixel, within 4 px, by the change (logarithm);
    - ``usual``: the steepest of the averaged profile by what is usual along this outline;
    - ``texture``: the fine pattern inside by that of the ground made as dark (logarithm): a shadow
      keeps it;
    - ``change``: the change;
    - ``deeper``: how far 8 to 14 px inside, where that is kept as well, is from inside.

    Returns:
        These; how much of the ground's light is lost inside; inside's colour (n, 3); and where this
        is a rim at all: with enough to measure, and REACHED of the change over 7 px outside.
    """
    lines = outline.lines
    photo, alpha = outline.sample(sight.photo, _ACROSS), outline.sample(sight.plane, _ACROSS)

    def taps(low: float, high: float) -> np.ndarray:
        return (low <= _ACROSS) & (high >= _ACROSS)

    def part(where: np.ndarray, of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean colour of each point's taps in a part where something holds; and their number."""
        number = of[:, where].sum(axis=1)
        total = (photo[:, where] * of[:, where, None]).sum(axis=1)
        return total / np.maximum(number, 1)[:, None], number

    within, _ = part(taps(3, 6), alpha > 0.5)
    beyond, clear = part(taps(-20, -9), alpha < 0.05)
    deep, kept = part(taps(8, 14), alpha > 0.5)
    good = (alpha[:, taps(-8, -4)].max(axis=1) < 0.1) & (alpha[:, taps(3, 5)].min(axis=1) > 0.5)
    good &= clear >= 4

    def mean(values: np.ndarray, size: int = _MEAN) -> np.ndarray:
        return running(values, good, lines, size)[0]

    inner, ground = mean(within), mean(beyond)
    told = running(within, good, lines, _MEAN)[1] >= _ENOUGH
    way = ground - inner
    change = np.linalg.norm(way, axis=1)
    power = np.maximum((ground**2).sum(axis=1), 1e-3)
    left = (inner * ground).sum(axis=1) / power
    gradient = np.linalg.norm(photo[:, 2:] - photo[:, :-2], axis=2) / 2
    sharp = mean(gradient[:, taps(-4, 4)[1:-1]].max(axis=1)) / np.maximum(change, 0.01)
    profile = np.einsum("ntc,nc->nt", mean(photo) - inner[:, None], way)
    profile /= np.maximum(change**2, 1e-4)[:, None]
    # A subject that was cut is darker than the ground as well, but its edge lies farther out.
    told &= profile[:, taps(-8, -7)].mean(axis=1) >= REACHED
    steep = np.abs(np.diff(profile[:, taps(-6, 6)], axis=1)).max(axis=1)
    usual = max(float(np.median(steep[good])), 1e-3) if good.any() else 1.0
    lost = np.log(np.maximum(ground, 0.02)) - np.log(np.maximum(inner, 0.02))
    reaches = running(deep, good & (kept > 3), lines, _MEAN)
    fine = [
        np.sqrt(np.maximum(mean(((one - mean(one, _TEXTURE)) ** 2).sum(axis=1)), 0))
        for one in (photo[:, _ACROSS == 4][:, 0], photo[:, _ACROSS == -10][:, 0])
    ]
    measures = {
        "tint": np.linalg.norm(inner - left[:, None] * ground, axis=1) / np.sqrt(power),
        "uneven": lost.std(axis=1),
        "sharp": np.log(sharp + 0.01),
        "usual": steep / usual,
        "texture": np.log((fine[0] + _LITTLE) / (np.clip(left, 0.05, 2) * fine[1] + _LITTLE)),
        "change": change,
        "deeper": np.linalg.norm(reaches[0] - inner, axis=1) * (reaches[1] > 0.3),
    }
    return measures, 1 - left, inner, told


def _shadow_within(sight: Sight, at: np.ndarray, shades: np.ndarray) -> tuple[Remedy, ...]:
    """Strokes over what is kept of a shadow; none where that is so much that it must be a subject.

    Of what is kept, the strip beside the rim is shadow, and subject is what is unlike the shade of
    the nearest point of the rim (sRGB, _UNLIKE in any channel). What lies between belongs to the
    one from which the photo leads there without an edge (watershed of its gradient: Meyer, 1994).

    Args:
        sight: what is looked at.
        at: (n, 2) points of the rim, x and y. shades: (n, 3) sRGB, just inside of each.
    """
    kept = sight.plane > 0.1
    rim = np.ones(sight.shape, np.uint8)
    spots = np.round(at).astype(int).clip(0, [sight.shape[1] - 1, sight.shape[0] - 1])
    rim[spots[:, 1], spots[:, 0]] = 0
    away, nearest = cv2.distanceTransformWithLabels(
        rim, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    of = np.zeros((int(nearest.max()) + 1, 3), np.float32)
    of[nearest[spots[:, 1], spots[:, 0]]] = shades
    unlike = np.abs(sight.photo - of[nearest]).max(axis=2)
    shadow = (away <= _STRIP) & kept & (unlike < _ALIKE)
    body = kept & (away > _STRIP) & (unlike > _UNLIKE)
    body = cv2.morphologyEx(body.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    if not shadow.any() or not body.any():
        return ()
    markers = np.where(shadow, 1, np.where(body, 2, 0)).astype(np.int32)
    from skimage.segmentation import watershed  # a third of a second, and seldom asked

    photo = cv2.GaussianBlur(sight.photo, (0, 0), 1.0)
    region = watershed(_gradient(photo), markers, mask=kept) == 1
    if region.sum() > _OF_BODY * (sight.plane > 0.5).sum():
        return ()
    rows, columns = np.flatnonzero(region.any(axis=1)), np.flatnonzero(region.any(axis=0))
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return painted_within(region[part], (int(columns[0]), int(rows[0])), False)


def _gradient(photo: np.ndarray) -> np.ndarray:
    """(H, W) the steepest change a pixel in any channel."""
    return np.max([
        np.hypot(cv2.Sobel(c, cv2.CV_32F, 1, 0), cv2.Sobel(c, cv2.CV_32F, 0, 1))
        for c in cv2.split(photo)
    ], axis=0)  # fmt: skip


def light_mismatch(sight: Sight) -> list[Observation]:
    """The new background is lit otherwise than the subject's photo was: in brightness or colour.

    The light of a picture is that of ``lighting.light_of``; the subject's is that of its photo's
    surroundings, times what was done to its own colours since. Measure: the larger of difference in
    exposure over STOPS and difference in the colour's ratios over CAST, from 1 on.
    """
    background = sight.background
    if background is None:
        return []
    solid = sight.plane > 0.95
    if float(background.reshape(-1, 3).std(axis=0).max()) < 0.02:
        return []  # a plain colour is no place with a light of its own
    gains = between(sight.photo, sight.plane, background) if solid.sum() >= LEAST else None
    if gains is None:
        return []
    times = gains / _changed(sight, solid)
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
    words = ", ".join(f"{g:.2f}" for g in times)
    light = dict(zip(LIGHT, (round(v, 2) for v in in_stops(gains)), strict=True))
    return [Observation(
        "light_mismatch", severity(measure, 0.5), box_of(xs, ys, sight.shape), measure,
        "of what shows", f"The background's light is {' and '.join(said)} than that of the "
        f"subject's photo: multiply its linear red, green and blue by {words}, or choose another.",
        (setting(**light),) if sight.settings else (),
    )]  # fmt: skip


def _changed(sight: Sight, solid: np.ndarray) -> np.ndarray:
    """(3,) by what the subject's linear colours were multiplied since they were photographed: as
    the settings say, or, of colours from elsewhere, as they show."""
    if sight.settings:
        return gains_of(*(sight.in_force(name) for name in LIGHT))
    now, then = (
        to_linear(colours[solid]).mean(axis=0, dtype=np.float64)
        for colours in (sight.colours, sight.photo)
    )
    return np.maximum(now, 1e-4) / np.maximum(then, 1e-3)
