"""Segment Anything: one photo encoded once, then asked with points, a box, a hint.

Kirillov et al., Segment Anything, ICCV 2023. The arithmetic is that of segment_anything's
SamPredictor; what differs is that nothing is remembered between calls, and that encoder and decoder
are computed another way (``sam_encoder``, ``sam_decoder``).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import LOGIT_LIMIT, check_image, to_uint8
from ..coordinates import Box, Frame, Point, check_point, regrid
from ..errors import InputError, PromptError
from ..nets.device import best_device, precision_of
from ..nets.reading import import_torch
from ..progress import Progress, report
from ..prompts import Hint, PromptSet
from .base import Embedding, Prediction, check_takes
from .cache import embedding_key
from .checkpoint import import_segment_anything
from .loading import load_model
from .plain_encoder import PlainEncoder
from .regions import Window, crop_of
from .sam_decoder import SamDecoder
from .sam_decoder import fits as decodes
from .sam_encoder import OnBlock, SamEncoder, fits

if TYPE_CHECKING:
    import torch

_AT_ONCE, _ON_CPU = 64, 4  # clicks decoded together; each takes some 20 MB while it is

_Moved = tuple[float, float]


@dataclass(frozen=True, eq=False)
class SamFeatures:
    """What an Embedding of Segment Anything holds.

    Attributes:
        tensors: what the model made of the picture, float32 on the CPU: an embedding outlives a
            change of device. The first is the image embedding, (1, 256, 64, 64); models with a
            finer decoder keep maps of more detail after it.
        window: the part of the image in whole pixels.
        size: (height, width) of that part on the model's grid, before padding.
        identity: of the segmenter that made it.
    """

    tensors: tuple[torch.Tensor, ...]
    window: Window
    size: tuple[int, int]
    identity: str


class SamSegmenter:
    """A Segment Anything model behind the Segmenter protocol. Safe from any thread.

    Attributes:
        name, identity, capabilities: see Segmenter.
        precision: "float32" or "bfloat16", of the encoder; the decoder always has float32.
        device: the torch device in use, "cpu", "cuda" or "mps" (or as WORKBENCH_DEVICE says).
        notes: what a person should know of how it runs, such as a fall-back to the CPU.
    """

    capabilities = frozenset({"points", "boxes", "hint", "crops", "everything"})

    def __init__(self, name: str, model: Any, identity: str, device: str | None = None) -> None:
        """Wrap a built model.

        Args:
            name: for example "vit_b".
            model: a segment_anything Sam with its weights loaded. In bfloat16 the weights of its
                encoder are rounded in place.
            identity: name, weights hash and precision; it runs in the precision that this says.
            device: a torch device, or None for the best there is.
        """
        self.name = name
        self.identity = identity
        self.precision = precision_of(identity)
        self.notes: list[str] = []
        self.device = device or best_device()
        self._model = model.eval()
        # One model serves all threads, and hooks and a move to the CPU concern the whole of it.
        self._lock = threading.RLock()
        self._on_device(self._settle)

    def _settle(self) -> None:
        """Have the model on its device, and what was made of its weights there."""
        self._model.to(self.device)
        encoder = self._model.image_encoder
        self._encoder: Any = (
            SamEncoder(encoder, self.precision)
            if fits(encoder)
            else PlainEncoder(encoder, encoder.layers)
        )
        torch = import_torch()
        with torch.inference_mode():
            # Sines and cosines of 64 × 64 places: the same for every click.
            self._dense_places = self._model.prompt_encoder.get_dense_pe()
        decoder, nothing = self._model.mask_decoder, self._model.prompt_encoder.no_mask_embed.weight
        self._decoder = (
            SamDecoder(decoder, self._dense_places, nothing) if decodes(decoder) else None
        )

    @property
    def _side(self) -> int:
        return int(self._model.image_encoder.img_size)

    def encode(
        self, image: np.ndarray, region: Box | None = None, progress: Progress | None = None
    ) -> Embedding:
        """The image embedding, as SamPredictor.set_image computes it in float32.

        In bfloat16 it is within 2 % of that (the norm of the difference).

        Args:
            image: (H, W, 3) uint8 sRGB (uint16 and float are converted).
            region: (x0, y0, x1, y1) in image pixels to look at closer, widened to whole pixels,
                or None for the whole image.
            progress: called once a block of the encoder; what it raises stops the work.

        Raises:
            ArrayError: not an image. PromptError: the region is outside it.
        """
        pixels = to_uint8(check_image(image))
        window = crop_of(pixels.shape[:2], region)
        resized = self._resized(pixels[window.slices])

        def work() -> Any:
            torch = import_torch()
            with torch.inference_mode():
                tensor = torch.as_tensor(resized, device=self.device)
                tensor = tensor.permute(2, 0, 1).contiguous()[None]
                seen = self._look(tensor, done)
                return [tensor.float().cpu() for tensor in seen]

        def done(number: int, blocks: int) -> None:
            report(progress, number / (blocks + 1), "looking at the photo")

        report(progress, 0.0, "looking at the photo")
        with self._lock:
            seen = self._on_device(work)
        report(progress, 1.0, "looking at the photo")
        return Embedding(
            key=embedding_key(pixels, window.box if region is not None else None, self.identity),
            shape=(pixels.shape[0], pixels.shape[1]),
            region=window.box if region is not None else None,
            data=SamFeatures(tuple(seen), window, resized.shape[:2], self.identity),
            size=sum(tensor.element_size() * tensor.nelement() for tensor in seen),
        )

    def _look(self, picture: Any, on_block: OnBlock) -> tuple[Any, ...]:
        """What is kept of a picture (1, 3, h, w): the first is the image embedding."""
        return (self._encoder(self._model.preprocess(picture), on_block),)

    def predict(self, embedding: Embedding, prompts: PromptSet) -> Prediction:
        """Answer prompts: three candidates for a single point and nothing else, otherwise one.

        Points and a box are image pixels; those outside an embedding's region say nothing about
        it and are left out (a box is clipped). The logits are as the model gives them, over the
        padded square; below a region's own padding they are background.

        Raises:
            PromptError: the prompts make no sense on this image, or all lie outside the region.
            InputError: the embedding was made by another segmenter.
        """
        data = self._features_of(embedding)
        asked = prompts.checked(embedding.shape)
        check_takes(self.name, self.capabilities, asked)
        points, labels, box = _inside(asked, data.window)
        frame = self._frame(data)
        if not points and box is None and asked.hint is None:
            raise PromptError(
                f"expected a point, a box or a hint inside the region {data.window.box}, got none"
            )
        several = len(points) == 1 and box is None and asked.hint is None
        grid = None if asked.hint is None else self._hint(asked.hint, frame)
        height, width = data.size
        scale = width / data.window.width, height / data.window.height
        # The prompt encoder adds the half pixel itself, for points and corners alike.
        at = [(x * scale[0] - 0.5, y * scale[1] - 0.5) for x, y in points]
        corners = [v * s - 0.5 for v, s in zip(box, scale * 2, strict=True)] if box else None

        def work() -> tuple[np.ndarray, np.ndarray]:
            torch = import_torch()

            def tensor(values: Any) -> Any:
                if values is None or not len(values):
                    return None
                return torch.as_tensor(np.array(values, np.float32), device=self.device)[None]

            with torch.inference_mode():
                logits, scores = self._decode(
                    [kept.to(self.device) for kept in data.tensors],
                    tensor(at),
                    torch.as_tensor([labels], dtype=torch.int, device=self.device),
                    tensor(corners),
                    None if grid is None else tensor(grid)[None],
                    several,
                )
                return scores[0].float().cpu().numpy(), logits[0].float().cpu().numpy()

        with self._lock:
            scores, logits = self._on_device(work)
        self._blank_padding(logits, data, embedding.shape)
        return Prediction.ranked(scores, logits, frame, embedding.shape)

    def _features_of(self, embedding: Embedding) -> SamFeatures:
        data = embedding.data
        if not isinstance(data, SamFeatures) or data.identity != self.identity:
            made_by = getattr(data, "identity", type(data).__name__)
            raise InputError(f"expected an embedding of {self.identity}, got one of {made_by}")
        return data

    def _decode(
        self, seen: list[Any], points: Any, labels: Any, boxes: Any, masks: Any, several: bool
    ) -> tuple[Any, Any]:
        """What the model answers to prompts on its own grid.

        Args:
            seen: the embedding's tensors.
            points: (B, N, 2) float32, half a pixel less than where they are, or None.
            labels: (B, N) int32, 1 or 0.
            boxes: (B, 4) float32 corners, likewise, or None.
            masks: (B, 1, 256, 256) float32 logits, or None.
            several: whether three candidates are wanted, or one.

        Returns:
            logits (B, C, h, w) and scores (B, C).
        """
        sparse, dense = self._model.prompt_encoder(
            points=None if points is None else (points, labels), boxes=boxes, masks=masks
        )
        if self._decoder is not None:
            return self._decoder(seen[0], sparse, None if masks is None else dense, several)
        return self._candidates(seen, sparse, dense, several)

    def _candidates(self, seen: list[Any], sparse: Any, dense: Any, several: bool) -> Any:
        """The same by the model's own decoder, where that is of another kind."""
        return self._model.mask_decoder(
            image_embeddings=seen[0],
            image_pe=self._dense_places,
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=several,
        )

    @property
    def recipe(self) -> str:
        """What the numbers of an embedding depend on besides weights and precision.

        The first number is to be raised with every change of what ``encode`` computes or ``pack``
        gives.
        """
        return f"sam 2, torch {import_torch().__version__}"

    def pack(self, data: SamFeatures) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """The tensors as they are; as bfloat16's bits in uint16 where that loses nothing."""
        torch = import_torch()
        arrays, exact = {}, []
        for number, tensor in enumerate(data.tensors):
            tensor = tensor.contiguous()
            short = tensor.to(torch.bfloat16)
            exact.append(bool((short.to(tensor.dtype) == tensor).all()))
            array = short.view(torch.uint16).numpy() if exact[-1] else tensor.numpy()
            arrays[f"tensor{number}"] = array
        window = data.window
        return arrays, {
            "bfloat16": exact,
            "window": [window.x0, window.y0, window.x1, window.y1],
            "size": list(data.size),
        }

    def unpack(self, arrays: dict[str, np.ndarray], meta: dict[str, Any]) -> SamFeatures:
        """What ``pack`` gave, as it was.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        torch = import_torch()
        tensors = []
        for number, short in enumerate(meta["bfloat16"]):
            tensor = torch.from_numpy(arrays[f"tensor{number}"])
            tensors.append(tensor.view(torch.bfloat16).to(torch.float32) if short else tensor)
        height, width = meta["size"]
        window = Window(*meta["window"])
        return SamFeatures(tuple(tensors), window, (height, width), self.identity)

    def predict_many(self, embedding: Embedding, points: Sequence[Point]) -> list[Prediction]:
        """What many single keep clicks mean, each for itself: three candidates a point.

        The same answers as one ``predict`` a point, decoded together, which keeps a GPU busy. On a
        CPU a point alone does that, and large batches are slower: it gets small ones.

        Args:
            points: (x, y) in image pixels, inside the embedding's region.

        Raises:
            PromptError: a point is outside the region.
            InputError: the embedding was made by another segmenter.
        """
        data = self._features_of(embedding)
        window, (height, width) = data.window, data.size
        asked = [check_point(p, embedding.shape) for p in points]
        for p in asked:
            if not window.holds(p):
                raise PromptError(f"expected a point inside the region {window.box}, got {p}")
        scale = width / window.width, height / window.height
        # The prompt encoder adds the half pixel itself, as in ``predict``.
        at = [((x - window.x0) * scale[0] - 0.5, (y - window.y0) * scale[1] - 0.5)
              for x, y in asked]  # fmt: skip

        def work(part: list[_Moved]) -> tuple[np.ndarray, np.ndarray]:
            torch = import_torch()
            with torch.inference_mode():
                coordinates = torch.as_tensor(np.array(part, np.float32), device=self.device)
                labels = torch.ones((len(part), 1), dtype=torch.int, device=self.device)
                seen = [kept.to(self.device) for kept in data.tensors]
                logits, scores = self._decode(
                    seen, coordinates[:, None], labels, None, None, several=True
                )
                return scores.float().cpu().numpy(), logits.float().cpu().numpy()

        frame = self._frame(data)
        answers: list[Prediction] = []
        step = min(_AT_ONCE, _ON_CPU) if self.device == "cpu" else _AT_ONCE
        for start in range(0, len(at), step):
            part = at[start : start + step]
            with self._lock:
                scores, logits = self._on_device(partial(work, part))
            self._blank_padding(logits, data, embedding.shape)
            answers += [
                Prediction.ranked(s, x, frame, embedding.shape)
                for s, x in zip(scores, logits, strict=True)
            ]
        return answers

    def _blank_padding(self, logits: np.ndarray, data: SamFeatures, shape: tuple[int, int]) -> None:
        """Background where a region's square reaches over pixels that were not looked at."""
        if data.window != crop_of(shape, None):
            (height, width), side = data.size, logits.shape[-1]
            logits[..., -(-height * side // self._side) :, :] = -LOGIT_LIMIT
            logits[..., -(-width * side // self._side) :] = -LOGIT_LIMIT

    def view(self, pixels: np.ndarray) -> np.ndarray:
        """A part as the encoder reads it, see ``Viewing``."""
        return self._resized(pixels)

    def _resized(self, pixels: np.ndarray) -> np.ndarray:
        """The part with its long side at the model's size: (h, w, 3) uint8, Pillow's bilinear."""
        from PIL import Image

        height, width = pixels.shape[:2]
        scale = self._side * 1.0 / max(height, width)
        # The rounding is ResizeLongestSide's; a sliver still keeps one row.
        size = max(1, int(width * scale + 0.5)), max(1, int(height * scale + 0.5))
        picture = Image.fromarray(np.ascontiguousarray(pixels))
        if size != picture.size:
            picture = picture.resize(size, Image.Resampling.BILINEAR)
        return np.array(picture)

    def _frame(self, data: SamFeatures) -> Frame:
        window, (height, width), side = data.window, data.size, self._side
        return Frame(
            float(window.x0),
            float(window.y0),
            window.x0 + side * window.width / width,
            window.y0 + side * window.height / height,
            (side, side),
        )

    def _hint(self, hint: Hint, frame: Frame) -> np.ndarray:
        """The hint's logits on the padded square of this embedding, (256, 256) float32.

        Logits of this very frame are the model's own and go back as they came, which is how it was
        trained. Others are regridded and kept within ±LOGIT_LIMIT, the range of the model's own:
        its mask encoder is a small convolution, and a stray 1e4 would drown the rest.
        """
        size = tuple(self._model.prompt_encoder.mask_input_size)
        logits = np.asarray(hint.logits, np.float32)
        if hint.frame.same_as(frame) and logits.shape == size:
            return logits
        grid = regrid(logits, hint.frame, frame, size, -LOGIT_LIMIT)
        return np.clip(grid, -LOGIT_LIMIT, LOGIT_LIMIT)

    def _on_device(self, work: Callable[[], Any]) -> Any:
        """Run with the model on its device; when the GPU's memory is short, on the CPU."""
        torch = import_torch()
        try:
            return work()
        except RuntimeError as error:  # torch.OutOfMemoryError is one
            if self.device == "cpu" or not _is_memory(torch, error):
                raise
            short = self.device
        self.device = "cpu"
        self.notes.append(f"{short} ran out of memory; {self.name} now runs on the CPU")
        # In the same precision: answers keep their identity.
        self._settle()
        if short.startswith("cuda"):
            torch.cuda.empty_cache()
        return work()


def _is_memory(torch: Any, error: Exception) -> bool:
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in str(error).lower()


def _inside(
    asked: PromptSet, window: Window
) -> tuple[list[_Moved], list[int], tuple[float, float, float, float] | None]:
    """Prompts relative to the window's corner, without what lies outside it."""
    points: list[_Moved] = []
    labels: list[int] = []
    for (x, y), label in zip(asked.points, asked.labels, strict=True):
        if window.x0 <= x < window.x1 and window.y0 <= y < window.y1:
            points.append((x - window.x0, y - window.y0))
            labels.append(label)
    box = None
    if asked.boxes:
        x0, y0, x1, y1 = asked.boxes[0]
        x0, x1 = (min(max(v - window.x0, 0), window.width) for v in (x0, x1))
        y0, y1 = (min(max(v - window.y0, 0), window.height) for v in (y0, y1))
        if x1 > x0 and y1 > y0:
            box = x0, y0, x1, y1
    return points, labels, box


def build(name: str) -> Any:
    """A Segment Anything model without weights: "vit_b", "vit_l" or "vit_h"."""
    return import_segment_anything().sam_model_registry[name](checkpoint=None)


def load_sam(
    path: str | Path,
    name: str,
    identity: str,
    build: Callable[[str], Any] = build,
    device: str | None = None,
    progress: Progress | None = None,
    kind: type[SamSegmenter] = SamSegmenter,
) -> SamSegmenter:
    """A segmenter from a checkpoint file.

    Args:
        path: the checkpoint, see ``read_state``.
        name: "vit_b", "vit_l" or "vit_h", or what ``build`` takes.
        identity: name, weights hash and precision.
        build: makes the model without weights from the name.
        device: a torch device, or None for the best there is.
        kind: what stands between the model and the protocol.

    Raises:
        WeightsError: missing, damaged, unsafe or of another architecture.
        MissingPackageError: torch, torchvision or segment-anything is not installed.
    """
    model = load_model(path, name, build, progress)
    return kind(name, model, identity, device)
