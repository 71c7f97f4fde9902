"""Train the second look on what scenes.py kept, until a given time.

    python models/recipes/second_look/train.py DATA OUT.pt --minutes 30 [--from WEIGHTS.pt]

What is aimed at is the figure of ``workbench bench diagnosis``: how far off the answer is by how
far off the default matte was. So each subject counts by the inverse of that, and easy ones, which
a remedy must not make worse, as much as failures. A shadow copy of the weights, a running mean, is
what is kept.
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
from network import SecondLook, opacity

SIDE = 144
BATCH = 8
RATE = 2e-3
MASK, BOX, DEFAULT, TRUTH = 3, 6, 7, 8  # planes, after the photo's three
EASY = 0.015  # SAD by opacity that a default matte is at least taken to be off
HEAVY = 60.0


class Subjects:
    """The training split's files, growing while scenes.py runs."""

    def __init__(self, root: Path, split: str) -> None:
        self.root, self.split = root, split
        self.seen: set[Path] = set()
        self.items: list[tuple[np.ndarray, float]] = []

    def grow(self) -> None:
        """Take in what is new and written in full."""
        for path in sorted(self.root.glob(f"{self.split}_*.npz")):
            if path in self.seen or time.time() - path.stat().st_mtime < 2:
                continue
            self.seen.add(path)
            kept = np.load(path)
            for name in (n for n in kept.files if n.startswith("p")):
                planes = np.concatenate([kept[f"rgb{name[1:]}"].transpose(2, 0, 1), kept[name]])
                truth, default = (planes[n].astype(np.float32) / 255 for n in (TRUTH, DEFAULT))
                if truth.sum() < 200:
                    continue
                off = float(np.abs(default - truth).sum() / truth.sum())
                weight = 1 / (off + EASY) / max(0.02, float(truth.mean()))
                self.items.append((planes, min(HEAVY, weight) / 15))


def crop(planes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(9, SIDE, SIDE) float32 of a subject, turned and coloured otherwise; sooner where it errs."""
    if rng.random() < 0.3:
        scale = rng.uniform(0.7, 1.3)
        stacked = np.ascontiguousarray(planes.transpose(1, 2, 0))
        planes = cv2.resize(stacked, None, fx=scale, fy=scale).transpose(2, 0, 1)
    short = [max(0, SIDE - size) for size in planes.shape[1:]]
    planes = np.pad(planes, ((0, 0), (0, short[0]), (0, short[1])), mode="edge")
    wrong = np.abs(planes[TRUTH].astype(int) - planes[MASK].astype(int)) > 64
    for _ in range(4):
        y, x = (int(rng.integers(size - SIDE + 1)) for size in planes.shape[1:])
        if wrong[y : y + SIDE, x : x + SIDE].mean() > 0.01 or rng.random() < 0.3:
            break
    part = planes[:, y : y + SIDE, x : x + SIDE].astype(np.float32) / 255
    if rng.random() < 0.5:
        part = part[..., ::-1]
    if rng.random() < 0.15:
        part = part[:, ::-1]
    if rng.random() < 0.3:
        part = part.transpose(0, 2, 1)
    part = part.copy()
    shift = rng.uniform(-0.1, 0.1, (3, 1, 1))
    part[:3] = np.clip((part[:3] - 0.5) * rng.uniform(0.8, 1.2) + 0.5 + shift, 0, 1)
    if rng.random() < 0.3:
        part[:3] = part[rng.permutation(3)]
    return part


def batch(subjects: Subjects, rng: np.random.Generator) -> tuple[torch.Tensor, ...]:
    """What goes in (B, 7, SIDE, SIDE), the truth (B, 1, …), and what each counts (B, 1, 1, 1)."""
    chosen = [subjects.items[int(rng.integers(len(subjects.items)))] for _ in range(BATCH)]
    parts = torch.from_numpy(np.stack([crop(planes, rng) for planes, _ in chosen]))
    weights = torch.tensor([weight for _, weight in chosen]).float().view(-1, 1, 1, 1)
    return parts[:, : BOX + 1], parts[:, TRUTH : TRUTH + 1], weights


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--from", dest="begin", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    rng = np.random.default_rng(given.seed)
    subjects = Subjects(given.data, "train")
    network = SecondLook()
    if given.begin is not None:
        network.load_state_dict(torch.load(given.begin, weights_only=True))
    mean = copy.deepcopy(network)
    steps = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-3)
    begun, step, errors = time.time(), 0, []
    while (part := (time.time() - begun) / 60 / given.minutes) < 1:
        if step % 50 == 0:
            subjects.grow()
        for group in steps.param_groups:
            wave = max(0.03, 0.5 * (1 + np.cos(np.pi * part)))
            group["lr"] = RATE * min(1, (step + 1) / 50) * wave
        planes, truth, weight = batch(subjects, rng)
        logits = network(planes)
        alpha = opacity(logits)
        # Beyond 0 and 1 a twentieth of the slope is left to come back by.
        alpha = alpha.clamp(0, 1) + 0.05 * (alpha - alpha.clamp(0, 1))
        apart = (alpha - truth).abs()
        sure = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
        loss = (weight * (apart + 0.08 * sure)).mean()
        steps.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        steps.step()
        step += 1
        with torch.no_grad():
            keep = min(0.995, step / (step + 20))
            for slow, fast in zip(mean.parameters(), network.parameters(), strict=True):
                slow.lerp_(fast, 1 - keep)
            before = (weight * (planes[:, MASK : MASK + 1] - truth).abs()).mean()
            errors.append((float((weight * apart).mean()), float(before)))
        if step % 50 == 0:
            own, masks = np.mean(errors[-100:], axis=0)
            print(f"{step}: {own:.4f}, the mask's {masks:.4f}, {len(subjects.items)}", flush=True)
            torch.save(mean.state_dict(), given.out)
    torch.save(mean.state_dict(), given.out)


if __name__ == "__main__":
    main()
