"""What cases are made of: the photos that the dependencies ship, and the benchmark's cut-outs."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from .. import cutouts
from ..errors import InputError
from .case import Request
from .scene import Layer, Shape

_KINDS = "animals", "food", "plants"
_SIDE = 200  # pixels of a cut-out's shorter side at least: smaller ones look coarse


@cache
def photo(name: str) -> np.ndarray:
    """A photo that scikit-image or matplotlib ships: (H, W, 3) float32 sRGB; "hopper" or data's."""
    if name == "hopper":
        import matplotlib

        path = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
        read = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    else:
        from skimage import data

        read = data.stereo_motorcycle()[0] if name == "motorcycle" else getattr(data, name)()
    if read.ndim == 2:
        read = read[..., None].repeat(3, axis=2)
    made = np.ascontiguousarray(read[..., :3]).astype(np.float32) / 255
    made.setflags(write=False)
    return made


def filled(picture: np.ndarray, shape: Shape, rng: np.random.Generator | None = None,
           share: float = 1.0) -> np.ndarray:  # fmt: skip
    """A part of a picture, as large as fits times ``share``, at (H, W); at random or its middle."""
    height, width = picture.shape[:2]
    per = share * min(height / shape[0], width / shape[1])
    rows, columns = max(1, int(shape[0] * per)), max(1, int(shape[1] * per))
    spare = height - rows, width - columns
    top, left = (s // 2 if rng is None else int(rng.integers(s + 1)) for s in spare)
    part = picture[top : top + rows, left : left + columns]
    if rng is not None and rng.random() < 0.5:
        part = part[:, ::-1]
    way = cv2.INTER_AREA if per > 1 else cv2.INTER_CUBIC
    made = cv2.resize(np.ascontiguousarray(part), shape[::-1], interpolation=way)
    made = made.astype(np.float32) / 255 if made.dtype == np.uint8 else made
    return np.clip(made, 0, 1)


def real(asked: Request) -> cutouts.Material | None:
    """The cut-outs that this case is to be made of, the caller's own or the benchmark's, or None.

    Of the benchmark's those photographs that are large enough to be looked at.

    Raises:
        InputError: they are asked for and are not here.
    """
    if isinstance(asked.material, cutouts.Material):
        return asked.material
    if asked.material == "procedural" or (asked.material == "mixed" and asked.seed % 2 == 0):
        return None
    found = cutouts.present(asked.split)
    if found is None:
        raise InputError(
            f'expected the benchmark\'s cut-outs for material="{asked.material}", got none: '
            "workbench bench alpha fetches them"
        )
    return replace(found, cutouts=tuple(path for path in found.cutouts if _looked_at(path)))


def _looked_at(path: Path) -> bool:
    return (
        "cartoon" not in path.parts and any(kind in path.parts for kind in _KINDS)
        and min(cutouts.read_cutout(path).shape[:2]) >= _SIDE
    )  # fmt: skip


def cut_layer(
    path: Path, shape: Shape, middle: tuple[float, float], longer: float, mirror: bool = False
) -> Layer:
    """A cut-out, its longer side so many pixels, its middle at (x, y); cut by the frame."""
    rgba = cutouts.read_cutout(path).astype(np.float32) / 255
    rgba[..., :3] *= rgba[..., 3:]
    if mirror:
        rgba = rgba[:, ::-1]
    scale = longer / max(rgba.shape[:2])
    size = max(1, round(rgba.shape[1] * scale)), max(1, round(rgba.shape[0] * scale))
    rgba = cv2.resize(np.ascontiguousarray(rgba), size,
                      interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)  # fmt: skip
    return Layer(path.stem.replace("_", " ").rstrip("-0123456789 "), *placed(rgba, shape, middle))


def placed(
    rgba: np.ndarray, shape: Shape, middle: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Colours and alpha of a premultiplied picture laid with its middle at (x, y)."""
    made = np.zeros((*shape, 4), np.float32)
    top, left = round(middle[1] - rgba.shape[0] / 2), round(middle[0] - rgba.shape[1] / 2)
    y0, x0 = max(0, top), max(0, left)
    y1, x1 = min(shape[0], top + rgba.shape[0]), min(shape[1], left + rgba.shape[1])
    if y0 < y1 and x0 < x1:
        made[y0:y1, x0:x1] = rgba[y0 - top : y1 - top, x0 - left : x1 - left]
    alpha = np.ascontiguousarray(np.clip(made[..., 3], 0, 1))
    return np.clip(made[..., :3] / np.maximum(alpha, 1e-4)[..., None], 0, 1), alpha


def any_background(
    found: cutouts.Material, shape: Shape, rng: np.random.Generator
) -> tuple[np.ndarray, str]:
    """A part of one of the benchmark's photos, and its name."""
    path = found.backgrounds[int(rng.integers(len(found.backgrounds)))]
    picture = cutouts.read_background(path)
    return filled(picture, shape, rng, 0.9), cutouts.picture_name(path)
