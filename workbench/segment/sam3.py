"""SAM 3 on single photos, through transformers: asked in words, by example, or as SAM 2 is.

Carion et al., SAM 3: Segment Anything with Concepts, 2025, https://arxiv.org/abs/2511.16719. Two
models over one image encoder: a detector that finds everything a short text names or a box shows an
example of, and a tracker that takes points, a box and a hint. The photo is encoded once for both.
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import weights
from ..arrays import LOGIT_LIMIT
from ..errors import PromptError, WeightsMismatchError
from ..nets.packages import import_package
from ..nets.reading import import_torch
from ..progress import Progress
from ..prompts import PromptSet
from .base import Embedding, Prediction
from .regions import Window
from .sam2 import Sam2Segmenter, for_photos, load_sam2

if TYPE_CHECKING:
    import torch

NAME = "sam3"
VOCABULARY = "clip_bpe"
"""The catalogue's name of the file that says how words are cut up: CLIP's."""

_SURE = 0.3  # a find with less is none; transformers' own choice
_MOST = 64  # as many finds as can be chosen from


class Sam3Segmenter(Sam2Segmenter):
    """A SAM 3 behind the Segmenter protocol. Safe from any thread.

    The model is the tracker, with the detector as its part ``detector``.
    """

    capabilities = Sam2Segmenter.capabilities | {"text", "exemplars"}

    _mean = _deviation = (0.5, 0.5, 0.5)

    def _seen(self, picture: Any) -> tuple[Any, ...]:
        """The tracker's three maps, and what the encoder saw, (1, 1024, 72, 72).

        The detector's own maps are five times as large as all that and quick to make beside the
        rest of its work: they are made when it is asked.
        """
        tracker = self._model
        seen = tracker.vision_encoder.backbone(picture).last_hidden_state
        side = int(seen.shape[1] ** 0.5)
        seen = seen.view(1, side, side, -1).permute(0, 3, 1, 2)
        # The fourth level is made and not used, as in SAM 3's own code and in transformers' model
        # of it for video. Its Sam3TrackerModel adds the token to that level by mistake.
        finest, finer, features = tracker.vision_encoder.neck(seen)[0][:3]
        features = features + tracker.no_memory_embedding.view(1, -1, 1, 1)
        decoder = tracker.mask_decoder
        return features, decoder.conv_s0(finest), decoder.conv_s1(finer), seen.contiguous()

    def _decode(
        self, seen: list[Any], points: Any, labels: Any, boxes: Any, masks: Any, several: bool
    ) -> tuple[Any, Any]:
        return super()._decode(seen[:3], points, labels, boxes, masks, several)

    def _blocks(self) -> list[Any]:
        return list(self._model.vision_encoder.backbone.layers)

    def predict(self, embedding: Embedding, prompts: PromptSet) -> Prediction:
        """Answer prompts; for points, a box and a hint see ``SamSegmenter.predict``.

        A text, or examples, are asked alone. The candidates are then the things that were found,
        each of them one, the surest first: not several views of one thing. Where nothing was found
        there is one candidate, and it is empty.

        Raises:
            PromptError: a text together with points; a text of more than about 20 words; or what
                ``SamSegmenter.predict`` raises.
            WeightsMissingError: the vocabulary is not on this machine.
        """
        asked = prompts.checked(embedding.shape)
        if not asked.needs & {"text", "exemplars"}:
            return super().predict(embedding, asked)
        data = self._features_of(embedding)
        if asked.points or asked.boxes or asked.hint is not None:
            raise PromptError(
                "expected a text or examples alone, got points, a box or a hint with them: "
                "ask first, then click to refine the answer"
            )
        boxes, labels = _examples(asked, data.window)
        if "text" not in asked.needs and not boxes:
            raise PromptError(f"expected an example inside the region {data.window.box}, got none")
        # With examples and no text the word is "visual": so it was trained, and so transformers'
        # processor asks.
        words = tokens((asked.text or "").strip() or "visual")

        def work() -> tuple[np.ndarray, np.ndarray]:
            return self._found(data.tensors[3], words, boxes, labels)

        with self._lock:
            scores, logits = self._on_device(work)
        return Prediction.ranked(scores, logits, data.window.frame, embedding.shape)

    def _found(
        self, seen: Any, words: list[int], boxes: list[list[float]], labels: list[int]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Scores (C,) and logits (C, h, w) of what the detector is sure enough of."""
        torch = import_torch()
        detector = self._model.detector
        longest = detector.config.text_config.max_position_embeddings
        if len(words) > longest:
            raise PromptError(
                f"expected a text of at most {longest - 2} pieces of words, got {len(words) - 2}"
            )
        padding = longest - len(words)
        ids = torch.tensor([words + words[-1:] * padding], device=self.device)
        mask = torch.tensor([[1] * len(words) + [0] * padding], device=self.device)
        with torch.inference_mode():
            maps, positions = detector.vision_encoder.neck(seen.to(self.device))
            found = detector(
                vision_embeds=_seen_before(maps, positions),
                input_ids=ids,
                attention_mask=mask,
                input_boxes=torch.tensor([boxes], device=self.device) if boxes else None,
                input_boxes_labels=torch.tensor([labels], device=self.device) if boxes else None,
            )
            # How sure it is of each find, times how sure it is that there is any.
            scores = found.pred_logits[0].sigmoid() * found.presence_logits[0].sigmoid()
            best = scores.argsort(descending=True)[:_MOST]
            sure = best[scores[best] > _SURE]
            if not len(sure):
                empty = np.full((1, *found.pred_masks.shape[-2:]), -LOGIT_LIMIT, np.float32)
                return scores[best[:1]].float().cpu().numpy(), empty
            logits = found.pred_masks[0, sure].float().cpu().numpy()
            return scores[sure].float().cpu().numpy(), logits


def _seen_before(maps: Any, positions: Any) -> Any:
    """The detector's own features in the form that it takes them back."""
    module = import_package("transformers.models.sam3.modeling_sam3", "sam3")
    return module.Sam3VisionEncoderOutput(fpn_hidden_states=maps, fpn_position_encoding=positions)


def _examples(asked: PromptSet, window: Window) -> tuple[list[list[float]], list[int]]:
    """The example boxes as (centre x, centre y, width, height), each a share of the window."""
    boxes, labels = [], []
    for (x0, y0, x1, y1), label in zip(asked.exemplars, asked.exemplar_labels, strict=True):
        x0, x1 = (min(max((v - window.x0) / window.width, 0.0), 1.0) for v in (x0, x1))
        y0, y1 = (min(max((v - window.y0) / window.height, 0.0), 1.0) for v in (y0, y1))
        if x1 > x0 and y1 > y0:
            boxes.append([(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0])
            labels.append(label)
    return boxes, labels


def tokens(text: str) -> list[int]:
    """A text as CLIP's numbers, with the one that begins it and the one that ends it.

    Raises:
        WeightsMissingError: the vocabulary is not on this machine.
    """
    return _tokenizer(weights.require(VOCABULARY))(text)["input_ids"]


@cache
def _tokenizer(path: Path) -> Any:
    """CLIP's tokenizer from the file of its byte pairs, in which the vocabulary is implied.

    Radford et al., Learning Transferable Visual Models From Natural Language Supervision, 2021: 256
    bytes, the same at the end of a word, then one word piece a merge.
    """
    letters = import_package("transformers.convert_slow_tokenizer", "sam3").bytes_to_unicode()
    lines = gzip.decompress(path.read_bytes()).decode("utf-8").split("\n")
    merges = [tuple(line.split()) for line in lines[1 : 49152 - 256 - 2 + 1]]
    pieces = [*letters.values(), *(letter + "</w>" for letter in letters.values())]
    pieces += ["".join(pair) for pair in merges] + ["<|startoftext|>", "<|endoftext|>"]
    transformers = import_package("transformers", "sam3")
    return transformers.CLIPTokenizer(vocab={p: n for n, p in enumerate(pieces)}, merges=merges)


def build(name: str = NAME) -> Any:
    """A SAM 3 without weights, by transformers' defaults, which are facebook/sam3's.

    Raises:
        MissingPackageError: transformers is not installed.
    """
    t = import_package("transformers", "sam3")
    return joined(t.Sam3Model(t.Sam3Config()), t.Sam3TrackerModel(t.Sam3TrackerConfig()))


def joined(detector: Any, tracker: Any) -> Any:
    """The tracker with the detector as its part, and one image encoder for both."""
    tracker.vision_encoder.backbone = detector.vision_encoder.backbone
    tracker.detector = detector
    return tracker


def load_sam3(
    path: str | Path,
    identity: str,
    build: Callable[[str], Any] = build,
    device: str | None = None,
    progress: Progress | None = None,
) -> Sam2Segmenter:
    """A segmenter from facebook/sam3's ``model.safetensors``; see ``load_sam2``."""
    _pool_without_operators()
    return load_sam2(
        path, NAME, identity, build, device, progress, kind=Sam3Segmenter, names=regrouped
    )


def _pool_without_operators() -> None:
    """Have the detector pool its examples where torchvision's operators are missing.

    They are on a CPU-only torch. There torchvision has a function of its own, which it compiles at
    the first call (minutes, and a C++ compiler is needed); run as it is it holds 1 GB a box.
    """
    module = import_package("transformers.models.sam3.modeling_sam3", "sam3")
    if not import_package("torchvision.extension", "sam3")._has_ops():
        module.torchvision = SimpleNamespace(ops=SimpleNamespace(roi_align=pooled))


def pooled(features: Any, boxes: Any, size: int) -> Any:
    """What ``torchvision.ops.roi_align(features, boxes, size)`` gives.

    He et al., Mask R-CNN, ICCV 2017: each box is cut into size × size bins, and a bin is the mean
    of bilinear samples, about one a pixel.

    Args:
        features: (B, C, H, W).
        boxes: B tensors (K, 4) of corners on the features' grid, a pixel's centre a whole number.

    Returns:
        (sum of K, C, size, size).
    """
    torch = import_torch()
    height, width = features.shape[-2:]
    found = []
    for picture, its_boxes in zip(features, boxes, strict=True):
        for x0, y0, x1, y1 in its_boxes.tolist():
            across, down = max(x1 - x0, 1.0), max(y1 - y0, 1.0)
            nx, ny = math.ceil(across / size), math.ceil(down / size)
            x = x0 + (torch.arange(size * nx, device=features.device) + 0.5) * across / (size * nx)
            y = y0 + (torch.arange(size * ny, device=features.device) + 0.5) * down / (size * ny)
            at = torch.stack(
                torch.meshgrid(
                    x * 2 / max(width - 1, 1) - 1, y * 2 / max(height - 1, 1) - 1, indexing="xy"
                ),
                dim=-1,
            )
            samples = torch.nn.functional.grid_sample(
                picture[None], at[None].to(picture.dtype), padding_mode="border", align_corners=True
            )
            found.append(torch.nn.functional.avg_pool2d(samples, (ny, nx))[0])
    return torch.stack(found) if found else features.new_zeros((0, features.shape[1], size, size))


_ENCODER = "detector_model.vision_encoder.backbone."


def regrouped(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The file's tensors by the names of ``joined``'s model; what only video needs is left out.

    Raises:
        WeightsMismatchError: it is SAM 3 in Meta's own layout.
    """
    if any(name.startswith(("detector.", "tracker.", "sam3_model.")) for name in state):
        raise WeightsMismatchError(
            "expected SAM 3 as model.safetensors of facebook/sam3, got Meta's own sam3.pt"
        )
    found: dict[str, torch.Tensor] = {}
    tracker: dict[str, torch.Tensor] = {}
    for name, value in state.items():
        if name.startswith(_ENCODER):
            found["vision_encoder.backbone." + name.removeprefix(_ENCODER)] = value
        if name.startswith("detector_model."):
            found["detector." + name.removeprefix("detector_model.")] = value
        elif name.startswith("tracker_neck."):
            found["vision_encoder.neck." + name.removeprefix("tracker_neck.")] = value
        elif name.startswith("tracker_model."):
            tracker[name.removeprefix("tracker_model.")] = value
    return found | for_photos(tracker)
