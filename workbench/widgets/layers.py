"""The stage's pictures, one canvas for each layer, on ipycanvas. The only user of it.

Pictures go down as whole layers. Sizes are in page pixels (CSS pixels, as the pointer counts), but
for pictures: they have one entry for each pixel of the screen, ``ratio`` as many a side;
``Layers.grid`` says which.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from ipycanvas import Canvas, hold_canvas
from ipywidgets import Image, Layout, Widget

from ..coordinates import View
from ..errors import ArrayError, unknown_name
from .packing import data_address, raw, runs, trimmed
from .pointer import Pointer

LAYERS = ("photo", "overlay", "before", "prompts")
_LARGEST = 4_000_000  # pixels of a layer: beyond, a dense screen costs more than it shows

# A picture before the first is drawn: one transparent pixel. ipycanvas waits for ever on an empty
# image, and with it every canvas on the page, so there must never be none.
_NOTHING = (
    b"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAA"
    b"BQABh6FO1AAAAABJRU5ErkJggg=="
)


class Layers:
    """The canvases of a stage, from the bottom up, and what goes into them.

    Args:
        width, height: of the stage, in page pixels.
        of_pointer: what the pointer is made with besides.

    Attributes:
        pointer: the layer on top: its page writes the pixels that it is sent, and is told which
            frame it looks at.
        canvases: by layer.
        width, height, ratio: of the stage; pixels of the screen in one page pixel.
        frames: how many pictures were drawn.
        raw: whether pixels go as they are, or packed in a data address.
    """

    def __init__(self, width: int, height: int, **of_pointer: Any) -> None:
        self.width, self.height, self.ratio = width, height, 1.0
        self.canvases = {name: Canvas(layout=Layout(max_width="none")) for name in LAYERS}
        for name, canvas in self.canvases.items():
            canvas.add_class("wb-layer").add_class(f"wb-{name}")
        # put_image_data would pack each picture as PNG here, unpack it there, and leave a blob
        # behind in the page for every one. Instead the page writes raw pixels into a canvas that
        # is not shown, and ipycanvas copies canvas to canvas, its fast path.
        self.stores = {name: Canvas() for name in LAYERS}
        # The other way, for a page that is far away or cannot reach these canvases: a data address
        # in an ipywidgets image, which leaves nothing behind either.
        self.images = {name: Image(value=_NOTHING, format="url") for name in LAYERS}
        # From its birth it must know the stores: its page looks for them at once, and only then.
        self.pointer = Pointer(
            layers={name: canvas.model_id for name, canvas in self.canvases.items()},
            stores={name: canvas.model_id for name, canvas in self.stores.items()},
            **of_pointer,
        )
        self.frames = 0
        self.raw = True
        self._blank: set[str] = set()  # layers that are empty in every page
        self._holding = False
        self._size()

    def _size(self) -> None:
        """Give every canvas the size that the stage has now; it is empty then."""
        _, (wide, tall) = self.grid(View(1.0))
        for canvas in self.canvases.values():
            canvas.layout.width = f"{wide / self.ratio:g}px"
            canvas.layout.height = f"{tall / self.ratio:g}px"
        self._blank.clear()
        for canvas in (*self.canvases.values(), *self.stores.values()):
            with canvas.hold_sync():
                canvas.width, canvas.height = wide, tall
        self.pointer.size = [self.width, self.height, self.ratio]

    def resize(self, width: int, ratio: float) -> bool:
        """Another width and density of the screen, which is bounded; whether either is new."""
        most = math.sqrt(_LARGEST / (width * self.height))
        dense = max(min(ratio, 3.0, most), 1.0)
        if (width, dense) == (self.width, self.ratio):
            return False
        self.width, self.ratio = width, dense
        self._size()
        return True

    def forget(self) -> None:
        """Another page shows the stage: it has heard of no empty layer."""
        self._blank.clear()

    def grid(self, view: View) -> tuple[View, tuple[int, int]]:
        """See ``Stage.grid``."""
        size = round(self.width * self.ratio), round(self.height * self.ratio)
        return View(view.scale * self.ratio, view.x, view.y), size

    def draw(self, layer: str, picture: np.ndarray, view: View, tiles: tuple[int, int]) -> bool:
        """See ``Stage.draw``. False: the picture is empty, and the layer is to be cleared."""
        picture = np.asarray(picture)
        _, (wide, tall) = self.grid(view)
        if picture.ndim != 3 or picture.shape[:2] != (tall, wide) or picture.shape[2] not in (3, 4):
            raise ArrayError(
                f"expected a picture of shape ({tall}, {wide}, 3 or 4), got {picture.shape}"
            )
        if picture.dtype != np.uint8:
            raise ArrayError(f"expected a picture of uint8, got {picture.dtype}")
        part, x, y = trimmed(picture)
        if part is None:
            return False
        packed = None if self.raw else data_address(part)
        with self._frame(layer, view, empty=False, tiles=tiles) as canvas:
            canvas.clear_rect(0, 0, wide, tall)
            rows, columns = part.shape[:2]
            if packed is not None:
                self.images[layer].value = packed
                canvas.draw_image(self.images[layer], x, y, columns, rows)
            else:
                short = runs(part) if part.shape[2] == 4 else None
                about = {"layer": layer, "box": [x, y, columns, rows], "runs": short is not None}
                self.pointer.send(
                    {"type": "pixels", **about}, [raw(part) if short is None else short]
                )
                canvas.draw_image(self.stores[layer], 0, 0)
        return True

    def clear(self, layer: str, view: View) -> None:
        """Make a layer empty; costs nothing where it is."""
        if layer in self._blank:
            return
        _, (wide, tall) = self.grid(view)
        with self._frame(layer, view, empty=True) as canvas:
            canvas.clear_rect(0, 0, wide, tall)

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is drawn inside appears in one go, also when an exception ends it early."""
        if self._holding:
            yield
            return
        failure: BaseException | None = None
        self._holding = True
        try:
            # hold_canvas has no try/finally: an exception through it would hold every later draw.
            with hold_canvas():
                try:
                    yield
                except BaseException as error:  # noqa: BLE001 raised again below
                    failure = error
        finally:
            self._holding = False
        if failure is not None:
            raise failure

    @contextmanager
    def _frame(
        self, layer: str, view: View, empty: bool, tiles: tuple[int, int] = (1, 1)
    ) -> Iterator[Canvas]:
        if layer not in self.canvases:
            raise unknown_name("layer", layer, LAYERS)
        canvas = self.canvases[layer]
        self.frames += 1
        if empty:
            self._blank.add(layer)
        else:
            self._blank.discard(layer)
        seen = float(view.scale), float(view.x), float(view.y)
        self.pointer.frame = [self.frames, layer, *seen, empty, list(tiles)]
        with self.together():
            # ipycanvas names the canvas to draw on only when it changes, which a reloaded page has
            # not heard. Touching another one first makes it change every time.
            self.stores[layer].line_width = 1
            yield canvas
            # The page reads the line width back to learn which frame it is looking at: the one
            # number that travels in the same queue as the picture.
            canvas.line_width = self.frames

    def close(self) -> None:
        """Let go of the widgets, here and in every page."""
        parts: list[Widget] = [
            part for some in (self.canvases, self.stores, self.images) for part in some.values()
        ]
        for part in parts:
            part.layout.close()
            part.close()
