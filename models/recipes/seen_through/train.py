"""Train the network on what strips.py kept, for a given time.

    python models/recipes/seen_through/train.py DATA OUT.pt --minutes 30

DATA/train and DATA/validation hold strips. Every step sees 24 pieces of 192 points, half of them
with something to see through; mirrored, their channels exchanged, brighter or darker, grainier,
under a light that changes along them. What is kept is the running mean of the weights.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from network import Through
from scipy.interpolate import PchipInterpolator

BATCH, LONG = 24, 192
AROUND = 60  # points of a closed line that are repeated at its ends
SEEN = 50  # of 255, that shine through where there is something to see
LITTLE = 5  # of 255: less counts as nothing; what lies between is not asked for
Strip = dict[str, np.ndarray]


class Strips:
    """A folder's strips: with something to see through (``shown``), and without (``plain``)."""

    def __init__(self, folder: Path) -> None:
        self.shown: list[tuple[Strip, np.ndarray]] = []
        self.plain: list[tuple[Strip, np.ndarray]] = []
        for path in sorted(folder.glob("*.npz")):
            with np.load(path) as held:
                for n in {name.split("_")[0] for name in held.files}:
                    one = {name: held[f"{n}_{name}"] for name in ("photo", "t", "told")}
                    if len(one["t"]) < 80:
                        continue
                    seen = (one["t"] > SEEN) & one["told"]
                    shown = int(seen.sum()) > 49
                    at = np.flatnonzero(seen if shown else one["told"]).astype(np.int32)
                    (self.shown if shown else self.plain).append((one, at))

    def piece(self, rng: np.random.Generator, shown: bool) -> tuple[np.ndarray, ...]:
        """Photo (3, LONG, 49) float32, t (LONG,) float32 and told (LONG,) bool."""
        pool = self.shown if shown else self.plain
        one, at = pool[int(rng.integers(len(pool)))]
        middle = int(at[rng.integers(len(at))]) + int(rng.integers(-60, 61))
        places = np.arange(middle - LONG // 2, middle + LONG // 2) % len(one["t"])
        if rng.random() < 0.5:
            places = places[::-1]
        photo = one["photo"][places].astype(np.float32) / 255
        if rng.random() < 0.5:
            photo = photo[..., rng.permutation(3)]
        if rng.random() < 0.5:
            photo = (photo - 0.5) * rng.uniform(0.7, 1.3) + 0.5 + rng.uniform(-0.1, 0.1)
        if rng.random() < 0.4:
            photo = photo * _light(rng)[:, None, None]
        if rng.random() < 0.2:
            photo = photo + rng.normal(0, rng.uniform(0, 0.02), photo.shape)
        photo = np.clip(photo, 0, 1).astype(np.float32).transpose(2, 0, 1)
        return photo, one["t"][places].astype(np.float32) / 255, one["told"][places]


def _light(rng: np.random.Generator) -> np.ndarray:
    """(LONG,) gains of a light that falls on both sides and changes along the outline."""
    knots = rng.normal(0, rng.uniform(0.05, 0.35), LONG // 24 + 2)
    at = np.arange(LONG) / 24
    return np.asarray(np.exp(PchipInterpolator(np.arange(len(knots)), knots)(at)))


def batch(strips: Strips, rng: np.random.Generator) -> list[torch.Tensor]:
    """Photos, t and told of BATCH pieces."""
    pieces = [strips.piece(rng, n % 2 == 0) for n in range(BATCH)]
    return [torch.from_numpy(np.stack(part)) for part in zip(*pieces, strict=True)]


def loss_of(found: torch.Tensor, t: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
    """Cross entropy of whether one can see through, and half the error of how much."""
    t, told = t[:, ::2], told[:, ::2]
    seen, nothing = t > SEEN / 255, t < LITTLE / 255
    weight = (told & (seen | nothing)).float()
    each = F.binary_cross_entropy_with_logits(found[:, 0], seen.float(), reduction="none")
    return ((each + 0.5 * (found[:, 1] - t).abs()) * weight).sum() / (weight.sum() + 1)


@torch.no_grad()
def judged(net: Through, strips: Strips) -> dict[str, float]:
    """Of whole strips, by the highest mean over 24 points: the area under the ROC, and the most
    that recall and precision both reach."""
    said: list[list[float]] = [[], []]
    for pool, scores in zip((strips.plain, strips.shown), said, strict=True):
        for one, _ in pool:
            points = len(one["t"])
            places = np.arange(-AROUND, points + AROUND + -points % 12) % points
            photo = torch.from_numpy(one["photo"][places].astype(np.float32) / 255)
            odds = net(photo.permute(2, 0, 1)[None])[0, 0].numpy().repeat(2)
            odds = np.where(one["told"], odds[AROUND : AROUND + points], -8)
            means = np.convolve(np.concatenate([odds, odds[:24]]), np.ones(24) / 24, "valid")
            scores.append(float(means.max()))
    plain, shown = (np.array(scores) for scores in said)
    area = float((shown[:, None] > plain[None]).mean())
    hits = np.array([(shown >= at).sum() for at in shown])
    wrong = np.array([(plain >= at).sum() for at in shown])
    return {"area": area, "even": float(np.minimum(hits / len(shown), hits / (hits + wrong)).max())}


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--resume", type=Path, help="weights to go on from")
    given = parser.parse_args()
    torch.manual_seed(0)
    rng = np.random.default_rng(int(given.resume is not None))
    train, validation = Strips(given.data / "train"), Strips(given.data / "validation")
    net = Through()
    if given.resume is not None:
        net.load_state_dict(torch.load(given.resume, weights_only=True))
    mean = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), given.rate, weight_decay=1e-3)
    start = checked = time.time()
    step = 0
    while True:
        done = (time.time() - start) / 60 / given.minutes
        if done >= 1 or time.time() - checked > 180:
            found = {name: round(value, 4) for name, value in judged(mean, validation).items()}
            print(json.dumps({"step": step, "strips": len(train.shown), **found}), flush=True)
            torch.save(mean.state_dict(), given.out)
            checked = time.time()
        if done >= 1:
            break
        for group in optimiser.param_groups:
            warm = min(1.0, (step + 1) / 100)
            group["lr"] = given.rate * warm * (0.5 + 0.5 * np.cos(np.pi * min(done, 1))) + 1e-6
        photo, t, told = batch(train, rng)
        optimiser.zero_grad(set_to_none=True)
        loss_of(net(photo), t, told).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        step += 1
        keep = min(0.998, step / (step + 20))
        with torch.no_grad():
            for a, b in zip(mean.parameters(), net.parameters(), strict=True):
                a.lerp_(b, 1 - keep)


if __name__ == "__main__":
    main()
