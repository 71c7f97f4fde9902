"""Why a matte went wrong, made visible: what the model read, meant, doubted, and had to go by.

Each function gives an Exhibit: a matplotlib figure, a sentence, and the numbers behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from ..arrays import check_image, check_plane, logit, to_float, to_uint8
from ..coordinates import Point
from ..errors import ArrayError, EditError, InputError
from ..progress import Progress, bar
from ..prompts import PromptSet
from ..quality.metrics import iou
from ..segment.base import Prediction, Viewing
from ..segment.regions import crop_of
from ..views import outline, overlay
from .exhibit import Exhibit, new_figure, put

if TYPE_CHECKING:
    from ..session import Session
    from ..subject import Subject

_DETAIL = 64  # side of the place that is shown pixel for pixel, at least
_DOUBT = 0.1, 0.9  # between these the model is not sure
FAINT = 10.0  # CIE76 difference across an edge below which it is hard to see
_BIN = 8.0  # of a colour histogram, in CIELAB
_OVER = (0, 114, 178)


def model_input(session: Session, subject: Subject | str | None = None) -> Exhibit:
    """The part of the photo that the model looked at, at the size that it read it.

    values: "scale", pixels of the photo to one that the model read, along the coarser axis.

    Raises:
        EditError: nothing was asked of a model yet.
    """
    one, answer = _answer(session, subject)
    image = session.image
    part, (left, top) = _part(image, answer)
    model = session.bench.segmenter(session.document.state().segmenter)
    size = answer.logits.shape[:0:-1]  # (w, h), where a model does not say what it read
    read = model.view(part) if isinstance(model, Viewing) else cv2.resize(part, size)
    steps = part.shape[0] / read.shape[0], part.shape[1] / read.shape[1]
    scale = max(steps)
    words = (
        f"{session.segmenter} read this part, {part.shape[1]} × {part.shape[0]} px of the photo, "
        f"as {read.shape[1]} × {read.shape[0]} px. "
    )
    words += (
        f"One pixel that it read is {scale:.1f} px of the photo: what is thinner than that, it "
        "has hardly seen."
        if scale > 1.05
        else "So it read every pixel of the photo; what it lost, it lost further on."
    )
    # The place where the matte is softest, or its edge where it is soft nowhere.
    alpha = session.alpha(one)[top : top + part.shape[0], left : left + part.shape[1]]
    y0, x0, side = _busiest(alpha)
    figure = new_figure(3, words, image.shape[:2])
    axes = figure.subplots(1, 3)
    marked = image.copy()
    for box, colour in (
        ((left, top, left + part.shape[1], top + part.shape[0]), (255, 255, 255)),
        ((left + x0, top + y0, left + x0 + side, top + y0 + side), (255, 176, 0)),
    ):
        thick = max(1, max(image.shape) // 240)
        cv2.rectangle(marked, (box[0], box[1]), (box[2] - 1, box[3] - 1), (0, 0, 0), 3 * thick)
        cv2.rectangle(marked, (box[0], box[1]), (box[2] - 1, box[3] - 1), colour, thick)
    put(axes[0], marked, "The photo; what was looked at (white)", smooth=True)
    put(axes[1], part[y0 : y0 + side, x0 : x0 + side], "The yellow place in the photo")
    cut = [round(v) for v in (y0 / steps[0], (y0 + side) / steps[0],
                              x0 / steps[1], (x0 + side) / steps[1])]  # fmt: skip
    detail = read[cut[0] : max(cut[1], cut[0] + 1), cut[2] : max(cut[3], cut[2] + 1)]
    put(axes[2], detail, "The same place as the model read it", aspect=steps[0] / steps[1])
    return Exhibit(words, {"scale": scale}, figure)


def candidates(
    session: Session,
    at: Point | None = None,
    truth: Any = None,
    progress: Progress | None = None,
) -> Exhibit:
    """What one click may mean: the model's candidates and its own scores, up to three.

    It is asked on the side; no edit is made.

    Args:
        session: whose photo and model.
        at: (x, y) in image pixels; by default the current subject's first keep click, else the
            middle of its box.
        truth: (H, W), to tell each candidate's IoU with it.
        progress: while the photo is looked at; by default a bar shows after a second.

    values: "candidates", how many there are; "best", the best's score; with a truth "iou", the
    best's own, and "best_iou", the largest.

    Raises:
        EditError: no click and no box to take the place from.
    """
    if at is None:
        at = _asked_at(session.subject())
    image = session.image
    with bar("candidates", progress is None, after=1.0) as own:
        model = session.bench.segmenter(session.document.state().segmenter, progress or own)
        embedding = session.bench.embedding(model, progress or own)
    answer = model.predict(embedding, PromptSet(points=(at,), labels=(1,)).checked(image.shape[:2]))
    count = len(answer.masks)
    values: dict[str, float] = {"candidates": count, "best": float(answer.scores[0])}
    scores = [f"{score:.2f}" for score in answer.scores]
    masks = list(answer.masks)
    right = [] if truth is None else [iou(mask, truth) for mask in masks]
    words = (
        f"One click at ({at[0]:.0f}, {at[1]:.0f}): {session.segmenter} gives "
        + ("one candidate, " if count == 1 else f"{count} candidates, ")
        + f"which it scores {', '.join(scores)} itself."
    )
    if right:
        values |= {"iou": right[0], "best_iou": max(right)}
        words += f" Beside the truth they come to an IoU of {', '.join(f'{v:.2f}' for v in right)}."
    figure = new_figure(count + 1, words, image.shape[:2])
    asked = figure.add_subplot(1, count + 1, 1)
    put(asked, image, "The click", smooth=True)
    asked.plot(*at, "o", ms=7, mfc="white", mec="black")
    for n, mask in enumerate(masks):
        axes = figure.add_subplot(1, count + 1, n + 2)
        told = f"Candidate {n}: score {scores[n]}"
        told += f", IoU {right[n]:.2f}" if right else ""
        put(axes, _outlined(overlay(image, mask, _OVER, 0.45), mask), told, smooth=True)
    return Exhibit(words, values, figure)


def uncertainty(session: Session, subject: Subject | str | None = None) -> Exhibit:
    """Where the model's logits are near 0: where it would have said the other with little more.

    Shown is the mask that was made of them at the photo's size, as logits again.

    values: "unsure", the pixels between 0.1 and 0.9 as a share of those above 0.5.

    Raises:
        EditError: nothing was asked of a model yet.
    """
    _, answer = _answer(session, subject)
    image = session.image
    whole = answer.masks[0]
    unsure = (whole > _DOUBT[0]) & (whole < _DOUBT[1])
    inside = whole > 0.5
    share = float(unsure.sum()) / max(int(inside.sum()), 1)
    words = (
        f"Between 10 and 90 % sure: {share:.0%} as many pixels as the mask has. "
        "A narrow seam along the outline is how it should be; a wide or branching one is where a "
        "click would decide."
    )
    figure = new_figure(2, words, image.shape[:2])
    left_axes, right_axes = figure.subplots(1, 2)
    put(left_axes, _outlined(to_uint8(0.5 + 0.5 * to_float(image)), whole), "Its outline", True)
    tall, wide = answer.logits.shape[1:]
    title = f"Its mask, of {wide} × {tall} logits: 0 is undecided"
    shown = put(right_axes, logit(whole), title, True, cmap="PuOr", vmin=-6, vmax=6)
    figure.colorbar(shown, ax=right_axes, shrink=0.8, extend="both")
    return Exhibit(words, {"unsure": share}, figure)


def edge_contrast(image: Any, alpha: Any, reach: int = 6) -> Exhibit:
    """How much the photo changes across an outline: what there is to see of the edge.

    Beside each place of the outline (α = 0.5) the mean colours of both sides are compared, as the
    distance in CIELAB (CIE76).

    Args:
        image: (H, W, 3). alpha: (H, W) in [0, 1], a matte or the truth.
        reach: how far from the outline the sides are looked at, pixels.

    values: "faint", the share of the outline where the difference is under 10; "median", of all.

    Raises:
        ArrayError: wrong shapes, or an alpha without an outline.
    """
    photo, plane, line = _edge(image, alpha)
    lab = cv2.cvtColor(to_float(photo), cv2.COLOR_RGB2LAB)
    inner, outer = (plane > 0.9).astype(np.float32), (plane < 0.1).astype(np.float32)
    # A soft edge has no sure pixel close by: then the nearest halves speak.
    soft = 0.02
    inner, outer = inner + soft * (plane >= 0.5), outer + soft * (plane < 0.5)
    means, around = [], (2 * reach + 1, 2 * reach + 1)
    for weight in (inner, outer):
        total = cv2.blur(weight, around).clip(1e-6)
        means.append(cv2.blur(lab * weight[..., None], around) / total[..., None])
    difference = np.linalg.norm(means[0] - means[1], axis=2)
    found = difference[line]
    faint, median = float((found < FAINT).mean()), float(np.median(found))
    slope = cv2.magnitude(*(cv2.Sobel(lab[..., 0], cv2.CV_32F, *way) for way in ((1, 0), (0, 1))))
    words = (
        f"Along {faint:.0%} of the outline the two sides differ by less than {FAINT:.0f} in "
        f"CIELAB, which is hard to see; the median is {median:.0f}."
    )
    figure = new_figure(3, words, plane.shape)
    axes = figure.subplots(1, 3)
    put(axes[0], to_uint8(photo), "The photo", True)
    put(axes[1], slope, "Its gradient: all the edges that there are", True, cmap="gray",
        vmax=float(np.percentile(slope, 99.5)))  # fmt: skip
    thick = cv2.dilate(line.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    near = cv2.dilate(np.where(line, difference, 0).astype(np.float32), np.ones((5, 5)))
    shown = np.ma.masked_where(~thick, near)
    pale = to_uint8(0.6 + 0.4 * to_float(photo))
    put(axes[2], pale, "What is seen of the subject's outline", True)
    drawn = axes[2].imshow(shown, cmap="plasma", vmin=0, vmax=40, interpolation="nearest")
    bar_ = figure.colorbar(drawn, ax=axes[2], shrink=0.8, extend="max")
    bar_.set_label("difference", fontsize=8)
    return Exhibit(words, {"faint": faint, "median": median}, figure)


def colour_sides(image: Any, alpha: Any, reach: int = 20) -> Exhibit:
    """The colours on both sides of an outline, and how far they are the same.

    Args:
        image: (H, W, 3). alpha: (H, W) in [0, 1], a matte or the truth.
        reach: how far from the outline is looked, pixels.

    values: "overlap", in [0, 1]: Σ min of the two histograms (CIELAB, bins of 8).

    Raises:
        ArrayError: wrong shapes, or an alpha without an outline.
    """
    photo, plane, line = _edge(image, alpha)
    away = cv2.distanceTransform((~line).astype(np.uint8), cv2.DIST_L2, 5) <= reach
    sides = [away & (plane > 0.95), away & (plane < 0.05)]
    if not all(side.any() for side in sides):
        raise ArrayError("expected sure pixels on both sides of the outline, got none on one")
    lab = cv2.cvtColor(to_float(photo), cv2.COLOR_RGB2LAB)
    kinds = [_histogram(lab[side]) for side in sides]
    overlap = sum(min(share, kinds[1].get(key, 0.0)) for key, share in kinds[0].items())
    words = (
        f"{overlap:.0%} of the colours within {reach} px of the outline are found on both sides. "
        "Where they are the same, colour cannot tell subject from background."
    )
    figure = new_figure(3, words, plane.shape)
    axes = figure.subplots(1, 3)
    tinted = 0.35 * to_float(photo) + 0.65
    for side in sides:
        tinted[side] = to_float(photo)[side]
    put(axes[0], to_uint8(tinted), "What is compared", True)
    rng = np.random.default_rng(0)
    names, marks, colours = ("subject", "background"), ("o", "^"), ("#0072b2", "#d55e00")
    for side, name, mark, colour in zip(sides, names, marks, colours, strict=True):
        some = rng.permutation(np.flatnonzero(side))[:600]
        values = lab.reshape(-1, 3)[some]
        axes[1].scatter(values[:, 1], values[:, 2], s=14, marker=mark, alpha=0.6,
                        c=to_float(photo).reshape(-1, 3)[some], edgecolors=colour,
                        linewidths=0.6, label=name)  # fmt: skip
        axes[2].hist(lab[side][:, 0], bins=40, range=(0, 100), density=True, histtype="step",
                     color=colour, linewidth=1.6, label=name)  # fmt: skip
    axes[1].set_title("Hue and strength", fontsize=9)
    axes[1].set_xlabel("green – red", fontsize=8)
    axes[1].set_ylabel("blue – yellow", fontsize=8)
    axes[2].set_title("Lightness", fontsize=9)
    axes[2].set_yticks([])
    for one in axes[1:]:
        one.tick_params(labelsize=7)
        one.legend(fontsize=8)
    return Exhibit(words, {"overlap": float(overlap)}, figure)


def beside(words: str, pictures: Mapping[str, np.ndarray]) -> Exhibit:
    """Pictures of one size side by side, such as planes that no other function here shows.

    Args:
        words: what is to be seen.
        pictures: by name, (H, W, 3), or (H, W) in [0, 1] as grey from black to white.

    Raises:
        InputError: no picture.
    """
    if not pictures:
        raise InputError("expected at least one picture, got none")
    figure = new_figure(len(pictures), words, next(iter(pictures.values())).shape[:2])
    for n, (name, picture) in enumerate(pictures.items(), 1):
        axes = figure.add_subplot(1, len(pictures), n)
        put(axes, picture, name, smooth=True, cmap="gray", vmin=0, vmax=1)
    return Exhibit(words, {}, figure)


# ---------------------------------------------------------------------------------------- inside


def _answer(session: Session, subject: Subject | str | None) -> tuple[Subject | str, Prediction]:
    one = session.subject() if subject is None else subject
    handle = one if not isinstance(one, str) else session.subject(one)
    answer = handle.prediction
    if answer is None:
        raise EditError(f"expected {handle.name!r} to have been asked of a model, got no prompt")
    return handle, answer


def _asked_at(subject: Subject) -> Point:
    """The first keep click of a subject, or the middle of its box."""
    steps = subject.state.layers
    for step in steps:
        for point, label in zip(step.points, step.labels, strict=True):
            if label == 1:
                return point
    for step in steps:
        for x0, y0, x1, y1 in step.boxes:
            return (x0 + x1) / 2, (y0 + y1) / 2
    raise EditError("expected at=(x, y), or a click or a box in the session, got none")


def _part(image: np.ndarray, answer: Prediction) -> tuple[np.ndarray, tuple[int, int]]:
    """The part of the photo that an answer covers, and its (left, top)."""
    frame, (height, width) = answer.frame, image.shape[:2]
    inside = (max(frame.x0, 0.0), max(frame.y0, 0.0),
              min(frame.x1, float(width)), min(frame.y1, float(height)))  # fmt: skip
    window = crop_of((height, width), inside)
    return image[window.slices], (int(window.x0), int(window.y0))


def _busiest(alpha: np.ndarray) -> tuple[int, int, int]:
    """(y, x, side) of a square in it with most in-between opacity, or most of the edge."""
    side = min(max(_DETAIL, max(alpha.shape) // 10), *alpha.shape)
    soft = 4 * alpha * (1 - alpha)
    held = cv2.boxFilter(soft + 0.05 * outline(alpha), cv2.CV_32F, (side, side),
                         borderType=cv2.BORDER_CONSTANT)  # fmt: skip
    y, x = divmod(int(held.argmax()), alpha.shape[1])
    return (
        min(max(0, y - side // 2), alpha.shape[0] - side),
        min(max(0, x - side // 2), alpha.shape[1] - side),
        side,
    )


def _outlined(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """A picture with a mask's outline in black and white."""
    line = outline(mask)
    thick = max(1, max(mask.shape) // 400)
    drawn = picture.copy()
    drawn[cv2.dilate(line.astype(np.uint8), np.ones((2 * thick + 1,) * 2, np.uint8)) > 0] = 20
    drawn[cv2.dilate(line.astype(np.uint8), np.ones((thick,) * 2, np.uint8)) > 0] = 255
    return drawn


def _edge(image: Any, alpha: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    photo = check_image(image)
    plane = check_plane(alpha, (photo.shape[0], photo.shape[1]), "alpha")
    line = outline(plane)
    if not line.any():
        raise ArrayError("expected an alpha with an outline at 0.5, got one without")
    return photo, plane, line


def _histogram(colours: np.ndarray) -> dict[tuple[int, ...], float]:
    bins, counts = np.unique(np.floor(colours / _BIN).astype(int), axis=0, return_counts=True)
    shares = (counts / len(colours)).tolist()
    return {tuple(key): share for key, share in zip(bins.tolist(), shares, strict=True)}
