"""Known-truth cases of the train split with what the second look sees of them.

    python models/recipes/second_look/scenes.py OUT --split train --first 100 --cases 60

A file for each mode and seed: of up to two subjects the part of the photo around the box, and six
planes over it in eight bits: the mask so far, colours, saliency, box, the default matte, the truth.
Several processes with seeds of their own may run at once; training reads what is there.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from workbench.benchmark.diagnosis import DRAWN, SIZE, default
from workbench.cutouts import material
from workbench.failures import MODES, case
from workbench.segment.opinions import LONGEST, look_at

SEVERITIES = 0.6, 0.6, 0.5, 0.75


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--split", default="train")
    parser.add_argument("--first", type=int, default=100)
    parser.add_argument("--cases", type=int, default=60)
    given = parser.parse_args()
    material(given.split)
    given.out.mkdir(parents=True, exist_ok=True)
    for seed in range(given.first, given.first + given.cases):
        for mode in MODES:
            path = given.out / f"{given.split}_{mode}_{seed}.npz"
            # Glass has a remedy of its own: it is unmixed from what lies behind.
            if mode != "transparent" and not path.exists():
                np.savez(path, **_planes(mode, seed, given.split))


def _planes(mode: str, seed: int, split: str) -> dict[str, np.ndarray]:
    severity = SEVERITIES[seed % len(SEVERITIES)]
    kind = "mixed" if mode in DRAWN else "real"
    made = case(mode, severity, seed, size=SIZE, split=split, material=kind)
    session = default(made)
    kept: dict[str, np.ndarray] = {}
    # The newest subject of a session is in front: in the order in which they were asked for.
    for n, subject in enumerate(session.subjects[::-1][:2]):
        box, truth = made.prompts[n].boxes[0], made.subjects[n][1]
        window, planes = look_at(made.image, box, subject.mask)
        if max(window.width, window.height) > LONGEST:
            continue
        part = window.slices
        others = np.stack([session.alpha(subject)[part], truth[part]])
        both = np.concatenate([planes[3:7], others])
        kept[f"rgb{n}"] = made.image[part]
        kept[f"p{n}"] = np.rint(255 * np.clip(both, 0, 1)).astype(np.uint8)
    session.close()
    return kept


if __name__ == "__main__":
    main()
