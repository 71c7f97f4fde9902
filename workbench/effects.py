"""What an edit did to the matte, in figures and as a picture of the place where it did most."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from .arrays import check_image, check_plane, to_float, to_uint8
from .compose import over
from .errors import ArrayError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GAINED, LOST = (0, 114, 178), (213, 94, 0)
"""Blue and vermillion, told apart by colour-blind people too (Okabe and Ito 2008)."""

_SIDE = 220  # pixels of the photo a side that are shown, at least …
_SPREAD = 0.6  # … and more until this share of the change is in sight, up to the whole photo
_DPI = 110
_SEEN = 1 / 255  # what an 8-bit file would show


@dataclass(frozen=True, eq=False)
class Effect:
    """What changed between two mattes of one photo.

    Attributes:
        words: what was done.
        gained, lost: opacity that came and went, in whole pixels' worth.
        pixels: how many pixels' alpha changed by at least 1/255.
        recoloured: how many visible pixels' colour changed by at least 1/255 of full scale.
        colour: by how much on average, in sRGB values 0–255.
        ground: how many pixels beside it changed by at least 1/255 of full scale, on white or on
            black: a shadow or a reflection that came, went, or became another.
        box: (x0, y0, x1, y1) in image pixels, the place where it changed most; None for no change.
    """

    words: str
    gained: float
    lost: float
    pixels: int
    recoloured: int
    colour: float
    ground: int
    box: tuple[int, int, int, int] | None
    _pictures: tuple[tuple[str, np.ndarray], ...]

    def __str__(self) -> str:
        if self.box is None:
            return f"{self.words}: nothing changed"
        said = []
        if self.pixels:
            said.append(
                f"alpha of {self.pixels:,} pixels ({self.gained:+,.0f} and {-self.lost:+,.0f} px "
                "of opacity)"
            )
        if self.recoloured:
            said.append(
                f"colour of {self.recoloured:,} pixels (by {self.colour:.0f} of 255 on average)"
            )
        if self.ground:
            said.append(f"shadow or reflection on {self.ground:,} pixels")
        return f"{self.words}: {', '.join(said)}"

    @property
    def figure(self) -> Figure:
        """The place before and after on white and on black, and what changed there."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(2.6 * max(len(self._pictures), 1), 3.1), layout="constrained")
        FigureCanvasAgg(figure)
        figure.suptitle(str(self).replace("$", r"\$"), fontsize=9)
        for n, (name, picture) in enumerate(self._pictures):
            axes = figure.add_subplot(1, len(self._pictures), n + 1)
            axes.imshow(picture, interpolation="nearest")
            axes.set_title(name, fontsize=8)
            axes.set_axis_off()
        return figure

    @property
    def png(self) -> bytes:
        """The figure as a file."""
        target = io.BytesIO()
        self.figure.savefig(target, format="png", dpi=_DPI)
        return target.getvalue()

    def _repr_png_(self) -> bytes:
        return self.png


def effect(
    image: Any,
    before: tuple[Any, Any],
    after: tuple[Any, Any],
    words: str = "The edit",
    under: tuple[np.ndarray | None, np.ndarray | None] = (None, None),
) -> Effect:
    """What lies between two mattes.

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        before, after: (alpha, foreground): (H, W) in [0, 1], and (H, W, 3) like the image.
        words: what was done, for the title.
        under: what lay under each, before and after, as ``compose.over.on_ground`` takes it.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
    """
    photo = check_image(image)
    shape = (photo.shape[0], photo.shape[1])
    (a0, f0), (a1, f1) = (_matte(one, shape) for one in (before, after))
    difference = a1 - a0
    # What is seen of a colour: it shows as far as the matte does.
    colour = np.abs(f1 - f0).max(axis=2) * np.minimum(a0, a1)
    lying = _ground(under, shape) * (1 - np.minimum(a0, a1))
    moved, tinted, shaded = np.abs(difference) >= _SEEN, colour >= _SEEN, lying >= _SEEN
    total = np.abs(difference) + colour + lying
    total[~(moved | tinted | shaded)] = 0
    box = _place(total)
    pictures: list[tuple[str, np.ndarray]] = []
    if box is not None:
        part = np.s_[box[1] : box[3], box[0] : box[2]]
        pictures.append(("Photo", to_uint8(photo[part])))
        for ground, value in (("white", 1.0), ("black", 0.0)):
            for name, alpha, front, below in (
                ("Before", a0, f0, under[0]), ("After", a1, f1, under[1])
            ):  # fmt: skip
                behind = np.full((*alpha[part].shape, 3), value, np.float32)
                behind = over.on_ground(behind, None if below is None else below[part])
                shown = over.composite(front[part], alpha[part], behind)
                pictures.append((f"{name}, on {ground}", to_uint8(shown)))
        if moved.any():
            pictures.append(("Came (blue), went (orange)", signed(difference[part])))
        if tinted.any():
            strength = colour[part] / max(float(colour.max()), 1e-6)
            pictures.append(("Colour changed", to_uint8(np.repeat(strength[..., None], 3, 2))))
    return Effect(
        words,
        float(difference[difference > 0].sum()),
        float(-difference[difference < 0].sum()),
        int(moved.sum()),
        int(tinted.sum()),
        float(255 * colour[tinted].mean()) if tinted.any() else 0.0,
        int(shaded.sum()),
        box,
        tuple(pictures),
    )


def _ground(
    under: tuple[np.ndarray | None, np.ndarray | None], shape: tuple[int, int]
) -> np.ndarray:
    """(H, W) float32: by how much what lies under a matte changed, on white or on black, whichever
    shows more of it."""
    if under[0] is under[1]:
        return np.zeros(shape, np.float32)
    most = np.zeros(shape, np.float32)
    for value in (1.0, 0.0):
        ground = np.full((*shape, 3), value, np.float32)
        a, b = (over.on_ground(ground, one) for one in under)
        most = np.maximum(most, np.abs(a - b).max(axis=2))
    return most


def signed(difference: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8: what came in blue, what went in vermillion, the more the stronger.

    Args:
        difference: (H, W) float32 in [−1, 1].
    """
    share = np.clip(np.abs(difference), 0, 1)[..., None]
    tint = np.where((difference > 0)[..., None], np.array(GAINED), np.array(LOST))
    return np.rint((1 - share) * 235 + share * tint).astype(np.uint8)


def _matte(one: tuple[Any, Any], shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    alpha, front = check_plane(one[0], shape, "alpha"), check_image(one[1], "foreground")
    if front.shape[:2] != shape:
        raise ArrayError(f"expected a foreground of shape {shape}, got {front.shape[:2]}")
    return alpha, to_float(front)


def _place(total: np.ndarray) -> tuple[int, int, int, int] | None:
    """The smallest of a few squares, around the most change, that holds most of it."""
    everything = float(total.sum())
    if everything == 0:
        return None
    height, width = total.shape
    side = _SIDE
    while True:
        tall, wide = min(side, height), min(side, width)
        held = cv2.boxFilter(
            total, cv2.CV_32F, (wide, tall), normalize=False, borderType=cv2.BORDER_CONSTANT
        )
        y, x = divmod(int(held.argmax()), width)
        if held[y, x] >= _SPREAD * everything or (tall, wide) == (height, width) or side > 800:
            left = min(max(0, x - wide // 2), width - wide)
            top = min(max(0, y - tall // 2), height - tall)
            return left, top, left + wide, top + tall
        side = 2 * side
