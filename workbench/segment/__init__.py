"""Segmenters: a photo and prompts in, masks out. Importing this loads no model and no torch."""

from .base import Embedding, Masks, Prediction, Segmenter, Storable
from .cache import EMBEDDINGS, EmbeddingCache, embedding_key
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
    "EmbeddingCache",
    "Masks",
    "Prediction",
    "Segmenter",
    "Storable",
    "automatic",
    "automatic_identity",
    "embedding_key",
    "get_segmenter",
    "identity",
    "resolve_auto",
    "segmenters",
]
