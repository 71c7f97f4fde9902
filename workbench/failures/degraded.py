"""Poor quality: motion blur, defocus, noise, JPEG, too few pixels.

What happens before the sensor (motion, defocus, few pixels) happens to the light of subject and
background alike, so that alpha is blurred with the picture and the mixing equation still holds.
What happens after it (noise, JPEG) breaks the equation: such cases say ``exact=False``, and
``facts`` hold how much.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ..arrays import frozen
from .case import Case, Request
from .choosing import choose, shape_of
from .scene import Layer, assemble

VARIANTS = ("motion", "defocus", "noise", "jpeg", "low resolution", "everything at once")

_MOTION = 0.06  # of the longer side: the longest path
_DEFOCUS = 0.016  # of the longer side: the largest disc's radius
_NOISE = 0.16  # σ (sRGB, 0–1) of the strongest
_JPEG = 90, 10  # quality from severity 0 to 1
_SMALL = 1 / 7  # of its pixels a side that are left at severity 1


def make(asked: Request) -> Case:
    """A case of poor quality."""
    shape = shape_of(asked)
    chosen = choose(asked, shape)
    variant = VARIANTS[asked.seed % len(VARIANTS)]
    all_ = variant == VARIANTS[-1]
    part = asked.severity * (0.45 if all_ else 1.0)
    layer, picture = chosen.layer, chosen.background
    facts: dict[str, object] = {"variant": variant}
    rng = asked.rng("degraded")
    angle = float(rng.uniform(0, 180))
    if variant == "motion" or all_:
        length = part * _MOTION * asked.size
        facts |= {"motion_px": length, "angle": angle}
        layer = blurred(layer, motion_kernel(length, angle))
        if rng.random() < 0.5:  # the camera moved, and everything with it
            facts["moved"] = "camera"
            picture = cv2.filter2D(picture, -1, motion_kernel(length, angle))
        else:
            facts["moved"] = "subject"
    if variant == "defocus":
        radius = part * _DEFOCUS * asked.size
        facts["defocus_px"] = radius
        layer = blurred(layer, disc_kernel(radius))
        # The plane of focus lies behind the subject.
        picture = cv2.filter2D(picture, -1, disc_kernel(0.25 * radius))
    if variant == "low resolution" or all_:
        scale = 1 - part * (1 - _SMALL)
        facts["scale"] = scale
        layer = Layer(layer.name, *fewer(layer.colour, layer.alpha, scale))
        picture = fewer(picture, np.ones(shape, np.float32), scale)[0]
    case = assemble(
        asked, [layer], picture,
        f"The picture suffers from {_WHY[variant]}" if asked.severity else (
            f"Well taken. With the severity it suffers from {_WHY[variant]}"),
        material=chosen.material, sources=chosen.sources, facts=facts,
    )  # fmt: skip
    image = case.image
    if variant == "noise" or all_:
        sigma = part * _NOISE
        facts["noise"] = sigma
        image = noisy(image, sigma, asked.rng("noise")) if sigma else image
    if variant == "jpeg" or all_:
        quality = round(_JPEG[0] + asked.severity * (_JPEG[1] - _JPEG[0]))
        facts["jpeg"] = quality
        image = jpeg(image, quality)
    if image is case.image:
        return case
    return replace(case, image=frozen(image), exact=False, facts=facts)


_WHY = {
    "motion": "motion blur: along its path the edge is a mixture, and alpha is as soft as it.",
    "defocus": "defocus: the edge is spread over a disc, and so is alpha.",
    "noise": "noise: colours beside the edge no longer tell the two sides apart.",
    "jpeg": "JPEG: blocks of 8 × 8 pixels ring along the edge and wash its colour out.",
    "low resolution": "low resolution: a pixel at the edge holds much of both sides.",
    "everything at once": "a cheap camera: moved, few pixels, noise, and JPEG on top.",
}


def motion_kernel(length: float, angle: float) -> np.ndarray:
    """A straight path of so many pixels at an angle (°, clockwise from x); sums to 1."""
    half = int(np.ceil(length / 2)) + 1
    grid = np.arange(-half, half + 1, dtype=np.float64)
    x, y = np.meshgrid(grid, grid)
    way = np.deg2rad(angle)
    along = np.abs(x * np.cos(way) + y * np.sin(way))
    off = np.abs(y * np.cos(way) - x * np.sin(way))
    kernel = np.clip(length / 2 + 0.5 - along, 0, 1) * np.clip(1 - off, 0, 1)
    return (kernel / kernel.sum()).astype(np.float32)


def disc_kernel(radius: float) -> np.ndarray:
    """The disc that a point out of focus becomes; sums to 1."""
    half = int(np.ceil(radius)) + 1
    grid = np.arange(-half, half + 1, dtype=np.float64)
    kernel = np.clip(radius + 0.5 - np.hypot(*np.meshgrid(grid, grid)), 0, 1)
    return (kernel / kernel.sum()).astype(np.float32)


def blurred(layer: Layer, kernel: np.ndarray) -> Layer:
    """A thing as it is seen through a kernel: its light is spread, and its opacity with it."""
    alpha = np.clip(cv2.filter2D(layer.alpha, -1, kernel, borderType=cv2.BORDER_REPLICATE), 0, 1)
    light = cv2.filter2D(layer.colour * layer.alpha[..., None], -1, kernel,
                         borderType=cv2.BORDER_REPLICATE)  # fmt: skip
    colour = np.clip(light / np.maximum(alpha, 1e-4)[..., None], 0, 1)
    return replace(layer, colour=colour, alpha=alpha)


def fewer(colour: np.ndarray, alpha: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Colour and alpha taken with fewer pixels (``scale`` of a side) and enlarged again."""
    height, width = alpha.shape
    size = max(8, round(width * scale)), max(8, round(height * scale))
    if size == (width, height):
        return colour, alpha
    both = np.dstack([colour * alpha[..., None], alpha])
    small = cv2.resize(both, size, interpolation=cv2.INTER_AREA)
    both = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    alpha = np.ascontiguousarray(np.clip(both[..., 3], 0, 1))
    return np.clip(both[..., :3] / np.maximum(alpha, 1e-4)[..., None], 0, 1), alpha


def noisy(image: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """A sensor's noise: stronger in the shadows, coloured, a little larger than a pixel."""
    grain = rng.standard_normal(image.shape, np.float32)
    grain = 0.8 * grain + 0.9 * cv2.GaussianBlur(grain, (0, 0), 1.0)
    level = image.astype(np.float32) / 255
    made = level + np.float32(sigma) * grain * (1.15 - 0.5 * level)
    return np.clip(np.rint(made * 255), 0, 255).astype(np.uint8)


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    """An image (H, W, 3) uint8 after JPEG, its colour at half the resolution."""
    coded = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.cvtColor(cv2.imdecode(coded, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
