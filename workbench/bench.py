"""What a rendering stands on: the photo, the models, loaded planes, and what is kept of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from . import segment
from .arrays import frozen, to_float
from .closeup import Part
from .coordinates import check_box
from .edits import UseSegmenter
from .errors import WeightsMismatchError
from .io import Photo
from .progress import Progress
from .segment.base import Embedding, Prediction, Segmenter
from .segment.upsample import reduced
from .stages import StageCache


@dataclass
class Bench:
    """What a rendering needs besides the document: photo, models, loaded planes and caches.

    Attributes:
        photo: the photo.
        blobs: what edits name by its hash: masks, logits, depth (H, W), plates (H, W, 3); uint8 or
            uint16.
        predictions: answers by key, bounded. They go into the session file, so that it replays
            without the weights.
        stages: all the other stages, bounded.
        models: the segmenters that were asked, by name.
        remarks: what a person should know of how they were asked, each once.
    """

    photo: Photo
    blobs: dict[str, np.ndarray] = field(default_factory=dict)
    predictions: StageCache = field(default_factory=lambda: StageCache(1_000_000_000))
    stages: StageCache = field(default_factory=lambda: StageCache(1_500_000_000))
    models: dict[str, Segmenter] = field(default_factory=dict)
    remarks: dict[str, None] = field(default_factory=dict)

    @cached_property
    def image(self) -> np.ndarray:
        """(H, W, 3) float32 in [0, 1], what arithmetic works on."""
        return frozen(to_float(self.photo.pixels))

    def segmenter(self, use: UseSegmenter, progress: Progress | None = None) -> Segmenter:
        """The model that an edit pinned.

        Raises:
            WeightsMismatchError: the model on this machine has other weights than the edit says.
        """
        model = segment.get_segmenter(
            use.segmenter,
            use.checkpoint,
            progress,
            precision=use.precision,
            non_commercial=bool(use.identity),  # whoever pinned it was asked
        )
        if use.identity and model.identity != use.identity:
            raise WeightsMismatchError(
                f"expected {use.segmenter} as {use.identity}, which the session was made with, "
                f"got {model.identity}; session.use({use.segmenter!r}) recomputes with this one"
            )
        self.models[use.segmenter] = model
        return segment.Turned(model, use.turn) if use.turn else model

    def known(self, key: str) -> Prediction | None:
        """An answer where it is kept; asks no model."""
        found: Prediction | None = self.predictions.get(key)
        return found if found is not None else self.stages.get(key)

    def clear(self) -> None:
        """Let go of all that can be made again: answers, stages, models."""
        self.predictions.clear()
        self.stages.clear()
        self.models.clear()

    @property
    def notes(self) -> list[str]:
        """What the models have to say of how they run, such as a GPU that had no room."""
        said = [n for model in self.models.values() for n in getattr(model, "notes", ())]
        return said + list(self.remarks)

    def embedding(
        self, model: Segmenter, progress: Progress | None = None, window: Part = ()
    ) -> Embedding:
        """The photo (or the part of it in a window) as the model sees it, encoded once.

        Kept apart from the stages: making one again may take seconds, and a few strokes on a large
        photo would crowd it out.
        """
        photo = self.photo
        region = check_box(window, photo.shape) if window else None
        return segment.EMBEDDINGS.embed(model, photo.image8, photo.key, region, progress)

    def ready(self, use: UseSegmenter, window: Part = ()) -> tuple[Segmenter, Embedding] | None:
        """The model that an edit pinned and the photo as it sees it, where both are there already.

        Loads nothing and looks at nothing: None where one of them is not.
        """
        model = self.models.get(use.segmenter)
        if model is None or (use.identity and model.identity != use.identity):
            return None
        model = segment.Turned(model, use.turn) if use.turn else model
        region = check_box(window, self.photo.shape) if window else None
        embedding = segment.EMBEDDINGS.known(model, self.photo.key, region)
        return None if embedding is None else (model, embedding)

    def reduced(self, step: int) -> np.ndarray | None:
        """The photo, step × step pixels averaged, (h, w, 3) uint8; None for a step of 0."""
        if step == 0:
            return None
        key = f"reduced:{self.photo.key}:{step}"
        return self.stages.get_or_make(key, lambda: frozen(reduced(self.photo.image8, step)))
