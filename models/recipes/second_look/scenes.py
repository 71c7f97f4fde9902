"""Known-truth cases with what the second look sees of them.

    python models/recipes/second_look/scenes.py OUT --split train --first 20000 --more SUBJECTS

A file for each mode and seed: of up to two subjects the part of the photo around the box, and five
planes over it in eight bits: the mask so far, colours, saliency, box, the truth. With ``--more``
most subjects are those that subjects.py made, the others any photographed cut-out of the split.
Several processes with seeds of their own may run at once; training reads what is there.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from workbench.benchmark.diagnosis import DRAWN, SIZE
from workbench.cutouts import Material, material
from workbench.failures import MODES, case
from workbench.opening import open as open_photo
from workbench.prompts import PromptSet
from workbench.segment.opinions import LONGEST, look_at

SEVERITIES = 0.6, 0.6, 0.5, 0.75, 0.35, 0.9
SMALLEST = 360  # pixels of a training case's longer side
TRUE = 0.3  # of training's subjects with ``--more``
HASTY = 0.4  # of training's boxes: off by up to a twelfth, mostly outwards
AMONG = 6  # subjects that a training case chooses of


class Subjects:
    """What training's cases are made of: a few of the made and the true ones for each."""

    def __init__(self, folder: Path, split: str) -> None:
        self.made = sorted(folder.glob("*.png"))
        self.split = material(split)
        self.true = [path for path in self.split.cutouts if "cartoon" not in path.parts]

    def some(self, rng: np.random.Generator) -> Material:
        """AMONG, each of either kind, and the split's backgrounds."""

        def one() -> Path:
            among = self.true if rng.random() < TRUE else self.made
            return among[int(rng.integers(len(among)))]

        return replace(self.split, cutouts=tuple(one() for _ in range(AMONG)))


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--split", default="train")
    parser.add_argument("--first", type=int, default=100)
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--more", type=Path)
    given = parser.parse_args()
    material(given.split)
    given.out.mkdir(parents=True, exist_ok=True)
    subjects = Subjects(given.more, given.split) if given.more else None
    for seed in range(given.first, given.first + given.cases):
        for at, mode in enumerate(MODES):
            path = given.out / f"{given.split}_{mode}_{seed}.npz"
            # Glass has a remedy of its own: it is unmixed from what lies behind.
            if mode == "transparent" or path.exists():
                continue
            rng = np.random.default_rng(seed * len(MODES) + at)
            kind: str | Material = "mixed" if mode in DRAWN else "real"
            if subjects is not None:
                kind = subjects.some(rng)
            np.savez(path, **_planes(mode, seed, given.split, rng, kind))


def _planes(
    mode: str, seed: int, split: str, rng: np.random.Generator, kind: str | Material
) -> dict[str, np.ndarray]:
    training = split == "train"
    severity = SEVERITIES[int(rng.integers(len(SEVERITIES)))] if training else 0.6
    size = int(rng.integers(SMALLEST, SIZE + 1)) if training else SIZE
    made = case(mode, severity, seed, size=size, split=split, material=kind)
    session = open_photo(made.image, "lite", name=mode, journal=False)
    kept: dict[str, np.ndarray] = {}
    for n, asked in enumerate(made.prompts[:2]):
        truth, box = made.subjects[n][1], asked.boxes[0]
        subject = session.subject() if n == 0 else session.add_subject(f"subject {n + 1}")
        subject.box(*box).click(*asked.points[0])
        if training and rng.random() < HASTY:
            reach = max(box[2] - box[0], box[3] - box[1])
            off = reach * rng.uniform((-0.08, -0.08, -0.02, -0.02), (0.02, 0.02, 0.08, 0.08))
            edge = np.clip(np.add(box, off), 0, [*truth.shape[::-1]] * 2)
            box = (float(edge[0]), float(edge[1]), float(edge[2]), float(edge[3]))
        window, planes = look_at(made.image, PromptSet(boxes=(box,)), subject.mask)
        if max(window.width, window.height) > LONGEST:
            continue
        both = np.concatenate([planes[3:7], truth[window.slices][None]])
        kept[f"rgb{n}"] = made.image[window.slices]
        kept[f"p{n}"] = np.rint(255 * np.clip(both, 0, 1)).astype(np.uint8)
    session.close()
    return kept


if __name__ == "__main__":
    main()
