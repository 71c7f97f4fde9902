"""The stage: photo and layers, and the pointer, which is caught in the browser.

Pictures go down as whole layers (``layers.py``), gestures come up as one message each.
``stage.js`` says what the page does; everything that the page sends is read in ``gestures.py`` and
refused there if it is broken.

Sizes are in page pixels (CSS pixels, as the pointer counts), but for pictures: they have one entry
for each pixel of the screen, ``stage.ratio`` as many a side; ``stage.grid`` says which.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from ipywidgets import Box, Layout, Widget

from ..coordinates import View
from ..errors import ArrayError, InputError, unknown_name
from .arriving import Arrivals
from .gestures import numbers, read_gesture, read_key, read_number
from .layers import Layers
from .listening import Listening
from .packing import jpeg

ECHOES = ("none", "stroke", "box", "lasso", "polygon", "pan", "zoom")
NARROWEST = 480  # page pixels of a stage that fills its place
OVERVIEW = 512  # pixels a side of an overview, at most
_NEAR = ("localhost", "127.0.0.1", "[::1]")


class Stage(Listening):
    """Where the photo is shown and worked on.

    Args:
        width: in page pixels; None fills the place that the stage is put in, at least 480.
        height: in page pixels.

    Attributes:
        widget: the ipywidgets widget to display; its element has the class ``wb-stage``.
    """

    def __init__(self, width: int | None = None, height: int = 520) -> None:
        super().__init__()
        fluid = width is None
        width = 640 if width is None else width
        if not (1 <= width <= 8192 and 1 <= height <= 8192):
            raise InputError(f"expected a stage of 1..8192 pixels a side, got {width} × {height}")
        self._layers = Layers(
            int(width), int(height), fluid=fluid, label="Photo stage",
            tool={"name": "", "echo": "none", "width": 0.0, "colour": "#ffffff", "cursor": "",
                  "hardness": 1.0, "opacity": 1.0, "wired": False},
            layout=Layout(width="100%", height="100%"),
        )  # fmt: skip
        self._pointer = self._layers.pointer
        wide = "100%" if fluid else f"{self.width}px"
        self.widget = Box(
            [*self._layers.canvases.values(), self._pointer],
            layout=Layout(
                width=wide,
                height=f"{self.height}px",
                min_width=f"{NARROWEST}px" if fluid else wide,
                overflow="hidden",
                flex="0 0 auto",
            ),
        )
        self.widget.add_class("wb-stage")
        self._view = View(1.0)
        self._page: str | None = None
        self._arrivals = Arrivals()
        self._hovered: dict[str, Any] | None = None  # the hover that waits for its preview
        self._pointer.on_msg(self._receive)

    @property
    def width(self) -> int:
        """In page pixels; where the page says it, as last heard, and 640 before it spoke."""
        return self._layers.width

    @property
    def height(self) -> int:
        """In page pixels."""
        return self._layers.height

    @property
    def ratio(self) -> float:
        """Pixels of the screen in one page pixel, as last heard, from 1 to 3, and less where a
        picture would have more than 4 million."""
        return self._layers.ratio

    # what the stage shows

    def lay_over(self, layer: Widget) -> None:
        """Put a widget of one's own over the layers, below the pointer. Before it is displayed."""
        self.widget.children = (*self.widget.children[:-1], layer, self._pointer)

    @property
    def view(self) -> View:
        """What of the image the stage shows. Setting it moves the pointer's coordinates at once.

        The pictures follow when they are drawn again; until then the page stretches the old ones.
        """
        return self._view

    @view.setter
    def view(self, view: View) -> None:
        if not isinstance(view, View):
            raise InputError(f"expected a View, got {view!r:.60}")
        if not (all(map(math.isfinite, (view.scale, view.x, view.y))) and view.scale > 0):
            raise InputError(f"expected a view of finite numbers with scale > 0, got {view}")
        if view == self._view and self._pointer.view[3]:
            return
        self._view = view
        self._pointer.view = [
            float(view.scale),
            float(view.x),
            float(view.y),
            self._pointer.view[3] + 1,
        ]

    def grid(self, view: View) -> tuple[View, tuple[int, int]]:
        """What pictures are made for: ``view`` in pixels of the screen, and their (width, height).

        Args:
            view: what is to be shown, in page pixels as everywhere else.
        """
        return self._layers.grid(view)

    def draw(
        self, layer: str, picture: np.ndarray, view: View, tiles: tuple[int, int] = (1, 1)
    ) -> None:
        """Replace a layer's whole picture.

        Args:
            layer: "photo", "overlay", "before" or "prompts", from the bottom up. Of "before" only
                what lies left of the divider shows, all of it in turn while it flickers, and
                nothing without either.
            picture: (h, w, 3 or 4) uint8 sRGB, straight alpha, of the size that ``grid`` gives.
            view: the view that the picture was made for, in page pixels.
            tiles: of the photo's layer, columns and rows of tiles of one size that it is made of:
                in the middle of each lies what lies in the middle of the view. A place in one is
                told as the image point that is seen there.

        Raises:
            ArrayError: another shape or dtype.
            UnknownNameError: no such layer.
        """
        if not self._layers.draw(layer, picture, view, tiles):
            self.clear(layer)

    def clear(self, layer: str) -> None:
        """Make a layer empty; costs nothing where it is."""
        self._layers.clear(layer, self._view)

    def overview(self, picture: np.ndarray | None, image_shape: tuple[int, int]) -> None:
        """The whole photo, small, that the page keeps.

        It shows where the photo's layer does not reach while a sharper picture is on its way, and
        in the navigator. With it the page knows the photo's borders.

        Args:
            picture: (h, w, 3) uint8 sRGB, at most 512 pixels a side; None for none.
            image_shape: (H, W) of the photo.

        Raises:
            ArrayError: another shape or dtype.
        """
        if picture is None:
            self._pointer.base = {}
            return
        picture = np.asarray(picture)
        small = picture.ndim == 3 and min(picture.shape) > 0 and max(picture.shape) <= OVERVIEW
        if not small or picture.shape[2] != 3 or picture.dtype != np.uint8:
            raise ArrayError(
                f"expected an overview (h, w, 3) uint8 of at most {OVERVIEW} pixels a side, "
                f"got {picture.shape} {picture.dtype}"
            )
        height, width = image_shape
        if not (height >= 1 and width >= 1):
            raise ArrayError(f"expected a photo's shape (H, W), got {image_shape}")
        self._pointer.base = {"jpeg": jpeg(picture), "image": [int(height), int(width)]}

    def ants(self, paths: Sequence[np.ndarray]) -> None:
        """Outlines that the page draws as marching ants over the layers, sharp at any zoom.

        Args:
            paths: (n, 2) points (x, y) each, in image pixels; closed where the last point repeats
                the first. Empty for none.

        Raises:
            ArrayError: another shape, or values that are not finite.
        """
        lines = [np.ascontiguousarray(path, "<f4") for path in paths]
        for line in lines:
            if line.ndim != 2 or line.shape[1] != 2 or not np.isfinite(line).all():
                raise ArrayError(f"expected outlines (n, 2) of finite numbers, got {line.shape}")
        lines = [line for line in lines if len(line) > 1]
        self._pointer.outlines = {
            "points": b"".join(line.tobytes() for line in lines),
            "lengths": [len(line) for line in lines],
        }

    def findings(
        self, found: Sequence[tuple[int, Sequence[float], str, bool]], chosen: int = -1
    ) -> None:
        """Places that the page outlines, each with its number, which can be pressed.

        Args:
            found: for each its place in the report, from 0; its box (x0, y0, x1, y1) in image
                pixels; what it is, in words; and whether it is severe. Empty for none.
            chosen: the place in the report of the one that is looked at; −1 for none.

        Raises:
            InputError: a box that is not finite.
        """
        for _, box, _, _ in found:
            if len(box) != 4 or not all(map(math.isfinite, box)):
                raise InputError(f"expected a box (x0, y0, x1, y1) of finite numbers, got {box}")
        self._pointer.findings = [
            {"n": n, "box": [float(v) for v in box], "words": words, "severe": severe,
             "chosen": n == chosen}
            for n, box, words, severe in found
        ]  # fmt: skip

    def divider(self, on: bool) -> None:
        """Show the line that a person drags: left of it lies the layer "before"."""
        self._pointer.divided = bool(on)

    def flicker(self, on: bool) -> None:
        """Show the layer "before" in turn with what lies below it, until a person holds one."""
        self._pointer.flicker = bool(on)

    def captions(self, words: Sequence[str]) -> None:
        """What each tile shows, in reading order, or what lies before and after a divider or a
        flicker; empty for none."""
        self._pointer.captions = [str(one) for one in words]

    def preview(
        self,
        alpha: np.ndarray | None,
        box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0),
        colour: str = "#0072b2",
    ) -> None:
        """What a click where the pointer rests would give; it shows until the pointer moves on.

        Args:
            alpha: (h, w) uint8, of any size, over ``box``; None for nothing.
            box: (x0, y0, x1, y1) in image pixels.
            colour: of its tint, any CSS colour.

        Raises:
            ArrayError: another shape or dtype.
            InputError: a box that is not finite or empty.
        """
        about: dict[str, Any] = {"shape": None}
        buffers: list[bytes | memoryview] = []
        if alpha is not None:
            alpha = np.ascontiguousarray(alpha)
            if alpha.ndim != 2 or alpha.size == 0 or alpha.dtype != np.uint8:
                raise ArrayError(
                    f"expected a preview (h, w) uint8, got {alpha.shape} {alpha.dtype}"
                )
            x0, y0, x1, y1 = (float(value) for value in box)
            if not (all(map(math.isfinite, (x0, y0, x1, y1))) and x0 < x1 and y0 < y1):
                raise InputError(f"expected a box (x0, y0, x1, y1) that is not empty, got {box}")
            about = {"shape": list(alpha.shape), "box": [x0, y0, x1, y1], "colour": str(colour)}
            buffers = [alpha.data.cast("B")]
        asked, self._hovered = self._hovered, None
        self._send("preview", buffers, **about, **(asked or {"page": None, "serial": None}))

    def together(self) -> AbstractContextManager[None]:
        """What is drawn inside appears in one go, also when an exception ends it early."""
        return self._layers.together()

    def set_tool(
        self,
        name: str,
        *,
        echo: str,
        width: float = 0.0,
        colour: str = "#ffffff",
        cursor: str = "crosshair",
        hardness: float = 1.0,
        opacity: float = 1.0,
        wired: bool = False,
    ) -> None:
        """What the pointer does from the next press on.

        Args:
            name: comes back as ``Gesture.tool``.
            echo: what the browser draws at once: "none", "stroke", "box", "lasso"; "polygon" takes
                its corners one click each; "pan" moves the view instead of making drags, "zoom"
                makes a click enlarge it (with Alt the opposite) and a drag fill the stage.
            width: of the stroke and of the ring around the pointer, in image pixels; 0 for no ring.
            colour: of the echo, any CSS colour.
            cursor: any CSS cursor.
            hardness, opacity: of the stroke, 0–1.
            wired: whether a polygon's lines are asked for with ``on_wire`` while it is made.
        """
        if echo not in ECHOES:
            raise unknown_name("echo", echo, ECHOES)
        if not (math.isfinite(width) and width >= 0):
            raise InputError(f"expected a width of 0 or more image pixels, got {width}")
        if not (0 <= hardness <= 1 and 0 <= opacity <= 1):
            raise InputError(
                f"expected a hardness and an opacity of 0..1, got {hardness} and {opacity}"
            )
        self._pointer.tool = {
            "name": str(name),
            "echo": echo,
            "width": float(width),
            "colour": str(colour),
            "cursor": str(cursor),
            "hardness": float(hardness),
            "opacity": float(opacity),
            "wired": bool(wired),
        }

    def hover(self, on: bool) -> None:
        """Whether to say where the pointer rests; see ``on_hover``."""
        self._pointer.hovering = bool(on)

    def clear_echo(self, through: int | None = None) -> None:
        """Remove the browser's echo of finished gestures, once what was drawn so far is visible.

        Args:
            through: the ``serial`` of the last gesture whose effect has been drawn; None for all
                that are finished. A gesture still under way keeps its echo.
        """
        self._send("clear_echo", through=through, frame=self._layers.frames)

    def busy(self, words: str | None, fraction: float | None = None) -> None:
        """Show that work is going on, in a corner of the stage; None takes it away.

        Args:
            words: what is being done.
            fraction: how much of it is done, in [0, 1], or None where nobody knows.
        """
        if words is None:
            self._pointer.busy = None
            return
        done = None if fraction is None else min(max(float(fraction), 0.0), 1.0)
        self._pointer.busy = {"words": str(words), "fraction": done}

    def download(self, name: str, data: bytes, mime: str = "application/octet-stream") -> None:
        """Hand bytes to the browser as a file to save, in the page that was last used.

        Args:
            name: the file's name, without folders.
            data: its bytes.
            mime: its media type.
        """
        self._send("download", [bytes(data)], name=Path(name).name, mime=mime, page=self._page)

    def close(self) -> None:
        """Let go of the widgets, here and in every page."""
        self._layers.close()
        for part in (self.widget, self._pointer):
            part.layout.close()
            part.close()

    def _send(
        self, kind: str, buffers: list[bytes | memoryview] | None = None, **content: Any
    ) -> None:
        self._pointer.send({"type": kind, **content}, buffers)

    def _receive(self, _widget: Any, message: Any, buffers: Any) -> None:
        try:
            self._handle(message, buffers)
        except Exception as error:
            listeners = self._heard.get("error", [])
            if not listeners:
                raise
            for fn in listeners:
                fn(error)

    def _handle(self, message: Any, buffers: Any) -> None:
        kind = message.get("type") if isinstance(message, dict) else None
        if isinstance(message, dict) and isinstance(message.get("page"), str):
            self._page = message["page"]
        if kind == "gesture":
            gesture = read_gesture(message)
            try:
                self._tell("gesture", gesture)
            except Exception:
                self.clear_echo(gesture.serial)  # nothing will ever be drawn in its place
                raise
        elif kind == "key":
            try:
                self._tell("key", read_key(message))
            finally:
                # The page has heard of the tool that it took, if it did, before it hears this.
                self._send("typed", page=message.get("page"), serial=message.get("serial"))
        elif kind in ("wheel", "pan"):
            # The page sends the next one only after this: a slow redraw never makes a queue.
            try:
                self._move(kind, message)
            finally:
                self._send("settled", page=message.get("page"), serial=message.get("serial"))
        elif kind == "hover":
            self._hear_hover(message)
        elif kind == "wire":
            self._hear_wire(message)
        elif kind == "finding":
            self._tell("finding", int(numbers(message, "n", 1)[0]))
        elif kind == "size":
            self._hear_size(message)
        elif kind == "photo":
            arrived = self._arrivals.take(message, buffers)
            if arrived is not None:
                self._tell("photo", *arrived)
        elif kind == "ready":
            # Between a browser and a kernel on one machine bytes are cheap and packing is slow.
            self._layers.raw = message.get("host") in _NEAR and message.get("raw") is True
            self._layers.forget()
            if "ratio" in message:
                self._hear_size(message)
            self._tell("ready")
        elif kind == "trouble":
            raise InputError(f"the stage's page reports: {message.get('words')!s:.300}")
        else:
            raise InputError(f"expected a message from the stage's page, got {message!r:.80}")

    def _move(self, kind: str, message: dict[str, Any]) -> None:
        if kind == "pan":
            self._tell("pan", *numbers(message, "by", 2))
            return
        (factor,) = numbers(message, "factor", 1)
        if factor <= 0:
            raise InputError(f"expected a zoom factor above 0, got {factor}")
        self._tell("wheel", factor, numbers(message, "at", 2))

    def _hear_size(self, message: dict[str, Any]) -> None:
        width, ratio = self.width, read_number(message, "ratio")
        if message.get("width") is not None:
            wide = read_number(message, "width")
            width = int(min(max(wide, NARROWEST), 8192)) if self._pointer.fluid else width
        if self._layers.resize(width, ratio):
            self._tell("resize", self.width, self.height)

    def _hear_hover(self, message: dict[str, Any]) -> None:
        if message.get("at") is None:
            self._tell("hover", None)
            return
        point = numbers(message, "at", 2)
        if self._hovered is not None:
            self.preview(None)  # of another page, or one that was waited for too long
        self._hovered = {"page": message.get("page"), "serial": message.get("serial")}
        waits = False
        try:
            waits = any(fn(point) is not None for fn in list(self._heard.get("hover", [])))
        finally:
            # A preview that was drawn meanwhile is the answer already.
            if not waits and self._hovered is not None:
                self.preview(None)

    def _hear_wire(self, message: dict[str, Any]) -> None:
        start, end = numbers(message, "from", 2), numbers(message, "to", 2)
        about = {"page": message.get("page"), "serial": message.get("serial")}

        def answer(way: np.ndarray | None) -> None:
            buffers: list[bytes | memoryview] = []
            if way is not None:
                line = np.ascontiguousarray(way, "<f4")
                if line.ndim != 2 or line.shape[1] != 2 or not np.isfinite(line).all():
                    raise ArrayError(f"expected a way (n, 2) of finite numbers, got {line.shape}")
                buffers = [line.tobytes()]
            self._send("wire", buffers, **about)

        self._tell("wire", (start[0], start[1]), (end[0], end[1]), answer)
