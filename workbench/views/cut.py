"""What the views look at: a session, a subject of one, or plain arrays, behind one adapter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..arrays import check_plane, check_trimap, to_colour, to_float, to_uint8
from ..compose import over
from ..coordinates import Box
from ..errors import ArrayError, InputError
from .page import resized


@dataclass(frozen=True, eq=False)
class Cut:
    """A cut-out as it was at one moment; later edits do not change it. Made by ``cut``.

    Attributes:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        alpha: (H, W) float32 in [0, 1].
        make_foreground: gives the subject's own colours; asked once, when a view wants them.
        make_trimap: gives the trimap; None where there is none.
        under: what lies under it, as ``over.on_ground`` takes it: a shadow, a reflection; or None.
        name: of the photo or the subject, for titles; may come from a file's name.
        deeds: what was done, in words, in order.
    """

    image: np.ndarray
    alpha: np.ndarray
    make_foreground: Callable[[], np.ndarray]
    make_trimap: Callable[[], np.ndarray] | None = None
    under: np.ndarray | None = None
    name: str = ""
    deeds: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W)."""
        return self.alpha.shape[0], self.alpha.shape[1]

    @cached_property
    def foreground(self) -> np.ndarray:
        """(H, W, 3): the subject's own colours."""
        return self.make_foreground()

    @cached_property
    def trimap(self) -> np.ndarray | None:
        """(H, W) float32 of 0, 0.5 and 1; None where there is none."""
        return None if self.make_trimap is None else self.make_trimap()

    @property
    def band(self) -> np.ndarray:
        """(H, W) bool: what the trimap left unknown; without one, alpha neither 0 nor 1."""
        if self.trimap is not None:
            return self.trimap == 0.5
        return (self.alpha > 0) & (self.alpha < 1)

    def part(self, box: tuple[int, int, int, int]) -> Cut:
        """A box (x0, y0, x1, y1) of whole pixels of it."""
        x0, y0, x1, y1 = box
        at = np.s_[y0:y1, x0:x1]
        return self._with(lambda plane: plane[at], lambda: self.foreground[at], lambda t: t[at])

    def reduced(self, size: tuple[int, int]) -> Cut:
        """It at another (width, height), in sRGB values as a browser would; image and colours
        become uint8 and float32."""

        def colours() -> np.ndarray:
            # Reducing colour and alpha apart would mix the background's colour into the edge. A
            # channel at a time: of a large photo three are hundreds of megabytes.
            weight = self.alpha + np.float32(1e-4)  # what is clear counts where nothing else does
            share = np.clip(resized(weight, size), 1e-4, None)
            planes = [
                np.clip(resized(to_float(self.foreground[..., n]) * weight, size) / share, 0, 1)
                for n in range(3)
            ]
            return np.stack(planes, axis=2)

        small = self._with(
            lambda plane: np.clip(resized(plane, size), 0, 1), colours,
            lambda trimap: resized(trimap, size, flat=True),
            image=resized(to_uint8(self.image), size),
        )  # fmt: skip
        return small

    def _with(
        self, planes: Callable[[np.ndarray], np.ndarray], colours: Callable[[], np.ndarray],
        trimap: Callable[[np.ndarray], np.ndarray], image: np.ndarray | None = None,
    ) -> Cut:  # fmt: skip
        return Cut(
            planes(self.image) if image is None else image,
            planes(self.alpha),
            colours,
            None if self.make_trimap is None else lambda: trimap(self.trimap),  # type: ignore[arg-type]
            None if self.under is None else planes(self.under),
            self.name,
            self.deeds,
        )

    def on(self, behind: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8: it over a picture (H, W, 3) float32 in [0, 1], its shadow under it."""
        behind = over.on_ground(behind, self.under)
        return to_uint8(over.composite(self.foreground, self.alpha, behind))

    @property
    def box(self) -> Box:
        """All of it: (0, 0, W, H)."""
        return 0.0, 0.0, float(self.shape[1]), float(self.shape[0])

    @property
    def facts(self) -> str:
        """The photo's size, in words."""
        return f"{self.shape[1]} × {self.shape[0]} px"

    def check_box(self, box: Box) -> tuple[int, int, int, int]:
        """A box (x0, y0, x1, y1) in image pixels as whole pixels of the photo.

        Raises:
            InputError: it has no pixel of the photo in it.
        """
        height, width = self.shape
        x0, y0 = max(0, int(np.floor(box[0]))), max(0, int(np.floor(box[1])))
        x1, y1 = min(width, int(np.ceil(box[2]))), min(height, int(np.ceil(box[3])))
        if x1 <= x0 or y1 <= y0:
            raise InputError(f"expected a box inside 0..{width} × 0..{height}, got {tuple(box)}")
        return x0, y0, x1, y1


def cut(
    source: Any,
    alpha: Any = None,
    foreground: Any = None,
    trimap: Any = None,
    *,
    name: str | None = None,
    at: int | None = None,
) -> Cut:
    """A session, a subject of one, or arrays, as it is now; every view takes what this takes.

    Args:
        source: a Session (all that is visible), a Subject (its visible share), a Cut as it is, or a
            photo (H, W, 3) sRGB, uint8, uint16 or float in [0, 1]; the latter with ``alpha``.
        alpha: (H, W) in [0, 1].
        foreground: (H, W, 3), the subject's colours; None has them estimated where a view shows
            them.
        trimap: (H, W) of 0, 0.5 and 1; None for none: then the band is where alpha is neither 0
            nor 1.
        name: for titles; None for the photo's or the subject's own.
        at: a session as it was after so many edits; None for now.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
        InputError: arrays together with a session, or a photo without an alpha.
        EditError: no such place in the history.
    """
    if isinstance(source, Cut) or hasattr(source, "photo") or hasattr(source, "session"):
        if any(one is not None for one in (alpha, foreground, trimap)):
            raise InputError("expected a session alone, or a photo with its alpha; got both")
        if isinstance(source, Cut):
            return source
        return _of_session(source, name, at)
    if alpha is None:
        raise InputError("expected a session, a subject, or a photo with its alpha; got no alpha")
    image = to_colour(source)
    shape = (image.shape[0], image.shape[1])
    plane = check_plane(alpha, shape, "alpha")
    if foreground is None:

        def colours() -> np.ndarray:
            from ..matte.foreground import foreground_colours

            return foreground_colours(image, plane)

    else:
        given = to_colour(foreground, "foreground")
        if given.shape != image.shape:
            raise ArrayError(f"expected foreground of shape {image.shape}, got {given.shape}")

        def colours() -> np.ndarray:
            return given

    three = None if trimap is None else check_trimap(trimap, shape)
    return Cut(image, plane, colours, None if three is None else lambda: three, name=name or "")


def _of_session(source: Any, name: str | None, at: int | None) -> Cut:
    """Of a Session or a Subject: these lie above, so they are known by what they have."""
    session = getattr(source, "session", source)
    subject = None if session is source else source.id
    cursor = session.document.cursor if at is None else at

    def held(_: Any) -> tuple[Any, np.ndarray, np.ndarray | None]:
        # The document of this moment: what is asked of it later is of this moment too.
        then = session.earlier(cursor)
        return then, then.alpha(subject), then.under(subject)

    then, alpha, under = session.render(held)

    def trimap() -> np.ndarray:
        each = [s for s in then.visible if subject is None] or [then.subject(subject)]
        every = np.stack([one.trimap for one in each])
        return np.where((every == 0.5).any(axis=0), np.float32(0.5), every.max(axis=0))

    own = session.name if subject is None else f"{session.name}: {source.name}"
    return Cut(
        session.image,
        alpha,
        lambda: session.render(lambda _: then.foreground(subject)),
        (lambda: session.render(lambda _: trimap())) if subject or then.visible else None,
        under,
        own if name is None else name,
        tuple(
            edit.words()
            for edit in then.document.active
            if subject is None or edit.subject in ("", subject)
        ),
    )
