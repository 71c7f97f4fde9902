"""MobileSAM: Segment Anything whose encoder is a small TinyViT, and all else the same.

Zhang et al., Faster Segment Anything: Towards Lightweight SAM for Mobile Applications, 2023,
https://arxiv.org/abs/2306.14289. The package is mobilesam-mirror, which carries the authors' code.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..nets.packages import import_beside_timm
from ..progress import Progress
from .sam import SamSegmenter, load_sam

NAME = "vit_t"


def build(name: str = NAME) -> Any:
    """A MobileSAM without weights.

    Raises:
        MissingPackageError: mobile_sam or timm is not installed.
    """
    return import_beside_timm("mobile_sam", "mobilesam").sam_model_registry[name](checkpoint=None)


def load_mobile_sam(
    path: str | Path,
    identity: str,
    build: Callable[[str], Any] = build,
    device: str | None = None,
    progress: Progress | None = None,
) -> SamSegmenter:
    """A segmenter from a checkpoint file; the arguments and errors are those of ``load_sam``."""
    return load_sam(path, NAME, identity, build=build, device=device, progress=progress)
