"""The click head: from what U²-Net-p saw in a window, and clicks, a box and the last mask.

A small network that was trained for this project (``models/lite_click_head.md`` says on what and
how well it does) and lies beside it as an ONNX file; it runs in a few hundredths of a second.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import weights
from ..arrays import sigmoid
from ..coordinates import Box, Point
from ..errors import MissingPackageError, WeightsDamagedError, WeightsMissingError
from ..nets.shipped import shipped_path
from .automatic import RECIPES, normalised
from .onnxfile import refuse_other_files
from .onnxpart import leading_to
from .regions import Window
from .u2net import SIDE

GRID = 160  # the head answers on so many cells a side, whatever the window's shape
FILE = "lite_click_head.onnx"

STAGES = ("1686", "1166", "1544", "1235", "1429", "1264", "1341", "1293")
"""U²-Net-p's inner tensors that the head looks at, by their names in the file of the catalogue: the
outputs of the stages De_2 (160 pixels a side), En_3, De_3 (80), En_4, De_4 (40), En_5, De_5 (20)
and En_6 (10), 64 channels each."""

SIDEWAYS = "1857"
"""What stands out, before the sigmoid, as De_2 sees it: 160 pixels a side. The stage after it, at
320, takes more than half of the network's time and moves only the edges."""

_RADIUS = 3  # of a click's disk, cells
_NEAR = 14.0  # nearness to a click falls to 1/e over so many cells
_NAMES = ("d2", "e3", "d3", "e4", "d4", "e5", "d5", "e6")


@dataclass(frozen=True, eq=False)
class Seen:
    """What U²-Net-p saw in a window.

    Attributes:
        features: float16, see ``u2net.FEATURES``.
        picture: (1, 12, 160, 160) float16 in [0, 1]: the window at 320 pixels a side, each cell's
            four pixels as channels.
        saliency: (1, 1, 160, 160) float16.
    """

    features: tuple[np.ndarray, ...]
    picture: np.ndarray
    saliency: np.ndarray


class Stages:
    """U²-Net-p as far as the stage De_2, its inner stages to be seen. Safe from any thread."""

    def __init__(self, path: str | Path) -> None:
        """Read U²-Net-p; see ``_session`` for what it raises."""
        self._session = _session(Path(path), (SIDEWAYS, *STAGES))
        self._input = self._session.get_inputs()[0].name
        self._lock = threading.Lock()

    def look(self, pixels: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """The saliency of a picture, nearly that of ``U2Net.saliency``, and what the stages saw.

        Args:
            pixels: (H, W, 3) uint8 sRGB.

        Returns:
            (160, 160) float32 in [0, 1], and STAGES, (1, 64, s, s) float32 each.
        """
        picture = normalised(pixels, (SIDE, SIDE), RECIPES["u2netp"])
        with self._lock:
            logits, *inner = self._session.run(None, {self._input: picture[None]})
        raw = sigmoid(logits[0, 0])
        low, high = float(raw.min()), float(raw.max())
        found = np.clip((raw - low) / max(max(high, 0.5) - low, 1e-6), 0, 1)
        return found.astype(np.float32), inner

    def see(self, fine: np.ndarray) -> tuple[np.ndarray, Seen]:
        """The saliency (160, 160) of a picture, and what the head needs of it."""
        import cv2

        saliency, inner = self.look(fine)
        shrinks = fine.shape[0] > SIDE and fine.shape[1] > SIDE
        way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        small = cv2.resize(fine, (SIDE, SIDE), interpolation=way)
        parts = small.reshape(GRID, 2, GRID, 2, 3).transpose(1, 3, 4, 0, 2)
        return saliency, Seen(
            tuple(f.astype(np.float16) for f in inner),
            (parts.reshape(1, 12, GRID, GRID) / np.float32(255)).astype(np.float16),
            saliency[None, None].astype(np.float16),
        )


class ClickHead:
    """The network, ready to run on the CPU. Deterministic. Safe from any thread."""

    def __init__(self, path: str | Path) -> None:
        """Read the network.

        Raises:
            WeightsMissingError, WeightsDamagedError, WeightsUnsafeError: no file, or not this
                network, or one that names other files.
            MissingPackageError: onnxruntime is not installed.
        """
        self._session = _session(Path(path))
        names = [i.name for i in self._session.get_inputs()]
        if names != [*_NAMES, "picture", "saliency", "prompts"]:
            raise WeightsDamagedError(f"expected the click head in {Path(path).name}, got {names}")
        self._lock = threading.Lock()

    def answer(
        self,
        seen: Seen,
        window: Window,
        points: Sequence[Point],
        labels: Sequence[int],
        box: Box | None = None,
        last: np.ndarray | None = None,
    ) -> np.ndarray:
        """How likely each cell of a window is meant.

        Args:
            seen: of ``window``.
            points, labels: clicks in image pixels; those outside the window say nothing.
            box: in image pixels.
            last: (160, 160) float32 in [0, 1] over the window, the answer before.

        Returns:
            (160, 160) float32 in [0, 1] over the window.
        """
        prompts = planes(window, points, labels, box, last)
        inputs = {k: v.astype(np.float32) for k, v in zip(_NAMES, seen.features, strict=True)}
        inputs["picture"] = seen.picture.astype(np.float32)
        inputs["saliency"] = seen.saliency.astype(np.float32)
        inputs["prompts"] = prompts[None]
        with self._lock:
            logits = self._session.run(None, inputs)[0]
        return (1 / (1 + np.exp(-np.clip(logits[0, 0], -30, 30)))).astype(np.float32)


def planes(
    window: Window,
    points: Sequence[Point],
    labels: Sequence[int],
    box: Box | None,
    last: np.ndarray | None,
) -> np.ndarray:
    """The prompts as the head was trained to read them: (8, 160, 160) float32.

    Disks of keep clicks, of drop clicks; nearness to the next keep click, to the next drop click;
    the box, whether there is one; the last mask from −1 to 1, whether there is one.
    """
    import cv2

    made = np.zeros((8, GRID, GRID), np.float32)
    for wanted, plane in ((1, 0), (0, 1)):
        apart = np.ones((GRID, GRID), np.uint8)
        for point, label in zip(points, labels, strict=True):
            if label == wanted and window.holds(point):
                row, column = window.cell(point, (GRID, GRID))
                cv2.circle(made[plane], (column, row), _RADIUS, 1.0, -1)
                apart[row, column] = 0
        if not apart.all():
            way = cv2.distanceTransform(apart, cv2.DIST_L2, cv2.DIST_MASK_5)
            made[plane + 2] = np.exp(-way / _NEAR)
    if box is not None:
        x = window.x0 + (np.arange(GRID) + 0.5) * window.width / GRID
        y = window.y0 + (np.arange(GRID) + 0.5) * window.height / GRID
        rows, columns = (y > box[1]) & (y < box[3]), (x > box[0]) & (x < box[2])
        made[4] = rows[:, None] & columns[None, :]
        made[5] = 1
    if last is not None:
        made[6] = 2 * last - 1
        made[7] = 1
    return made


def _session(path: Path, inner: tuple[str, ...] = ()) -> Any:
    """A network ready to run on the CPU with at most two threads; ``inner``: as far as these.

    Raises:
        MissingPackageError, WeightsMissingError, WeightsDamagedError, WeightsUnsafeError: see
            ``ClickHead``.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingPackageError(
            f"expected the package onnxruntime for lite, got: {error}; "
            "install it with: pip install onnxruntime"
        ) from error
    if not path.is_file():
        raise WeightsMissingError(f"expected a network of lite's at {path}, got no such file")
    refuse_other_files(path)
    options = onnxruntime.SessionOptions()
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    options.intra_op_num_threads = min(2, processors)
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what goes wrong is raised
    # Threads that wait by turning around take the processor from whatever else runs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    network = path.read_bytes()
    try:
        return onnxruntime.InferenceSession(
            leading_to(network, inner) if inner else network,
            options,
            providers=["CPUExecutionProvider"],
        )
    except Exception as error:
        # onnxruntime's exceptions share no public base class.
        words = " ".join(str(error).split())[:120]
        raise WeightsDamagedError(
            f"expected a whole ONNX network in {path}, got: {words}"
        ) from error


def head_path() -> Path | None:
    """The file of the click head; None where it is not there."""
    return shipped_path(FILE)


def head_for(network: Path) -> Path | None:
    """The click head's file where ``network`` is what it was trained on, U²-Net-p; else None."""
    path = head_path()
    if path is None or weights.file_sha256(network) != weights.catalogue()["u2netp"].sha256:
        return None
    return path
