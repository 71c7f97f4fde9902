"""Scenes with known truth and coarse masks of many sources: what the network is trained on.

    python models/recipes/refined_matte/scenes.py OUT --split train --seed 0 --scenes 1600

Each scene is kept as OUT/NAME.npy: (17, h, w) uint8, the planes of ``network.py`` in steps of
1/255 and the true alpha last, cut to what lies within 40 pixels of the band. Several processes with
seeds of their own may run at once; training reads what is there.

Subjects are cut-outs (soft ones four times as often; drawings in training alone) and, one in five,
a body with drawn strands of many widths, lengths and bends. They lie over photos, blurred photos,
even colours, photos moved towards the subject's colours, and other cut-outs. Masks: on grids of 128
to 320 cells, smoothed, moved to and fro, guided by the photo or bilinear; outlines of the truth
smoothed, shifted, grown and shrunk; U²-Net-p's own answer; and trimaps made from the truth.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from workbench import cutouts, matte, weights
from workbench.arrays import sigmoid
from workbench.benchmark import soft
from workbench.benchmark.scenes import background
from workbench.coordinates import Frame
from workbench.matte.samples import colour_samples
from workbench.matte.trimap import contour_distance, repair_trimap, trimap_from_mask
from workbench.planes import place
from workbench.segment.u2net import U2Net
from workbench.segment.upsample import guided_logits

Rng = np.random.Generator
Saliency = Callable[[np.ndarray], np.ndarray]
ROOM = 40  # pixels kept around the band
STRANDS = 0.22  # share of scenes with drawn strands


def from_cutout(rgba: np.ndarray, rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """A cut-out scaled, mirrored, turned, somewhere in a frame: alpha (H, W), colours (H, W, 3)."""
    laid = rgba.astype(np.float32) / 255
    laid[..., :3] *= laid[..., 3:]
    if rng.random() < 0.5:
        laid = laid[:, ::-1]
    scale = min(rng.uniform(280, 520) / max(laid.shape[:2]), 1.25)
    size = max(8, round(laid.shape[1] * scale)), max(8, round(laid.shape[0] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    laid = cv2.resize(np.ascontiguousarray(laid), size, interpolation=way)
    if rng.random() < 0.15:
        laid = cv2.GaussianBlur(laid, (0, 0), rng.uniform(0.5, 3))
    if rng.random() < 0.3:
        laid = np.rot90(laid, rng.integers(1, 4))
    height, width = (min(max(int(s * rng.uniform(1.15, 1.6)), 320), 640) for s in laid.shape[:2])
    laid = laid[:height, :width]
    y = int(rng.integers(0, height - laid.shape[0] + 1))
    x = int(rng.integers(0, width - laid.shape[1] + 1))
    layer = np.zeros((height, width, 4), np.float32)
    layer[y : y + laid.shape[0], x : x + laid.shape[1]] = laid
    alpha = np.clip(layer[..., 3], 0, 1)
    front = np.clip(layer[..., :3] / np.maximum(alpha, 1 / 255)[..., None], 0, 1)
    front[alpha < 1 / 255] = 0
    return alpha, front


def with_strands(fur: np.ndarray, rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """A body with strands around it, or around a part of it: alpha and colours."""
    height, width = int(rng.integers(360, 600)), int(rng.integers(360, 600))
    side = min(height, width)
    alpha = np.zeros((height, width), np.float32)
    centre = np.array([width * rng.uniform(0.3, 0.7), height * rng.uniform(0.4, 0.8)])
    axes = np.array([side * rng.uniform(0.12, 0.32), side * rng.uniform(0.12, 0.32)])
    cv2.ellipse(alpha, (int(centre[0]), int(centre[1])), (int(axes[0]), int(axes[1])),
                rng.uniform(0, 180), 0, 360, 1.0, -1, cv2.LINE_AA)  # fmt: skip
    part, count = rng.uniform(0.3, 1.0), int(rng.integers(60, 420))
    curl, spread = rng.uniform(0.1, 1.6), rng.uniform(0.1, 0.7)
    longest, thick = rng.uniform(0.05, 0.25) * side, rng.uniform(0.8, 3.2)
    for angle in rng.uniform(0, 2 * np.pi) + rng.uniform(0, 2 * np.pi * part, count):
        many = int(rng.integers(14, 30))
        t = np.linspace(0, 1, many)
        length = rng.uniform(0.2, 1) * longest
        way = angle + rng.normal(0, spread) + rng.normal(0, curl) * t
        way += rng.normal(0, 0.7 * curl) * t * t
        steps = np.stack([np.cos(way), np.sin(way)], 1) * (length / (many - 1))
        start = centre + 0.95 * axes * np.array([np.cos(angle), np.sin(angle)])
        fixed = np.round((start + np.cumsum(steps, 0)) * 16).astype(np.int32)
        x0, y0 = np.clip(fixed.min(0) // 16 - 5, 0, None)
        x1, y1 = np.clip(fixed.max(0) // 16 + 6, 0, None)
        over = alpha[y0:y1, x0:x1]
        if not over.size:
            continue
        strand, moved = np.zeros_like(over), fixed - 16 * np.array([x0, y0], np.int32)
        tapers, opacity = rng.random() < 0.5, rng.uniform(0.35, 1)
        cut = many * 2 // 3 if tapers else many
        wide = max(1, round(thick * rng.uniform(0.4, 1.3)))
        cv2.polylines(strand, [moved[:cut]], False, opacity, wide, cv2.LINE_AA, 4)
        if tapers:
            thin = opacity * rng.uniform(0.4, 1)
            cv2.polylines(strand, [moved[cut - 1 :]], False, thin, 1, cv2.LINE_AA, 4)
        over += (1 - over) * strand
    alpha = np.clip(cv2.GaussianBlur(alpha, (0, 0), rng.uniform(0.45, 1.1)), 0, 1)
    front = background(fur, (height, width), rng)
    if rng.random() < 0.6:
        tone = (rng.uniform(0, 1, 3) * rng.uniform(0.1, 1)).astype(np.float32)
        front = tone + np.float32(rng.uniform(0.05, 0.6)) * (front - front.mean((0, 1)))
    return alpha, np.clip(front, 0, 1)


def behind(
    material: cutouts.Material, alpha: np.ndarray, front: np.ndarray, rng: Rng
) -> np.ndarray:
    """What the subject lies over: (H, W, 3) float32."""
    shape = alpha.shape[0], alpha.shape[1]
    made = background(cutouts.read_background(any_of(material.backgrounds, rng)), shape, rng)
    kind = rng.random()
    if kind < 0.25:
        made = cv2.GaussianBlur(made, (0, 0), rng.uniform(2, 12))
    elif kind < 0.32:
        made = np.zeros_like(made) + rng.uniform(0, 1, 3).astype(np.float32)
    elif kind < 0.42:  # towards the subject's colours
        mean = (front * alpha[..., None]).sum((0, 1)) / max(float(alpha.sum()), 1)
        made = np.clip(made + (mean - made.mean((0, 1))) * np.float32(rng.uniform(0.4, 1)), 0, 1)
    elif kind < 0.5:  # something of its kind
        other = cutouts.read_cutout(any_of(material.cutouts, rng)).astype(np.float32) / 255
        size = tuple(int(s * rng.uniform(0.4, 0.9)) for s in shape[::-1])
        other = cv2.resize(other, size)
        y, x = (int(rng.integers(s - o)) for s, o in zip(shape, other.shape, strict=False))
        there = made[y : y + other.shape[0], x : x + other.shape[1]]
        there += (other[..., :3] - there) * other[..., 3:]
    return made.astype(np.float32)


def grid_logits(alpha: np.ndarray, rng: Rng) -> np.ndarray:
    """As ``soft.sam_logits``, with every figure of it drawn."""
    cell = max(alpha.shape) / int(rng.choice([128, 160, 192, 256, 256, 256, 320]))
    distance = contour_distance(alpha >= rng.uniform(0.35, 0.65)) / np.float32(cell)
    sigma = max(0.3, rng.uniform(0.4, 1.2) * cell)
    distance = cv2.GaussianBlur(np.clip(distance, -4, 4), (0, 0), sigma)
    size = max(1, round(alpha.shape[1] / cell)), max(1, round(alpha.shape[0] / cell))
    grid = cv2.resize(distance, size, interpolation=cv2.INTER_AREA)
    for stretch, by in (
        (rng.uniform(1, 2.5), rng.uniform(0, 0.6)),
        (rng.uniform(4, 10), rng.uniform(0, 0.9)),
    ):
        grid += wander(grid.shape, stretch, by, rng)
    return (rng.uniform(2, 6) * (grid + rng.normal(0, 0.2))).astype(np.float32)


def wander(shape: tuple[int, ...], stretch: float, by: float, rng: Rng) -> np.ndarray:
    """(h, w) float32: smooth noise of ``by`` r.m.s."""
    noise = cv2.GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), stretch)
    return np.float32(by) * noise / max(float(noise.std()), 1e-6)


def moved_mask(alpha: np.ndarray, rng: Rng) -> np.ndarray:
    """The truth's outline smoothed, shifted, grown or shrunk: (H, W) float32."""
    distance = np.clip(contour_distance(alpha >= 0.5), -25, 25)
    distance = cv2.GaussianBlur(distance, (0, 0), rng.uniform(1, 7))
    distance += wander(alpha.shape, rng.uniform(6, 20), rng.uniform(0, 3), rng)
    distance += np.float32(rng.normal(0, 2.5))
    shift = np.array([[1, 0, rng.normal(0, 1.5)], [0, 1, rng.normal(0, 1.5)]], np.float32)
    edge = cv2.BORDER_REPLICATE
    distance = cv2.warpAffine(distance, shift, alpha.shape[::-1], borderMode=edge)
    return sigmoid(distance / np.float32(rng.uniform(0.2, 2)))


def coarse_mask(
    image: np.ndarray, alpha: np.ndarray, saliency: Saliency, rng: Rng
) -> np.ndarray | None:
    """A model's answer (H, W) float32; None for a trimap from the truth instead."""
    frame = Frame.whole((alpha.shape[0], alpha.shape[1]))
    kind = rng.random()
    if kind < 0.64:
        logits = soft.sam_logits(alpha, rng) if kind < 0.15 else grid_logits(alpha, rng)
        if rng.random() < 0.1:
            return sigmoid(place(logits, frame, alpha.shape, -20.0))
        return sigmoid(guided_logits(image, logits, frame))
    if kind < 0.74:
        return moved_mask(alpha, rng)
    if kind < 0.84:
        mask = saliency(image)
        there = mask >= 0.5, alpha >= 0.5
        both, either = (there[0] & there[1]).sum(), (there[0] | there[1]).sum()
        if both >= 0.85 * either:
            return mask
        return sigmoid(guided_logits(image, grid_logits(alpha, rng), frame))
    return None


def band_of(
    image: np.ndarray, alpha: np.ndarray, mask: np.ndarray | None, usual: float, rng: Rng
) -> tuple[np.ndarray, np.ndarray]:
    """A trimap, and the mask (where that is None, the trimap itself): (H, W) float32 each."""
    kind = rng.random()
    if mask is not None and usual and rng.random() < usual:
        return repair_trimap(trimap_from_mask(mask, image=image, smart=True), mask)[0], mask
    if mask is None:
        reach = np.ones((3, 3), np.uint8)
        widest = 9 if rng.random() < 0.5 else 28
        out, inn = (int(rng.integers(1, widest)) for _ in range(2))
        grown = cv2.dilate((alpha > 0.004).astype(np.uint8), reach, iterations=out) > 0
        sure = cv2.erode((alpha > 0.996).astype(np.uint8), reach, iterations=inn) > 0
        trimap = np.where(sure, np.float32(1), np.where(grown, np.float32(0.5), np.float32(0)))
        return trimap, trimap
    radius = 10.0 if rng.random() < 0.6 else float(rng.uniform(5, 24))
    trimap = trimap_from_mask(mask, radius, image=image, smart=True)
    if kind < 0.35:
        plain = trimap_from_mask(mask, radius)
        trimap = np.where(plain == 0.5, np.float32(0.5), trimap) if kind < 0.22 else plain
    if rng.random() < 0.2:  # a refine-edge stroke
        one, other = (tuple(int(v) for v in rng.integers(0, min(alpha.shape), 2)) for _ in range(2))
        cv2.line(trimap, one, other, 0.5, int(rng.integers(10, 50)))
    return repair_trimap(trimap, mask)[0], mask


def any_of(things: tuple, rng: Rng) -> Path:
    """One of them."""
    return things[rng.integers(len(things))]


def scene(
    material: cutouts.Material,
    pool: tuple[tuple[Path, ...], np.ndarray],
    saliency: Saliency,
    usual: float,
    rng: Rng,
) -> np.ndarray | None:
    """(17, h, w) uint8; None where what was drawn makes no scene."""
    if rng.random() < STRANDS:
        fur = (cutouts.read_background(any_of(material.backgrounds, rng)) if rng.random() < 0.5
               else cutouts.read_cutout(any_of(material.cutouts, rng))[..., :3])  # fmt: skip
        alpha, front = with_strands(fur, rng)
    else:
        path = pool[0][rng.choice(len(pool[0]), p=pool[1])]
        alpha, front = from_cutout(cutouts.read_cutout(path), rng)
        if alpha.max() < 0.6:
            return None
    if rng.random() < 0.4:
        cast = rng.uniform(-0.08, 0.08, 3).astype(np.float32)
        front = np.clip(front * np.float32(rng.uniform(0.6, 1.25)) + cast, 0, 1)
        front = front ** np.float32(rng.uniform(0.7, 1.4))
    picture = alpha[..., None] * front
    picture += (1 - alpha[..., None]) * behind(material, alpha, front, rng)
    if rng.random() < 0.15:
        sigma = rng.uniform(0.4, 1)
        picture, alpha = (cv2.GaussianBlur(p, (0, 0), sigma) for p in (picture, alpha))
    grain = 0.01 if rng.random() < 0.5 else rng.uniform(0, 0.03)
    picture += rng.standard_normal(picture.shape, np.float32) * np.float32(grain)
    image = np.clip(np.rint(picture * 255), 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 96))]
        image = cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_COLOR)
    trimap, mask = band_of(image, alpha, coarse_mask(image, alpha, saliency, rng), usual, rng)
    band = trimap == 0.5
    sure = (trimap == 1).any() and (trimap == 0).any()
    if band.sum() < 800 or band.mean() > 0.75 or not sure:
        return None
    closed = matte.alpha_from_trimap(image, trimap, "closed_form", mask=mask)
    colours = image.astype(np.float32) / 255
    planes = np.concatenate([
        colours.transpose(2, 0, 1), (trimap == 1)[None], (trimap == 0)[None], mask[None],
        closed[None], colour_samples(colours, trimap, band), alpha[None],
    ])  # fmt: skip
    rows, columns = np.nonzero(band)
    y0, x0 = max(0, rows.min() - ROOM), max(0, columns.min() - ROOM)
    kept = planes[:, y0 : rows.max() + ROOM + 1, x0 : columns.max() + ROOM + 1]
    return np.rint(np.clip(kept, 0, 1) * 255).astype(np.uint8)


def weighed(material: cutouts.Material, split: str) -> tuple[tuple[Path, ...], np.ndarray]:
    """The subjects, and how often each is taken (sums to 1)."""
    paths = material.cutouts + (material.drawings if split == "train" else ())
    shares = []
    for path in paths:
        softness = soft.softness(cutouts.read_cutout(path)[..., 3].astype(np.float32) / 255)
        drawn = "cartoon" in path.parts or path in material.drawings
        often = 4.0 if softness >= soft.SOFT else 1.5 if softness > 1.1 else 0.6
        shares.append(often * (0.25 if drawn else 1.0))
    return paths, np.array(shares) / sum(shares)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--split", choices=("train", "validation"), default="train")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scenes", type=int, default=1600)
    parser.add_argument("--usual", type=float, default=0, help="share of scenes with the default "
                        "band, whatever else is drawn (0 to 1)")  # fmt: skip
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    material = cutouts.material(given.split)
    pool = weighed(material, given.split)
    network = U2Net(weights.require("u2netp"))

    def saliency(image: np.ndarray) -> np.ndarray:
        found = cv2.resize(network.saliency(image), image.shape[1::-1])
        return np.clip(found, 0, 1).astype(np.float32)

    for n in range(given.scenes):
        made = scene(
            material, pool, saliency, given.usual, np.random.default_rng([77, given.seed, n])
        )
        if made is not None:
            name = f"{given.split}{given.seed}_{n:05d}.npy"
            np.save(given.out / f"new_{name}", made)
            (given.out / f"new_{name}").rename(given.out / name)


if __name__ == "__main__":
    main()
