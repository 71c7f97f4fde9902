"""Networks that answer without a prompt: a photo in, what stands out in it as a mask out.

They differ in little: the grid that they see, how its colours are scaled, and what their output
means. That is a Recipe; there is one for each model of the catalogue, after the model's own
repository.

- U²-Net: Qin et al., Pattern Recognition 2020, github.com/xuebinqin/U-2-Net (data_loader.py
  ToTensorLab, u2net_test.py normPRED). SILUETA is the same with fewer weights.
- IS-Net: Qin et al., ECCV 2022, github.com/xuebinqin/DIS (IS-Net/Inference.py). BRIA's RMBG 1.4 is
  an IS-Net: huggingface.co/briaai/RMBG-1.4 (utilities.py). IMG.LY's too: its package takes 128
  of 255 off and divides by 256, and takes the answer as it is: github.com/imgly/
  background-removal-js (packages/web/src/utils.ts tensorHWCtoBCHW, inference.ts).
- MODNet: Ke et al., AAAI 2022, github.com/ZHKKKe/MODNet (onnx/inference_onnx.py).
- BiRefNet: Zheng et al., CAAI AIR 2024, github.com/ZhengPeng7/BiRefNet
  (tutorials/BiRefNet_inference.ipynb). BRIA's RMBG 2.0 is a BiRefNet whose ONNX file ends with the
  sigmoid: huggingface.co/briaai/RMBG-2.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from ..arrays import check_image, logit, sigmoid, to_uint8
from ..coordinates import Frame
from ..errors import WeightsMismatchError
from ..progress import Progress, report
from .base import Prediction
from .network import Network

_CERTAIN = 0.5
_BOUND = 8.0  # an automatic answer is never surer than a sigmoid of ±8
_STEP, _LONGEST = 32, 2048

_IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Automatic(Protocol):
    """What answers without a prompt.

    Attributes:
        identity: name, SHA-256 of the weights (first 16 hex digits, or "none") and precision: two
            of one identity give the same answers.
    """

    identity: str

    def salient(self, image: np.ndarray, progress: Progress | None = None) -> Prediction:
        """What stands out in the whole photo. image: (H, W, 3) uint8; one candidate."""
        ...


@dataclass(frozen=True)
class Recipe:
    """What a network wants to see, and what its answer means.

    Attributes:
        side: the photo is squeezed to side × side, where the file itself fixes no other size; with
            ``aspect`` it is the short side that a photo keeping its shape gets.
        aspect: keep the photo's shape, both sides multiples of 32 pixels, for networks that take
            any size.
        mean, deviation: by channel, of colours in 0–1.
        by_maximum: colours are divided by the picture's largest value instead of 255.
        answer: "stretch", of no fixed scale: stretched to reach 0, and 1 as well when it found
            something (its maximum passes 0.5), for stretching the answer to a picture of nothing
            would make noise look certain; "logits", before the sigmoid; "alpha", as it is.
        output: which output it is, from 0.
    """

    side: int
    answer: Literal["stretch", "logits", "alpha"]
    mean: tuple[float, float, float] = _IMAGENET[0]
    deviation: tuple[float, float, float] = _IMAGENET[1]
    by_maximum: bool = False
    aspect: bool = False
    output: int = 0


_U2NET = Recipe(320, "stretch", by_maximum=True)
_ISNET = Recipe(1024, "stretch", mean=(0.5,) * 3, deviation=(1.0,) * 3)
_ISNET_IMGLY = Recipe(1024, "alpha", mean=(128 / 255,) * 3, deviation=(256 / 255,) * 3)
_BIREFNET = Recipe(1024, "logits")

RECIPES: dict[str, Recipe] = {
    "u2netp": _U2NET,
    "u2net": _U2NET,
    "u2net_human_seg": _U2NET,
    "silueta": _U2NET,
    "isnet": _ISNET,
    "isnet_imgly": _ISNET_IMGLY,
    "modnet": Recipe(512, "alpha", mean=(0.5,) * 3, deviation=(0.5,) * 3, aspect=True),
    "birefnet_lite": _BIREFNET,
    "birefnet": _BIREFNET,
    "birefnet_portrait": _BIREFNET,
    "rmbg_1_4": _ISNET,
    "rmbg_2_0": Recipe(1024, "alpha"),
}
"""By the name in the catalogue of weights."""


class AutomaticModel:
    """A network with its recipe. Safe from any thread.

    Attributes:
        identity: see Automatic.
    """

    def __init__(
        self,
        path: str | Path,
        name: str,
        identity: str,
        recipe: Recipe | None = None,
        threads: int | None = None,
    ) -> None:
        """Read the network; see ``Network`` for what it raises.

        Args:
            path: an .onnx file.
            name: what people call it.
            identity: see Automatic.
            recipe: None takes that of the name.
            threads: at most so many; None takes what there is.
        """
        self.identity = identity
        self._recipe = recipe or RECIPES[name]
        self._network = Network(path, name, threads)
        if self._network.outputs <= self._recipe.output:
            raise WeightsMismatchError(
                f"expected a network of at least {self._recipe.output + 1} outputs for {name} in "
                f"{Path(path).name}, got {self._network.outputs}"
            )

    def grid(self, shape: tuple[int, int]) -> tuple[int, int]:
        """The (height, width) that a photo of ``shape`` is brought to."""
        recipe, fixed = self._recipe, self._network.size
        if recipe.aspect and fixed == (None, None):
            return kept_shape(shape, recipe.side)
        return fixed[0] or recipe.side, fixed[1] or recipe.side

    def belief(self, image: np.ndarray, progress: Progress | None = None) -> np.ndarray:
        """What stands out, on the network's own grid over the whole photo.

        Args:
            image: (H, W, 3), uint8 sRGB (uint16 and float are converted).

        Returns:
            (h, w) float32 in [0, 1].

        Raises:
            ModelError: it could not be computed, for example for want of memory.
            WeightsMismatchError: the answer is not one plane.
        """
        pixels = to_uint8(check_image(image))
        words = "finding what stands out"
        report(progress, 0.0, words)
        shape = (pixels.shape[0], pixels.shape[1])
        picture = normalised(pixels, self.grid(shape), self._recipe)
        raw = self._network.run(picture, self._recipe.output, progress)
        report(progress, 1.0, words)
        if self._recipe.answer == "logits":
            return sigmoid(raw).astype(np.float32)
        if self._recipe.answer == "stretch":
            low, high = float(raw.min()), float(raw.max())
            raw = (raw - low) / max(max(high, _CERTAIN) - low, 1e-6)
        return np.clip(raw, 0, 1).astype(np.float32)

    def salient(self, image: np.ndarray, progress: Progress | None = None) -> Prediction:
        """The automatic answer: what stands out in the whole photo, with no prompt at all.

        Args:
            image: (H, W, 3), uint8 sRGB (uint16 and float are converted).

        Returns:
            One candidate, logits (1, h, w) over the whole image. Its score is how far the map is
            from undecided: the mean of max(p, 1 − p) where anything was found.
        """
        found = self.belief(image, progress)
        shape = (int(np.shape(image)[0]), int(np.shape(image)[1]))
        where = found > 0.1
        score = float(np.maximum(found, 1 - found)[where].mean()) if where.any() else 0.0
        logits = np.clip(logit(found), -_BOUND, _BOUND)[None]
        return Prediction.ranked(np.array([score], np.float32), logits, Frame.whole(shape), shape)


def normalised(pixels: np.ndarray, grid: tuple[int, int], recipe: Recipe) -> np.ndarray:
    """A photo as the network wants it.

    Args:
        pixels: (H, W, 3) uint8 sRGB.
        grid: (height, width).

    Returns:
        (3, height, width) float32.
    """
    import cv2

    height, width = grid
    # Averaging where it shrinks, as Pillow's filters do: plain sampling would alias.
    shrinks = pixels.shape[0] > height and pixels.shape[1] > width
    small: np.ndarray = cv2.resize(
        pixels, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    ).astype(np.float32)
    small /= max(float(small.max()), 1.0) if recipe.by_maximum else 255.0
    mean, deviation = (np.array(c, np.float32) for c in (recipe.mean, recipe.deviation))
    return np.ascontiguousarray(((small - mean) / deviation).transpose(2, 0, 1), np.float32)


def kept_shape(shape: tuple[int, int], side: int) -> tuple[int, int]:
    """(height, width) for a network that takes any multiple of 32, near to the photo's shape.

    MODNet's own rule: a photo all of whose sides are shorter than ``side``, or all longer, is
    brought to a short side of ``side``; others are left; both sides are cut down to a multiple of
    32. The long side stays under 2,048 pixels, for a banner would take more memory than there is.

    >>> kept_shape((3000, 4000), 512), kept_shape((400, 700), 512), kept_shape((100, 2000), 512)
    ((512, 672), (384, 672), (96, 1984))
    """
    short, long = min(shape), max(shape)
    scale = side / short if long < side or short > side else 1.0
    scale = min(scale, _LONGEST / long)
    height, width = (max(_STEP, int(s * scale + 1e-6) // _STEP * _STEP) for s in shape)
    return height, width
