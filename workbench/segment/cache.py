"""Embeddings kept by what made them, within a budget of bytes."""

from __future__ import annotations

import hashlib

import numpy as np

from ..arrays import digest
from ..coordinates import Box
from ..stages import StageCache


def embedding_key(image: np.ndarray | str, region: Box | None, identity: str) -> str:
    """The key under which an embedding is kept.

    Args:
        image: (H, W, 3) uint8, or its ``arrays.digest`` where that is known already.
        region: the part that is encoded, in image pixels, or None for all of it.
        identity: the segmenter's identity (name, weights, precision).

    Returns:
        64 hex digits; any change of pixels, region, weights or precision gives another.
    """
    pixels = image if isinstance(image, str) else digest(image)
    part = "whole" if region is None else ",".join(repr(float(v)) for v in region)
    return hashlib.sha256(f"{pixels}|{part}|{identity}".encode()).hexdigest()


EMBEDDINGS = StageCache(512 * 2**20)
"""The embeddings used last in this process, of all sessions: a photo opened again is not encoded
again. One that is larger than the budget is not kept."""
