"""What lite knows of a photo: the parts that it looked at last."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..coordinates import regrid
from ..progress import Progress, report
from .click_head import Seen, Stages
from .regions import Regions, Window, shrunk, split
from .u2net import U2Net

WORK = 320  # long side of the grid that is cut
FINE = 1024  # long side of the logits
CROPS = 8  # crops remembered for each photo
CROP_BYTES = 12 * 2**20  # an upper bound of what one takes


@dataclass(frozen=True, eq=False)
class Crop:
    """What is known of a part of the photo.

    Attributes:
        window: the part, in image pixels.
        fine: (h, w, 3) uint8, its long side at most FINE.
        picture: (h, w, 3) uint8, its long side at most WORK.
        saliency: (h, w) float32 in [0, 1], what draws the eye in it.
        seen: what the click head needs of it, or None where there is no head.
    """

    window: Window
    fine: np.ndarray
    picture: np.ndarray
    saliency: np.ndarray
    seen: Seen | None

    @cached_property
    def regions(self) -> Regions:
        """Of ``picture``; made when they are wanted."""
        return split(self.picture)


class LiteData:
    """What an Embedding of this segmenter holds: the photo, and the crops looked at last."""

    def __init__(self, pixels: np.ndarray, window: Window, identity: str) -> None:
        self.pixels = pixels
        self.window = window
        self.identity = identity
        self._crops: OrderedDict[Window, Crop] = OrderedDict()
        self._lock = threading.Lock()

    def crop(
        self, window: Window, network: U2Net | Stages, progress: Progress | None = None
    ) -> Crop:
        """What is known of a window; computed when it is not among the last few."""
        with self._lock:
            found = self._crops.get(window)
            if found is not None:
                self._crops.move_to_end(window)
                return found
        fine = shrunk(self.pixels[window.slices], window.fitted(FINE))
        size = window.fitted(WORK)
        picture = shrunk(fine, size)
        seen: Seen | None = None
        if isinstance(network, Stages):
            report(progress, 0.0, "finding what stands out")
            square, seen = network.see(fine)
            report(progress, 1.0, "finding what stands out")
        else:
            square = network.saliency(fine, progress)
        grid = regrid(square, window.frame, window.frame, size, 0.0)
        made = Crop(window, fine, picture, np.clip(grid, 0, 1), seen)
        with self._lock:
            self._crops[window] = made
            while len(self._crops) > CROPS:
                self._crops.popitem(last=False)
        return made
