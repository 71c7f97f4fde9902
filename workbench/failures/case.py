"""A picture made to fail in one way, with the truth about it.

    image = alpha · foreground + (1 − alpha) · behind          (rounded to 8 bits)

holds for every case whose ``exact`` says so, in the light that ``light`` names; ``behind`` is the
background as it is seen there, which differs from the clean ``background`` where a shadow lies on
it, a floor mirrors, or glass displaces it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

from ..arrays import frozen
from ..cutouts import SPLITS, Material
from ..errors import InputError, unknown_name
from ..prompts import PromptSet

MODES = (
    "hair", "transparent", "low_contrast", "clutter", "shadow", "framing", "degraded",
    "multi_subject",
)  # fmt: skip
"""The failure modes by name, in the order of their lessons."""

SIZE = 960
"""Pixels of a case's longer side unless asked otherwise: 0.7 MP at 4 : 3."""

MATERIALS = ("procedural", "real", "mixed")
LIGHTS = ("sRGB", "linear")
_LEAST, _MOST = 64, 4096
_CELLS = 8, 6  # columns and rows that a picture is known again by
_ROUNDING = 3  # grey levels of a cell that other versions of the libraries may be off


@dataclass(frozen=True, eq=False)
class Case:
    """A picture and the truth about it. All arrays are read-only.

    Attributes:
        mode, severity, seed: what it was asked as; severity from 0 (easy) to 1.
        image: (H, W, 3) uint8 sRGB, what is seen.
        alpha: (H, W) float32 in [0, 1], all subjects together, exact.
        foreground: (H, W, 3) float32 sRGB, the subjects' own colours; continued where alpha is 0.
        background: (H, W, 3) float32 sRGB, the clean plate: no subject, and nothing of its doing.
        subjects: (name, (H, W) float32 visible share) front to back; they sum to ``alpha``.
        prompts: what a person would ask, one PromptSet a subject: a click in its middle and a box.
        why: one or two sentences on what makes it hard and what it was made of.
        material: "procedural" (drawn, or from photos that the dependencies ship: the same bits
            on every machine with the same versions) or "real" (cut-outs of the benchmark).
        sources: names of the pictures in it.
        light: "sRGB" or "linear": the values in which the compositing was done.
        behind: (H, W, 3) float32 sRGB, the background as it is seen past the subjects;
            ``background`` itself unless the mode says otherwise.
        shadow: (H, W) float32 or None: the share of the ground's light that the subjects take
            (sRGB values): behind = (1 − shadow) · background where nothing is mirrored.
        reflection: (H, W) float32 or None: how much of ``behind`` is the floor's mirror image.
        highlights: (H, W) float32 or None: the share of alpha that is gleam on something clear.
        displacement: (H, W, 2) float32 or None: (dx, dy) in pixels; what is seen at p behind
            glass is the background at p + d.
        exact: whether the equation above holds within rounding; noise and JPEG break it.
        facts: the numbers that it was made with (blur in px, angle in °, JPEG's quality …).
    """

    mode: str
    severity: float
    seed: int
    image: np.ndarray
    alpha: np.ndarray
    foreground: np.ndarray
    background: np.ndarray
    subjects: tuple[tuple[str, np.ndarray], ...]
    prompts: tuple[PromptSet, ...]
    why: str
    material: str
    behind: np.ndarray
    sources: tuple[str, ...] = ()
    light: str = "sRGB"
    shadow: np.ndarray | None = None
    reflection: np.ndarray | None = None
    highlights: np.ndarray | None = None
    displacement: np.ndarray | None = None
    exact: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        planes = (self.image, self.alpha, self.foreground, self.background, self.behind,
                  self.shadow, self.reflection, self.highlights, self.displacement,
                  *(share for _, share in self.subjects))  # fmt: skip
        for plane in planes:
            if plane is not None:
                frozen(plane)

    @property
    def version(self) -> str:
        """What the picture is known again by: its size, and the lightness of 8 × 6 cells of it.

        It stays when libraries round otherwise, and changes when the picture does: what was kept
        for a case by its mode, severity and seed can tell whether it is still of that picture.
        """
        grey = self.image.mean(axis=2, dtype=np.float32)
        cells = [part.mean() for row in np.array_split(grey, _CELLS[1])
                 for part in np.array_split(row, _CELLS[0], axis=1)]  # fmt: skip
        height, width = grey.shape
        return f"{width}x{height} " + bytes(np.rint(cells).astype(np.uint8)).hex()

    def is_version(self, version: str) -> bool:
        """Whether this is the picture that ``version`` was told of."""
        own, other = (part.partition(" ") for part in (self.version, version))
        if own[0] != other[0] or len(own[2]) != len(other[2]):
            return False
        apart = zip(bytes.fromhex(own[2]), bytes.fromhex(other[2]), strict=True)
        return all(abs(a - b) <= _ROUNDING for a, b in apart)


@dataclass(frozen=True)
class Request:
    """What a mode's ``make`` is given.

    Attributes:
        severity: 0 to 1. seed: any whole number from 0.
        size: pixels of the longer side.
        material: "procedural", "real", or "mixed": real on odd seeds where the mode has a use
            for it; or cut-outs and backgrounds of the caller's own.
        split: of the benchmark's cut-outs that may be used.
        light: "sRGB" or "linear".
    """

    mode: str
    severity: float
    seed: int
    size: int = SIZE
    material: str | Material = "procedural"
    split: str = "train"
    light: str = "sRGB"

    @property
    def photographed(self) -> bool:
        """Whether nothing but cut-outs will do: "real", or the caller's own."""
        return self.material not in ("procedural", "mixed")

    def rng(self, what: str) -> np.random.Generator:
        """Random numbers for one purpose: the same at each severity, so that a scene stays itself.

        One generator a purpose, so that drawing more of one thing does not change another.
        """
        words = [ord(letter) for letter in f"{self.mode}/{what}"]
        return np.random.default_rng([20261122, self.seed, *words])


def case(
    mode: str,
    severity: float = 0.5,
    seed: int = 0,
    *,
    size: int = SIZE,
    material: str | Material = "procedural",
    split: str = "train",
    light: str = "sRGB",
) -> Case:
    """A picture that fails in one way, with the truth; the same for the same arguments.

    Nothing is ever fetched. The seed chooses the variant (a feather or a fur), the subject and the
    background; the severity changes that same scene.

    Args:
        mode: one of MODES.
        severity: 0 (easy) to 1.
        seed: a whole number from 0.
        size: pixels of the longer side, 64 to 4096.
        material: "procedural" takes nothing but what the package draws and the photos that its
            dependencies ship; "real" the benchmark's cut-outs (``workbench bench`` fetches them);
            "mixed" is real on odd seeds, where the mode has a use for it: ``Case.material`` says
            which it was. What a cache happens to hold changes no picture. Or
            ``cutouts.Material`` of your own: paths of RGBA pictures and of backgrounds, of which
            the seed chooses, for each mode that has a use for them.
        split: "train", "validation" or "test": which of the real cut-outs.
        light: "sRGB" or "linear": the values in which subject and background are mixed.

    Raises:
        UnknownNameError: no such mode, material, split or light.
        InputError: a severity, seed or size out of range; "real" or "mixed" where there are no
            cut-outs, "real" for a mode that has no use for them, or material of one's own without
            a cut-out and a background.
    """
    for what, given, known in (("mode", mode, MODES), ("split", split, SPLITS),
                               ("light", light, LIGHTS)):  # fmt: skip
        if given not in known:
            raise unknown_name(what, given, known)
    if isinstance(material, Material):
        if not material.cutouts or not material.backgrounds:
            raise InputError(
                "expected at least one cut-out and one background, got "
                f"{len(material.cutouts)} and {len(material.backgrounds)}"
            )
    elif material not in MATERIALS:
        raise unknown_name("material", material, MATERIALS)
    check_severity(severity)
    check_seed_and_size(seed, size)
    make = import_module(f".{mode}", __package__).make
    return make(Request(mode, float(severity), int(seed), int(size), material, split, light))


def check_severity(severity: Any) -> None:
    """Hold that a severity is a number from 0 to 1.

    Raises:
        InputError: it is not.
    """
    if not _number(severity) or not 0 <= severity <= 1:
        raise InputError(f"expected a severity from 0 to 1, got {severity!r:.60}")


def check_seed_and_size(seed: Any, size: Any) -> None:
    """Hold that a seed and a size are whole numbers within their ranges.

    Raises:
        InputError: one of them is not.
    """
    for what, value, low, high in (("seed", seed, 0, 2**31), ("size", size, _LEAST, _MOST)):
        if not _number(value) or not low <= value <= high or value != int(value):
            raise InputError(
                f"expected a {what} as a whole number from {low} to {high}, got {value!r:.60}"
            )


def _number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
