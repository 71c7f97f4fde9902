"""A network in an ONNX file, run on the CPU by onnxruntime, so that it can be cancelled."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import (
    MissingPackageError,
    ModelError,
    WeightsDamagedError,
    WeightsMismatchError,
    WeightsMissingError,
)
from ..progress import Progress, report
from .onnxfile import refuse_other_files

_LARGE = 100_000_000  # bytes of a file whose memory is given back after each run
_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


class Network:
    """One picture in, planes out. Safe from any thread.

    Attributes:
        name: what people call it.
        size: (height, width) that it wants, each None where it takes any.
        outputs: how many it has.
    """

    def __init__(self, path: str | Path, name: str, threads: int | None = None) -> None:
        """Read the network.

        Args:
            path: an .onnx file that holds all of it.
            name: what people call it, for messages.
            threads: at most so many; None takes what there is.

        Raises:
            MissingPackageError: onnxruntime is not installed.
            WeightsMissingError, WeightsDamagedError: no file, or no network.
            WeightsUnsafeError: it names other files.
            WeightsMismatchError: it does not take one picture (1, 3, height, width).
        """
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingPackageError(
                f"expected the package onnxruntime for {name}, got: {error}; "
                "install it with: pip install onnxruntime"
            ) from error
        path = Path(path)
        if not path.is_file():
            raise WeightsMissingError(f"expected {name}'s weights at {path}, got no such file")
        refuse_other_files(path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(threads or 1024, _processors())
        options.inter_op_num_threads = 1
        options.log_severity_level = 4  # what goes wrong is raised; it need not be printed as well
        # Not the format that onnxruntime would guess from the file's name.
        options.add_session_config_entry("session.load_model_format", "ONNX")
        if path.stat().st_size > _LARGE:
            options.enable_cpu_mem_arena = False
        try:
            session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            # onnxruntime's exceptions share no public base class.
            raise WeightsDamagedError(
                f"expected a whole ONNX network in {path}, got: {_words(error)}"
            ) from error
        self.name = name
        self._options = onnxruntime.RunOptions
        self._session = session
        self._read_face(path.name)
        self._lock = threading.Lock()

    def _read_face(self, file: str) -> None:
        """Take down what goes in and comes out."""
        inputs, self._outputs = self._session.get_inputs(), self._session.get_outputs()
        found = ", ".join(f"{list(i.shape)} {i.type}" for i in inputs)
        shape = inputs[0].shape if len(inputs) == 1 else ()
        dtype = _TYPES.get(inputs[0].type) if len(inputs) == 1 else None
        fixed = [d if isinstance(d, int) and d > 0 else None for d in shape]
        if (
            dtype is None
            or len(fixed) != 4
            or fixed[0] not in (None, 1)
            or fixed[1] not in (None, 3)
        ):
            raise WeightsMismatchError(
                f"expected a network that takes one picture (1, 3, height, width) of floats for "
                f"{self.name} in {file}, got {found or 'no input'}"
            )
        self._dtype: Any = dtype
        self._input = inputs[0].name
        self.size = (fixed[2], fixed[3])
        self.outputs = len(self._outputs)

    def run(
        self, picture: np.ndarray, output: int = 0, progress: Progress | None = None
    ) -> np.ndarray:
        """One of the network's outputs for a picture.

        Args:
            picture: (3, height, width) float32.
            output: which, from 0.
            progress: asked several times a second whether to go on; a CancelledError out of it
                stops the network where it stands.

        Returns:
            (h, w) float32.

        Raises:
            WeightsMismatchError: that output is not one plane of finite numbers.
            ModelError: it could not be computed, for example for want of memory.
            CancelledError: out of ``progress``.
        """
        options = self._options()
        feed = {self._input: np.ascontiguousarray(picture[None], self._dtype)}
        wanted = [self._outputs[output].name]
        answer: list[Any] = []

        def compute() -> None:
            try:
                answer.append(self._session.run(wanted, feed, options)[0])
            except Exception as error:  # noqa: BLE001 - onnxruntime's share no public base class
                answer.append(error)

        with self._lock:
            if progress is None:
                compute()
            else:
                _while_asking(compute, options, progress, f"{self.name} looks at the photo")
        if isinstance(answer[0], Exception):
            height, width = picture.shape[1:]
            raise ModelError(
                f"expected an answer of {self.name} for {width} × {height} pixels, got: "
                f"{_words(answer[0])}"
            ) from answer[0]
        plane = np.asarray(answer[0], np.float32)
        shape = plane.shape
        if plane.size == 0 or plane.ndim < 2 or plane.size != shape[-1] * shape[-2]:
            raise WeightsMismatchError(
                f"expected one plane (1, 1, height, width) out of {self.name}, got {shape}"
            )
        if not np.isfinite(plane).all():
            raise WeightsMismatchError(f"expected numbers out of {self.name}, got NaN or infinity")
        return plane.reshape(shape[-2:])


def _while_asking(compute: Any, options: Any, progress: Progress, words: str) -> None:
    """Compute in a thread of its own; stop it when ``progress`` raises."""
    done = threading.Event()

    def work() -> None:
        try:
            compute()
        finally:
            done.set()

    report(progress, 0.0, words)
    thread = threading.Thread(target=work, daemon=True, name="workbench-network")
    thread.start()
    try:
        while not done.wait(0.1):
            report(progress, 0.5, words)
    except BaseException:
        options.terminate = True
        done.wait()
        raise


def _processors() -> int:
    """How many this process may use: a container is often given few of many."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _words(error: BaseException) -> str:
    return " ".join(str(error).split())[:160]
