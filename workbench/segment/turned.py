"""A segmenter that looks at the photo turned: for a subject that lies on its side or upside down.

What is asked is turned before the model sees it and what it answers is turned back, so that nothing
else knows of it: points, boxes, hints, regions and logits are the upright photo's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..coordinates import (
    Box,
    turned,
    turned_back,
    turned_box,
    turned_frame,
    turned_point,
)
from ..progress import Progress
from ..prompts import Hint, PromptSet
from .base import Embedding, Prediction, Segmenter
from .cache import embedding_key

_ASKED = frozenset({"points", "boxes", "hint", "text", "exemplars", "crops"})


class Turned:
    """A segmenter behind a quarter turn. Safe from any thread where the segmenter is.

    Attributes:
        name: the segmenter's own.
        identity: the segmenter's, and the turn: its embeddings are not those of the upright photo.
        capabilities: those of the segmenter's that are a matter of asking.
    """

    def __init__(self, segmenter: Segmenter, turn: int) -> None:
        """``turn``: 90, 180 or 270 degrees clockwise."""
        self._inner, self.turn = segmenter, turn
        self.name = segmenter.name
        self.identity = f"{segmenter.identity}@{turn}"
        self.capabilities = segmenter.capabilities & _ASKED

    @property
    def device(self) -> str:
        """Where the segmenter runs, or "" where it has no choice of that."""
        return str(getattr(self._inner, "device", ""))

    @property
    def notes(self) -> list[str]:
        """What the segmenter has to say of how it runs."""
        return list(getattr(self._inner, "notes", ()))

    def encode(
        self, image: np.ndarray, region: Box | None = None, progress: Progress | None = None
    ) -> Embedding:
        """The turned photo as the segmenter sees it. image: (H, W, 3); region: upright pixels."""
        shape = image.shape[0], image.shape[1]
        part = None if region is None else turned_box(region, shape, self.turn)
        made = self._inner.encode(turned(image, self.turn), part, progress)
        seen = made.region
        if seen is not None:
            seen = turned_box(seen, made.shape, turned_back(self.turn))
        key = embedding_key(made.key, None, self.identity)
        return Embedding(key, shape, seen, made, made.size)

    def predict(self, embedding: Embedding, prompts: PromptSet) -> Prediction:
        """The segmenter's answer about the turned photo, turned back."""
        inner: Embedding = embedding.data
        asked = prompts.checked(embedding.shape)
        shape, turn = embedding.shape, self.turn
        hint = asked.hint
        if hint is not None:
            frame = turned_frame(hint.frame, shape, turn)
            hint = Hint(turned(np.asarray(hint.logits, np.float32), turn), frame)
        there = replace(
            asked,
            points=tuple(turned_point(p, shape, turn) for p in asked.points),
            boxes=tuple(turned_box(b, shape, turn) for b in asked.boxes),
            hint=hint,
            exemplars=tuple(turned_box(b, shape, turn) for b in asked.exemplars),
        )
        said = self._inner.predict(inner, there)
        back = turned_back(turn)
        logits = np.stack([turned(plane, back) for plane in said.logits])
        frame = turned_frame(said.frame, said.shape, back)
        return Prediction.ranked(said.scores, logits, frame, shape)

    # Kept on the disk where the segmenter's own embeddings are. An attribute that the segmenter
    # lacks is missing here too, which says that it is not Storable.

    @property
    def recipe(self) -> str:
        """See Storable."""
        return str(self._inner.recipe)  # type: ignore[attr-defined]

    @property
    def pack(self) -> Any:
        """See Storable."""
        inner = self._inner.pack  # type: ignore[attr-defined]

        def pack(data: Embedding) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
            arrays, meta = inner(data.data)
            own = {"key": data.key, "shape": data.shape, "region": data.region, "size": data.size}
            return arrays, {"meta": meta, "turned": own}

        return pack

    @property
    def unpack(self) -> Any:
        """See Storable."""
        inner = self._inner.unpack  # type: ignore[attr-defined]

        def unpack(arrays: dict[str, np.ndarray], meta: dict[str, Any]) -> Embedding:
            own = meta["turned"]
            region = None if own["region"] is None else tuple(own["region"])
            data = inner(arrays, meta["meta"])
            return Embedding(own["key"], tuple(own["shape"]), region, data, own["size"])

        return unpack
