"""Train the second look on what scenes.py kept, for so many minutes.

    python models/recipes/second_look/train.py U2NETP.onnx OUT.pt DATA [DATA ...] --minutes 60
        [--from WEIGHTS.pt]

What is aimed at is the figure of ``workbench bench diagnosis``: how far off the answer is by how
far off what it begins from was. So each subject counts by the inverse of that, and easy ones, which
a remedy must not make worse, as much as failures. With two folders a sample in eight comes out of
the second. A shadow copy of the weights, a running mean, is what is kept.
"""

from __future__ import annotations

import argparse
import copy
import time
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from clicks import simulated
from network import SecondLook, opacity

from workbench.segment.opinions import clicked

TOGETHER = 4  # samples to a step: each has a size of its own
PUBLISHED_RATE, NEW_RATE = 1e-4, 8e-4
NEW = frozenset({"more", "again", "kept", "near", "out"})
SECOND = 0.12
MASK, COLOURS, SALIENT, BOX, TRUTH = 3, 4, 5, 6, 7  # planes, after the photo's three
MISTAKEN = 0.1  # of the samples: all opinions are wrong, and a click is right
AWAY = 9  # pixels that what they take for the subject keeps from it
EASY = 0.015  # SAD by opacity that a mask is at least taken to be off
HEAVY = 60.0
SIDE = 400  # pixels of the longer side at most


class Subjects:
    """The training split's files of one folder, growing while scenes.py runs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.seen: set[Path] = set()
        self.items: list[tuple[np.ndarray, float]] = []

    def grow(self) -> None:
        """Take in what is new and written in full."""
        for path in sorted(self.root.glob("train_*.npz")):
            if path in self.seen or time.time() - path.stat().st_mtime < 2:
                continue
            self.seen.add(path)
            kept = np.load(path)
            for name in (n for n in kept.files if n.startswith("p")):
                planes = np.concatenate([kept[f"rgb{name[1:]}"].transpose(2, 0, 1), kept[name]])
                truth, mask = (planes[n].astype(np.float32) / 255 for n in (TRUTH, MASK))
                if truth.sum() < 200 or min(truth.shape) < 32:
                    continue
                off = float(np.abs(mask - truth).sum() / truth.sum())
                weight = 1 / (off + EASY) / max(0.02, float(truth.mean()))
                self.items.append((planes, min(HEAVY, weight) / 15))


def varied(planes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(10, h, w) float32 of a subject: of another size, mirrored, turned, coloured otherwise.

    Now and then the mask so far is another opinion, or too wide or narrow: other models err
    otherwise than lite. In one of ten all opinions are of the rest of the box, or mask and colours
    of nothing. Clicks are put before the truth, which stays the last plane.
    """
    height, width = planes.shape[1:]
    if rng.random() < 0.7:
        scale = min(1, 0.88 * SIDE / max(height, width)) * rng.uniform(0.8, 1.15)
    else:
        scale = min(1, SIDE / max(height, width))
    tall = np.exp(rng.uniform(-0.1, 0.1))
    size = max(48, round(width * scale)), max(48, round(height * scale * tall))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    # OpenCV resizes four planes at a time at most.
    part = np.concatenate([
        cv2.resize(np.ascontiguousarray(planes[n : n + 4].transpose(1, 2, 0)), size,
                   interpolation=way) for n in (0, 4)
    ], 2).transpose(2, 0, 1).astype(np.float32) / 255  # fmt: skip
    if rng.random() < 0.5:
        part = part[..., ::-1]
    if rng.random() < 0.12:
        part = part[:, ::-1]
    if rng.random() < 0.12:
        part = part.transpose(0, 2, 1)
    part = part.copy()
    if rng.random() < 0.7:
        shift = rng.uniform(-0.08, 0.08, (3, 1, 1))
        part[:3] = np.clip((part[:3] - 0.5) * rng.uniform(0.8, 1.2) + 0.5 + shift, 0, 1)
    if rng.random() < 0.1:
        part[:3] = part[rng.permutation(3)]
    other = rng.random()
    if other < 0.05:
        part[MASK] = part[SALIENT] > 0.5
    elif other < 0.10:
        part[MASK] = part[COLOURS]
    elif other < 0.15:
        reach = 2 * int(rng.integers(1, 5)) + 1
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
        part[MASK] = (cv2.erode if rng.random() < 0.5 else cv2.dilate)(part[MASK], disc)
    truth = part[TRUTH]
    if rng.random() < MISTAKEN:
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * AWAY + 1, 2 * AWAY + 1))
        rest = np.where(cv2.dilate(truth, disc) > 0.02, 0, part[BOX])
        if rng.random() < 0.5 and rest.any():
            part[[MASK, COLOURS, SALIENT]] = rest
        else:
            part[[MASK, COLOURS]] = 0
    clicks = clicked(simulated(part[MASK], truth, rng), truth.shape)
    return np.concatenate([part[:TRUTH], clicks, truth[None]])


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("published", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--from", dest="begin", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    rng = np.random.default_rng(given.seed)
    folders = [Subjects(path) for path in given.data]
    network = SecondLook()
    network.begin_with(given.published)
    if given.begin is not None:
        network.widen(torch.load(given.begin, weights_only=True))
    mean = copy.deepcopy(network)
    new = [one for name, one in network.named_parameters() if name.split(".")[0] in NEW]
    old = [one for name, one in network.named_parameters() if name.split(".")[0] not in NEW]
    rates = PUBLISHED_RATE, NEW_RATE
    steps = torch.optim.AdamW([{"params": old}, {"params": new}], weight_decay=1e-4)
    begun, step, errors = time.time(), 0, []
    while (part := (time.time() - begun) / 60 / given.minutes) < 1:
        if step % 25 == 0:
            for folder in folders:
                folder.grow()
        for group, rate in zip(steps.param_groups, rates, strict=True):
            wave = max(0.03, 0.5 * (1 + np.cos(np.pi * part)))
            group["lr"] = rate * min(1, (step + 1) / 30) * wave
        steps.zero_grad()
        for _ in range(TOGETHER):
            items = folders[-1 if rng.random() < SECOND else 0].items
            planes, weight = items[int(rng.integers(len(items)))]
            sample = torch.from_numpy(varied(planes, rng))[None]
            seen, truth = sample[:, :-1].contiguous(), sample[:, -1:]
            logits, coarse = network(seen)
            alpha = opacity(logits)
            # Beyond 0 and 1 a twentieth of the slope is left to come back by.
            alpha = alpha.clamp(0, 1) + 0.05 * (alpha - alpha.clamp(0, 1))
            apart = (alpha - truth).abs()
            sure = F.binary_cross_entropy_with_logits(logits, truth)
            small = F.interpolate(truth, size=coarse.shape[2:], mode="area")
            below = F.binary_cross_entropy_with_logits(coarse, small)
            loss = weight * (apart.mean() + 0.08 * sure + 0.15 * below)
            (loss / TOGETHER).backward()
            before = float((seen[:, MASK : MASK + 1] - truth).abs().mean())
            errors.append((weight * float(apart.detach().mean()), weight * before))
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        steps.step()
        step += 1
        with torch.no_grad():
            keep = min(0.995, step / (step + 20))
            for slow, fast in zip(mean.parameters(), network.parameters(), strict=True):
                slow.lerp_(fast, 1 - keep)
        if step % 25 == 0:
            own, masks = np.mean(errors[-400:], axis=0)
            held = sum(len(folder.items) for folder in folders)
            print(f"{step}: {own:.4f}, the mask's {masks:.4f}, {held}", flush=True)
            torch.save(mean.state_dict(), given.out)
    torch.save(mean.state_dict(), given.out)


if __name__ == "__main__":
    main()
