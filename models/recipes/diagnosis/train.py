"""Fit the weights of ``workbench.quality.diagnosis`` on known-truth cases.

    cd models/recipes/diagnosis
    python train.py figures FIGURES.jsonl --seeds 20
    python train.py fit FIGURES.jsonl ../../../workbench/quality/diagnosis/weights.json

``figures`` takes the figures of the default result (see ``workbench.benchmark.diagnosis``) of every
mode at severities 0.5, 0.6 and 0.8 and, as "nothing wrong", at 0 where that result is right; seeds
by turns of the train and the validation split. It goes on where it stopped. ``fit`` is a
multinomial logistic regression with a penalty on the weights' squares; the penalty is chosen by
leaving one seed in six out.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

from workbench.benchmark.diagnosis import DRAWN, SOUND, default, known, off
from workbench.diagnosing import figures_of
from workbench.failures import MODES
from workbench.quality.diagnosis import NOTHING, WORDS
from workbench.quality.diagnosis.judging import placed

ANSWERS = (*MODES, NOTHING)
PENALTIES = (0.001, 0.003, 0.01, 0.03)
QUANTILES = np.linspace(0, 1, 33)
FOLDS = 6
MORE = 12
HARD = ("low_contrast", "framing", "degraded", "clutter")


def jobs(seeds: int) -> list[tuple[str, float, int, str]]:
    """(mode, severity, seed, split), a seed of each mode at a time.

    Then real cut-outs (odd seeds) of the modes that were told worst and of severity 0, which is of
    many kinds.
    """

    def split(n: int) -> str:
        return "train" if n % 3 else "validation"

    made = []
    for n in range(seeds):
        for mode in MODES:
            made.append((mode, 0.6 if n < 8 else (0.6, 0.5, 0.8)[n % 3], n, split(n)))
            if n < 8:
                made.append((mode, 0.0, 100 + n, split(n)))
    for n in range(MORE):
        made += [(mode, 0.0, 111 + 2 * n, split(n)) for mode in MODES if mode not in DRAWN]
        made += [(mode, 0.6, 41 + 2 * n, split(n)) for mode in HARD]
    return made


def take(path: Path, seeds: int) -> None:
    """Append the figures of every job that is not in the file yet."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    done = {tuple(json.loads(line)[key] for key in ("mode", "sev", "seed", "split"))
            for line in lines}  # fmt: skip
    with path.open("a", encoding="utf-8") as file:
        for job in jobs(seeds):
            if job in done:
                continue
            case = known(*job)
            session = default(case)
            taken = session.render(lambda r, s=session: figures_of(s.photo, r))
            wrong = off(session, case)
            session.close()
            named = dict(zip(("mode", "sev", "seed", "split"), job, strict=True))
            file.write(json.dumps({**named, "off": wrong, "f": taken}) + "\n")
            file.flush()
            print(*job, flush=True)


def fit(lines: list[dict[str, Any]], penalty: float | None = None) -> dict[str, Any]:
    """The model of JSON lines, as ``judging.Weights`` reads it."""
    names = list(WORDS)
    values = np.array([[line["f"].get(name, np.nan) for name in names] for line in lines], float)
    values[~np.isfinite(values)] = np.nan
    truth = np.array([ANSWERS.index(line["mode"] if line["sev"] else NOTHING) for line in lines])
    keep = [np.nanstd(column) > 0 for column in values.T]  # one that never varies says nothing
    names, values = [n for n, k in zip(names, keep, strict=True) if k], values[:, keep]
    knots = np.nanquantile(values, QUANTILES, axis=0).T
    usual = np.nanmean(values[truth == len(ANSWERS) - 1], axis=0)
    scaled = placed(values, knots)
    if penalty is None:
        fold = np.array([line["seed"] % FOLDS for line in lines])
        right = {}
        for one in PENALTIES:
            ranks = []
            for n in range(FOLDS):
                weight, bias = regress(scaled[fold != n], truth[fold != n], one)
                order = np.argsort(-(scaled[fold == n] @ weight.T + bias), axis=1)
                ranks.append(order[:, :2] == truth[fold == n, None])
            hits = np.concatenate(ranks)
            right[one] = float(hits.any(axis=1).mean()), float(hits[:, 0].mean())
            print(f"penalty {one}: top-2 {right[one][0]:.3f}, top-1 {right[one][1]:.3f}")
        penalty = max(right, key=lambda one: (right[one][0] + right[one][1], one))
    weight, bias = regress(scaled, truth, penalty)
    figures = {"knots": knots, "usual": np.nan_to_num(usual, nan=0.0),
               "weight": weight, "bias": bias}  # fmt: skip
    return {
        "made_by": "models/recipes/diagnosis/train.py", "cases": len(lines), "penalty": penalty,
        "answers": ANSWERS, "figures": names,
        **{name: np.round(plane, 5).tolist() for name, plane in figures.items()},
    }  # fmt: skip


def regress(x: np.ndarray, truth: np.ndarray, penalty: float) -> tuple[np.ndarray, np.ndarray]:
    """Weights (K, F) and bias (K) of a multinomial logistic regression, classes counted alike."""
    count, classes = x.shape[1], len(ANSWERS)
    said = np.eye(classes)[truth]
    share = 1 / np.maximum(said.sum(axis=0), 1)[truth]
    share /= share.sum()

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weight, bias = flat[:-classes].reshape(classes, count), flat[-classes:]
        logits = x @ weight.T + bias
        log = logits - logsumexp(logits, axis=1, keepdims=True)
        off = (np.exp(log) - said) * share[:, None]
        value = -float((share * (log * said).sum(axis=1)).sum()) + penalty / 2 * float(
            (weight**2).sum()
        )
        return value, np.concatenate([(off.T @ x + penalty * weight).ravel(), off.sum(axis=0)])

    start = np.zeros(classes * count + classes)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 400}).x
    return found[:-classes].reshape(classes, count), found[-classes:]


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("step", choices=("figures", "fit"))
    parser.add_argument("path", type=Path)
    parser.add_argument("out", type=Path, nargs="?")
    parser.add_argument("--seeds", type=int, default=20)
    given = parser.parse_args()
    if given.step == "figures":
        take(given.path, given.seeds)
        return
    lines = [json.loads(line) for line in given.path.read_text("utf-8").splitlines()]
    made = fit([line for line in lines if line["sev"] > 0 or line["off"] <= SOUND])
    given.out.write_text(json.dumps(made, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
