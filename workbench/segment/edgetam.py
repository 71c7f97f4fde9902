"""EdgeTAM: SAM 2 with a small encoder for phones, through transformers.

Zhou et al., EdgeTAM: On-Device Track Anything Model, CVPR 2025, https://arxiv.org/abs/2501.07256.
On single photos it differs from SAM 2.1 by its encoder alone, a RepViT-M1 of timm's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..nets.packages import import_package
from ..progress import Progress
from .sam2 import Sam2Segmenter, load_sam2

NAME = "edgetam"


class EdgeTamSegmenter(Sam2Segmenter):
    """An EdgeTAM behind the Segmenter protocol. Safe from any thread."""

    def _blocks(self) -> list[Any]:
        return list(self._model.vision_encoder.backbone.timm_model.children())


def build(name: str = NAME, architecture: str = "repvit_m1") -> Any:
    """An EdgeTAM without weights. Nothing is fetched: timm builds the encoder from its name.

    Raises:
        MissingPackageError: transformers or timm is not installed.
    """
    import_package("timm", "edgetam")
    t = import_package("transformers", "edgetam")
    encoder = t.TimmWrapperConfig(
        architecture=architecture,
        model_args={"in_chans": 3, "features_only": True, "out_indices": [0, 1, 2, 3]},
    )
    return t.EdgeTamModel(
        t.EdgeTamConfig(vision_config=t.EdgeTamVisionConfig(backbone_config=encoder))
    )


def load_edgetam(
    path: str | Path,
    identity: str,
    build: Callable[[str], Any] = build,
    device: str | None = None,
    progress: Progress | None = None,
) -> Sam2Segmenter:
    """A segmenter from a checkpoint file; the arguments and errors are those of ``load_sam2``."""
    return load_sam2(path, NAME, identity, build, device, progress, kind=EdgeTamSegmenter)
