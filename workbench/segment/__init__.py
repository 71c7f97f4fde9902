"""Segmenters: a photo and prompts in, masks out. Importing this loads no model and no torch."""

from .base import Embedding, Masks, Prediction, Segmenter
from .cache import EMBEDDINGS, embedding_key
from .registry import (
    Availability,
    automatic,
    automatic_identity,
    get_segmenter,
    identity,
    resolve_auto,
    segmenters,
)

__all__ = [
    "EMBEDDINGS",
    "Availability",
    "Embedding",
    "Masks",
    "Prediction",
    "Segmenter",
    "automatic",
    "automatic_identity",
    "embedding_key",
    "get_segmenter",
    "identity",
    "resolve_auto",
    "segmenters",
]
