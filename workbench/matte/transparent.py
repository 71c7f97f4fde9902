"""Transparent things: the picture through the glass is taken off, the glass itself is kept.

Glass over a background B shows T·B + R: what it lets through, and what it adds (its own
reflections). A matte says the same as α F + (1 − α) B with one α. On one photo many pairs (α, F)
fit; the one with the least α lets all of a new background through that the photo allows: tints
stay as darkening, highlights as light that is added (a small α with a bright F).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..arrays import check_image, check_plane, to_float
from ..errors import ArrayError, InputError
from ..notes import REPLACE, Note
from ..surround import grain_of, surround
from ..unmix import least_opacity, uncovered

DOUBT = 0.5
"""A background guessed with less confidence than this is not one to unmix from: replace it."""

BENT = 0.5
"""The share of a patterned background seen displaced from which glass counts as refracting."""

_SMOOTH = 1.0  # pixels: differences are told from grain after a blur of this σ
_GRAIN = 6.0  # times the grain left by that blur: what is less is the background itself
_DARKER = 0.25  # of what a channel gains, that another may lose until it is no added light
_FULL = 12.0  # … and what is more is the glass, in full
_ROOM = 0.25  # reckoned to be left up to white, see ``least_opacity``
_MATCH = 0.8, 1.25  # a plate's exposure may differ by this much from the photo's
_RING = 12  # pixels around the region that a plate is compared in
_PATTERN = 0.02  # contrast (sRGB, 0–1) of a background from which it is patterned
_WINDOW = 15  # pixels a side that patterns are compared over
_ALIKE = 0.5  # their correlation, from which one is the other seen through


@dataclass(frozen=True, eq=False)
class Transparent:
    """A transparent region unmixed from its background.

    Attributes:
        alpha: (H, W) float32 in [0, 1]; where the region's weight is 0, the sure mask's.
        colours: (H, W, 3) float32 in [0, 1], straight; the photo's to the bit outside the region
            and where alpha is 1.
        background: (H, W, 3) float32, what was taken to lie behind; the photo outside the region.
        confidence: how far that is to be trusted, 0 to 1: 1 for a plate or a colour that agrees
            with the surroundings; for an estimate see ``surround.Surround``.
        error: how far, in sRGB values 0–1, the surroundings are from what was expected of them.
        refraction: of a patterned background, the share of the region that shows the pattern
            displaced or bent, 0 to 1; 0 for a plain one, where it cannot be told.
        replace: whether the advice is to replace the background behind the glass (in the studio,
            or by ``replaced``) in place of removing it.
        notes: what was done and advised, one plain sentence each.
    """

    alpha: np.ndarray
    colours: np.ndarray
    background: np.ndarray
    confidence: float
    error: float
    refraction: float
    replace: bool
    notes: tuple[str, ...]


def transparent(
    image: Any,
    region: Any,
    background: Any = None,
    mask: Any = None,
    avoid: Any = None,
    highlights: float = 1.0,
) -> Transparent:
    """Alpha and colours of glass, water, film or a veil, such that the picture through it goes.

    The least opacity over the background for which the colour that remains is one
    (``unmix.least_opacity``). Over the same background the result composes to the photo again,
    up to the grain; a gleam in front of something lighter than 0.75 up to 0.06 dimmer. What cannot
    be told from the background's own grain is exactly 0.

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        region: (H, W) weight in [0, 1]: where the transparent thing is, loosely; background that
            it takes in becomes alpha 0. Weights between are a soft seam, alpha falls with them.
        background: what lies behind: a plate, (H, W, 3) as the image (the same view without the
            thing; its exposure is matched around the region); a colour, three numbers in 0..255;
            or None to guess it from around the region.
        mask: (H, W) in [0, 1], what is surely opaque (a cap, a label): alpha is at least this.
        avoid: (H, W) in [0, 1], what around the region is not background (other subjects): half
            and more is not looked at.
        highlights: 0 to 1, how much of the light that the glass adds is kept.

    Returns:
        The parts; ``notes`` say how well the background is known.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range. InputError: a bad value.
    """
    picture = check_image(image)
    shape = picture.shape[:2]
    weight = check_plane(region, shape, "region")
    sure = np.zeros(shape, np.float32) if mask is None else check_plane(mask, shape)
    other = None if avoid is None else check_plane(avoid, shape, "avoid") >= 0.5
    if not (isinstance(highlights, (int, float)) and 0 <= highlights <= 1):
        raise InputError(f"expected highlights in 0..1, got {highlights!r}")
    given = None if background is None else _behind(background, picture.shape)
    colours = np.array(to_float(picture), np.float32)
    behind, alpha = colours.copy(), sure.copy()
    inside = weight > 0
    if not inside.any():
        return Transparent(
            alpha, colours, behind, 1.0, 0.0, 0.0, False, ("The transparent region is empty.",)
        )
    closed = sure >= 1
    blocked = closed if other is None else closed | other
    if given is None:
        around = surround(picture, inside, blocked)
        # The surroundings are guessed from afar; what follows needs the region and a rim of it.
        crop = _near(inside)
        rim = _within(crop, around.crop)
        known, estimate = around.known[rim], around.estimate[rim]
        confidence, error, patterned = around.confidence, around.error, False
        notes = [_guessed(confidence, error)]
    else:
        crop = _near(inside)
        known = ~inside[crop] & ~blocked[crop]
        patterned = given.shape == picture.shape
        estimate = np.broadcast_to(given, picture.shape)[crop].astype(np.float32)
        estimate, matched = _matched(colours[crop], estimate, known, patterned)
        error = _disagreement(colours[crop], estimate, known)
        # Nothing around the region to compare with: one's word is taken.
        confidence = min(max((0.16 - error) / (0.16 - 0.04), 0.0), 1.0)
        notes = matched
        if confidence < DOUBT:
            notes.append(
                f"Around the region the photo differs from the background given by {error:.2f} "
                "(sRGB, 0–1): it may be another view or another light."
            )
    part = colours[crop]
    grain = max(grain_of(part, known), grain_of(part - estimate, known))
    shown, gate = _told_apart(part - estimate, known, grain, highlights)
    share = least_opacity(np.clip(estimate + shown, 0, 1), estimate, _ROOM) * gate
    bent = _refraction(part, estimate, inside[crop], closed[crop]) if patterned else 0.0
    # The seam fades the matte, not its colours: those are what full weight would give.
    full = np.maximum(share, sure[crop])
    kept = part if highlights == 1 else np.clip(estimate + shown, 0, 1)
    there = inside[crop]
    colours[crop][there] = uncovered(kept, estimate, full)[there]
    alpha[crop] = np.where(there, np.maximum(share * weight[crop], sure[crop]), sure[crop])
    behind[crop][there] = estimate[there]
    colours[closed] = to_float(picture[closed])
    replace = confidence < DOUBT or bent >= BENT
    notes += _advice(confidence, error, bent)
    return Transparent(alpha, colours, behind, confidence, error, bent, replace, tuple(notes))


def replaced(image: Any, result: Transparent, background: Any, region: Any) -> np.ndarray:
    """The photo with another background behind the glass, its refraction and gleam kept.

    What comes through the glass changes by (1 − α)(new − old); everything else in the photo, bent
    lines and reflections too, stays where it is. This is the way out where the matte is not to be
    trusted: it never shows more wrong than the difference between the two backgrounds, so choose
    one like the old one.

    Args:
        image: (H, W, 3), the photo that ``result`` was made from.
        result: as ``transparent`` gives it.
        background: (H, W, 3) as the image, or a colour of three numbers in 0..255.
        region: (H, W) in [0, 1], as handed to ``transparent``: nothing changes outside.

    Returns:
        (H, W, 3) float32 in [0, 1].

    Raises:
        ArrayError: an array has the wrong shape, dtype or range. InputError: a bad colour.
    """
    picture = check_image(image)
    weight = check_plane(region, picture.shape[:2], "region")
    if result.alpha.shape != weight.shape:
        raise ArrayError(f"expected a result of shape {weight.shape}, got {result.alpha.shape}")
    new = _behind(background, picture.shape)
    through = ((1 - result.alpha) * weight)[..., None]
    changed = to_float(picture) + through * (new - result.background)
    return np.clip(changed, 0, 1).astype(np.float32)


def likely_transparency(
    image: Any, region: Any, background: Any = None, avoid: Any = None
) -> float:
    """How likely the background shows through: a share of the region, 0 to 1.

    Over a plain background (or a known one): the share of the region whose least opacity is below
    a half but whose colour is not the background's own (that is a hole), times the confidence of
    the background. A thing that is nearly of the background's colour looks the same to this
    measure; it asks for a look, it does not prove.
    Over a busy background that is not known: whether the colours just inside the region's contour
    follow those just outside along it, as they do behind glass and never do beside a solid thing;
    their correlation.

    Args:
        image: (H, W, 3). region: (H, W) in [0, 1], the thing in question, with a hard edge.
        background: as for ``transparent``. avoid: as for ``transparent``.

    Returns:
        0 to 1; 0 for an empty region, or one that leaves nothing around it.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range. InputError: a bad colour.
    """
    picture = check_image(image)
    inside = check_plane(region, picture.shape[:2], "region") >= 0.5
    if not inside.any() or inside.all():
        return 0.0
    found = transparent(picture, inside, background, avoid=avoid)
    alpha = found.alpha[inside]
    by_colour = float(((alpha > 0) & (alpha < 0.5)).mean()) * found.confidence
    if background is not None:
        return by_colour
    return max(by_colour, (1 - found.confidence) * _continuity(picture, inside))


def _behind(background: Any, shape: tuple[int, ...]) -> np.ndarray:
    """A plate as float32 (H, W, 3), or a colour as float32 (3,) in [0, 1]."""
    array = np.asarray(background)
    if array.ndim == 3:
        plate = check_image(array, "background")
        if plate.shape != shape:
            raise ArrayError(f"expected background of shape {shape}, got {plate.shape}")
        return to_float(plate)
    try:
        colour = array.astype(np.float32)
    except (TypeError, ValueError):
        colour = np.zeros(0, np.float32)
    if colour.shape != (3,) or not ((colour >= 0) & (colour <= 255)).all():
        raise InputError(
            "expected a background of shape (H, W, 3) or a colour (red, green, blue) in 0..255, "
            f"got {background!r:.60}"
        )
    return colour / np.float32(255)


def _near(inside: np.ndarray) -> tuple[slice, slice]:
    y, x = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return (
        slice(max(0, int(y[0]) - _RING), int(y[-1]) + 1 + _RING),
        slice(max(0, int(x[0]) - _RING), int(x[-1]) + 1 + _RING),
    )


def _within(part: tuple[slice, slice], whole: tuple[slice, slice]) -> tuple[slice, slice]:
    """Rows and columns of a part of the photo, counted from those of a larger part."""
    rows, columns = (
        slice(n.start - m.start, n.stop - m.start) for n, m in zip(part, whole, strict=True)
    )
    return rows, columns


def _matched(
    part: np.ndarray, estimate: np.ndarray, known: np.ndarray, plate: bool
) -> tuple[np.ndarray, list[str]]:
    """The plate at the photo's exposure, channel by channel, and a sentence when that changed it.

    A colour given is taken at its word.
    """
    if not plate or np.count_nonzero(known) < 64:
        return estimate, []
    seen, there = part[known], estimate[known]
    gains = np.ones(3, np.float32)
    for channel in range(3):
        useful = (there[:, channel] > 0.04) & (seen[:, channel] < 0.98)
        if np.count_nonzero(useful) >= 64:
            ratio = float(np.median(seen[useful, channel] / there[useful, channel]))
            if _MATCH[0] <= ratio <= _MATCH[1] and abs(ratio - 1) > 0.01:
                gains[channel] = ratio
    if (gains == 1).all():
        return estimate, []
    said = ", ".join(f"{gain - 1:+.0%}" for gain in gains)
    note = f"The background's exposure was matched to the photo's (red, green, blue {said})."
    return np.clip(estimate * gains, 0, 1), [note]


def _disagreement(part: np.ndarray, estimate: np.ndarray, known: np.ndarray) -> float:
    """Median distance of the surroundings from what was expected of them, sRGB 0–1."""
    if np.count_nonzero(known) < 64:
        return 0.0
    miss = part[known] - estimate[known]
    return float(np.median(np.sqrt((miss**2).mean(axis=1))))


def _told_apart(
    difference: np.ndarray, known: np.ndarray, grain: float, highlights: float
) -> tuple[np.ndarray, np.ndarray]:
    """The difference to the background without its grain, and where there is one at all (0–1)."""
    smooth = cv2.GaussianBlur(difference, (0, 0), _SMOOTH, borderType=cv2.BORDER_REFLECT_101)
    # White noise keeps 1/(2√π σ) of itself under the blur; JPEG's and a plate's own keeps more,
    # so the surroundings have their say. An 8-bit step is the least that is ever there.
    left = max(grain, 0.3 / 255) / (2 * np.sqrt(np.pi) * _SMOOTH)
    if np.count_nonzero(known) >= 64:
        seen = 1.4826 * float(np.median(np.abs(smooth[known])))
        left = min(max(left, seen), 4 * left)
    size = np.abs(smooth).max(axis=2)
    gate = np.clip((size - _GRAIN * left) / ((_FULL - _GRAIN) * left), 0, 1)
    gate = gate * gate * (3 - 2 * gate)
    shown = difference
    if grain > 0.5 / 255:
        # Each channel's grain would push α up, never down: it is the largest of six bounds.
        shown = cv2.bilateralFilter(difference, 5, 4 * grain, 1.5)
    if highlights < 1:
        # Light that is added makes no channel darker, so what a coloured glass adds in one
        # channel is kept with its tint. Told from neighbours and by degrees: grain around such
        # a limit would leave specks of light.
        most = np.maximum(np.abs(smooth).max(axis=2), 1e-6)
        added = np.clip(1 + smooth.min(axis=2) / (_DARKER * most), 0, 1)
        shown = shown * (1 - added * (1 - np.float32(highlights)))[..., None]
    return shown, gate


def _refraction(
    part: np.ndarray, estimate: np.ndarray, inside: np.ndarray, closed: np.ndarray
) -> float:
    """The share of patterned windows where the photo has a pattern, but not the background's."""
    here = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    there = cv2.cvtColor(np.ascontiguousarray(estimate), cv2.COLOR_RGB2GRAY)

    def mean(plane: np.ndarray) -> np.ndarray:
        return cv2.blur(plane, (_WINDOW, _WINDOW), borderType=cv2.BORDER_REFLECT_101)

    here, there = here - mean(here), there - mean(there)
    power, pattern = mean(here * here), mean(there * there)
    likeness = mean(here * there) / np.sqrt(np.maximum(power * pattern, 1e-12))
    asked = inside & ~closed & (pattern > _PATTERN**2)
    if np.count_nonzero(asked) < _WINDOW**2:
        return 0.0
    # A pattern that is fainter than a fifth may be hidden by the glass, not bent by it.
    bent = (likeness < _ALIKE) & (power > 0.04 * pattern)
    return float(bent[asked].mean())


def _continuity(picture: np.ndarray, inside: np.ndarray) -> float:
    """How well the colours just inside the contour follow those just outside, 0 to 1."""
    mask = inside.astype(np.uint8)
    within = cv2.distanceTransform(np.pad(mask, 1), cv2.DIST_L2, cv2.DIST_MASK_5)[1:-1, 1:-1]
    without = cv2.distanceTransform(1 - mask, cv2.DIST_L2, cv2.DIST_MASK_5)
    step = min(8.0, float(within.max()) / 2)
    if step < 2:
        return 0.0
    signed = cv2.GaussianBlur(within - without, (0, 0), 2)
    grey = cv2.GaussianBlur(to_float(picture).mean(axis=2), (0, 0), 1)
    y, x = np.nonzero((without > 0) & (without <= 1))
    down, across = np.gradient(signed)
    length = np.maximum(np.hypot(down, across), 1e-6)
    ny, nx = (down / length)[y, x], (across / length)[y, x]

    def along(distance: float) -> np.ndarray:
        rows, columns = y + distance * ny, x + distance * nx
        return cv2.remap(
            grey, columns.astype(np.float32), rows.astype(np.float32), cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ).ravel()  # fmt: skip

    outside, behind = along(-step / 2), along(step)
    if len(outside) < 32 or outside.std() < _PATTERN or behind.std() < 1e-4:
        return 0.0
    return max(0.0, float(np.corrcoef(outside, behind)[0, 1]))


def _guessed(confidence: float, error: float) -> str:
    return (
        f"The background was guessed from around the region, with confidence {confidence:.2f} "
        f"(it predicts its own surroundings to ±{error:.3f} of 1)."
    )


def _advice(confidence: float, error: float, bent: float) -> list[Note]:
    """In whose place the background should rather be replaced, with the measure that says so."""
    advice = []
    if confidence < DOUBT:
        busy = (
            f"The background is busy or unknown (error {error:.2f}, confidence {confidence:.2f} "
            f"of 1, {DOUBT} is asked for): do not remove it, replace it. Photograph the thing "
            "on a plain, evenly lit ground, or hand in a plate of the view without it."
        )
        advice.append(Note(busy, REPLACE, 1 - confidence))
    if bent >= BENT:
        displaced = (
            f"The glass bends what is behind it ({bent:.0%} of the pattern is displaced): what it "
            "shows cannot be taken off. Do not remove the background, replace it and keep the "
            "refraction."
        )
        advice.append(Note(displaced, REPLACE, 0.5 * bent))
    return advice
