"""Real cut-outs and real photos for scenes with known truth, from Debian's packages.

Nothing of them is part of this project: the packages are fetched with apt into the user's cache
folder when they are first wanted (about 385 MB), and unpacked there.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from .errors import FetchError, ImageDamagedError
from .progress import Progress, report

PACKAGES = (
    "tuxpaint-stamps-default",
    "gnome-backgrounds",
    "mate-backgrounds",
    "plasma-workspace-wallpapers",
    "lomiri-wallpapers-16.04",
    "lomiri-wallpapers-20.04",
    "ukui-wallpapers",
)
SPLITS = {"test": (0, 4), "validation": (1,), "train": (2, 3, 5, 6, 7)}
"""Remainders of the MD5 of a file's name by 8. Nothing is ever trained or tuned on the test's."""

COLOURS = 1500  # more than these, or it is a drawing
SIDE = 120  # a cut-out's shorter side at least, pixels
BACKGROUND_SIDE = 1600  # a background's long side at most: a 5K picture takes a second to read

_PICTURES = (".png", ".jpg", ".jpeg", ".webp")


@dataclass(frozen=True)
class Material:
    """What scenes are made of: files of one split, sorted by path.

    Attributes:
        cutouts: PNGs with real alpha.
        backgrounds: opaque pictures.
        drawings: cut-outs that do not count as photographs, for variety in training alone.
    """

    cutouts: tuple[Path, ...]
    backgrounds: tuple[Path, ...]
    drawings: tuple[Path, ...]


def folder() -> Path:
    """Where the material lies: $WORKBENCH_CACHE or the user's cache folder, "benchmark" in it."""
    chosen = os.environ.get("WORKBENCH_CACHE")
    if chosen:
        return Path(chosen).expanduser() / "benchmark"
    import platformdirs

    return Path(platformdirs.user_cache_dir("matte-workbench", appauthor=False)) / "benchmark"


def split_of(name: str) -> str:
    """The split that a file of this name belongs to: "test", "validation" or "train"."""
    rest = int(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest(), 16) % 8
    return next(split for split, rests in SPLITS.items() if rest in rests)


def material(split: str, progress: Progress | None = None) -> Material:
    """The cut-outs and backgrounds of a split; fetched, unpacked and looked through when new.

    Raises:
        FetchError: the packages are not here, and there is no apt or it fails.
    """
    root = _unpacked(progress)
    index = _index(root, progress)
    return Material(
        *(
            tuple(root / line for kind_, line in index if kind_ == kind and _in(line, split))
            for kind in ("cutout", "background", "drawing")
        )
    )


def present(split: str) -> Material | None:
    """The material of a split where all of it is here already, else None; fetches nothing."""
    root = folder() / "packages"
    if not (folder() / "index.txt").is_file() or any(
        not (root / f".{p}").is_file() for p in PACKAGES
    ):
        return None
    return material(split)


def _in(line: str, split: str) -> bool:
    return split_of(picture_name(Path(line))) == split


def picture_name(path: Path) -> str:
    """The name that a picture is split by: its own, or the wallpaper's that it is a size of.

    Plasma keeps each wallpaper as ``NAME/contents/images/5120x2880.png``, and some packages hold
    one picture in several sizes: all of one must fall into one split.
    """
    if "contents" in path.parts:
        return path.parts[path.parts.index("contents") - 1]
    # … and GNOME's come by day and by night.
    return re.sub(r"_\d+x\d+(?=\.)|-[ld](?=\.webp$)", "", path.name)


def _unpacked(progress: Progress | None = None) -> Path:
    root = folder() / "packages"
    missing = [p for p in PACKAGES if not (root / f".{p}").is_file()]
    if not missing:
        return root
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise FetchError(
            "expected apt-get and dpkg-deb to fetch the benchmark's pictures "
            f"({', '.join(missing)}), got neither: this benchmark runs on Debian and its kin"
        )
    debs = folder() / "debs"
    debs.mkdir(parents=True, exist_ok=True)
    root.mkdir(parents=True, exist_ok=True)
    for n, package in enumerate(missing):
        report(progress, n / len(missing), f"fetching {package}")
        if not list(debs.glob(f"{package}_*.deb")):
            _call(["apt-get", "download", package], debs)
        _call(["dpkg-deb", "-x", str(next(debs.glob(f"{package}_*.deb"))), str(root)], debs)
        (root / f".{package}").touch()
    return root


def _call(command: Sequence[str], where: Path) -> None:
    done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = " ".join(done.stderr.split())[-200:]
        raise FetchError(
            f"expected {' '.join(command[:2])} to get the benchmark's pictures, got: {said} "
            "(an old list of packages? run: apt-get update)"
        )


def _index(root: Path, progress: Progress | None) -> list[tuple[str, str]]:
    """(kind, path below ``root``) of every picture worth using; kept in a file beside them."""
    kept = folder() / "index.txt"
    if kept.is_file():
        lines = kept.read_text(encoding="utf-8").splitlines()
        return [(kind, path) for kind, _, path in (line.partition(" ") for line in lines)]
    found: list[tuple[str, str]] = []
    seen: set[str] = set()
    stamps = sorted((root / "usr/share/tuxpaint/stamps").rglob("*.png"))
    for n, path in enumerate(stamps):
        report(progress, n / len(stamps), "looking through the cut-outs")
        # The same picture in two folders or turned around is one picture.
        if path.name in seen or "_mirror" in path.name or "_flip" in path.name:
            continue
        kind = _kind_of_cutout(path)
        if kind is not None:
            seen.add(path.name)
            found.append((kind, path.relative_to(root).as_posix()))
    largest: dict[str, tuple[int, Path]] = {}
    for top in ("backgrounds", "wallpapers"):
        for path in sorted((root / "usr/share" / top).rglob("*")):
            if path.suffix.lower() not in _PICTURES or path.stem == "screenshot":
                continue
            if "images_dark" in path.parts or path.is_symlink():
                continue
            name = picture_name(path)
            size = path.stat().st_size
            if size > largest.get(name, (0, path))[0]:
                largest[name] = size, path
    for n, (_, path) in enumerate(sorted(largest.values(), key=lambda item: item[1])):
        report(progress, n / len(largest), "looking through the backgrounds")
        if _colours(read_background(path)) > COLOURS:
            found.append(("background", path.relative_to(root).as_posix()))
    kept.write_text("".join(f"{kind} {path}\n" for kind, path in found), encoding="utf-8")
    return found


def _kind_of_cutout(path: Path) -> str | None:
    import cv2

    read = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if read is None or read.dtype != np.uint8 or read.ndim != 3 or read.shape[2] != 4:
        return None
    opaque = read[..., 3] > 127
    if min(read.shape[:2]) < SIDE or not 0.05 < float(opaque.mean()) < 0.97:
        return None
    return "cutout" if _colours(read[opaque][None, :, :3]) > COLOURS else "drawing"


def _colours(pixels: np.ndarray) -> int:
    wide = pixels.reshape(-1, 3).astype(np.uint32)
    return len(np.unique(wide[:, 0] << 16 | wide[:, 1] << 8 | wide[:, 2]))


@cache
def read_cutout(path: Path) -> np.ndarray:
    """A cut-out as (H, W, 4) uint8 RGBA, trimmed to what is not clear."""
    import cv2

    read = cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)
    rows, columns = np.nonzero(read[..., 3] > 8)
    return read[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


@cache
def read_background(path: Path) -> np.ndarray:
    """A background as (H, W, 3) uint8 RGB, its long side at most BACKGROUND_SIDE."""
    import cv2

    small = folder() / "small" / f"{picture_name(path)}.png"
    if small.is_file():
        kept = cv2.imread(str(small), cv2.IMREAD_COLOR)
        if kept is not None:
            return cv2.cvtColor(kept, cv2.COLOR_BGR2RGB)
    read = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if read is None:
        raise ImageDamagedError(
            f"expected a picture in {path}, got a file that does not read as one"
        )
    scale = min(1.0, BACKGROUND_SIDE / max(read.shape[:2]))
    size = round(read.shape[1] * scale), round(read.shape[0] * scale)
    read = cv2.resize(read, size, interpolation=cv2.INTER_AREA)
    small.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(small), read)
    return cv2.cvtColor(read, cv2.COLOR_BGR2RGB)
