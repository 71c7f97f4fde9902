"""What a view mode needs of a rendering: which masks and planes, and what is to be said of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from .. import drafting, views
from ..paint import Corrections
from ..planes import Part, Plane
from ..render import Render
from ..state import SubjectState
from .outlines import outlines

VIEW_MODES = (
    "Overlay",
    "Outline",
    "Onion skin",
    "Photo",
    "On black",
    "On white",
    "On colour",
    "On checkerboard",
    "Backgrounds",
    "Alpha",
    "Alpha curve",
    "Edge width",
    "Trimap",
    "Band",
    "Colours",
    "Composite",
    "Before and after",
    "Difference",
)
"""What the stage can show, in the order in which F goes through them."""

COMPARISONS = ("Off", "Side by side", "Flicker", "Divider")
"""How what is shown is held against the same of another document."""

COMPARABLE = (
    "Overlay", "Onion skin", "On black", "On white", "On colour", "On checkerboard", "Alpha",
    "Alpha curve", "Edge width", "Trimap", "Band", "Colours", "Composite",
)  # fmt: skip
"""The view modes that can be: the others are a comparison already, or lines that the page draws."""

PHOTO_MODES = ("Overlay", "Outline", "Onion skin", "Photo", "Difference")
"""Those that lie over the photo itself, so that prompts are drawn on them."""

BEHIND_MODES = ("Composite", "Before and after")
"""Those that show a background of one's choice; Backgrounds shows all of them."""

MASK_MODES = ("Overlay", "Outline", "Onion skin", "Photo")
"""Those that show the mask or less: the matte is not solved for them."""

ALL_OF_IT: Part = (slice(None), slice(None))
"""The part that is the whole photo."""

_DRAFTED = {
    "On black": "foreground",
    "On white": "foreground",
    "On colour": "foreground",
    "On checkerboard": "foreground",
    "Backgrounds": "foreground",
    "Alpha": "matte",
    "Alpha curve": "matte",
    "Trimap": "trimap",
    "Band": "trimap",
    "Colours": "foreground",
    "Composite": "foreground",
    "Before and after": "foreground",
}
# The modes that a draft is shown in, and the stage that they wait for.


@dataclass(frozen=True, eq=False)
class Look:
    """What a view mode needs of a rendering, at the photo's size.

    Attributes:
        mode: one of VIEW_MODES.
        subjects: the visible ones, front to back.
        planes: for each, its mask (Overlay, Onion skin), computed where it is in sight; or nothing.
        paths: the masks' outlines (Outline), [(n, 2) float32] of (x, y) in image coordinates, each
            closed by itself; the stage draws them as marching ants.
        painted: the current subject's corrections (Overlay, Outline), where there are any.
        difference: (H, W) float32 in [−1, 1], what came (+) and went (−), in that mode.
        scores, chosen: of the current subject's candidates.
        notes: what is to be said of it in words: what had to be repaired, how much came and went.
        warnings: what is worth a warning in the last answer, in words.
        alpha, trimap: (H, W) float32 in [0, 1], where the mode shows them.
        foreground: (H, W, 3) float32 in [0, 1], where the mode shows it.
        under: the kept or lifted shadows and reflections, as ``over.on_ground`` takes them.
        widths: (Edge width) the outline's points, (n, 2) float32 of (x, y) in image coordinates,
            and how wide the edge is there in px, (n,) float32; NaN for no plain edge.
        band: (Band) (H, W) uint8, 255 where the trimap of a visible subject leaves it unknown.
        rival: what it is held against, in the same mode; None for nothing.
        image: (H, W, 3) uint8, the photo, where it is a rival's of another session; else None.
        own: (Backgrounds) the photo's own background, blurred, (h, w, 3) float32 for all of it.
        draft: whether it is about so only, and the exact one is on its way.
    """

    mode: str
    subjects: tuple[SubjectState, ...] = ()
    planes: tuple[Plane, ...] = ()
    paths: tuple[np.ndarray, ...] = ()
    painted: Corrections | None = None
    difference: np.ndarray | None = None
    alpha: Plane | None = None
    trimap: Plane | None = None
    foreground: Plane | None = None
    under: Plane | None = None
    widths: tuple[np.ndarray, np.ndarray] | None = None
    band: Plane | None = None
    rival: Look | None = None
    image: np.ndarray | None = None
    own: np.ndarray | None = None
    scores: tuple[float, ...] = ()
    chosen: int = 0
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    draft: bool = False

    @property
    def overlaid(self) -> bool:
        """Whether ``overlay_picture`` has anything to show."""
        return bool(self.planes) or self.painted is not None or self.difference is not None


def look(
    rendering: Render, mode: str, current: str | None, *, before: Render | None = None,
    rough: bool = False,
) -> Look:  # fmt: skip
    """All that a view mode shows, computed here (in the worker) and only that.

    Args:
        rendering: of the document.
        mode: one of VIEW_MODES.
        current: the id of the current subject, whose candidates and trimap are shown; None where
            there is no subject at all.
        before: what Difference is told against, such as the document one edit earlier.
        rough: show masks that are being worked on as the model alone gives them; ask no model.
    """
    if current is None:
        return Look(mode)
    shown = rendering.visible
    now = rendering.subject(current)
    prediction = now.known_prediction if rough else now.prediction
    found = Look(
        mode,
        tuple(r.subject for r in shown),
        scores=() if prediction is None else tuple(float(s) for s in prediction.scores),
        chosen=now.subject.chain[-1].chosen if now.subject.chain else 0,
        warnings=tuple(finding.why for finding in now.known_findings),
    )
    if mode in ("Overlay", "Outline"):
        painted = now.corrections if now.subject.strokes and now in shown else None
        found = replace(found, painted=painted)
    if mode in ("Overlay", "Onion skin"):
        planes = (((r.rough_plane if rough else None) or r.corrected_plane) for r in shown)
        return replace(found, planes=tuple(planes))
    if mode == "Outline":
        return replace(found, paths=tuple(path for r in shown for path in outlines(r.corrected)))
    if mode == "Photo":
        return found
    if mode == "Difference":
        if before is None:
            return replace(found, notes=("no earlier edit to compare with",))
        now_and_then, masks = _comparable(rendering, before)
        return compared(*now_and_then, found, masks=masks)
    if mode == "Trimap":
        return replace(found, trimap=now.trimap, notes=now.notes)
    if mode == "Band":
        unknown = [r.trimap == 0.5 for r in shown]
        band = np.logical_or.reduce(unknown) if unknown else np.zeros_like(now.trimap, bool)
        words = f"the band is {band.mean():.1%} of the photo"
        return replace(found, band=band.astype(np.uint8) * np.uint8(255), notes=(words,))
    found = replace(
        found, alpha=rendering.alpha(), notes=tuple(note for r in shown for note in r.notes)
    )
    if mode in ("Alpha", "Alpha curve"):
        return found
    if mode == "Edge width":
        points, widths = views.edge_widths(found.alpha)
        known = widths[np.isfinite(widths)]
        words = f"edge {np.median(known):.1f} px wide" if len(known) else "no plain edge"
        return replace(found, widths=(points, widths), notes=(*found.notes, words))
    found = replace(found, foreground=rendering.foreground(), under=rendering.under())
    if mode == "Backgrounds" and found.alpha is not None and found.foreground is not None:
        whole = views.cut(now.bench.image, found.alpha, found.foreground)
        return replace(found, own=views.own_background(whole))
    return found


def _comparable(now: Render, before: Render) -> tuple[tuple[np.ndarray, np.ndarray], bool]:
    """What two renderings are compared by, (H, W) each: their masks, or where only later stages
    differ, their alphas; and whether it is masks.

    A click's difference is in its mask; to solve two mattes for it is waste.
    """
    keys = [[r.keys["corrected"] for r in each.visible] for each in (now, before)]
    if keys[0] == keys[1]:
        return (now.alpha(), before.alpha()), False
    planes = [[r.corrected for r in each.visible] for each in (now, before)]
    shape = next(plane.shape for some in planes for plane in some)  # the keys differ: there is one
    a, b = (np.maximum.reduce(some) if some else np.zeros(shape, np.float32) for some in planes)
    return (a, b), True


def compared(
    now: np.ndarray, before: np.ndarray, found: Look | None = None, *, masks: bool = True
) -> Look:
    """What came and what went between two masks or alphas, as a look in the mode Difference.

    Args:
        now, before: (H, W) float32 in [0, 1].
        found: the look that it is made part of; None for one of its own.
        masks: whether they are masks: then what counts in words is which pixels pass 0.5, and not
            how much surer a model is. Of alphas the opacity is summed.
    """
    difference = now - before
    if masks:
        inside, was = now >= 0.5, before >= 0.5
        came, went = float(np.count_nonzero(inside & ~was)), float(np.count_nonzero(was & ~inside))
    else:
        both, net = float(cv2.norm(difference, cv2.NORM_L1)), float(cv2.sumElems(difference)[0])
        came, went = (both + net) / 2, (both - net) / 2
    words = "no difference"
    if max(came, went) >= 0.5:
        said = [
            f"{what} {area:,.0f} px ({area / difference.size:.2%} of the photo)"
            for what, area in (("gained", came), ("lost", went))
            if area >= 0.5
        ]
        words = ", ".join(said)
    found = Look("Difference") if found is None else found
    return replace(found, difference=difference, notes=(*found.notes, words))


def first_look(
    rendering: Render, mode: str, current: str | None, part: Part = ALL_OF_IT
) -> Look | None:
    """What can be shown at once of an answer that takes longer; None where nothing does, or where
    the mode shows what has to be exact.

    A mask as the model alone gives it, or a draft of the matte (see ``drafting``).

    Args:
        rendering, mode, current: see ``look``.
        part: rows and columns of the photo that are in sight.
    """
    if current is None:
        return None
    if mode in ("Overlay", "Onion skin"):
        now = rendering.subject(current)
        if now not in rendering.visible or now.rough_plane is None:
            return None
        return look(rendering, mode, current, rough=True)
    needs, seen = _DRAFTED.get(mode), [one.subject.id for one in rendering.visible]
    if needs is None or current not in seen or drafting.soon(rendering, needs):
        return None
    # What fills the tiles of Backgrounds from the photo needs all of it.
    made = drafting.draft(rendering, ALL_OF_IT if mode == "Backgrounds" else part)
    found = look(made.rendering, mode, current, rough=True)
    planes: dict[str, Any] = {
        name: made.laid(plane)
        for name in ("alpha", "trimap", "foreground", "under", "band")
        if (plane := getattr(found, name)) is not None
    }
    return replace(found, draft=True, **planes)
