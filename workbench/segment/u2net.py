"""U²-Net-p: what in a picture draws the eye, without being asked.

Qin et al., U²-Net: Going deeper with nested U-structure for salient object detection, Pattern
Recognition 2020. The small version (1.1 M parameters) runs on onnxruntime in a fraction of a
second.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import WeightsMismatchError
from ..progress import Progress
from .automatic import AutomaticModel

SIDE = 320


class U2Net(AutomaticModel):
    """The network on its own square grid, with at most two threads. Safe from any thread."""

    def __init__(self, path: str | Path, identity: str = "") -> None:
        """Read the network; see ``AutomaticModel``."""
        super().__init__(path, "u2netp", identity, threads=2)
        if self.grid((1, 1)) != (SIDE, SIDE):
            raise WeightsMismatchError(
                f"expected a network of input (1, 3, {SIDE}, {SIDE}) in {Path(path).name}, got "
                f"{self.grid((1, 1))}"
            )

    def saliency(self, image: np.ndarray, progress: Progress | None = None) -> np.ndarray:
        """What draws the eye in a picture. image: (H, W, 3); (320, 320) float32 in [0, 1]."""
        return self.belief(image, progress)
