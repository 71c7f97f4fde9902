"""Gestures to edits: what a press, a drag, a key or the wheel means. No ipywidgets in here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..coordinates import Box, Point, View
from ..edits import Edit
from ..errors import EditError, PromptError
from ..proposals import Proposals
from ..session import Session
from ..starting import scissors_reach, wire_of
from . import keys, tiles
from .gestures import Gesture, Key
from .looks import COMPARABLE, VIEW_MODES
from .tools import REFLECTION_TOOLS, SHADOW_TOOLS, SWAPPED, TOOLS

MODEL_VIEW = 1024
"""Pixels a side of what Segment Anything sees of a photo, however large it is."""

_MARKS = {"Sure foreground": 1.0, "Sure background": 0.0, "Unknown": 0.5}

# (Shift, Alt) → how a tool's mask and the mask so far become one, as in Photoshop.
_COMBINE = {
    (False, False): "replace",
    (True, False): "add",
    (False, True): "subtract",
    (True, True): "intersect",
}


class Controller:
    """What the hand does, made into edits of a session and into a view of it.

    Attributes:
        session: where the edits go.
        tool: the name of the tool in force.
        brush_size: diameter in image pixels; brush_hardness, brush_opacity, brush_flow: 0–1.
        wand_tolerance: 0–255; wand_contiguous: only what hangs together.
        view: what of the image is shown.
        view_mode: one of VIEW_MODES.
        colour: "#rrggbb", what the view "On colour" lays behind the cut-out.
        grounds: what the view Backgrounds lays behind it, a tile each: names of tiles.BACKGROUNDS,
            and pictures.
        comparison: one of looks.COMPARISONS: how what is shown is held against something else.
        proposals: the photo's objects, once they were looked for.
        canvas: the stage's (width, height) in page pixels.
        closer: whether prompts are asked of what is in sight alone, where that is a closer look.
    """

    def __init__(self, session: Session, canvas: tuple[int, int]) -> None:
        self.session, self.canvas = session, canvas
        self.tool = "Keep"
        self.brush_size = float(max(8, round(max(session.photo.shape) / 25)))
        self.brush_hardness, self.brush_opacity, self.brush_flow = 0.8, 1.0, 1.0
        self.wand_tolerance, self.wand_contiguous = 32.0, True
        self._view_mode = "Overlay"
        self.colour = "#00b140"
        self._grounds: tuple[Any, ...] = tiles.grounds(tiles.COUNTS[0])
        self._comparison = "Off"
        self.closer = False
        self.view = View.fit(session.photo.shape, canvas)
        self.proposals: Proposals | None = None
        self._actions: dict[str, Callable[[], object]] = {}

    # ------------------------------------------------------------------------- the pointer

    def gesture(self, gesture: Gesture) -> Edit | None:
        """The edit that a gesture makes, already made; None where it makes none.

        The tool is the one in force when the gesture began. Alt or the right button turn keep
        into drop and back.

        Raises:
            PromptError, EditError: the gesture makes no sense here; nothing has changed.
        """
        tool = held = gesture.tool or self.tool
        if gesture.alt or gesture.button == 2:
            tool = SWAPPED.get(tool, tool)
        if gesture.button == 2 and gesture.kind == "click" and not TOOLS[tool].brush:
            tool = "Drop" if held != "Drop" else "Keep"  # whatever the tool
        if tool in ("Hand", "Zoom") or gesture.button == 1:
            return None
        if tool == "Pick":
            return self._pick(gesture)
        if tool == "Eyedropper":
            self.colour = self._colour_at(*self._pressed(gesture.points))
            self._act("colour")
            return None
        session, subject, points = self.session, self.session.subject(), gesture.points
        before = len(session.edits)
        if tool in ("Keep", "Drop"):
            x, y = self._pressed(points)
            subject.click(x, y, keep=tool == "Keep", region=self._region(x, y, x, y))
        elif tool == "Magic wand":
            x, y = self._pressed(points)
            combine = _COMBINE[gesture.shift, gesture.alt]
            subject.magic_wand(
                x, y, self.wand_tolerance, contiguous=self.wand_contiguous, combine=combine
            )
        elif tool == "Depth":
            place = self._pressed(points)
            subject.select_depth(at=[place], combine=_COMBINE[gesture.shift, gesture.alt])
        elif tool == "Box":
            box = self._box(points)
            subject.box(*box, region=self._region(*box))
        elif tool in ("Lasso", "Polygon"):
            subject.lasso(points)
        elif tool == "Scissors":
            subject.scissors(points, combine=_COMBINE[gesture.shift, gesture.alt])
        elif tool in ("Scribble keep", "Scribble drop"):
            subject.scribble(points, keep=tool == "Scribble keep", width=self.brush_size)
        elif tool in ("Brush keep", "Brush remove"):
            subject.paint(
                points,
                keep=tool == "Brush keep",
                size=self.brush_size,
                hardness=self.brush_hardness,
                opacity=self.brush_opacity,
                flow=self.brush_flow,
                pressure=gesture.pressures,
            )
        elif tool == "Restore":
            subject.restore(points, size=self.brush_size, hardness=self.brush_hardness)
        elif tool == "Refine edge":
            subject.refine_edge(points, size=self.brush_size)
        elif tool == "Pass":
            subject.add_pass(points)
        elif tool in SHADOW_TOOLS:
            subject.shadow_here(points, keep=tool == "Shadow here", size=self.brush_size)
        elif tool in REFLECTION_TOOLS:
            subject.reflection_here(points, keep=tool == "Reflection", size=self.brush_size)
        elif tool in _MARKS:
            subject.mark(points, value=_MARKS[tool], size=self.brush_size)
        else:
            raise EditError(f"expected a tool among {', '.join(TOOLS)}, got {tool!r}")
        return session.edits[-1] if len(session.edits) > before else None

    def way(self, start: Point, end: Point) -> np.ndarray:
        """How the scissors' line would run between two places, (n, 2) in image pixels.

        Takes milliseconds once a way from ``start`` was asked, and some tenths of a second before.
        """
        photo = self.session.photo
        wire, reach = wire_of(photo, self.session.bench.stages), scissors_reach(photo.shape)
        return wire.path(wire.snap(start, reach), wire.snap(end, reach))

    def _pressed(self, points: tuple[Point, ...]) -> Point:
        """Where a click was; a drag with a click tool is a hand that slipped: its start counts."""
        height, width = self.session.photo.shape
        x, y = points[0]
        if not (0 <= x < width and 0 <= y < height):
            raise PromptError("expected a click on the photo, got one beside it")
        return x, y

    def _colour_at(self, x: float, y: float) -> str:
        """The photo's colour there, "#rrggbb": the mean of 3 × 3 pixels, which a JPEG's grain asks
        for."""
        column, row = int(x), int(y)
        part = self.session.photo.image8[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
        red, green, blue = (round(v) for v in part.reshape(-1, 3).mean(axis=0))
        return f"#{red:02x}{green:02x}{blue:02x}"

    def _pick(self, gesture: Gesture) -> Edit:
        """The smallest object under the pointer as a subject; with Shift the largest."""
        if self.proposals is None:
            raise EditError(
                "expected objects to pick from, got none yet: wait until they are found, or press "
                "Find objects"
            )
        height, width = self.session.photo.shape
        x, y = gesture.points[0]
        inside = 0 <= x < width and 0 <= y < height
        stack = self.proposals.stack((x, y)) if inside else ()
        if not stack:
            raise PromptError("expected a click on an object that was found, got one beside them")
        self.session.pick(self.proposals[stack[-1 if gesture.shift else 0]])
        return self.session.edits[-1]

    def _box(self, points: tuple[Point, ...]) -> tuple[float, float, float, float]:
        """The box of a drag, cut to the photo: a hand that overshoots means the border."""
        if len(points) < 2:
            raise PromptError("expected a drag from corner to corner for a box, got a click")
        height, width = self.session.photo.shape
        (ax, ay), (bx, by) = points[0], points[-1]
        x0, x1 = (min(max(v, 0.0), float(width)) for v in sorted((ax, bx)))
        y0, y1 = (min(max(v, 0.0), float(height)) for v in sorted((ay, by)))
        if x1 - x0 < 2 or y1 - y0 < 2:
            raise PromptError(
                f"expected a box of at least 2 pixels a side on the photo, got "
                f"{x1 - x0:.1f} × {y1 - y0:.1f}"
            )
        return x0, y0, x1, y1

    def _region(self, x0: float, y0: float, x1: float, y1: float) -> tuple[float, ...]:
        """What a prompt with these corners is asked of: what is in sight, or () for the photo."""
        sight = self.in_sight
        inside = sight[0] <= x0 and sight[1] <= y0 and x1 <= sight[2] and y1 <= sight[3]
        return sight if self.closer and self.can_look_closer and inside else ()

    # ---------------------------------------------------------------------------- the view

    @property
    def view_mode(self) -> str:
        """One of VIEW_MODES. Where the whole photo is in sight, it stays so: in each tile."""
        return self._view_mode

    @view_mode.setter
    def view_mode(self, mode: str) -> None:
        with self._kept_whole():
            self._view_mode = mode

    @property
    def grounds(self) -> tuple[Any, ...]:
        """What the tiles of the view Backgrounds have behind the cut-out."""
        return self._grounds

    @grounds.setter
    def grounds(self, grounds: tuple[Any, ...]) -> None:
        with self._kept_whole():
            self._grounds = grounds

    @property
    def comparison(self) -> str:
        """One of looks.COMPARISONS, in the views that can be held against another."""
        return self._comparison if self._view_mode in COMPARABLE else "Off"

    @comparison.setter
    def comparison(self, how: str) -> None:
        with self._kept_whole():
            self._comparison = how

    @contextmanager
    def _kept_whole(self) -> Iterator[None]:
        """The stage is divided in another way: where the whole photo is in sight, it stays so."""
        whole = self.view == self._whole(self.canvas)
        yield
        if whole:
            self.fit()

    @property
    def pieces(self) -> int:
        """How many tiles the stage is divided into; 1 where it is not."""
        if self.view_mode == "Backgrounds":
            return len(self._grounds)
        return 2 if self.comparison == "Side by side" else 1

    @property
    def _window(self) -> tuple[int, int]:
        """(width, height) in page pixels of what shows one piece of the photo."""
        return tiles.size(self.canvas, self.pieces)

    def _whole(self, canvas: tuple[int, int]) -> View:
        """The view that shows the whole photo."""
        return tiles.fit(self.session.photo.shape, canvas, self.pieces)

    @property
    def in_sight(self) -> Box:
        """The part of the photo that the stage shows, (x0, y0, x1, y1) in image pixels."""
        height, width = self.session.photo.shape
        (wide, tall), scale = self._window, self.view.scale
        left = self.view.x + (self.canvas[0] - wide) / 2 / scale
        top = self.view.y + (self.canvas[1] - tall) / 2 / scale
        return (
            min(max(left, 0.0), width - 1.0),
            min(max(top, 0.0), height - 1.0),
            max(min(left + wide / scale, float(width)), 1.0),
            max(min(top + tall / scale, float(height)), 1.0),
        )

    @property
    def can_look_closer(self) -> bool:
        """Whether a model sees more in what is in sight than in the photo as a whole.

        It does where the photo is larger than a model's view of it, and less than half of it is in
        sight, in width and in height.
        """
        height, width = self.session.photo.shape
        x0, y0, x1, y1 = self.in_sight
        return max(width, height) > MODEL_VIEW and x1 - x0 < width / 2 and y1 - y0 < height / 2

    def zoom(self, factor: float, around: Point | None = None) -> View:
        """Zoom by a factor around a canvas point (the middle by default)."""
        middle = self.canvas[0] / 2, self.canvas[1] / 2
        self.view = self._kept_in_sight(self.view.zoomed(factor, around or middle))
        return self.view

    def pan(self, dx: float, dy: float) -> View:
        """Move the image by (dx, dy) canvas pixels."""
        self.view = self._kept_in_sight(self.view.panned(dx, dy))
        return self.view

    def resize(self, canvas: tuple[int, int]) -> View:
        """The stage has another size now: the whole photo stays whole, else the middle stays."""
        before, self.canvas = self.canvas, canvas
        if self.view == self._whole(before):
            return self.fit()
        view = self.view
        self.view = self._kept_in_sight(
            view.panned((canvas[0] - before[0]) / 2, (canvas[1] - before[1]) / 2)
        )
        return self.view

    def fit(self) -> View:
        """Show the whole photo."""
        self.view = self._whole(self.canvas)
        return self.view

    def actual_size(self, scale: float = 1.0) -> View:
        """One image pixel is ``scale`` page pixels (1 is 100 %); the middle stays."""
        return self.zoom(scale / self.view.scale)

    def look_at(self, box: Box) -> View:
        """Show a box (x0, y0, x1, y1) of the image with as much again around it, up to 800 %."""
        x0, y0, x1, y1 = box
        wide, tall = self._window
        room = (wide / (2 * (x1 - x0)), tall / (2 * (y1 - y0)), 8.0)
        scale = max(min(room), self._whole(self.canvas).scale)
        left = (x0 + x1 - self.canvas[0] / scale) / 2
        top = (y0 + y1 - self.canvas[1] / scale) / 2
        self.view = self._kept_in_sight(View(scale, left, top))
        return self.view

    def _kept_in_sight(self, view: View) -> View:
        """The view moved so that the canvas's middle lies on the photo: nobody gets lost."""
        height, width = self.session.photo.shape
        half_x, half_y = self.canvas[0] / 2 / view.scale, self.canvas[1] / 2 / view.scale
        x = min(max(view.x + half_x, 0), width) - half_x
        y = min(max(view.y + half_y, 0), height) - half_y
        return View(view.scale, x, y)

    # ---------------------------------------------------------------------------- the keys

    def on_action(self, name: str, action: Callable[[], object]) -> None:
        """Say what a named action of ``key`` does, for those that are the app's."""
        self._actions[name] = action

    def key(self, key: Key) -> str | None:
        """What a key means, already done; the action's name, or None for a key without one."""
        meant = keys.meaning(key)
        if meant is None:
            return None
        kind, name = meant
        if kind == "tool":
            self.tool = name
            return self._act("tool")
        if kind == "subject":
            subjects = self.session.subjects
            if int(name) > len(subjects):
                return None
            self.session.select(subjects[int(name) - 1])
            return f"subject {name}"
        if name == "undo":
            self.session.undo()
        elif name == "redo":
            self.session.redo()
        elif name == "rerun":
            self.session.subject().rerun()
        elif name in ("smaller", "larger"):
            factor = 1.25 if name == "larger" else 0.8
            size = round(self.brush_size * factor)
            # A step of a quarter is none for the smallest brushes.
            size += (size == self.brush_size) * (1 if name == "larger" else -1)
            self.brush_size = float(min(max(size, 1), 1000))
        elif name in ("softer", "harder"):
            step = 0.1 if name == "harder" else -0.1
            self.brush_hardness = min(max(round(self.brush_hardness + step, 2), 0), 1)
        elif name == "swap":
            self.tool = SWAPPED.get(self.tool, self.tool)
        elif name in ("next view", "view before"):
            at = VIEW_MODES.index(self.view_mode) + (1 if name == "next view" else -1)
            self.view_mode = VIEW_MODES[at % len(VIEW_MODES)]
        elif name == "fit":
            self.fit()
        elif name == "actual size":
            self.actual_size()
        elif name in ("zoom in", "zoom out"):
            self.zoom(1.25 if name == "zoom in" else 0.8)
        return self._act(name)

    def _act(self, name: str) -> str:
        """Do what the app does besides."""
        if name in self._actions:
            self._actions[name]()
        return name
