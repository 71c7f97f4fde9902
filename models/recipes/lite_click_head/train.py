"""Train the click head on what features.py kept, until a given time.

    python models/recipes/lite_click_head/train.py DATA OUT --minutes 60

Every step answers the prompts of 16 windows once; each 16 are asked three times in a row. Most
questions go on where an earlier one left them: the answer given then is the last mask, its largest
mistake the next click, so that late clicks are learnt at the price of first ones. A crop may begin
with what was clicked and answered in the whole scene it is a part of, as it will in use.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from features import SHAPES
from network import FINE, PROMPTS, ClickHead

SIDE = 160
BATCH = 16
RADIUS = 3  # of a click's disk
NEAR = 14.0  # e-folding of nearness to a click
MOST = 12  # clicks
ROUNDS = 3  # questions in a row to the same windows


@dataclass
class State:
    """How far a window and target have come."""

    clicks: list[tuple[float, float, int]] = field(default_factory=list)
    box: tuple[float, float, float, float] | None = None
    last: np.ndarray | None = None


def drawn(state: State) -> np.ndarray:
    """The prompts of a state: (PROMPTS, 160, 160) float32; rows, columns on that grid."""
    planes = np.zeros((PROMPTS, SIDE, SIDE), np.float32)
    for label, plane in ((1, 0), (0, 1)):
        apart = np.ones((SIDE, SIDE), np.uint8)
        for row, column, kind in state.clicks:
            if kind == label:
                at = min(max(int(column), 0), SIDE - 1), min(max(int(row), 0), SIDE - 1)
                cv2.circle(planes[plane], at, RADIUS, 1.0, -1)
                apart[at[1], at[0]] = 0
        if not apart.all():
            way = cv2.distanceTransform(apart, cv2.DIST_L2, cv2.DIST_MASK_5)
            planes[plane + 2] = np.exp(-way / NEAR)
    if state.box is not None:
        x0, y0, x1, y1 = state.box
        grid = np.arange(SIDE) + 0.5
        planes[4] = ((grid > y0) & (grid < y1))[:, None] & ((grid > x0) & (grid < x1))[None]
        planes[5] = 1
    if state.last is not None:
        planes[6] = 2 * state.last - 1
        planes[7] = 1
    return planes


def mistake(
    pred: np.ndarray, truth: np.ndarray, rng: np.random.Generator, stray: float
) -> tuple[float, float, int] | None:
    """The next click on this grid, by the protocol, or anywhere in the mistake; None for none."""
    depths = []
    for wrong in (truth & ~pred, pred & ~truth):
        padded = np.pad(wrong, 1).astype(np.uint8)
        depths.append(cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1])
    keep = depths[0].max() > depths[1].max()
    depth = depths[0] if keep else depths[1]
    if depth.max() < 1.01:
        return None
    if rng.random() < stray:
        rows, columns = np.nonzero(depth > min(2.0, 0.4 * depth.max()))
        k = rng.integers(len(rows))
        return float(rows[k]), float(columns[k]), int(keep)
    row, column = np.unravel_index(int(depth.argmax()), depth.shape)
    return float(row), float(column), int(keep)


def bounds(truth: np.ndarray, rng: np.random.Generator) -> tuple[float, float, float, float]:
    """A box around a mask as a hand draws it."""
    rows, columns = np.flatnonzero(truth.any(axis=1)), np.flatnonzero(truth.any(axis=0))
    x0, y0, x1, y1 = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    dx, dy = (rng.uniform(-0.05, 0.05, 2) * (b - a) for a, b in ((x0, x1), (y0, y1)))
    return float(x0 + dx[0]), float(y0 + dy[0]), float(x1 + dx[1]), float(y1 + dy[1])


class Windows:
    """The shards of one split, growing while features.py runs."""

    def __init__(self, root: Path, split: str) -> None:
        self.shards = [p for p in sorted(root.glob(f"{split}[0-9]*")) if p.is_dir()]
        self.planes = [
            {k: np.load(p / f"{k}.npy", mmap_mode="r") for k in SHAPES} for p in self.shards
        ]
        self.items: list[tuple[int, int, int]] = []
        self.partner: dict[tuple[int, int], tuple] = {}
        self.read = [0] * len(self.shards)

    def grow(self) -> int:
        """Take in what is new; returns how many windows there are."""
        for s, shard in enumerate(self.shards):
            lines = (shard / "windows.jsonl").read_text().split("\n")[:-1]
            for n in range(self.read[s], len(lines)):
                about = json.loads(lines[n])
                self.items += [(s, 2 * n, k) for k in range(about["subjects"])]
                self.items += [(s, 2 * n + 1, 0)] * (1 + (about["subjects"] > 1))
                self.partner[s, 2 * n + 1] = about["whole"], about["crop"], about["target"]
            self.read[s] = len(lines)
        return 2 * sum(self.read)

    def inputs(
        self, items: list[tuple[int, int, int]], flips: np.ndarray
    ) -> dict[str, torch.Tensor]:
        """What the head takes besides prompts, and "truth"."""
        made = {}
        for k in SHAPES:
            if k == "masks":
                planes = [self.planes[s][k][n, t][None] for s, n, t in items]
            elif k == "f160":
                planes = [self.planes[s][k][n, -FINE:] for s, n, _ in items]
            else:
                planes = [self.planes[s][k][n] for s, n, _ in items]
            batch = np.stack([p[..., ::-1] if f else p for p, f in zip(planes, flips, strict=True)])
            tensor = torch.from_numpy(batch).contiguous(memory_format=torch.channels_last)
            made["truth" if k == "masks" else k] = tensor.float().mul_(1 / 255)
        return made


def moved(state: State, whole: tuple, crop: tuple) -> State:
    """A state on the whole scene as one on a crop of it."""
    wx, wy = whole[2] / SIDE, whole[3] / SIDE
    cx, cy = (crop[2] - crop[0]) / SIDE, (crop[3] - crop[1]) / SIDE
    clicks = []
    for row, column, kind in state.clicks:
        r, c = ((row + 0.5) * wy - crop[1]) / cy, ((column + 0.5) * wx - crop[0]) / cx
        if 0 <= r < SIDE and 0 <= c < SIDE:
            clicks.append((r, c, kind))
    box = state.box
    if box is not None:
        x0, y0, x1, y1 = box
        x0, x1 = ((x * wx - crop[0]) / cx for x in (x0, x1))
        y0, y1 = ((y * wy - crop[1]) / cy for y in (y0, y1))
        box = x0, y0, x1, y1
    matrix = np.array(
        [[cx / wx, 0, (crop[0] + cx / 2) / wx - 0.5], [0, cy / wy, (crop[1] + cy / 2) / wy - 0.5]]
    )
    last = None
    if state.last is not None:
        way = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        edge = cv2.BORDER_REPLICATE
        last = cv2.warpAffine(state.last, matrix, (SIDE, SIDE), flags=way, borderMode=edge)
    return State(clicks, box, last)


def loss_of(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Normalised focal loss and Dice, each sample the same weight."""
    p = torch.sigmoid(logits)
    off = (truth - p).abs()
    weight = off.square()
    cross = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    focal = (weight * cross).sum((1, 2, 3)) / (weight.detach().sum((1, 2, 3)) + 1e-3 * SIDE * SIDE)
    both = (p * truth).sum((1, 2, 3))
    dice = 1 - (2 * both + 20) / (p.sum((1, 2, 3)) + truth.sum((1, 2, 3)) + 20)
    return (focal + 1.5 * dice).mean()


@torch.no_grad()
def curve(
    model: ClickHead, windows: Windows, count: int, clicks: int = 5
) -> dict[str, list[float]]:
    """Mean IoU on the 160 grid after a box and after each click: whole scenes, then crops."""
    model.eval()
    rng = np.random.default_rng(0)
    found: dict[str, list[float]] = {}
    for name, odd in (("whole", 0), ("crop", 1)):
        items = [i for i in windows.items if i[1] % 2 == odd and i[2] == 0][:count]
        scores = np.zeros((len(items), clicks + 1))
        for n in range(0, len(items), 20):
            part = items[n : n + 20]
            inputs = windows.inputs(part, np.zeros(len(part), bool))
            truth = inputs.pop("truth").numpy()[:, 0] > 0.5
            for k in range(clicks + 1):
                if k == 0:
                    states = [State(box=bounds(t, rng)) for t in truth]
                elif k == 1:
                    states = [State([mistake(t & False, t, rng, 0) or (80, 80, 1)]) for t in truth]
                prompts = torch.from_numpy(np.stack([drawn(s) for s in states]))
                p = torch.sigmoid(model(**inputs, prompts=prompts)).numpy()[:, 0]
                for j, (s, t) in enumerate(zip(states, truth, strict=True)):
                    pred = p[j] > 0.5
                    scores[n + j, k] = (pred & t).sum() / max((pred | t).sum(), 1)
                    s.last = p[j]
                    click = mistake(pred, t, rng, 0)
                    if click is not None:
                        s.clicks.append(click)
        found[name] = [round(float(v), 4) for v in scores.mean(axis=0)]
    return found


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=2.5e-3)
    parser.add_argument("--resume", type=Path, help="weights to go on from")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    torch.set_num_threads(given.threads)
    cv2.setNumThreads(1)
    rng = np.random.default_rng(0)
    train, validation = Windows(given.data, "train"), Windows(given.data, "validation")
    train.grow(), validation.grow()
    model = ClickHead().to(memory_format=torch.channels_last)
    mean = copy.deepcopy(model)
    optimiser = torch.optim.AdamW(
        model.parameters(), given.rate, weight_decay=0.02, betas=(0.9, 0.98)
    )
    if given.resume is not None:
        model.load_state_dict(torch.load(given.resume, weights_only=True))
        mean.load_state_dict(model.state_dict())
    pairs = [
        (a, b)
        for a, b in zip(mean.state_dict().values(), model.state_dict().values(), strict=True)
        if a.dtype.is_floating_point
    ]
    states: dict[tuple[int, int, int], State] = {}
    again = 0
    start = checked = time.time()
    best, step, running = 0.0, 0, 0.0
    order: list[int] = []
    while True:
        done = (time.time() - start) / (60 * given.minutes)
        if done < 1:
            warm = min(1.0, (step + 1) / 100)
            for group in optimiser.param_groups:
                group["lr"] = given.rate * warm * (0.5 + 0.5 * np.cos(np.pi * done)) + 1e-6
            if len(order) < BATCH:
                train.grow()
                order = list(rng.permutation(len(train.items)))
            if again == 0:
                items = [train.items[order.pop()] for _ in range(BATCH)]
                flips = rng.random(BATCH) < 0.5
                inputs = train.inputs(items, flips)
                truth = inputs.pop("truth")
                sharp = truth.numpy()[:, 0] > 0.5
            again = (again + 1) % ROUNDS
            prompts = np.zeros((BATCH, PROMPTS, SIDE, SIDE), np.float32)
            answered: list[State] = []
            for j, item in enumerate(items):
                mask = sharp[j][:, ::-1] if flips[j] else sharp[j]
                state = next_state(states, item, mask, train, rng)
                answered.append(state)
                planes = drawn(state)
                prompts[j] = planes[..., ::-1] if flips[j] else planes
            model.train()
            logits = model(**inputs, prompts=torch.from_numpy(prompts))
            loss = loss_of(logits, truth)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 3.0)
            optimiser.step()
            step += 1
            keep = min(0.995, step / (step + 20))
            with torch.no_grad():
                for a, b in pairs:
                    a.lerp_(b, 1 - keep)
            p = torch.sigmoid(logits.detach()).numpy()[:, 0]
            for j, (item, state) in enumerate(zip(items, answered, strict=True)):
                state.last = np.array(p[j][:, ::-1] if flips[j] else p[j])
                states[item] = state
            now = float(loss.detach())
            running = 0.98 * running + 0.02 * now if step > 1 else now
        if time.time() - checked > 480 or done >= 1:
            found = curve(mean, validation, 80 if done >= 1 else 40)
            score = sum(found["whole"][1:]) + sum(found["crop"])
            minutes = round((time.time() - start) / 60, 1)
            about = {"minutes": minutes, "step": step, "windows": train.grow(), "loss": running}
            print(json.dumps(about | found), flush=True)
            torch.save(mean.state_dict(), given.out / "latest.pt")
            if score > best:
                best = score
                torch.save(mean.state_dict(), given.out / "best.pt")
            checked = time.time()
        if done >= 1:
            break


def next_state(
    states: dict,
    item: tuple[int, int, int],
    mask: np.ndarray,
    windows: Windows,
    rng: np.random.Generator,
) -> State:
    """What is asked of a window next."""
    state = states.get(item)
    if state is not None and len(state.clicks) < MOST and rng.random() < 0.86:
        click = mistake(state.last > 0.5, mask, rng, 0.25)
        if click is not None:
            return State(
                [*state.clicks, click], state.box if rng.random() < 0.9 else None, state.last
            )
    s, n, _ = item
    if n % 2 and rng.random() < 0.4:
        whole, crop, target = windows.partner[s, n]
        before = states.get((s, n - 1, target))
        if before is not None:
            return moved(before, whole, crop)
    if rng.random() < (0.5 if n % 2 else 0.25):
        return State(box=bounds(mask, rng))  # in use, a box is looked at in a crop around it
    click = mistake(np.zeros_like(mask), mask, rng, 0.4)
    first = [click] if click is not None else []
    return State(first, bounds(mask, rng) if rng.random() < 0.1 or not first else None)


if __name__ == "__main__":
    main()
