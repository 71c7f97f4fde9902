"""Scenes of the train split, looked at by U²-Net-p once: what the click head is trained on.

    python models/recipes/lite_click_head/features.py OUT --split train --seed 1 --windows 4000

Each scene gives two windows: all of it, with every cut-out a target, and a crop around one
target. The network's features are kept in eight bits a value, 1.7 MB a window. Several processes
with seeds of their own may run at once; training reads what is there.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np

from workbench import cutouts, weights
from workbench.benchmark import scenes
from workbench.segment.click_head import Stages

SHAPES = {
    "f160": (16, 160, 160),
    "f80": (128, 80, 80),
    "f40": (128, 40, 40),
    "f20": (128, 20, 20),
    "f10": (64, 10, 10),
    "picture": (12, 160, 160),
    "saliency": (1, 160, 160),
    "masks": (3, 160, 160),
}
LEVELS = tuple(SHAPES)[:5]


def varied(material: cutouts.Material, rng: np.random.Generator) -> tuple:
    """A scene with more variety than the benchmark's: see ``scenes.scene`` for what it returns."""
    while True:
        size = scenes.any_of(scenes.SIZES, rng)
        image = _recoloured(_behind(material, size, rng), rng, 0.5)
        pieces = []
        for _ in range(rng.integers(1, 5)):
            kind = material.drawings if rng.random() < 0.2 else material.cutouts
            piece = cutouts.read_cutout(scenes.any_of(kind, rng)).copy()
            if rng.random() < 0.12:
                # The outline of one thing, filled with a part of a photo.
                fill = scenes.background(_photo(material, rng), piece.shape[:2], rng)
                piece[..., :3] = np.rint(fill * 255)
            elif rng.random() < 0.5:
                piece[..., :3] = _recoloured(piece[..., :3].astype(np.float32) / 255, rng, 1) * 255
            pieces.append(piece)
        image, subjects, visible = scenes.stack(image, pieces, rng)
        fit = (visible >= 0.4) & (subjects.mean(axis=(1, 2)) > scenes.SMALLEST)
        if fit.any():
            break
    if rng.random() < 0.3:
        image = np.clip(image, 0, 1) ** np.float32(rng.uniform(0.6, 1.6))
    pixels = scenes.photographed(image, rng, blur=(0.1, 1.4), noise=(0, 0.035))
    if rng.random() < 0.3:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 95))]
        pixels = cv2.imdecode(cv2.imencode(".jpg", pixels, quality)[1], cv2.IMREAD_COLOR)
    return pixels, subjects[fit][:3]


def _photo(material: cutouts.Material, rng: np.random.Generator) -> np.ndarray:
    return cutouts.read_background(scenes.any_of(material.backgrounds, rng))


def _behind(material: cutouts.Material, size: tuple, rng: np.random.Generator) -> np.ndarray:
    image = scenes.background(_photo(material, rng), size, rng)
    if rng.random() < 0.25:
        # Two photos side by side, or one through another: edges that belong to no subject.
        other = scenes.background(_photo(material, rng), size, rng)
        y, x = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32)
        angle, soft = rng.uniform(0, 2 * np.pi), rng.uniform(1, 60)
        along = (x - rng.uniform(0.2, 0.8) * size[1]) * np.cos(angle)
        along += (y - rng.uniform(0.2, 0.8) * size[0]) * np.sin(angle)
        share = 1 / (1 + np.exp(-np.clip(along / soft, -20, 20)))[..., None]
        image = (share * image + (1 - share) * other).astype(np.float32)
    if rng.random() < 0.2:
        image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(1, 6)))
    return image


def _recoloured(image: np.ndarray, rng: np.random.Generator, amount: float) -> np.ndarray:
    """(H, W, 3) float32 in [0, 1] with another hue, saturation, lightness and contrast."""
    hsv = cv2.cvtColor(np.ascontiguousarray(image, np.float32), cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + amount * rng.uniform(-60, 60)) % 360
    hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(0.4, 1.5), 0, 1)
    made = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    made = (made - 0.5) * rng.uniform(0.7, 1.25) + 0.5 + rng.uniform(-0.12, 0.12)
    return np.clip(made, 0, 1).astype(np.float32)


def crop_around(mask: np.ndarray, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """(x0, y0, x1, y1): the bounds of a mask with a margin of its own on each side."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    x0, y0, x1, y1 = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    w, h = x1 - x0, y1 - y0
    left, top, right, bottom = rng.uniform(0.1, 0.5, 4) + rng.uniform(0, 0.5)
    return (
        max(0, int(x0 - left * w)), max(0, int(y0 - top * h)),
        min(mask.shape[1], int(x1 + right * w)), min(mask.shape[0], int(y1 + bottom * h)),
    )  # fmt: skip


def unshuffled(picture: np.ndarray) -> np.ndarray:
    """(320, 320, 3) as (12, 160, 160): each pixel's four quarters are channels."""
    parts = picture.reshape(160, 2, 160, 2, 3).transpose(1, 3, 4, 0, 2)
    return parts.reshape(12, 160, 160)


def features_of(network: Stages, pixels: np.ndarray) -> dict[str, np.ndarray]:
    """What the head sees of a picture, by the names of SHAPES; f160 with its 64 channels."""
    saliency, inner = network.look(pixels)
    d2, e3, d3, e4, d4, e5, d5, e6 = (t[0] for t in inner)
    shrinks = pixels.shape[0] > 320 and pixels.shape[1] > 320
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    picture = cv2.resize(pixels, (320, 320), interpolation=way)
    return {
        "f160": d2,
        "f80": np.concatenate([e3, d3]),
        "f40": np.concatenate([e4, d4]),
        "f20": np.concatenate([e5, d5]),
        "f10": e6,
        "picture": unshuffled(picture),
        "saliency": cv2.resize(saliency, (160, 160), interpolation=cv2.INTER_AREA)[None],
    }


def calibrate(network: Stages, path: Path) -> dict[str, np.ndarray]:
    """The ranges of eight bits, and the 16 directions of the finest stage that vary most."""
    if path.is_file():
        return dict(np.load(path))
    material = cutouts.material("train")
    rng = np.random.default_rng(7)
    seen = [features_of(network, varied(material, rng)[0]) for _ in range(24)]
    fine = np.concatenate([s["f160"].reshape(64, -1)[:, ::37] for s in seen], axis=1)
    _, vectors = np.linalg.eigh(np.cov(fine))
    made = {"directions": vectors[:, -16:].T.astype(np.float32)}
    for level in LEVELS:
        values = np.stack([s[level] for s in seen])
        if level == "f160":
            values = np.einsum("oc,nchw->nohw", made["directions"], values)
        flat = values.swapaxes(0, 1).reshape(values.shape[1], -1)
        made[f"{level}_low"] = np.percentile(flat, 0.02, axis=1).astype(np.float32)
        high = np.percentile(flat, 99.98, axis=1).astype(np.float32)
        made[f"{level}_step"] = np.maximum(high - made[f"{level}_low"], 1e-3) / 255
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **made)
    return made


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--split", default="train")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--windows", type=int, default=4000)
    given = parser.parse_args()
    network = Stages(weights.require("u2netp"))
    ranges = calibrate(network, given.out / "ranges.npz")
    material = cutouts.material(given.split)
    shard = given.out / f"{given.split}{given.seed}"
    shard.mkdir(parents=True, exist_ok=True)
    planes = {
        k: np.lib.format.open_memmap(shard / f"{k}.npy", "w+", np.uint8, (given.windows, *shape))
        for k, shape in SHAPES.items()
    }
    rng = np.random.default_rng([given.seed, len(given.split)])
    notes = (shard / "windows.jsonl").open("w")
    for n in range(0, given.windows - 1, 2):
        if given.split == "train":
            pixels, subjects = varied(material, rng)
        else:
            made = scenes.scene(material, given.split, n // 2)
            pixels, subjects = made.image, made.subjects[:1]
        target = int(rng.integers(len(subjects)))
        whole = 0, 0, pixels.shape[1], pixels.shape[0]
        crop = crop_around(subjects[target], rng)
        for at, window, things in ((n, whole, subjects), (n + 1, crop, subjects[target][None])):
            x0, y0, x1, y1 = window
            seen = features_of(network, np.ascontiguousarray(pixels[y0:y1, x0:x1]))
            seen["f160"] = np.einsum("oc,chw->ohw", ranges["directions"], seen["f160"])
            for level in LEVELS:
                low, step = (ranges[f"{level}_{k}"][:, None, None] for k in ("low", "step"))
                planes[level][at] = np.clip(np.rint((seen[level] - low) / step), 0, 255)
            planes["picture"][at] = seen["picture"]
            planes["saliency"][at] = np.rint(seen["saliency"] * 255)
            for k, thing in enumerate(things):
                part = thing[y0:y1, x0:x1].astype(np.float32) * 255
                planes["masks"][at, k] = cv2.resize(part, (160, 160), interpolation=cv2.INTER_AREA)
        # The line is written last: what it tells of is complete.
        about = {"whole": whole, "crop": crop, "subjects": len(subjects), "target": target}
        print(json.dumps(about), file=notes, flush=True)


if __name__ == "__main__":
    main()
