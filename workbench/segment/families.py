"""The table of segmenters: what each is, what it needs, and what it can be asked.

The registry reads it; nothing else about a family is written anywhere but in its own file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from ..nets.table import Row
from ..progress import Progress
from .base import Segmenter

Factory = Callable[[Path | None, str, Progress | None], Segmenter]
"""Makes a segmenter from its weights file (None for one that has none), identity and progress."""


@dataclass(frozen=True, kw_only=True)
class Family(Row):
    """A row of the table.

    Attributes:
        make: makes it.
        capabilities: what it can be asked, see Segmenter; known without loading it.
        prompted: whether it is one of the Segment Anything family, which "auto" prefers.
        precise: whether it can run in bfloat16 as well.
    """

    make: Factory
    capabilities: frozenset[str]
    prompted: bool = False
    precise: bool = False


_PROMPTS = frozenset({"points", "boxes", "hint", "crops"})
_ALL = _PROMPTS | {"everything"}


def _made_by(module: str, load: str, *name: str) -> Factory:
    """Made from its weights file by a function of a module that is imported only then."""

    def make(path: Path | None, identity: str, progress: Progress | None) -> Segmenter:
        assert path is not None  # a kind with weights is never made without a path
        function = getattr(import_module(f".{module}", __package__), load)
        made: Segmenter = function(path, *name, identity, progress=progress)
        return made

    return make


def _make_lite(path: Path | None, identity: str, progress: Progress | None) -> Segmenter:
    from .click_head import head_for
    from .lite import load_lite

    assert path is not None  # as above
    return load_lite(str(path), identity, progress, head_for(path))


def _make_grabcut(path: Path | None, identity: str, progress: Progress | None) -> Segmenter:
    from .classical import GrabCutSegmenter

    return GrabCutSegmenter()


_TORCH = ("torch", "torchvision")
_TRANSFORMERS = (*_TORCH, "transformers")


def _prompted(
    name: str,
    words: str,
    make: Factory,
    packages: tuple[str, ...],
    extra: str | None = None,
    more: frozenset[str] = frozenset(),
    precise: bool = False,
) -> Family:
    """One of the Segment Anything family, whose weights have its own name. more: capabilities."""
    return Family(
        words=words, weights=name, make=make, capabilities=_ALL | more, packages=packages,
        extra=extra, prompted=True, precise=precise,
    )  # fmt: skip


def _sam(name: str, size: str) -> Family:
    words, packages = f"Segment Anything, {size}", (*_TORCH, "segment_anything")
    return _prompted(name, words, _made_by("sam", "load_sam", name), packages, precise=True)


def _hq(name: str, size: str) -> Family:
    words = f"SAM-HQ, {size}: finer edges and thin parts"
    packages = (*_TORCH, "segment_anything_hq", "timm")
    precise = name != "hq_vit_t"
    return _prompted(
        name, words, _made_by("sam_hq", "load_sam_hq", name), packages, "hq", precise=precise
    )


def _sam2(name: str, size: str) -> Family:
    return _prompted(
        name, f"SAM 2.1, {size}", _made_by("sam2", "load_sam2", name), _TRANSFORMERS, "sam2"
    )


# The best first: "auto" takes the first of the prompted ones that is ready. Nobody has a model's
# weights by accident, so the largest that was fetched is the one that was wanted. Among models of
# one size the younger goes first: by their authors' own figures SAM 2.1 is better than Segment
# Anything from the same clicks and faster at it, and SAM-HQ, which is Segment Anything with a
# second decoder, better along edges and on thin parts, which a cut-out lives by.
FAMILIES: dict[str, Family] = {
    "sam3": _prompted(
        "sam3", "SAM 3: asked in words, by example, with clicks or a box",
        _made_by("sam3", "load_sam3"), _TRANSFORMERS, "sam3", more=frozenset({"text", "exemplars"}),
    ),
    "sam2.1_large": _sam2("sam2.1_large", "large"),
    "hq_vit_h": _hq("hq_vit_h", "huge"),
    "vit_h": _sam("vit_h", "huge"),
    "sam2.1_base_plus": _sam2("sam2.1_base_plus", "base plus"),
    "hq_vit_l": _hq("hq_vit_l", "large"),
    "vit_l": _sam("vit_l", "large"),
    "sam2.1_small": _sam2("sam2.1_small", "small"),
    "hq_vit_b": _hq("hq_vit_b", "base"),
    "vit_b": _sam("vit_b", "base"),
    "sam2.1_tiny": _sam2("sam2.1_tiny", "tiny"),
    "edgetam": _prompted(
        "edgetam", "EdgeTAM: SAM 2 with a small, quick encoder",
        _made_by("edgetam", "load_edgetam"), (*_TRANSFORMERS, "timm"), "edgetam",
    ),
    "hq_vit_t": _hq("hq_vit_t", "tiny"),
    "vit_t": _prompted(
        "vit_t", "MobileSAM: Segment Anything with a small, quick encoder",
        _made_by("mobile_sam", "load_mobile_sam"), (*_TORCH, "mobile_sam", "timm"), "mobilesam",
    ),
    "lite": Family(
        words="U²-Net-p with a click head and a graph cut, small and quick", weights="u2netp",
        make=_make_lite, capabilities=_ALL | {"automatic"}, packages=("onnxruntime", "cv2"),
    ),
    "grabcut": Family(
        words="colours and edges alone, no weights", weights=None, make=_make_grabcut,
        capabilities=_PROMPTS, packages=("cv2",),
    ),
}  # fmt: skip
