"""The stage: photo and layers on ipycanvas, the pointer caught in the browser. The only user of it.

Pictures go down as whole layers, gestures come up as one message each. ``stage.js`` says what the
page does; everything that the page sends is read in ``gestures.py`` and refused there if it is
broken.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets
from ipycanvas import Canvas, hold_canvas
from ipywidgets import Box, Image, Layout, Widget

from ..coordinates import View
from ..errors import ArrayError, InputError, unknown_name
from .gestures import Gesture, Key, numbers, read_gesture, read_key

LAYERS = ("photo", "overlay", "prompts")
ECHOES = ("none", "stroke", "box", "lasso", "pan")

# A picture before the first is drawn: one transparent pixel. ipycanvas waits for ever on an empty
# image, and with it every canvas on the page, so there must never be none.
_NOTHING = (
    b"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAA"
    b"BQABh6FO1AAAAABJRU5ErkJggg=="
)
_NEAR = ("localhost", "127.0.0.1", "[::1]")


class _Pointer(anywidget.AnyWidget):
    """The transparent layer on top: state that a reloaded page needs; the rest are messages."""

    # Its text and not its path: anywidget keeps every widget of a file for good, to reload it.
    _esm = (Path(__file__).parent / "stage.js").read_text("utf-8")
    size = traitlets.List([960, 640]).tag(sync=True)  # width, height in page pixels
    view = traitlets.List([1.0, 0.0, 0.0, 0]).tag(sync=True)  # scale, x, y, view_id
    tool = traitlets.Dict().tag(sync=True)
    busy = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    layers = traitlets.Dict().tag(sync=True)  # layer → model id of its canvas
    stores = traitlets.Dict().tag(sync=True)  # layer → model id of the canvas its pixels come in
    frame = traitlets.List([0, "", 1.0, 0.0, 0.0]).tag(sync=True)  # number, layer, its view


class Stage:
    """Where the photo is shown and worked on.

    Attributes:
        widget: the ipywidgets widget to display; its element has the class ``wb-stage``.
        width, height: the stage's size in page pixels; a picture has exactly as many.
    """

    def __init__(self, width: int = 960, height: int = 640) -> None:
        if not (1 <= width <= 8192 and 1 <= height <= 8192):
            raise InputError(f"expected a stage of 1..8192 pixels a side, got {width} × {height}")
        self.width, self.height = int(width), int(height)
        fixed = {"width": f"{self.width}px", "height": f"{self.height}px"}
        self._canvases = {
            name: Canvas(
                width=self.width, height=self.height, layout=Layout(**fixed, max_width="none")
            )
            for name in LAYERS
        }
        for name, canvas in self._canvases.items():
            canvas.add_class("wb-layer").add_class(f"wb-{name}")
        # put_image_data would pack each picture as PNG here, unpack it there, and leave a blob
        # behind in the page for every one. Instead the page writes raw pixels into a canvas that
        # is not shown, and ipycanvas copies canvas to canvas, its fast path.
        self._stores = {name: Canvas(width=self.width, height=self.height) for name in LAYERS}
        # The other way, for a page that is far away or cannot reach these canvases: a data address
        # in an ipywidgets image, which leaves nothing behind either.
        self._images = {name: Image(value=_NOTHING, format="url") for name in LAYERS}
        self._pointer = _Pointer(
            size=[self.width, self.height],
            tool={"name": "", "echo": "none", "width": 0.0, "colour": "#ffffff", "cursor": ""},
            label="Photo stage",
            layers={name: canvas.model_id for name, canvas in self._canvases.items()},
            stores={name: canvas.model_id for name, canvas in self._stores.items()},
            layout=Layout(**fixed),
        )
        self.widget = Box(
            [*self._canvases.values(), self._pointer],
            layout=Layout(**fixed, min_width=fixed["width"], overflow="hidden", flex="0 0 auto"),
        )
        self.widget.add_class("wb-stage")
        self._view = View(1.0)
        self._frames = 0
        self._holding = False
        self._raw = True
        self._page: str | None = None
        self._heard: dict[str, list[Callable[..., Any]]] = {}
        self._pointer.on_msg(self._receive)

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

    def draw(self, layer: str, picture: np.ndarray, view: View) -> None:
        """Replace a layer's whole picture.

        Args:
            layer: "photo", "overlay" or "prompts", from the bottom up.
            picture: (height, width, 3 or 4) uint8 sRGB, straight alpha, one entry a page pixel.
            view: the view that the picture was made for.

        Raises:
            ArrayError: another shape or dtype.
            UnknownNameError: no such layer.
        """
        picture = np.asarray(picture)
        wanted = (self.height, self.width)
        if picture.ndim != 3 or picture.shape[:2] != wanted or picture.shape[2] not in (3, 4):
            raise ArrayError(
                f"expected a picture of shape ({self.height}, {self.width}, 3 or 4), "
                f"got {picture.shape}"
            )
        if picture.dtype != np.uint8:
            raise ArrayError(f"expected a picture of uint8, got {picture.dtype}")
        part, x, y = _trimmed(picture)
        packed = None if part is None or self._raw else _data_address(part)
        with self._frame(layer, view) as canvas:
            canvas.clear_rect(0, 0, self.width, self.height)
            if packed is not None:
                self._images[layer].value = packed
                canvas.draw_image(self._images[layer], x, y)
            elif part is not None:
                rows, columns = part.shape[:2]
                self._send("pixels", [_raw(part)], layer=layer, box=[x, y, columns, rows])
                canvas.draw_image(self._stores[layer])

    def clear(self, layer: str) -> None:
        """Make a layer empty."""
        with self._frame(layer, self._view) as canvas:
            canvas.clear_rect(0, 0, self.width, self.height)

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
    def _frame(self, layer: str, view: View) -> Iterator[Canvas]:
        if layer not in self._canvases:
            raise unknown_name("layer", layer, LAYERS)
        canvas = self._canvases[layer]
        self._frames += 1
        self._pointer.frame = [self._frames, layer, float(view.scale), float(view.x), float(view.y)]
        with self.together():
            # ipycanvas names the canvas to draw on only when it changes, which a reloaded page has
            # not heard. Touching another one first makes it change every time.
            self._stores[layer].line_width = 1
            yield canvas
            # The page reads the line width back to learn which frame it is looking at: the one
            # number that travels in the same queue as the picture.
            canvas.line_width = self._frames

    def set_tool(
        self,
        name: str,
        *,
        echo: str,
        width: float = 0.0,
        colour: str = "#ffffff",
        cursor: str = "crosshair",
    ) -> None:
        """What the pointer does from the next press on.

        Args:
            name: comes back as ``Gesture.tool``.
            echo: what the browser draws at once: "none", "stroke", "box", "lasso"; "pan" moves the
                view instead of making drags.
            width: of the stroke and of the ring around the pointer, in image pixels; 0 for no ring.
            colour: of the echo, any CSS colour.
            cursor: any CSS cursor.
        """
        if echo not in ECHOES:
            raise unknown_name("echo", echo, ECHOES)
        if not (math.isfinite(width) and width >= 0):
            raise InputError(f"expected a width of 0 or more image pixels, got {width}")
        self._pointer.tool = {
            "name": str(name),
            "echo": echo,
            "width": float(width),
            "colour": str(colour),
            "cursor": str(cursor),
        }

    def clear_echo(self, through: int | None = None) -> None:
        """Remove the browser's echo of finished gestures, once what was drawn so far is visible.

        Args:
            through: the ``serial`` of the last gesture whose effect has been drawn; None for all
                that are finished. A gesture still under way keeps its echo.
        """
        self._send("clear_echo", through=through, frame=self._frames)

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
        pictures = (self._canvases, self._stores, self._images)
        parts = [part for some in pictures for part in some.values()]
        for part in (self.widget, self._pointer, *parts):
            part.layout.close()
            part.close()

    # what the stage tells

    def on_gesture(self, fn: Callable[[Gesture], Any]) -> None:
        """Call ``fn(gesture)`` for every click and drag."""
        self._listen("gesture", fn)

    def on_key(self, fn: Callable[[Key], Any]) -> None:
        """Call ``fn(key)`` for every key that the stage takes while it has the focus."""
        self._listen("key", fn)

    def on_wheel(self, fn: Callable[[float, tuple[float, float]], Any]) -> None:
        """Call ``fn(factor, (x, y))``: zoom by ``factor`` around a point in canvas pixels.

        The next call comes when this one has returned; what the wheel did meanwhile is in it.
        """
        self._listen("wheel", fn)

    def on_pan(self, fn: Callable[[float, float], Any]) -> None:
        """Call ``fn(dx, dy)``: the image is to move by so many canvas pixels."""
        self._listen("pan", fn)

    def on_ready(self, fn: Callable[[], Any]) -> None:
        """Call ``fn()`` when a page shows the stage for the first time or anew: draw all again."""
        self._listen("ready", fn)

    def on_error(self, fn: Callable[[Exception], Any]) -> None:
        """Call ``fn(error)`` for what goes wrong in the other callbacks and in the page.

        Without one the errors are raised, and Jupyter writes them into its log.
        """
        self._listen("error", fn)

    def _listen(self, what: str, fn: Callable[..., Any]) -> None:
        self._heard.setdefault(what, []).append(fn)

    def _send(
        self, kind: str, buffers: list[bytes | memoryview] | None = None, **content: Any
    ) -> None:
        self._pointer.send({"type": kind, **content}, buffers)

    def _receive(self, _widget: Any, message: Any, _buffers: Any) -> None:
        try:
            self._handle(message)
        except Exception as error:
            listeners = self._heard.get("error", [])
            if not listeners:
                raise
            for fn in listeners:
                fn(error)

    def _handle(self, message: Any) -> None:
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
            self._tell("key", read_key(message))
        elif kind in ("wheel", "pan"):
            # The page sends the next one only after this: a slow redraw never makes a queue.
            try:
                self._move(kind, message)
            finally:
                self._send("settled", page=message.get("page"), serial=message.get("serial"))
        elif kind == "ready":
            # Between a browser and a kernel on one machine bytes are cheap and packing is slow.
            self._raw = message.get("host") in _NEAR and message.get("raw") is True
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

    def _tell(self, what: str, *values: Any) -> None:
        for fn in self._heard.get(what, []):
            fn(*values)


def _trimmed(picture: np.ndarray) -> tuple[np.ndarray | None, int, int]:
    """The part that is not wholly transparent and its corner (x, y); RGB where nothing is.

    An overlay of a few dots is then a small picture.
    """
    if picture.shape[2] == 3:
        return picture, 0, 0
    opacity = np.ascontiguousarray(picture[..., 3])
    if opacity.min() == 255:
        return picture[..., :3], 0, 0
    rows = np.flatnonzero(opacity.any(axis=1))
    if not len(rows):
        return None, 0, 0
    columns = np.flatnonzero(opacity.any(axis=0))
    top, left = int(rows[0]), int(columns[0])
    return picture[top : rows[-1] + 1, left : columns[-1] + 1], left, top


def _raw(picture: np.ndarray) -> memoryview:
    """A picture's RGBA bytes, row by row."""
    if picture.shape[2] == 3:
        import cv2

        picture = cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA)
    return np.ascontiguousarray(picture).data.cast("B")


def _data_address(picture: np.ndarray) -> bytes:
    """A picture (h, w, 3 or 4) uint8 sRGB as the data: address of a PNG."""
    import cv2

    code = cv2.COLOR_RGB2BGR if picture.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
    # Compression 1 takes a quarter of the time of Pillow's default for a seventh more bytes.
    options = [cv2.IMWRITE_PNG_COMPRESSION, 1]
    good, packed = cv2.imencode(".png", cv2.cvtColor(picture, code), options)
    if not good:
        raise ArrayError(f"expected a picture that can be packed as PNG, got {picture.shape}")
    return b"data:image/png;base64," + base64.b64encode(packed.tobytes())
