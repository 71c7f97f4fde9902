"""What Meta's own files of SAM 2 and EdgeTAM call things, and what transformers calls them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

# In this order, each applied to what the ones before it left. What no rule of the first group
# takes up belongs to video and is left out.
_PARTS = (
    (r"^image_encoder\.trunk\.body\.", "vision_encoder.backbone.timm_model."),
    (r"^image_encoder\.trunk\.", "vision_encoder.backbone."),
    (r"^image_encoder\.neck\.convs\.(\d+)\.conv\.", r"vision_encoder.neck.convs.\1."),
    (r"^sam_prompt_encoder\.", "prompt_encoder."),
    (r"^sam_mask_decoder\.", "mask_decoder."),
    (r"^no_mem_embed$", "no_memory_embedding"),
)
_NAMES = (
    (r"\.patch_embed\.proj\.", ".patch_embed.projection."),
    (r"^(vision_encoder\.backbone\.blocks\.\d+|mask_decoder\..*)\.norm", r"\1.layer_norm"),
    (r"\.out_proj\.", ".o_proj."),
    # Two layers are an entry and an exit; three have one between.
    (r"(blocks\.\d+|transformer\.layers\.\d+)\.mlp\.layers\.0\.", r"\1.mlp.proj_in."),
    (r"(blocks\.\d+|transformer\.layers\.\d+)\.mlp\.layers\.1\.", r"\1.mlp.proj_out."),
    (r"(hypernetworks_mlps\.\d+|_head)\.layers\.0\.", r"\1.proj_in."),
    (r"(hypernetworks_mlps\.\d+|_head)\.layers\.1\.", r"\1.layers.0."),
    (r"(hypernetworks_mlps\.\d+|_head)\.layers\.2\.", r"\1.proj_out."),
    (r"output_upscaling\.0\.", "upscale_conv1."),
    (r"output_upscaling\.1\.", "upscale_layer_norm."),
    (r"output_upscaling\.3\.", "upscale_conv2."),
    (r"mask_downscaling\.0\.", "mask_embed.conv1."),
    (r"mask_downscaling\.1\.", "mask_embed.layer_norm1."),
    (r"mask_downscaling\.3\.", "mask_embed.conv2."),
    (r"mask_downscaling\.4\.", "mask_embed.layer_norm2."),
    (r"mask_downscaling\.6\.", "mask_embed.conv3."),
    (
        r"pe_layer\.positional_encoding_gaussian_matrix$",
        "shared_embedding.positional_embedding",
    ),
)
_TIMM = re.compile(r"^(vision_encoder\.backbone\.)(?=stem\.|stages_)")
_POINTS = "prompt_encoder.point_embeddings.{}.weight"


def renamed(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The state under transformers' names; one that has them already comes back so."""
    if not any(name.startswith(("image_encoder.trunk.", "sam_mask_decoder.")) for name in state):
        # Some versions of transformers leave a timm model's prefix out of the files they write.
        return {_TIMM.sub(r"\1timm_model.", name): value for name, value in state.items()}
    from ..nets.reading import import_torch

    found = {}
    for name, value in state.items():
        new = _first(name)
        if new is not None:
            for pattern, words in _NAMES:
                new = re.sub(pattern, words, new)
            found[new] = value
    # The four kinds of points (drop, keep, a box's two corners) are four tensors there, one here.
    kinds = [found.pop(_POINTS.format(n)) for n in range(4) if _POINTS.format(n) in found]
    if kinds:
        found["prompt_encoder.point_embed.weight"] = import_torch().cat(kinds)
    return found


def _first(name: str) -> str | None:
    for pattern, words in _PARTS:
        new, count = re.subn(pattern, words, name)
        if count:
            return new
    return None
