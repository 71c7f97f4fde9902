"""A Segment Anything small enough to test with, and what goes with it."""

from __future__ import annotations

from functools import partial

import numpy as np


def build_small_sam(name: str = "small", side: int = 1024):
    """Segment Anything of two narrow blocks: the real modules, a hundredth of the work.

    ``side``: of the padded square that it looks at; a multiple of 16.
    """
    from workbench.segment.checkpoint import import_segment_anything

    import_segment_anything()
    import torch
    from segment_anything.modeling import (
        ImageEncoderViT,
        MaskDecoder,
        PromptEncoder,
        Sam,
        TwoWayTransformer,
    )

    return Sam(
        image_encoder=ImageEncoderViT(
            img_size=side,
            patch_size=16,
            embed_dim=32,
            depth=2,
            num_heads=2,
            mlp_ratio=2,
            out_chans=256,
            norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
            use_rel_pos=True,
            window_size=8,
            global_attn_indexes=(),
        ),
        prompt_encoder=PromptEncoder(256, (side // 16,) * 2, (side, side), 16),
        mask_decoder=MaskDecoder(
            transformer_dim=256,
            transformer=TwoWayTransformer(depth=2, embedding_dim=256, num_heads=8, mlp_dim=64),
        ),
        pixel_mean=[123.675, 116.28, 103.53],
        pixel_std=[58.395, 57.12, 57.375],
    ).eval()


def skeleton(width: int, depth: int) -> dict:
    """The names and shapes by which a Segment Anything of that size is recognised."""
    import torch

    state = {
        "image_encoder.pos_embed": torch.zeros(1, 64, 64, width),
        "mask_decoder.iou_token.weight": torch.zeros(1, 256),
    }
    state |= {f"image_encoder.blocks.{i}.norm1.weight": torch.zeros(width) for i in range(depth)}
    return state


def iou(a: np.ndarray, b: np.ndarray) -> float:
    """Of two boolean masks."""
    return float((a & b).sum() / (a | b).sum())
