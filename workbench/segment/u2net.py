"""U²-Net-p: what in a picture draws the eye, without being asked.

Qin et al., U²-Net: Going deeper with nested U-structure for salient object detection, Pattern
Recognition 2020. The small version (1.1 M parameters) runs on onnxruntime in a fraction of a
second.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import numpy as np

from ..arrays import check_image, logit, to_uint8
from ..coordinates import Frame
from ..errors import MissingPackageError, WeightsDamagedError, WeightsMissingError
from ..progress import Progress, report
from .base import Prediction

SIDE = 320

_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_STD = np.array([0.229, 0.224, 0.225], np.float32)
_CERTAIN = 0.5
_BOUND = 8.0  # an automatic answer is never surer than a sigmoid of ±8


class U2Net:
    """The network, ready to run on the CPU with at most two threads. Safe from any thread."""

    def __init__(self, path: str | Path) -> None:
        """Read the network.

        Raises:
            MissingPackageError: onnxruntime is not installed.
            WeightsMissingError, WeightsDamagedError: no file, or not this network.
        """
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingPackageError(
                f"expected the package onnxruntime for U²-Net-p, got: {error}; "
                "install it with: pip install onnxruntime"
            ) from error
        path = Path(path)
        if not path.is_file():
            raise WeightsMissingError(f"expected U²-Net-p's weights at {path}, got no such file")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(2, os.cpu_count() or 1)
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            # onnxruntime's exceptions share no public base class.
            words = " ".join(str(error).split())[:120]
            raise WeightsDamagedError(
                f"expected a whole ONNX network in {path}, got: {words}"
            ) from error
        shape = session.get_inputs()[0].shape
        if len(shape) != 4 or list(shape[1:]) != [3, SIDE, SIDE]:
            raise WeightsDamagedError(
                f"expected a network of input (1, 3, {SIDE}, {SIDE}) in {path.name}, got {shape}"
            )
        self._session = session
        self._input = session.get_inputs()[0].name
        self._output = session.get_outputs()[0].name
        self._lock = threading.Lock()

    def saliency(self, image: np.ndarray, progress: Progress | None = None) -> np.ndarray:
        """What draws the eye in a picture, on the network's own square grid.

        The picture is squeezed to 320 × 320, divided by its maximum, and normalised by ImageNet's
        mean and deviation, as in training. The output is stretched to reach 0, and 1 as well when
        the network found something (its maximum passes 0.5): stretching the answer to a picture
        of nothing would make noise look certain.

        Args:
            image: (H, W, 3), uint8 sRGB (uint16 and float are converted).

        Returns:
            (320, 320) float32 in [0, 1].
        """
        import cv2

        pixels = to_uint8(check_image(image))
        report(progress, 0.0, "finding what stands out")
        # Averaging where it shrinks, as Pillow's filters do: plain sampling would alias.
        shrinks = pixels.shape[0] > SIDE and pixels.shape[1] > SIDE
        small: np.ndarray = cv2.resize(
            pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        ).astype(np.float32)
        small /= max(float(small.max()), 1.0)
        tensor = ((small - _MEAN) / _STD).transpose(2, 0, 1)[None]
        with self._lock:
            raw: Any = self._session.run(
                [self._output], {self._input: np.ascontiguousarray(tensor, np.float32)}
            )[0]
        found = np.asarray(raw, np.float32).reshape(SIDE, SIDE)
        low, high = float(found.min()), float(found.max())
        stretched = (found - low) / max(max(high, _CERTAIN) - low, 1e-6)
        report(progress, 1.0, "finding what stands out")
        return np.clip(stretched, 0, 1).astype(np.float32)

    def salient(self, image: np.ndarray, progress: Progress | None = None) -> Prediction:
        """The automatic answer: what stands out in the whole photo, with no prompt at all.

        Args:
            image: (H, W, 3), uint8 sRGB (uint16 and float are converted).

        Returns:
            One candidate, logits (1, 320, 320) over the whole image. Its score is how far the map
            is from undecided: the mean of max(p, 1 − p) where anything was found.
        """
        found = self.saliency(image, progress)
        shape = (int(np.shape(image)[0]), int(np.shape(image)[1]))
        where = found > 0.1
        score = float(np.maximum(found, 1 - found)[where].mean()) if where.any() else 0.0
        logits = np.clip(logit(found), -_BOUND, _BOUND)[None]
        return Prediction.ranked(np.array([score], np.float32), logits, Frame.whole(shape), shape)
