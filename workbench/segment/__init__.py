"""Segmenters: a photo and prompts in, masks out. Importing this loads no model and no torch."""

from ..nets.table import Availability
from .automatic import Automatic
from .automatic_registry import automatic, automatic_identity, automatic_models
from .base import Embedding, Masks, Prediction, Segmenter, Storable, check_takes
from .cache import EMBEDDINGS, EmbeddingCache, embedding_key
from .opinions import second_look, second_look_identity, second_look_scale
from .registry import (
    capabilities,
    get_segmenter,
    identity,
    precision_for,
    resolve_auto,
    segmenters,
    weights_of,
)
from .turned import Turned

__all__ = [
    "EMBEDDINGS",
    "Automatic",
    "Availability",
    "Embedding",
    "EmbeddingCache",
    "Masks",
    "Prediction",
    "Segmenter",
    "Storable",
    "Turned",
    "automatic",
    "automatic_identity",
    "automatic_models",
    "capabilities",
    "check_takes",
    "embedding_key",
    "get_segmenter",
    "identity",
    "precision_for",
    "resolve_auto",
    "second_look",
    "second_look_identity",
    "second_look_scale",
    "segmenters",
    "weights_of",
]
