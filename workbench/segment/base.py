"""What every segmenter is: encode a photo once, predict often. And what it answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from ..arrays import frozen, sigmoid
from ..coordinates import Box, Frame
from ..errors import UnsupportedPromptError
from ..planes import place
from ..progress import Progress
from ..prompts import PromptSet


@dataclass(frozen=True, eq=False)
class Embedding:
    """What a segmenter knows of a photo before it is asked anything.

    Attributes:
        key: hash of image, region, weights and precision; a stale one can not be mistaken.
        shape: (H, W) of the whole image.
        region: the part that was encoded, in image pixels, or None for all of it.
        data: the segmenter's own.
        size: bytes held, for the cache's budget.
    """

    key: str
    shape: tuple[int, int]
    region: Box | None
    data: Any
    size: int


class Masks(Sequence[np.ndarray]):
    """A prediction's full-size masks, each made when it is asked for.

    (C, H, W) floats at 24 MP are 288 MB, and a person looks at one candidate at a time. They are
    not kept here: a session holds hundreds of predictions. Rendering keeps the one in use.
    """

    def __init__(self, logits: np.ndarray, frame: Frame, shape: tuple[int, int]) -> None:
        self._logits, self._frame, self._shape = logits, frame, shape

    def __len__(self) -> int:
        return len(self._logits)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        position = range(len(self))[index]
        return frozen(sigmoid(place(self._logits[position], self._frame, self._shape, -20.0)))

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[i] for i in range(len(self)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        stacked = np.stack(list(self))
        return stacked if dtype is None else stacked.astype(dtype)


@dataclass(frozen=True, eq=False)
class Prediction:
    """A segmenter's answer, as the model gives it, best candidate first.

    Attributes:
        scores: (C,) float32, the model's own estimate of each candidate's quality.
        logits: (C, h, w) float32 at the model's own size; they are what is fed back as a hint.
        frame: the part of the image that the logits cover.
        shape: (H, W) of the image.
    """

    scores: np.ndarray
    logits: np.ndarray
    frame: Frame
    shape: tuple[int, int]

    @property
    def masks(self) -> Masks:
        """C masks of (H, W) float32 in [0, 1], each made when it is asked for."""
        return Masks(self.logits, self.frame, self.shape)

    @property
    def size(self) -> int:
        """Bytes held, for a cache's budget."""
        return self.scores.nbytes + self.logits.nbytes

    @classmethod
    def ranked(
        cls, scores: np.ndarray, logits: np.ndarray, frame: Frame, shape: tuple[int, int]
    ) -> Prediction:
        """A prediction with its candidates sorted by score, best first (stable)."""
        order = np.argsort(-np.asarray(scores, np.float32), kind="stable")
        return cls(
            frozen(np.asarray(scores, np.float32)[order]),
            frozen(np.ascontiguousarray(np.asarray(logits, np.float32)[order])),
            frame,
            shape,
        )


@runtime_checkable
class Segmenter(Protocol):
    """The protocol that every model is behind. There is no hidden "current image".

    Attributes:
        name: what people call it, for example "vit_b".
        identity: name, SHA-256 of the weights (first 16 hex digits, or "none") and precision, as
            one string: two segmenters of one identity give the same answers. Embeddings are kept
            under it: whatever changes their numbers must change it (or ``Storable.recipe``).
        capabilities: among points, boxes, hint, text, exemplars, everything, crops, automatic.
    """

    name: str
    identity: str
    capabilities: frozenset[str]

    def encode(
        self, image: np.ndarray, region: Box | None = None, progress: Progress | None = None
    ) -> Embedding:
        """Look at a photo once (slow). image: (H, W, 3) uint8; region in image pixels or None."""
        ...

    def predict(self, embedding: Embedding, prompts: PromptSet) -> Prediction:
        """Answer prompts (fast). May be called often, in any order, for any embedding."""
        ...


@runtime_checkable
class Viewing(Protocol):
    """What a segmenter gives besides, for people to see what it saw."""

    def view(self, pixels: np.ndarray) -> np.ndarray:
        """A part of a photo as the model reads it.

        Args:
            pixels: (H, W, 3) uint8.

        Returns:
            (h, w, 3) uint8 at the size that the model reads, without padding.
        """
        ...


@runtime_checkable
class Storable(Protocol):
    """What a segmenter gives besides, for its embeddings to be kept on the disk too.

    Worth it where encoding takes longer than reading some megabytes. A segmenter without these is
    kept in memory only. See ``SamSegmenter`` for one that has them.

    Attributes:
        recipe: what an embedding's numbers depend on besides photo, region and ``identity``: a
            version of the code that encodes and packs, to be raised with every change of what it
            gives, and the versions of the packages that compute. Another recipe, and the photo is
            encoded anew.
    """

    @property
    def recipe(self) -> str:
        """See above."""
        ...

    def pack(self, data: Any) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """An embedding's ``data`` as plain arrays by name, and small values that JSON can hold.

        The arrays are bool, integers or floats of NumPy's (for bfloat16: its bits as uint16). They
        are written later, in another thread: they must not change any more.
        """
        ...

    def unpack(self, arrays: dict[str, np.ndarray], meta: dict[str, Any]) -> Any:
        """The ``data`` again, from what ``pack`` gave; equal to the bit.

        ``meta`` has been through JSON: tuples come as lists. What it raises means that the file is
        no good: it is removed and the photo encoded anew.
        """
        ...


_WORDS = {
    "points": "points",
    "boxes": "a box",
    "hint": "a hint",
    "text": "a text",
    "exemplars": "examples",
}


def check_takes(name: str, capabilities: frozenset[str], prompts: PromptSet) -> None:
    """Hold that a segmenter can be asked a question. To be called before a photo is encoded.

    Args:
        name: of the segmenter.
        capabilities: of the segmenter.

    Raises:
        UnsupportedPromptError: it cannot; the message names those that can.
    """
    lacking = prompts.needs - capabilities
    if not lacking:
        return
    from .families import FAMILIES

    takes = " or ".join(_WORDS[c] for c in _WORDS if c in capabilities) or "nothing"
    came = " and ".join(_WORDS[c] for c in _WORDS if c in lacking)
    others = [n for n, family in FAMILIES.items() if prompts.needs <= family.capabilities]
    able = f"; {came} can be put to {', '.join(others)}" if others else ""
    raise UnsupportedPromptError(f"expected {takes} for {name}, got {came}{able}")
