"""Train the network on what scenes.py kept, until a given time.

    python models/recipes/refined_matte/train.py DATA OUT.pt --minutes 25

DATA/train and DATA/validation hold scenes. Every step sees 12 patches of 96 pixels around pixels of
the band, mirrored, turned, their colours' channels exchanged; in one of seven nothing but the
trimap stands in for the mask. The error counts in the band alone: its sum, and a quarter of how it
changes from pixel to pixel. What is kept is the running mean of the weights.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from pathlib import Path

import numpy as np
import torch
from network import CLOSED, PLANES, RefineNet

BATCH, SIDE = 12, 96
MASK = CLOSED - 1


class Scenes:
    """The scenes in a folder, growing while scenes.py runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.planes: list[np.ndarray] = []
        self._bands: list[np.ndarray] = []
        self.grow()

    def grow(self) -> None:
        """Take in what is new."""
        for path in sorted(self._folder.glob("[tv]*.npy"))[len(self.planes) :]:
            planes = np.load(path, mmap_mode="r")
            self.planes.append(planes)
            self._bands.append(np.flatnonzero((planes[3] == 0) & (planes[4] == 0)))

    def patch(self, rng: np.random.Generator) -> np.ndarray:
        """(PLANES + 1, SIDE, SIDE) uint8 of one of them."""
        n = rng.integers(len(self.planes))
        planes, band = self.planes[n], self._bands[n]
        y, x = divmod(int(band[rng.integers(len(band))]), planes.shape[2])
        top, left = (
            int(np.clip(at - rng.integers(0, SIDE), 0, max(size - SIDE, 0)))
            for at, size in zip((y, x), planes.shape[1:], strict=True)
        )
        part = np.array(planes[:, top : top + SIDE, left : left + SIDE])
        short = SIDE - part.shape[1], SIDE - part.shape[2]
        part = np.pad(part, ((0, 0), (0, short[0]), (0, short[1])), mode="edge")
        turn = rng.integers(8)
        if turn & 1:
            part = part[:, ::-1]
        if turn & 2:
            part = part[:, :, ::-1]
        if turn & 4:
            part = part.transpose(0, 2, 1)
        part = np.ascontiguousarray(part)
        part[:3] = part[:3][rng.permutation(3)]
        if rng.random() < 0.15:
            part[MASK] = np.where(part[3] > 0, 255, np.where(part[4] > 0, 0, 128))
        if rng.random() < 0.3:
            part[:3] = np.clip(part[:3] * rng.uniform(0.8, 1.2), 0, 255).astype(np.uint8)
        return part


def split(parts: np.ndarray) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Planes, truth and band of (n, PLANES + 1, h, w) uint8."""
    x = torch.from_numpy(parts).to(memory_format=torch.channels_last).float().div_(255)
    return x[:, :PLANES], x[:, PLANES:], ((x[:, 3:4] < 0.5) & (x[:, 4:5] < 0.5)).float()


def loss_of(found: torch.Tensor, truth: torch.Tensor, band: torch.Tensor) -> torch.Tensor:
    """See the module; a tenth of the error before clipping, which has a slope beyond 0 and 1."""
    error, raw = (found.clamp(0, 1) - truth) * band, (found - truth) * band
    slopes = error.diff(dim=3).abs().sum() + error.diff(dim=2).abs().sum()
    return (error.abs().sum() + 0.25 * slopes + 0.1 * raw.abs().sum()) / (band.sum() + 1)


@torch.no_grad()
def judged(net: RefineNet, scenes: Scenes) -> dict[str, float]:
    """SAD over the bands, in thousands, of the network and of closed form; and their ratio."""
    sums = np.zeros(2)
    for planes in scenes.planes:
        height, width = (size // 8 * 8 for size in planes.shape[1:])
        x, truth, band = split(np.array(planes[None, :, :height, :width]))
        for k, found in enumerate((net(x).clamp(0, 1), x[:, CLOSED : CLOSED + 1])):
            sums[k] += float(((found - truth).abs() * band).sum()) / 1e3 / len(scenes.planes)
    return {"refined": sums[0], "closed": sums[1], "ratio": sums[0] / sums[1]}


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--resume", type=Path, help="weights to go on from")
    given = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    rng = np.random.default_rng(int(given.resume is not None))
    train, validation = Scenes(given.data / "train"), Scenes(given.data / "validation")
    net = RefineNet().to(memory_format=torch.channels_last)
    if given.resume is not None:
        net.load_state_dict(torch.load(given.resume, weights_only=True))
    mean = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(
        net.parameters(), given.rate, weight_decay=1e-3, betas=(0.9, 0.99)
    )
    start = checked = time.time()
    step = 0
    while True:
        minutes = (time.time() - start) / 60
        done = minutes / given.minutes
        if done >= 1 or time.time() - checked > 300:
            train.grow()
            about = {"minutes": round(minutes, 1), "step": step, "scenes": len(train.planes)}
            found = {k: round(v, 4) for k, v in judged(mean, validation).items()}
            print(json.dumps(about | found), flush=True)
            torch.save(mean.state_dict(), given.out)
            checked = time.time()
        if done >= 1:
            break
        warm = min(1.0, (step + 1) / 100)
        for group in optimiser.param_groups:
            group["lr"] = given.rate * warm * (0.5 + 0.5 * np.cos(np.pi * done)) + 1e-6
        parts = np.stack([train.patch(rng) for _ in range(BATCH)])
        planes, truth, band = split(parts)
        optimiser.zero_grad(set_to_none=True)
        loss_of(net(planes), truth, band).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        step += 1
        keep = min(0.998, step / (step + 20))
        with torch.no_grad():
            for a, b in zip(mean.parameters(), net.parameters(), strict=True):
                a.lerp_(b, 1 - keep)


if __name__ == "__main__":
    main()
