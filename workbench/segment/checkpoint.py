"""Knowing what architecture a checkpoint is of, and giving a model its weights."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import MissingPackageError
from ..nets.reading import give_state, import_torch, import_torchvision

if TYPE_CHECKING:
    import torch

_WIDTHS = {768: "vit_b", 1024: "vit_l", 1280: "vit_h"}


def import_segment_anything() -> Any:
    """The segment_anything module, also where torchvision's operators are missing.

    segment_anything imports torchvision for two functions that need none of its compiled
    operators. A torchvision whose operators did not load (a CPU-only torch) fails on import while
    registering shapes for them; there, an empty module takes the place of that registration.

    Raises:
        MissingPackageError: one of the packages is not installed.
    """
    import_torch()
    try:
        import_torchvision()
        return importlib.import_module("segment_anything")
    except ImportError as error:
        raise MissingPackageError(
            f"expected the packages segment-anything and torchvision, got: {error}; "
            "install them with: pip install segment-anything==1.0 torchvision==0.28.0"
        ) from error


KNOWN = (
    *("vit_b", "vit_l", "vit_h", "vit_t"),
    *("hq_vit_b", "hq_vit_l", "hq_vit_h", "hq_vit_t"),
    *("sam2.1_tiny", "sam2.1_small", "sam2.1_base_plus", "sam2.1_large"),
    *("edgetam", "sam3"),
)
"""What ``recognise`` tells apart by the segmenters' own names."""


def recognise(state: Mapping[str, torch.Tensor]) -> str | None:
    """What architecture a state dict belongs to, by its names and shapes, or None.

    One of KNOWN, or plain words for another member of the family.
    """

    def holds(*prefixes: str) -> bool:
        return any(name.startswith(prefixes) for name in state)

    if holds("detector_model.", "tracker_model.", "detector.", "tracker."):
        return "sam3"
    if holds("image_encoder.trunk.", "vision_encoder.backbone.", "memory_encoder."):
        return _sam2_size(state)
    if holds("vision_encoder.layers."):
        return "a transformers SAM"
    fine = "hq_" if holds("mask_decoder.hf_", "mask_decoder.compress_vit_feat") else ""
    if "image_encoder.patch_embed.seq.0.c.weight" in state:
        return fine + "vit_t"
    position = state.get("image_encoder.pos_embed")
    if position is None or position.ndim != 4 or "mask_decoder.iou_token.weight" not in state:
        return None
    depth = sum(
        n.startswith("image_encoder.blocks.") and n.endswith(".norm1.weight") for n in state
    )
    name = _WIDTHS.get(int(position.shape[-1]))
    if name is not None and depth == {"vit_b": 12, "vit_l": 24, "vit_h": 32}[name]:
        return fine + name
    kind = "SAM-HQ" if fine else "SAM"
    return f"a {kind} of width {int(position.shape[-1])} and depth {depth}"


def _sam2_size(state: Mapping[str, torch.Tensor]) -> str:
    """Which of SAM 2.1's sizes, by the encoder's width and depth; or EdgeTAM."""
    if any(re.search(r"\.timm_model\.|\.trunk\.body\.|\.backbone\.stem\.", n) for n in state):
        return "edgetam"
    blocks = {re.findall(r"\.blocks\.(\d+)\.", n)[0] for n in state if _HIERA.match(n)}
    widths = [state[n].shape[0] for n in state if _HIERA_FIRST.match(n)]
    size = _SAM2.get((int(widths[0]), len(blocks))) if widths else None
    return size or "a SAM 2"


_HIERA = re.compile(r"(vision_encoder\.backbone|image_encoder\.trunk)\.blocks\.\d+\.")
_HIERA_FIRST = re.compile(r"(vision_encoder\.backbone|image_encoder\.trunk)\.patch_embed\..*bias$")
_SAM2 = {
    (96, 12): "sam2.1_tiny",
    (96, 16): "sam2.1_small",
    (112, 24): "sam2.1_base_plus",
    (144, 48): "sam2.1_large",
}


def load_state(
    model: torch.nn.Module, state: Mapping[str, torch.Tensor], name: str, source: str
) -> None:
    """Give a model its weights; every name and shape must fit. See ``reading.give_state``."""
    found = recognise(state)
    give_state(model, state, name, source, None if found == name else found)
